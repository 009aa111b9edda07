/*
 * show_print: a report as text and as JSON.
 *
 * Thread safety: none. Tests: t/system/ingest.t
 */
#ifndef SHOW_PRINT_H
#define SHOW_PRINT_H

#include "share/store/analysis_store.h"

#include <stdio.h>

/* Prints a report for people; control characters are escaped. */
void show_print_text(FILE *out, const struct analysis_report *r);

/* Prints it as one line of JSON (tlsherald-json(7)). */
void show_print_json(FILE *out, const struct analysis_report *r);

#endif
