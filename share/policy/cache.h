/*
 * cache: verdicts by next hop and strategy, read by every thread.
 *
 * Freshness: until its TTL is over a verdict is fresh; past three quarters
 * of it the first reader is told to have it refreshed in the background.
 * Past the TTL it is served only while it may be stale, one reader per
 * CACHE_RETRY_MS being told to have it renewed: a failure for as long as
 * that; longer, CACHE_DEAD_MS, while no name server answers, be it a failure
 * or what was decided before (that for a day past its TTL at most). Where
 * nobody asked for so long, the next who asks waits for the truth.
 *
 * Thread safety: every function from every thread; one short lock.
 * Limits: max entries; at the limit entries not read lately go first.
 * Tests: t/unit/cache.c
 */
#ifndef CACHE_H
#define CACHE_H

#include "share/base/clock.h"
#include "share/policy/nexthop.h"
#include "share/policy/verdict.h"

#include <stdbool.h>
#include <stddef.h>

#define CACHE_RETRY_MS 30000
#define CACHE_RENEW_MAX 16
#define CACHE_IN_USE_MS (60 * INT64_C(60000)) /* to the minute */
#define CACHE_DEAD_MS (10 * INT64_C(60000))
#define CACHE_STALE_MAX_MS (24 * INT64_C(3600000))

struct cache;

struct cache_hit {
	struct verdict *verdict; /* a reference of the caller's */
	bool refresh;            /* the caller is to start a refresh */
	bool stale;
};

/* Makes a cache; clock is borrowed for its life. */
struct cache *cache_new(const struct clock *clock, size_t max);

/* Frees; NULL is fine. */
void cache_free(struct cache *c);

/*
 * Looks up what may be served for n under strategy number strategy and has a
 * reply in dialect. False where nothing may (hit is empty then).
 */
bool cache_get(struct cache *c, const struct nexthop *n, unsigned strategy,
    enum dialect_id dialect, struct cache_hit *hit);

/* Puts v (a reference is taken) there, as of now. */
void cache_put(struct cache *c, const struct nexthop *n, unsigned strategy,
    struct verdict *v);

/*
 * When no server answers: the verdict that is there, rests on no failure and
 * ended at most a day ago; it may be served stale for CACHE_DEAD_MS from now
 * on, within that day. NULL where there is none. Gives a reference.
 */
struct verdict *cache_keep(struct cache *c, const struct nexthop *n,
    unsigned strategy);

/*
 * Whether what is there is due to be renewed, was read within the last
 * CACHE_IN_USE_MS and rests on no failure; the caller is to renew it then,
 * and no reader is told to for CACHE_RETRY_MS.
 */
bool cache_due(struct cache *c, const struct nexthop *n, unsigned strategy);

/* Whether what is there is fresh and rests on no failure; is no reading. */
bool cache_holds(struct cache *c, const struct nexthop *n, unsigned strategy);

/* Makes what is there for name (any port, form and strategy) not fresh. */
void cache_invalidate(struct cache *c, const char *name);

/* Told of one entry; n is borrowed for the call, and no lock is held. */
typedef void cache_renew_each(void *arg, const struct nexthop *n,
    unsigned strategy);

/*
 * As cache_invalidate(), but what is in use, fresh and rests on no failure
 * stays so: it is only due, and each() is told of it (CACHE_RENEW_MAX at
 * most, the rest waits for its readers).
 */
void cache_renew(struct cache *c, const char *name, cache_renew_each *each,
    void *arg);

/* Forgets what is there for name (any port, form and strategy); how much. */
size_t cache_remove(struct cache *c, const char *name);

/* One entry, as cache_walk() shows it. */
struct cache_view {
	const char *key; /* canonical, of the next hop */
	unsigned strategy;
	struct verdict *verdict; /* borrowed */
	int64_t fresh_ms;        /* left; negative: stale since */
};

/* Told of one entry; all is borrowed for the call, and no lock is held. */
typedef bool cache_each(void *arg, const struct cache_view *view);

/*
 * Shows the cache in steps: from *cursor (first 0) on, until each() says
 * false or all was shown (*cursor is 0 again). What is there all the while is
 * shown at least once, however the cache grows meanwhile. After a false a
 * few more entries may be shown, which belong together with the last.
 */
void cache_walk(struct cache *c, uint64_t *cursor, cache_each *each, void *arg);

/* Empties the cache. */
void cache_flush(struct cache *c);

/* How many entries there are. */
size_t cache_count(struct cache *c);

#endif
