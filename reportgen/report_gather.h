/*
 * report_gather: collected rows of one domain become one report.
 *
 * Rows of all hosts and buckets of a range are added up by their policies
 * (share/rpt/report_merge.h). In a report that is half full, failure details
 * are folded to one of each result with the reason "other"; in one that is
 * full, policies to the one of their type without lines. Counts stay exact.
 *
 * Thread safety: that of the connection. Limits: those of report.h.
 * Tests: t/unit/report_make.c
 */
#ifndef REPORT_GATHER_H
#define REPORT_GATHER_H

#include "share/rpt/report.h"
#include "share/store/report_db.h"

#include <stddef.h>
#include <stdint.h>

#define REPORT_GATHER_POOL (64u << 20)

/* What was found; report_gathered_clear() it. */
struct report_gathered {
	size_t rows;
	char *record; /* TLSRPT record seen last, NULL when none was */
};

/*
 * Adds the rows of domain with buckets that begin in [from, to) to r, which is
 * from report_init(REPORT_GATHER_POOL) and empty. ERR_LIMIT when the counts of
 * a row found no place. g is to be cleared also after an error.
 */
int report_gather(struct report_db *db, const char *domain, int64_t from,
    int64_t to, struct report *r, struct report_gathered *g,
    struct err *e) MUST_CHECK;

/* Frees what g holds. */
void report_gathered_clear(struct report_gathered *g);

#endif
