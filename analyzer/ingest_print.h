/*
 * ingest_print: what ingest says: a line a mail as JSON, totals, progress.
 *
 * Thread safety: none. Tests: t/system/ingest.t
 */
#ifndef INGEST_PRINT_H
#define INGEST_PRINT_H

#include "analyzer/intake.h"

#include <stdio.h>

/* Prints a mail as a line of JSON (tlsherald-json(7)). */
void ingest_print_json(FILE *out, const struct intake_result *r);

/* Prints the totals as a line of JSON. */
void ingest_print_json_totals(FILE *out, const struct intake_totals *t);

/* Prints the totals for people. */
void ingest_print_text_totals(FILE *out, const struct intake_totals *t);

/* A bar on a terminal. */
struct ingest_bar {
	FILE *out; /* NULL: none is shown */
	int64_t begun_ms, shown_ms;
	bool shown;
};

/* Begins where out is a terminal, and wanted. */
void ingest_bar_begin(struct ingest_bar *b, FILE *out, bool wanted);

/* Shows how far it is, some times a second; total 0: not known. */
void ingest_bar_show(struct ingest_bar *b, size_t done, size_t total);

/* Takes the bar away. */
void ingest_bar_end(struct ingest_bar *b);

#endif
