/*
 * gather: asks the questions whose answers make up the facts.
 *
 * RFC 7672 section 2: MX of the next-hop domain, then per host A (AAAA only
 * where there is no A), then TLSA below a secure address or a secure first
 * CNAME; beside it MTA-STS. No question is asked whose answer cannot change
 * the decision: none about DANE where it is disabled, none about MTA-STS
 * likewise.
 *
 * The facts may be looked at while answers are missing: at a deadline what
 * is open reads as "cannot know".
 *
 * Thread safety: belongs to the resolver loop's thread. Tests: t/policy
 */
#ifndef GATHER_H
#define GATHER_H

#include "share/conf/strategy.h"
#include "share/policy/env.h"
#include "share/policy/facts.h"
#include "share/policy/sts_cache.h"
#include "share/policy/zone_proof.h"

struct gather;

/* Where answers come from; everything borrowed for the gather's life. */
struct gather_with {
	const struct env *env;
	struct zone_proof *proofs;
	struct sts_cache *sts;
};

/* Told once, when no question is open any more. */
typedef void gather_callback(void *arg);

/* Makes a gather; strategy is borrowed for its life. Asks nothing yet. */
struct gather *gather_new(const struct gather_with *with,
    const struct nexthop *n, const struct strategy *strategy,
    gather_callback *done, void *arg);

/* Asks everything. done may be called before this returns. */
void gather_run(struct gather *g);

/* Whether the MTA-STS question has brought something to hold on to. */
bool gather_has_sts(const struct gather *g);

/*
 * The facts so far, borrowed until gather_free(). With "open" questions the
 * ttl is that of a failure.
 */
const struct facts *gather_facts(struct gather *g);

/*
 * Ends what is open and frees; NULL is fine. Inside done too, as its last
 * act on g.
 */
void gather_free(struct gather *g);

#endif
