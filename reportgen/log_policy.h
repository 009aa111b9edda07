/*
 * log_policy: the policy that was in force for a next hop, by what the
 * milter's json map says (tlsherald-json(7)).
 *
 * In force is what the map postfix-tlsrpt answers, for this is what Postfix
 * with libtlsrpt would book its sessions under: MTA-STS where that reply names
 * a policy; DANE at the levels dane and dane-only for hosts with usable TLSA
 * records; else none. Under an override, and in observe mode, none.
 *
 * Thread safety: no state. Tests: t/unit/log_policy.c
 */
#ifndef LOG_POLICY_H
#define LOG_POLICY_H

#include "share/base/err.h"
#include "share/base/hostname.h"

#include <stdbool.h>
#include <stddef.h>

#define LOG_POLICY_TEXTS_MAX 256

enum log_level_class {
	LOG_LEVEL_OPEN,    /* none, may, or the site's default */
	LOG_LEVEL_ENCRYPT, /* TLS, whatever certificate */
	LOG_LEVEL_DANE,    /* as open for a host without TLSA records */
	LOG_LEVEL_DANE_ONLY,
	LOG_LEVEL_VERIFY /* verify, secure: a certificate that fits */
};

struct log_texts {
	char **text;
	size_t n;
};

/* The TLSA records at one base domain (RFC 7672 section 2.2.3). */
struct log_tlsa {
	char base[HOSTNAME_SIZE];
	struct log_texts records; /* "3 1 1 AB..."; usable ones */
};

/* A host that is an alias. */
struct log_alias {
	char host[HOSTNAME_SIZE];
	char base[HOSTNAME_SIZE];
};

struct log_policy {
	enum log_level_class level;
	bool temp; /* nothing is delivered: no policy can be told */
	bool sts;
	bool testing;
	char domain[HOSTNAME_SIZE];   /* of sts */
	struct log_texts strings, mx; /* of sts */
	struct log_tlsa *tlsa;
	size_t ntlsa;
	struct log_alias *alias;
	size_t naliases;
};

/* Reads the reply of the map ("OK {...}"). */
struct log_policy *log_policy_read(const char *reply, struct err *e) MUST_CHECK;

/* Frees; NULL is fine. */
void log_policy_free(struct log_policy *p);

/* The TLSA records that count for a host, or NULL; borrowed from p. */
const struct log_tlsa *log_policy_tlsa(const struct log_policy *p,
    const char *host);

/* Whether the policy's patterns name the host (RFC 8461 section 4.1). */
bool log_policy_lists(const struct log_policy *p, const char *host);

#endif
