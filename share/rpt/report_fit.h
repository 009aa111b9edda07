/*
 * report_fit: makes of a report what can be sent: gzipped JSON, none of it
 * above a size.
 *
 * Where the whole is too large the rarest failure details are folded first
 * (report_fold(), down to REPORT_FIT_KEEP a policy), then the policies are
 * split into parts 001, 002, ... in their order, each a report of its own. A
 * policy that is too large alone loses its MX patterns, then its lines, then
 * its details but for the kinds of failure. No session is lost in any way, and
 * the same report always gives the same parts.
 *
 * Thread safety: no state. Limits: REPORT_FIT_JSON_MAX octets of JSON a part.
 * Tests: t/unit/report_fit.c
 */
#ifndef REPORT_FIT_H
#define REPORT_FIT_H

#include "share/rpt/report.h"
#include "share/rpt/report_name.h"

#include <stddef.h>

#define REPORT_FIT_KEEP 16
#define REPORT_FIT_JSON_MAX (10u << 20) /* what receivers usually inflate */

/* One report to send; borrowed during the call. */
struct report_fit_part {
	const struct report_key *key; /* with the part's number */
	const char *id;               /* report-id */
	const char *json;             /* plain */
	size_t json_len;
	const char *packed; /* gzipped */
	size_t packed_len;
	int64_t success, failure; /* of its policies */
};

/* Takes one part; -1 and e to stop. */
typedef int report_fit_take(void *ctx, const struct report_fit_part *part,
    struct err *e);

/*
 * Sorts r, folds it where it must, and hands its parts to take in their order.
 * key tells domain, submitter and range. Its part is 0, or the number that the
 * whole or the first part gets, when others on the range went out before. -1
 * and e: as report_write(), as take says, or ERR_LIMIT when not even the counts
 * of a policy fit in max octets; parts before it were handed over then.
 */
int report_fit(struct report *r, const struct report_key *key, size_t max,
    report_fit_take *take, void *ctx, struct err *e) MUST_CHECK;

#endif
