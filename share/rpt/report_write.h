/*
 * report_write: writes a TLS report as RFC 8460 section 4 and I-JSON (RFC
 * 7493) want it.
 *
 * Keys stand in the order of the RFC's example, policies and failure details
 * in that of the model (report_sort() makes it canonical), so that equal
 * reports are equal octets. What is absent is left out, never null. Ill-formed
 * UTF-8 and noncharacters become U+FFFD, counts stay below 2^53.
 *
 * Thread safety: no state. Limits: the buffer's maximum. Tests:
 * t/unit/report_write.c
 */
#ifndef REPORT_WRITE_H
#define REPORT_WRITE_H

#include "share/base/buf.h"
#include "share/rpt/report.h"

/* Which of a report's policies to write, and under which report-id. */
struct report_part {
	const char *id;
	size_t first, n;
};

/*
 * Appends r as JSON to out. -1 and e: ERR_BUG when organization, contact, id
 * or range are missing, ERR_LIMIT when out is full.
 */
int report_write(const struct report *r, struct buf *out,
    struct err *e) MUST_CHECK;

/* The same for a part of its policies, as a report of its own. */
int report_write_part(const struct report *r, const struct report_part *part,
    struct buf *out, struct err *e) MUST_CHECK;

/* Appends n octets as a JSON text with its quotes. */
void report_write_text(const char *s, size_t n, struct buf *out);

/*
 * Makes a report smaller and keeps its counts: of each policy the keep most
 * frequent failure details stay, the others become one entry per result type
 * with the reason "other". Returns how many entries fewer there are.
 */
size_t report_fold(struct report *r, size_t keep);

/*
 * The same for one policy of a report, whose count of all details and order
 * the caller keeps.
 */
size_t report_fold_policy(struct report_policy *p, size_t keep);

#endif
