/*
 * service_admin: what operators ask of the engine: look at what it holds,
 * purge, export and import.
 *
 * Long lists come in steps, so that neither the cache's lock nor the resolver
 * loop is held for long.
 *
 * Thread safety: every function from every thread but the resolver loop's.
 * Those on policies wait for that loop, and for the disk.
 * Tests: t/unit/cache.c, t/policy, t/system/control.t
 */
#ifndef SERVICE_ADMIN_H
#define SERVICE_ADMIN_H

#include "share/policy/cache.h"
#include "share/policy/service.h"
#include "share/policy/sts_cache.h"
#include "share/store/store.h"

/* Has job(arg) run on the resolver loop; does not wait. */
void service_post(struct service *s, loop_job *job, void *arg);

/* Shows cached verdicts in steps, as cache_walk(). */
void service_walk(struct service *s, uint64_t *cursor, cache_each *each,
    void *arg);

/* The id of the strategy that a verdict's number stands for; borrowed. */
const char *service_strategy(struct service *s, unsigned number);

/* Told of one policy (borrowed); false ends the step. On the resolver loop. */
typedef bool service_each_policy(void *arg, const struct store_policy *p);

/*
 * Shows the MTA-STS policies of the store by domain, those behind after
 * ("" for the first), until each() says false.
 */
int service_policies(struct service *s, const char *after,
    service_each_policy *each, void *arg, struct err *e) MUST_CHECK;

/* What service_purge() removed. */
struct service_purged {
	size_t verdicts;
	struct sts_forgotten sts;
};

/*
 * Forgets the verdicts of domain (normal form) in any form of next hop, and
 * what failed for it; with_policy: its MTA-STS policy too, as
 * sts_cache_forget(). What the resolver itself has cached keeps its TTL.
 */
int service_purge(struct service *s, const char *domain, bool with_policy,
    struct service_purged *out, struct err *e) MUST_CHECK;

/* As sts_cache_import(). */
int service_import(struct service *s, struct sts_policy *p,
    enum sts_import *result, struct err *e) MUST_CHECK;

#endif
