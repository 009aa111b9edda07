/*
 * decide: facts and strategy in, one decision out. Pure.
 *
 * The table of ten rows in tlsherald.toml(5), "How a decision is made":
 * RFC 7672 section 2.2, RFC 8461 section 2 (DANE outranks MTA-STS), RFC 8461
 * section 5. Every row is a function of its own, tried in order.
 *
 * Thread safety: no state. Tests: t/unit/decide.c, t/policy
 */
#ifndef DECIDE_H
#define DECIDE_H

#include "share/conf/strategy.h"
#include "share/policy/decision.h"
#include "share/policy/facts.h"

/* What holds for every decision of this host. */
struct decide_site {
	bool mta_ad;   /* the MTA's resolver gives AD */
	bool site_may; /* the site's own default level is "may" */
};

/* Decides; out is filled whole, and points to why, which is written. */
void decide(const struct facts *f, const struct strategy *s,
    const struct decide_site *site, struct decision *out,
    char why[DECISION_WHY_SIZE]);

#endif
