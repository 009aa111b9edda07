/*
 * exchange: the text in which one host of a site gives its sessions to the one
 * that reports.
 *
 * An export is JSON lines, described in tlsherald-json(7): a head that says
 * whose it is, which day, which one of the day and until when it is complete;
 * a line for each row of report.db; a tail with the number of rows and the
 * SHA-256 of all octets before it. Exports may follow one another.
 *
 * What is read is taken for hostile all the same: lengths are capped and each
 * value is checked as if it came from the network.
 *
 * Thread safety: none. Limits: EXCHANGE_LINE_MAX octets a line,
 * EXCHANGE_COUNT_MAX sessions a count, REPORT_STRINGS_MAX strings of a policy,
 * ROWS_FAILURES_MAX details. Tests: t/unit/exchange.c
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "share/base/buf.h"
#include "share/base/hostname.h"
#include "share/store/report_rows.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#define EXCHANGE_LINE_MAX (4u << 20)
#define EXCHANGE_COUNT_MAX INT64_C(1000000000000)

struct exchange_head {
	char host[HOSTNAME_SIZE];
	int64_t day_s;
	int64_t sequence;
	int64_t complete_s;
};

/* ---- writing ---- */

struct exchange_writer;

/* Begins an export on out, which is borrowed. */
struct exchange_writer *exchange_write(FILE *out,
    const struct exchange_head *head);

/* Writes a row. */
void exchange_write_row(struct exchange_writer *w, const struct rows_row *row);

/* Ends the export and frees w; -1 and e when out has not taken all of it. */
int exchange_write_end(struct exchange_writer *w, struct err *e) MUST_CHECK;

/* ---- reading ---- */

struct exchange_reader {
	FILE *in; /* borrowed */
	char *line;
	size_t size;
	ssize_t len;
	uint64_t number; /* of the line */
	struct dkim_hash *hash;
	uint64_t rows; /* read so far of this export */
};

/* One row as it was read; row borrows from the rest. */
struct exchange_row {
	struct rows_row row;
	json_t *json;
	const char *strings[256], *mx[256];
	struct rows_failure *failures;
};

/* Begins to read. */
void exchange_reader_init(struct exchange_reader *r, FILE *in);

/* Frees what it holds. */
void exchange_reader_clear(struct exchange_reader *r);

/*
 * Reads the head of the next export: 1, or 0 at the end of the input. -1 and
 * e (ERR_SYNTAX, with the line's number) when it is none.
 */
int exchange_read_head(struct exchange_reader *r, struct exchange_head *head,
    struct err *e) MUST_CHECK;

/*
 * Reads the next row of the export with that head into x, to be cleared: 1.
 * At its tail 0, when number and hash are right. -1 and e otherwise; then
 * nothing of this export may be kept.
 */
int exchange_read_row(struct exchange_reader *r,
    const struct exchange_head *head, struct exchange_row *x,
    struct err *e) MUST_CHECK;

/* Frees a row that was read. */
void exchange_row_clear(struct exchange_row *x);

#endif
