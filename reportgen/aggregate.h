/*
 * aggregate: sessions that were received since the last checkpoint, counted
 * in memory.
 *
 * Keyed by bucket of time, domain, policy and failure detail; each text is
 * stored once. What it takes is bounded: when its octets are used up, new
 * details become that of their result with the reason "other", new policies
 * the one of their type without its lines, and only the session of a domain
 * (in its bucket) that has no entry yet is refused, which the caller counts.
 * So counts stay exact whoever invents keys, and memory stays what it is.
 *
 * Keys are compared by 128 bits of a hash with a random key.
 *
 * Thread safety: one thread. Limits: octets given at the beginning,
 * AGGREGATE_DETAILS_MAX details of an entry. Tests: t/unit/aggregate.c
 */
#ifndef AGGREGATE_H
#define AGGREGATE_H

#include "share/rpt/report.h"
#include "share/store/report_rows.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AGGREGATE_DETAILS_MAX ROWS_FAILURES_MAX

struct aggregate;

enum aggregate_result {
	AGGREGATE_COUNTED,
	AGGREGATE_FOLDED, /* counted, but some of its texts were left out */
	AGGREGATE_NO_ROOM /* not counted */
};

/* A domain as the aggregate knows it: valid until it is freed. */
struct aggregate_domain {
	const char *name;
	const char *record; /* as seen last, or NULL */
	int send;           /* enum conf_send; -1: the caller sets it */
};

/* Makes an empty one that takes at most max octets. */
struct aggregate *aggregate_new(size_t max);

/* Frees; NULL is fine. */
void aggregate_free(struct aggregate *a);

/*
 * Finds a domain, or adds it; record, unless NULL, is from now on the one that
 * was seen last. NULL: there is no room for another one.
 */
struct aggregate_domain *aggregate_domain(struct aggregate *a, const char *name,
    const char *record);

/* Counts a policy's sessions and failure details in a bucket. */
enum aggregate_result aggregate_add(struct aggregate *a,
    struct aggregate_domain *d, int64_t begin, int32_t length,
    const struct report_policy *p);

/* What it takes, in octets, and what it was given. */
size_t aggregate_octets(const struct aggregate *a);

/* How many sessions are in it. */
uint64_t aggregate_sessions(const struct aggregate *a);

/*
 * Calls each() with every entry as a row (borrowed during the call) of
 * ROWS_HOST_SELF, in the order they came; it may say -1, which ends it.
 */
int aggregate_each(struct aggregate *a,
    int (*each)(void *arg, const struct rows_row *row, struct err *e),
    void *arg, struct err *e) MUST_CHECK;

#endif
