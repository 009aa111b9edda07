/*
 * dialect_input: everything that a dialect may write a reply from.
 *
 * Thread safety: plain data, borrowed during one call. Tests: t/policy
 */
#ifndef DIALECT_INPUT_H
#define DIALECT_INPUT_H

#include "share/conf/strategy.h"
#include "share/policy/decision.h"
#include "share/policy/facts.h"
#include "share/policy/override.h"
#include "share/policy/verdict.h"

struct session;       /* see share/policy/session.h */
struct session_rules; /* see share/policy/session_judge.h */

struct dialect_input {
	const struct decision *decision;
	const char *name;                /* of the next hop */
	const struct sts_policy *policy; /* or NULL */
	const struct facts *facts;       /* for dialect json alone */
	const struct strategy *strategy; /* for dialect json alone */
	bool observe;                    /* demand nothing */
	/*
	 * When the decision is older than the facts (no server answers, and
	 * what was decided before still holds): what is served, else NULL.
	 */
	struct verdict *served;
	const struct override *override; /* of the domain, or NULL */
	/* Of the dialects that answer a session alone; NULL for others. */
	const struct verdict *verdict;
	const struct session *session;
	const struct session_rules *rules;
};

#endif
