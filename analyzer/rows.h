/*
 * rows: what a view shows, as a table for people, as JSON or as CSV.
 *
 * A view describes its columns once and adds rows; the form is chosen by the
 * user. Text is of strangers: in the table control characters and what is
 * beyond ASCII are escaped and long texts cut, in CSV (RFC 4180) a text that a
 * spreadsheet would run as a formula gets a "'" in front, in JSON it is UTF-8.
 * A table's columns are as wide as they must be; where the terminal is
 * narrower, columns that can be spared are left out, then texts of the widest
 * column are cut.
 *
 * JSON is one object a row, a line each ("lines"), each with "schema" and
 * "view": what reads it needs no more than one row at a time.
 *
 * Thread safety: none. Limits: ROWS_MAX rows. Tests: t/unit/rows.c
 */
#ifndef ROWS_H
#define ROWS_H

#include "share/app/term.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ROWS_MAX 1000000
#define ROWS_COLUMNS_MAX 16

enum rows_form { ROWS_TABLE, ROWS_JSON, ROWS_CSV };

enum rows_kind {
	ROWS_TEXT,  /* as it is */
	ROWS_COUNT, /* a number */
	ROWS_DAY,   /* UTC days since 1970; below 0: none */
	ROWS_SHARE, /* parts of a million, shown in percent; below 0: none */
	ROWS_GRAPH  /* text for the table alone: neither in JSON nor CSV */
};

struct rows_column {
	const char *name;  /* in JSON and CSV */
	const char *title; /* in the table; NULL: not there */
	enum rows_kind kind;
	int spare; /* where a table is too wide, the highest goes first;
		    * 0: it stays */
};

/* Its column says which is meant. */
struct rows_cell {
	const char *text; /* NULL: absent */
	int64_t n;
	enum term_tone tone;
};

struct rows;

/* Begins; view and columns are borrowed until rows_free(). */
struct rows *rows_new(FILE *out, enum rows_form form, const char *view,
    const struct rows_column *columns, size_t n);

/* Adds a row, one cell for each column; texts are copied. */
void rows_add(struct rows *r, const struct rows_cell *cells);

/* Adds a paragraph below the last row, in tables only; label may be "". */
void rows_note(struct rows *r, const char *label, const char *text);

/* Adds lines as they are, indented: commands to paste. In tables only. */
void rows_verbatim(struct rows *r, const char *text);

/* How many rows there are. */
size_t rows_count(const struct rows *r);

/* Writes what is not written yet; -1: the output failed. */
int rows_end(struct rows *r) MUST_CHECK;

/* Frees; NULL is fine. */
void rows_free(struct rows *r);

/* The day n as "2026-11-21"; dst needs 12 octets. */
char *rows_day(char *dst, size_t size, int64_t n);

/* success / (success + failure) in millionths; -1 without any. */
int64_t rows_share(int64_t success, int64_t failure);

/*
 * A line of n values as eighths of blocks, lowest to highest, "." for those
 * below 0. Needs 3 * n + 1 octets. ASCII where utf8 is false.
 */
char *rows_spark(char *dst, size_t size, const int64_t *v, size_t n, bool utf8);

#endif
