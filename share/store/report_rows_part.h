/*
 * report_rows_part: what the files of report_rows share; nobody else includes
 * it. report_rows.c adds, report_rows_read.c reads and removes.
 *
 * Thread safety: that of the connection. Tests: t/unit/report_rows.c
 */
#ifndef REPORT_ROWS_PART_H
#define REPORT_ROWS_PART_H

#include "share/store/report_rows.h"

#define ROWS_TEXTS 6 /* of a failure detail */

/*
 * Finds a text: 1 and its id, 0 and its hash when it is not there, -1 and e.
 * NULL is there as 0.
 */
int rows_text_find(struct report_db *db, const char *s, int64_t *id,
    int64_t *hash, struct err *e) MUST_CHECK;

#endif
