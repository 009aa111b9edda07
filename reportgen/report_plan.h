/*
 * report_plan: which reports the collected sessions amount to, and when each
 * is due.
 *
 * A job is one domain and one period, as [report.tls.aggregate] send wants it
 * now. Sessions that were collected for another period than it says now (it was
 * changed) are in buckets longer than the period: their job covers the bucket.
 * Jobs of a domain never overlap, so that each bucket is in exactly one.
 *
 * Thread safety: that of the connection. Tests: t/unit/report_make.c
 */
#ifndef REPORT_PLAN_H
#define REPORT_PLAN_H

#include "share/conf/conf.h"
#include "share/store/report_db.h"

#include <stddef.h>
#include <stdint.h>

struct report_job {
	char *domain;
	enum conf_send send;
	int64_t begin, end; /* of the period, or of the bucket for "never" */
	int64_t due;        /* INT64_MAX for "never" */
	int64_t success, failure;
};

struct report_plan {
	struct report_job *job; /* by domain and time */
	size_t n, cap;
};

/*
 * Fills plan (report_plan_clear() it, also after an error) with all jobs of
 * domain, NULL: of all, whose buckets begin in [from, to).
 */
int report_plan_make(struct report_db *db, const struct conf *c,
    const char *domain, int64_t from, int64_t to, struct report_plan *plan,
    struct err *e) MUST_CHECK;

/* Frees the jobs; the plan is empty. */
void report_plan_clear(struct report_plan *plan);

#endif
