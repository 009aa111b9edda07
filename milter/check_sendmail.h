/*
 * check_sendmail: does this host's Sendmail do what tlsherald decides?
 *
 * As milter/check.h, for a host with Sendmail: judges what
 * milter/sendmail_host.h has read of build and sendmail.cf against the
 * config. Pure but for struct check_host, which a test scripts.
 *
 * Thread safety: none. Tests: t/unit/check_sendmail.c
 */
#ifndef CHECK_SENDMAIL_H
#define CHECK_SENDMAIL_H

#include "milter/check.h"
#include "milter/sendmail_host.h"

/* What is looked at, and where the findings go. */
struct check_sendmail {
	const struct conf *c;
	const struct sendmail_host *s;
	const struct check_host *host;
	struct findings out;
};

/* Runs every check in the order of the table; findings go to k->out. */
void check_sendmail_run(struct check_sendmail *k);

/*
 * The command; cf is a sendmail.cf, NULL for the host's. Returns the exit
 * status, 69 when there is no Sendmail (nothing is printed then).
 */
int check_sendmail_main(const struct conf *c, const char *conf_path,
    const char *cf, bool json);

/*
 * The single checks.
 */

/* Compiled with all that is needed. */
void check_sendmail_build(struct check_sendmail *k);

/* Our rulesets are there, and fail closed. */
void check_sendmail_rulesets(struct check_sendmail *k);

/* The K lines: address, -T, -d. */
void check_sendmail_maps(struct check_sendmail *k);

/* The map answers. */
void check_sendmail_reachable(struct check_sendmail *k);

/* O SetCertAltnames, O CACertFile. */
void check_sendmail_certificates(struct check_sendmail *k);

/* DANE: build, option, config and the resolver's AD bit agree. */
void check_sendmail_dane(struct check_sendmail *k);

/* FEATURE(`sts') and names for SNI, which lose mail on 8.18.2. */
void check_sendmail_sts(struct check_sendmail *k);

/* A local ruleset that calls TLS_connection without what that needs. */
void check_sendmail_connection(struct check_sendmail *k);

/* The INPUT_MAIL_FILTER line. */
void check_sendmail_milter(struct check_sendmail *k);

/* How long messages wait, against [milter] queue-lifetime. */
void check_sendmail_queue(struct check_sendmail *k);

/* O ConnectionCacheSize: no session is used by two messages. */
void check_sendmail_reuse(struct check_sendmail *k);

/* A smart host. */
void check_sendmail_routing(struct check_sendmail *k);

/* Whether the listener a K line's last word names is one of [policy] listen. */
bool check_sendmail_is_ours(const struct conf *c, const char *args,
    char *listen, size_t size);

/* major * 10000 + minor * 100 + patch; 8.18.1 is 81801, unknown 0. */
long check_sendmail_version(const char *version);

#endif
