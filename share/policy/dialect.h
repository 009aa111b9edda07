/*
 * dialect: a map name of the socketmap protocol, and what it answers.
 *
 *   postfix, postfix-tlsrpt, json        strategy by the rules
 *   postfix/ID, postfix-tlsrpt/ID, json/ID   strategy ID forced
 *   QUERY, QUERYwithTLSRPT               other programs' names for the first
 *   sts                                  Sendmail's FEATURE(`sts')
 *   tlspol, tlsrep                       Sendmail's sessions, judged and told
 *
 * A new dialect is one file with its struct dialect and one row in
 * dialect.c. Nothing received from the network enters a reply unless it was
 * parsed as a host name and written out again. Nothing is answered PERM.
 *
 * Thread safety: constant. Tests: t/unit/dialect.c, t/policy
 */
#ifndef DIALECT_H
#define DIALECT_H

#include "share/base/buf.h"
#include "share/policy/verdict.h"

#include <stdbool.h>

struct dialect_input; /* facts, strategy, decision: see dialect_input.h */

struct dialect {
	enum dialect_id id;
	const char *name;
	/* Writes the whole reply ("OK ...") to out. */
	void (*write)(const struct dialect_input *in, struct buf *out);
	/* The key tells of a session: see share/policy/session.h. */
	bool by_session;
};

/*
 * Finds the dialect of a map name; *strategy becomes the forced id (points
 * into map) or NULL. NULL when no dialect has that name.
 */
const struct dialect *dialect_find(const char *map, const char **strategy);

/* The dialect with that id. */
const struct dialect *dialect_get(enum dialect_id id);

#endif
