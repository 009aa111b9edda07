/*
 * verdict_make: from facts and strategy to a verdict with its replies.
 *
 * Thread safety: no state. Tests: t/policy
 */
#ifndef VERDICT_MAKE_H
#define VERDICT_MAKE_H

#include "share/policy/decide.h"
#include "share/policy/verdict.h"

struct verdict_input {
	const struct facts *facts;
	const struct strategy *strategy;
	const struct decide_site *site;
	bool observe;
	bool json;                       /* build that reply too */
	const struct override *override; /* of the domain, or NULL */
};

/* Decides and writes every reply. Gives a verdict with one reference. */
struct verdict *verdict_make(const struct verdict_input *in);

/* Whether the override of in, or its absence, is what old was made with. */
bool verdict_same_override(const struct verdict_input *in,
    const struct verdict *old);

/*
 * old's decision under the override of in, which applies: new replies. Gives
 * a verdict with one reference.
 */
struct verdict *verdict_override(const struct verdict_input *in,
    const struct verdict *old) MUST_CHECK;

/*
 * The same decision and replies as old, which still holds although nothing
 * of it could be asked again; with a json reply when asked for. Gives a
 * verdict with one reference (old itself where that is enough).
 */
struct verdict *verdict_remake(const struct verdict_input *in,
    struct verdict *old);

/* A verdict of level TEMP that no facts are needed for. Gives one. */
struct verdict *verdict_temp(const char *why);

#endif
