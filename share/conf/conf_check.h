/*
 * conf_check: whether a value has the form that its key wants.
 *
 * Part of conf; the rows of conf_table.c name these. Each takes one string
 * and returns 0, or -1 and e, which never repeats the value.
 * Thread safety: no state. Tests: t/unit/conf.c
 */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "share/base/err.h"

/* Not empty. */
int conf_check_filled(const char *s, struct err *e) MUST_CHECK;

/* A host or domain name. */
int conf_check_host(const char *s, struct err *e) MUST_CHECK;

/* A domain name, or "". */
int conf_check_host_or_none(const char *s, struct err *e) MUST_CHECK;

/* A path from the root. */
int conf_check_path(const char *s, struct err *e) MUST_CHECK;

/* A path from the root, or "". */
int conf_check_path_or_none(const char *s, struct err *e) MUST_CHECK;

/* A path that a Unix socket may have. */
int conf_check_socket(const char *s, struct err *e) MUST_CHECK;

/* "" or ADDRESS:PORT, IPv6 in brackets. */
int conf_check_metrics(const char *s, struct err *e) MUST_CHECK;

/* ADDRESS or ADDRESS/BITS, host bits clear. */
int conf_check_cidr(const char *s, struct err *e) MUST_CHECK;

/* "system", "iterate" or ADDRESS[@PORT]. */
int conf_check_server(const char *s, struct err *e) MUST_CHECK;

/* What libmilter listens on: inet:PORT@HOST, inet6:..., unix:/PATH. */
int conf_check_milter(const char *s, struct err *e) MUST_CHECK;

/* What listener.h binds: inet:HOST:PORT, unix:PATH[,mode=][,owner=]... */
int conf_check_listen(const char *s, struct err *e) MUST_CHECK;

/* A domain or a glob of domains. */
int conf_check_domain_glob(const char *s, struct err *e) MUST_CHECK;

/* Glob of a domain, "file:PATH" or "postfix". */
int conf_check_domains(const char *s, struct err *e) MUST_CHECK;

/* Local part and domain, or "". */
int conf_check_address(const char *s, struct err *e) MUST_CHECK;

/* Address globs such as tlsrpt@*. */
int conf_check_address_glob(const char *s, struct err *e) MUST_CHECK;

/* As conf_check_listen(), or "". */
int conf_check_listen_or_none(const char *s, struct err *e) MUST_CHECK;

/* A path from the root, "journal" or "". */
int conf_check_log(const char *s, struct err *e) MUST_CHECK;

/* smtp://HOST[:PORT] without credentials, sendmail:/PATH or none. */
int conf_check_via(const char *s, struct err *e) MUST_CHECK;

/* failure, rate, silent, expiry or store. */
int conf_check_alert(const char *s, struct err *e) MUST_CHECK;

/* "HH:MM-HH:MM", or "". */
int conf_check_hours(const char *s, struct err *e) MUST_CHECK;

/* https://HOST..., or "". */
int conf_check_https(const char *s, struct err *e) MUST_CHECK;

/* An octal mode of a socket. */
int conf_check_mode(const char *s, struct err *e) MUST_CHECK;

/* file:PATH or cmd:COMMAND. */
int conf_check_secret(const char *s, struct err *e) MUST_CHECK;

/* The label or labels of a DKIM selector. */
int conf_check_selector(const char *s, struct err *e) MUST_CHECK;

/* One line of text: no control characters. */
int conf_check_line(const char *s, struct err *e) MUST_CHECK;

/* The name of a strategy or signature. */
int conf_check_id(const char *s, struct err *e) MUST_CHECK;

#endif
