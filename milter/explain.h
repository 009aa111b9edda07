/*
 * explain: why a domain's mail is treated as it is.
 *
 *   tlsherald-milter explain DOMAIN [--strategy ID] [--sender A]
 *       [--key '[h]:587'] [--json]
 *
 * Asks the running daemon through its own lookup socket (map json, or
 * json/ID where a strategy was given or a sender chose one); where none
 * accepts within a second, resolves by itself and says so. The rules that
 * choose the strategy are evaluated in the config that this command read.
 *
 * Thread safety: none. Tests: t/unit/explain.c, t/system/commands.t
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "share/app/term.h"
#include "share/conf/conf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* What was asked, and how the strategy was found. Borrows everything. */
struct explain {
	const char *domain;   /* as given */
	const char *key;      /* what Postfix would ask for */
	const char *sender;   /* NULL: not given; "": the null sender */
	const char *strategy; /* NULL: left to the daemon's rules */
	bool json;
	/* filled by explain_choose() */
	const struct strategy *chosen; /* by the rules of this config */
	size_t rule;                   /* its rule, nrules for none */
	const struct strategy *plain;  /* what a lookup without a message
	                                * chooses */
};

/*
 * Evaluates the rules for x's key and sender. -1 and e: ERR_NOENT for a
 * --strategy that the config doesn't have.
 */
int explain_choose(struct explain *x, const struct conf *c,
    struct err *e) MUST_CHECK;

/* The map to ask: "json", or "json/ID"; gives it. */
char *explain_map(const struct explain *x) MUST_CHECK;

/*
 * Asks the daemon at the first [policy] listen. Gives the whole reply; NULL
 * and e, ERR_NOENT when none accepted the connection.
 */
char *explain_ask_daemon(const struct explain *x, const struct conf *c,
    struct err *e) MUST_CHECK;

/*
 * Resolves in this process; the MTA-STS cache on disk is left alone. Gives
 * the whole reply, or NULL and e.
 */
char *explain_ask_self(const struct explain *x, struct conf *c,
    struct err *e) MUST_CHECK;

/*
 * The object in reply ("OK {...}"); the caller owns the reference. NULL
 * where it is none.
 */
json_t *explain_parse(const char *reply) MUST_CHECK;

/* Prints the decision o for people. */
void explain_print(struct term *t, const struct explain *x,
    const struct conf *c, const json_t *o);

/* The command; returns the exit status. */
int explain_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
