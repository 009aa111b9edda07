/*
 * check: does this host's MTA do what tlsherald decides?
 *
 *   tlsherald-milter check [-C DIR | -S FILE] [--json]
 *
 * Without Postfix, or where sendmail.cf is named, Sendmail is judged
 * (milter/check_sendmail.h). Reads Postfix through postconf(1) and judges it against the config. Each
 * finding says what, why and the exact command that mends it. Changes
 * nothing. Run as root it asks the policy map as Postfix's own user, inside
 * the jail that smtp(8) works in.
 *
 * The judgement is pure: it sees the config, a snapshot of postconf(1) and
 * the host through struct check_host, which a test scripts.
 *
 * Thread safety: none. Tests: t/unit/check.c
 */
#ifndef CHECK_H
#define CHECK_H

#include "share/app/finding.h"
#include "share/app/postconf.h"
#include "share/conf/conf.h"
#include "share/dns/ad_probe.h"

#include <stdbool.h>
#include <stddef.h>

/* The parts of the host that no configuration text tells. */
struct check_host {
	/* How many root certificates path holds; -1 and e: unreadable. */
	int (*ca_roots)(void *ctx, const char *path, size_t *roots,
	    struct err *e);
	/* The text of a small file (free it), or NULL and e. */
	char *(*read_file)(void *ctx, const char *path, struct err *e);
	/* How many entries a directory has; -1 and e. */
	int (*entries)(void *ctx, const char *path, size_t *n, struct err *e);
	/* Asks the servers of a resolv.conf; -1 and e: none usable there. */
	int (*probe_ad)(void *ctx, const char *resolv_conf,
	    const char *trust_anchors, enum ad_probe_result *result,
	    struct err *e);
	/*
	 * Asks map at listen as Postfix's user, in jail when not NULL; -1
	 * and e when it can't. *as_postfix: whether it was that user.
	 */
	int (*ask_map)(void *ctx, const char *listen, const char *map,
	    const char *jail, const char *user, bool *as_postfix,
	    struct err *e);
	/* Connects to listen, no more; the rest as above. */
	int (*connect)(void *ctx, const char *listen, const char *jail,
	    const char *user, bool *as_postfix, struct err *e);
	/* postmap -q key table: its answer (free it), or NULL for none. */
	char *(*query)(void *ctx, const char *table, const char *key);
	void *ctx;
};

/* What a check looks at, and where its findings go. */
struct check {
	const struct conf *c;
	const struct postconf *p;
	const struct check_host *host;
	const char *postconf_cmd; /* "postconf" or "postconf -c DIR" */
	struct findings out;
};

/* Runs every check in the order of the table; findings go to k->out. */
void check_run(struct check *k);

/* The file's own notices, and whether anything is enforced at all. */
void check_config(struct findings *out, const struct conf *c,
    const char *conf_path);

/* The command; returns the exit status: 0 fine, 1 findings, 69 no MTA. */
int check_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
