/*
 * watch: what domains had yesterday and have no more today.
 *
 * Who strips a domain of DANE or MTA-STS, be it an attacker or an admin who
 * slips, makes it look as one that never had them. So what was proven to be
 * there is remembered on disk, and its proven absence is logged, counted and
 * listed: one line and one entry per domain and kind, again after a day at
 * the earliest. What could not be known is neither (RFC 7672 section 2.1,
 * RFC 8461 section 10.2).
 *
 *   dane-lost          signed MX with usable TLSA records; now none, or the
 *                      MX records are no longer signed
 *   mta-sts-lost       an MTA-STS record and policy; now no record, or mode
 *                      none. The cached policy goes on to its max_age
 *   mta-sts-weakened   mode enforce; now testing
 *   policy-drift       another policy under the same id (RFC 8461 section
 *                      3.1: who changes the policy changes the id)
 *
 * Memory is the store's: one read per finished resolution, writes only when
 * something changed or a day is over, many in one transaction, seconds
 * later. Nothing here is on the way of a cached answer.
 *
 * Thread safety: belongs to the resolver loop's thread. Limits: WATCH_KEEP_MS.
 * Tests: t/policy/watch.scn, t/unit/store.c
 */
#ifndef WATCH_H
#define WATCH_H

#include "share/policy/env.h"

#include <stdbool.h>

#define WATCH_KEEP_MS (90 * 24 * INT64_C(3600000))

enum watch_what {
	WATCH_DANE_LOST,
	WATCH_STS_LOST,
	WATCH_STS_WEAKENED,
	WATCH_POLICY_DRIFT,
	WATCH_WHATS /* how many there are */
};

struct downgrade {
	char domain[HOSTNAME_SIZE];
	enum watch_what what;
	int64_t when_ms;  /* wall clock, since 1970 */
	int64_t had_ms;   /* seen to be there last (to the day); 0: unknown */
	char detail[128]; /* "mode=testing", "id=20270101"; or "" */
};

/* The latest first; free item with free(). */
struct downgrade_list {
	size_t n;
	struct downgrade *item;
};

struct watch;

/* Makes a watch; env is borrowed for its life. */
struct watch *watch_new(const struct env *env);

/* Writes what is still to be written, and frees; NULL is fine. */
void watch_free(struct watch *w);

/* domain is proven to have DANE, or to have none. */
void watch_dane(struct watch *w, const char *domain, bool has);

/*
 * domain is proven to have an MTA-STS policy of mode "enforce" or "testing",
 * or none (NULL).
 */
void watch_sts(struct watch *w, const char *domain, const char *mode);

/* domain's policy changed under the same id. */
void watch_drift(struct watch *w, const char *domain, const char *id);

/* Lists what is remembered. -1 and e (out is empty): the store's. */
int watch_list(struct watch *w, struct downgrade_list *out,
    struct err *e) MUST_CHECK;

/* How often what happened since the start; from every thread. */
uint64_t watch_count(const struct watch *w, enum watch_what what);

/* "dane-lost", ... */
const char *watch_what_name(enum watch_what what);

#endif
