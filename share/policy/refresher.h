/*
 * refresher: decisions of next hops in use are renewed before they end.
 *
 * A reader of the cache starts a renewal past three quarters of the TTL, but
 * who asks every ten minutes about a domain with a TTL of five would wait
 * each time. So what was read within the last hour (CACHE_IN_USE_MS) is
 * renewed without being asked for. What is not in use any more is let go.
 *
 * Thread safety: belongs to the resolver loop's thread.
 * Limits: REFRESHER_MAX next hops, REFRESHER_PER_SECOND renewals; what is
 * beyond waits its turn, or for its next reader. Tests: t/unit/refresher.c,
 * t/policy/fresh.scn
 */
#ifndef REFRESHER_H
#define REFRESHER_H

#include "share/policy/cache.h"
#include "share/policy/env.h"

#define REFRESHER_MAX 200000
#define REFRESHER_PER_SECOND 50

struct refresher;

/* Renews n under the strategy of that number. */
typedef void refresher_renew(void *arg, const struct nexthop *n,
    unsigned strategy);

/* Makes a refresher; env and cache are borrowed for its life. */
struct refresher *refresher_new(const struct env *env, struct cache *cache,
    refresher_renew *renew, void *arg);

/* Frees; NULL is fine. */
void refresher_free(struct refresher *r);

/* Has n looked at in delay_ms: is it in use, and due to be renewed? */
void refresher_add(struct refresher *r, const struct nexthop *n,
    unsigned strategy, int64_t delay_ms);

#endif
