/*
 * service: the policy engine behind one interface for every thread.
 *
 * Owns the resolver loop's thread: libunbound, libcurl, MTA-STS cache and
 * store live there. Verdicts are in a cache that every thread reads under a
 * short lock. One resolution per next hop and strategy is under way at any
 * time, however many ask.
 *
 * Names of strategies are ids of the conf that is in force; an unknown id
 * gives a verdict of level TEMP.
 *
 * Thread safety: every function from every thread, but for new, start, free.
 * Tests: t/unit/service.c, t/system
 */
#ifndef SERVICE_H
#define SERVICE_H

#include "share/base/log.h"
#include "share/conf/conf.h"
#include "share/net/loop.h"
#include "share/policy/engine.h"
#include "share/policy/nexthop.h"
#include "share/policy/outcome.h"
#include "share/policy/override.h"
#include "share/policy/verdict.h"
#include "share/policy/watch.h"

#include <stdbool.h>
#include <stdint.h>

struct service;

/* Counters since start, read without a lock. */
struct service_stats {
	uint64_t lookups;     /* service_ask, _wait and _peek with an answer */
	uint64_t hits;        /* answered from the cache */
	uint64_t stale;       /* of these, past their TTL */
	uint64_t resolutions; /* chains of questions started */
	uint64_t fetches;     /* policy files asked for */
	uint64_t fetch_failures;
	uint64_t fetch_failed[STS_FETCH_RESULTS]; /* the same by kind */
	struct engine_failures failures;          /* of resolutions */
	uint64_t policies;         /* policy domains with something in memory */
	uint64_t answered[LEVELS]; /* lookups by decision level, enforced */
	uint64_t would_be[LEVELS]; /* the same in observe mode: not enforced */
	uint64_t by_source[SOURCES];
	uint64_t overridden; /* of these, outranked by an override */
	uint64_t overrides;  /* in force */
	uint64_t entries;    /* verdicts in the cache */
	uint64_t downgrades[WATCH_WHATS];
	struct outcome_stats outcomes;
	int mta_ad;   /* 1 yes, 0 no: the MTA's resolver gives AD */
	int store_ok; /* 0: the store could not be written */
};

/*
 * Makes a service; opens the store in conf's state directory (a failure
 * there is an error) and reads trust anchors and CA file. c is referenced.
 * log is borrowed for the service's life. resolv_conf is the file that the
 * AD probe reads (NULL: /etc/resolv.conf).
 */
struct service *service_new(struct conf *c, const struct log *log,
    const char *resolv_conf, struct err *e) MUST_CHECK;

/*
 * As service_new(), for one question of a command: keeps nothing on disk
 * and takes it that the MTA's resolver gives AD.
 */
struct service *service_new_private(struct conf *c, const struct log *log,
    struct err *e) MUST_CHECK;

/*
 * Has outcomes that only the engine sees reported to sink (borrowed for the
 * service's life), on the resolver loop; before service_start().
 */
void service_set_outcomes(struct service *s, const struct outcome_sink *sink);

/* Starts the thread; after privileges were dropped and after fork. */
int service_start(struct service *s, struct err *e) MUST_CHECK;

/* Ends the thread and frees; callbacks not made yet are never made. */
void service_free(struct service *s);

/*
 * Puts c (referenced) in force. Verdicts of another configuration are not
 * served any more; a changed [dns] gets a new resolver while the old one
 * drains. -1 and e: the new resolver could not be made, nothing changed.
 */
int service_reload(struct service *s, struct conf *c, struct err *e) MUST_CHECK;

/* The conf in force, with a reference that the caller gives back. */
struct conf *service_conf(struct service *s) MUST_CHECK;

/*
 * The cached verdict, fresh or servable stale, or NULL; never waits, starts
 * nothing. The caller gives the reference back.
 */
struct verdict *service_peek(struct service *s, const struct nexthop *n,
    const char *strategy) MUST_CHECK;

/*
 * The verdict at hand that has a reply in dialect, counted as an answer, or
 * NULL: service_ask() then. Allocates nothing. The caller gives the reference
 * back.
 */
struct verdict *service_hit(struct service *s, const struct nexthop *n,
    const char *strategy, enum dialect_id dialect) MUST_CHECK;

/* Starts the resolution unless one is cached or under way; never waits. */
void service_prefetch(struct service *s, const struct nexthop *n,
    const char *strategy);

/*
 * Waits at most timeout_ms for a verdict that rests on a finished
 * resolution; NULL when none came. The caller gives the reference back.
 */
struct verdict *service_wait(struct service *s, const struct nexthop *n,
    const char *strategy, int64_t timeout_ms) MUST_CHECK;

/* Told once, on the loop that was passed; v is borrowed during the call. */
typedef void service_callback(void *arg, struct verdict *v);

/*
 * Asks for a verdict that has a reply in dialect. When it is at hand, cb is
 * called before this returns; else later on loop, at most 2.5 s later. The
 * service must be freed before the loop is, and the loop not run any more
 * after the service was freed.
 */
void service_ask(struct service *s, const struct nexthop *n,
    const char *strategy, enum dialect_id dialect, struct loop *loop,
    service_callback *cb, void *arg);

/*
 * Has an outcome reported by the sink; o is copied, its policy referenced.
 * Never waits.
 */
void service_report(struct service *s, const struct outcome *o);

/*
 * Sets, removes and lists operators' overrides: as overrides_add(),
 * overrides_remove() and overrides_list() of share/policy/override.h. They
 * wait for the resolver loop, and so for the disk.
 */
int service_override_add(struct service *s, const struct override *o,
    int64_t for_ms, struct err *e) MUST_CHECK;

/* See service_override_add(). */
int service_override_remove(struct service *s, const char *domain,
    struct err *e) MUST_CHECK;

/* See service_override_add(); free out->item. */
void service_override_list(struct service *s, struct override_list *out);

/* What domains lost: as watch_list() of share/policy/watch.h. */
int service_downgrade_list(struct service *s, struct downgrade_list *out,
    struct err *e) MUST_CHECK;

/* What happened so far. */
void service_stats(struct service *s, struct service_stats *out);

#endif
