/*
 * report_check: is everything there that collecting and sending reports
 * takes? The sub-command "check".
 *
 * Each part leaves at least one finding (share/app/finding.h): who reports;
 * keys, and the key records that the world sees (RFC 6376 section 3.6.1) with
 * their s= (RFC 8460 section 3); the way out; the socket, its queue and
 * Postfix's side of it; the log source. What must be looked at outside of the
 * config comes through struct report_check_host, so that tests own it.
 *
 * Two keys are advised, each with a record of its own: no one record suits
 * every verifier. With s=tlsrpt alone most of them refuse a report as ordinary
 * mail, so DMARC fails; without it strict receivers of reports ignore it. The
 * general one goes on top, since some verifiers look at the topmost only.
 *
 * Thread safety: a command of its own; forks. Tests: t/unit/report_check.c,
 * t/system/reportgen-commands.t
 */
#ifndef REPORT_CHECK_H
#define REPORT_CHECK_H

#include "share/app/finding.h"
#include "share/app/postconf.h"
#include "share/conf/conf.h"
#include "share/dns/dns.h"

#include <stdbool.h>
#include <stdint.h>

/* What a mail server said. */
struct report_check_greeting {
	bool has_size;
	int64_t size; /* of SIZE (RFC 1870); 0: no limit */
};

struct report_check_host {
	/* Asks for TXT records; cb is called once before it returns. */
	void (*txt)(void *ctx, const char *name, dns_callback *cb, void *arg);
	/* Connects, says EHLO and QUIT. */
	int (*greet)(void *ctx, const char *host, const char *port,
	    struct report_check_greeting *g, struct err *e);
	/* First line of a file, freed; NULL and e. */
	char *(*read_line)(void *ctx, const char *path, struct err *e);
	/* Whether the program at path may be run by us, the file be read by
	 * the daemon's user with the groups that they are in. */
	bool (*may_run)(void *ctx, const char *path);
	bool (*may_read)(void *ctx, const char *path);
	/* Whether a file holds that text, as a program the names of its
	 * libraries. */
	bool (*holds)(void *ctx, const char *path, const char *text);
	/* Whether user may send a datagram to path, in jail if not NULL. */
	int (*may_send)(void *ctx, const char *user, const char *jail,
	    const char *path, bool *as_user, struct err *e);
	bool (*running)(void *ctx); /* the daemon */
	void *ctx;
};

struct report_check {
	const struct conf *c;
	const struct postconf *p; /* NULL: there is no Postfix */
	const struct report_check_host *host;
	struct findings out;
};

/* Runs all parts in the order in which one would mend things. */
void report_check_run(struct report_check *k);

/* Fills host with functions that look at the running system; c borrowed. */
void report_check_host_system(struct report_check_host *host,
    const struct conf *c);

/* Runs the command; returns the exit status (0, 1 findings, 64 usage). */
int report_check_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* ---- parts ---- */

/* Names, addresses, and whether anything can be sent. */
void report_check_identity(struct report_check *k);

/* Keys and key records. */
void report_check_keys(struct report_check *k);

/* The mail server or program that takes the reports. */
void report_check_way(struct report_check *k);

/* Own reports past the TLS that is enforced (RFC 8460 section 3). */
void report_check_own(struct report_check *k);

/* The collector's socket and the queue of it. */
void report_check_socket(struct report_check *k);

/* What Postfix tells the collector, or its log does. */
void report_check_postfix(struct report_check *k);

/* Whether Postfix's smtp(8) runs in the jail of its queue directory. */
bool report_check_jailed(const struct report_check *k);

#endif
