/*
 * check_parts: the single checks, one function each, and what they share.
 *
 * check.c holds the table of them. Each adds at least one finding.
 *
 * Thread safety: none. Tests: t/unit/check.c
 */
#ifndef CHECK_PARTS_H
#define CHECK_PARTS_H

#include "milter/check.h"

#include <stdbool.h>
#include <stddef.h>

/* The delivery service whose settings count where none is named. */
#define CHECK_SMTP "smtp/unix"
/* What Postfix's own map entry for a transport is called, with its id. */
#define CHECK_TRANSPORT "tls-"

/* The value of a parameter as the smtp service sees it; "" when unknown. */
const char *check_value(const struct check *k, const char *name);

/* Adds the command that sets a parameter to f's fix. */
void check_fix_set(struct check *k, struct finding *f, const char *name,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Whether any strategy uses DANE, and whether any demands it. */
bool check_uses_dane(const struct conf *c);

/* Whether smtp(8) runs in the queue directory's jail. */
bool check_jailed(const struct check *k);

/* smtp_tls_CAfile: set, readable, holding a root. */
void check_ca_file(struct check *k);

/* smtp_dns_support_level = dnssec. */
void check_dns_support(struct check *k);

/* smtp_tls_dane_insecure_mx_policy = dane. */
void check_insecure_mx(struct check *k);

/* smtp_tls_security_level against [policy] site-level. */
void check_security_level(struct check *k);

/* smtp_tls_loglevel: outcomes are in the log. */
void check_log_level(struct check *k);

/* The AD bit of the MTA's resolver, and the jail's copy of resolv.conf. */
void check_resolver(struct check *k);

/* smtp_tls_policy_maps asks us, in every delivery service. */
void check_policy_maps(struct check *k);

/* The map names fit this Postfix and this config. */
void check_map_names(struct check *k);

/* The map answers Postfix's user. */
void check_map_reachable(struct check *k);

/* smtpd_milters, non_smtpd_milters and their default_action. */
void check_milters(struct check *k);

/* Header and transport of every id in [milter] steered. */
void check_steering(struct check *k);

/* smtp_header_checks takes our headers off what leaves. */
void check_strip_headers(struct check *k);

/* "require" beside a sender's TLS-Required: no. */
void check_tls_required(struct check *k);

/* Settings that make Postfix ask for another name than the domain. */
void check_routing(struct check *k);

#endif
