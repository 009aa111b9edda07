/*
 * engine: resolutions: one per next hop and strategy at any time.
 *
 * A resolution gathers facts, decides, puts the verdict into the cache and
 * answers everybody who waits. At ENGINE_DEADLINE_MS the waiting get what
 * can be said by then, and the resolution goes on behind their backs. Where
 * nothing could be asked again because no server answers, what was decided
 * before goes on (at most a day past its TTL).
 *
 * What is in use is renewed before its TTL ends (share/policy/refresher.h).
 *
 * Thread safety: belongs to the resolver loop's thread; the cache it fills
 * is every thread's. Tests: t/policy
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "share/conf/conf.h"
#include "share/policy/cache.h"
#include "share/policy/decide.h"
#include "share/policy/env.h"
#include "share/policy/override.h"
#include "share/policy/sts_cache.h"
#include "share/policy/watch.h"

#define ENGINE_DEADLINE_MS 2300

struct engine;

/* v is borrowed during the call; NULL: the engine ends. */
typedef void engine_callback(void *arg, struct verdict *v);

/* Makes an engine; env and cache are borrowed for its life, c referenced. */
struct engine *engine_new(const struct env *env, struct cache *cache,
    struct conf *c);

/* Frees; who waits is told NULL. */
void engine_free(struct engine *e);

/* Puts c (referenced) in force: the cache is emptied. */
void engine_set_conf(struct engine *e, struct conf *c);

/* Whether the MTA's resolver gives AD; a change empties the cache. */
void engine_set_ad(struct engine *e, bool mta_ad);

/* The names of the trust anchors; see zone_proof_anchors(). */
void engine_set_anchors(struct engine *e, const char *const *names, size_t n);

/* A strategy: its id in the config, and its number in the cache. */
struct engine_strategy {
	const char *id;
	unsigned number; /* the same for an id across reloads */
};

/*
 * Resolves n under a strategy of the conf in force, or joins a resolution
 * under way. cb (may be NULL) is called once, possibly before this returns,
 * with a verdict that has a reply in dialect.
 */
void engine_ask(struct engine *e, const struct nexthop *n,
    const struct engine_strategy *strategy, enum dialect_id dialect,
    engine_callback *cb, void *arg);

/* Counters of the outcomes that were reported; from every thread. */
void engine_outcome_stats(const struct engine *e, struct outcome_stats *out);

/* The outcomes under way, borrowed. */
struct outcomes *engine_outcomes(struct engine *e);

/* What domains lost, borrowed. */
struct watch *engine_watch(struct engine *e);

/* The operators' overrides, borrowed. */
struct overrides *engine_overrides(struct engine *e);

/* The MTA-STS policies, borrowed. */
struct sts_cache *engine_sts(struct engine *e);

/* How many resolutions were started; from every thread. */
uint64_t engine_resolutions(const struct engine *e);

/* How many of them ended without an answer, by cause; from every thread. */
struct engine_failures {
	uint64_t no_server; /* no name server answered */
	uint64_t other;     /* bogus, SERVFAIL, a policy that failed, ... */
};

/* Fills in what failed so far; from every thread. */
void engine_failures(const struct engine *e, struct engine_failures *out);

/* The MTA-STS cache's counters; from every thread. */
void engine_sts_stats(const struct engine *e, struct sts_cache_stats *out);

#endif
