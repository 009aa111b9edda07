/*
 * report_merge: adds reports, or single policies, to a report.
 *
 * Policies that say the same (type, domain, lines, MX patterns) become one, and
 * so do failure details within it; counts are added. The lines of a TLSA policy
 * have no order. The result does not depend on the order of what is added, but
 * for the order of its entries (report_sort()). Texts are stored once.
 *
 * Thread safety: none. Limits: those of the report. Counts of a policy are
 * exact or the policy is refused whole; failure details that do not fit are
 * added to another one of the same result and policy, or counted as lost.
 * Tests: t/unit/report_merge.c
 */
#ifndef REPORT_MERGE_H
#define REPORT_MERGE_H

#include "share/rpt/report.h"

#include <stddef.h>
#include <stdint.h>

struct report_merger;

/*
 * Gives what adds to an empty report, which is borrowed: nobody else adds to
 * it meanwhile.
 */
struct report_merger *report_merger_new(struct report *into);

/* Frees it, not the report; NULL is fine. */
void report_merger_free(struct report_merger *m);

/* Adds one policy; texts are copied. -1 at a limit: nothing was added. */
int report_merge_policy(struct report_merger *m,
    const struct report_policy *p) MUST_CHECK;

/*
 * Adds all policies of a report and widens the range; organization, contact and
 * id stay. -1 when a policy was refused; the others are added.
 */
int report_merge(struct report_merger *m, const struct report *r) MUST_CHECK;

/* Sessions whose failure details found no place. */
int64_t report_merger_lost(const struct report_merger *m);

#endif
