/*
 * posture_reports: what senders reported, beside what is published.
 *
 *	reported	failures of the last POSTURE_REPORTED_DAYS days
 *	held		senders whose MTA-STS policy is not the published one:
 *			they keep it until its max_age has passed or they look
 *			at the record again (RFC 8461 section 5.1)
 *
 * Thread safety: none. Tests: t/unit/posture_reports.c
 */
#ifndef POSTURE_REPORTS_H
#define POSTURE_REPORTS_H

#include "analyzer/published.h"
#include "share/app/finding.h"
#include "share/store/analysis_store.h"

#define POSTURE_REPORTED_DAYS 7

/* Adds what reports of this trust (bits, 0: any) say of the domain. */
int posture_add_reports(const struct published *p, struct analysis_store *s,
    unsigned trust, int64_t now_s, struct findings *out,
    struct err *e) MUST_CHECK;

#endif
