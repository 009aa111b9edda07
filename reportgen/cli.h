/*
 * cli: what tlsherald-reportgen's sub-commands have in common: days, domains,
 * the store, progress, errors and exit status.
 *
 * Exit status, of sysexits.h: 64 usage, 65 data, 66 nothing there, 69
 * unavailable, 73 cannot create, 75 try again, 77 not permitted.
 *
 * Thread safety: of one thread. Tests: t/unit/cli.c
 */
#ifndef CLI_H
#define CLI_H

#include "share/base/err.h"
#include "share/base/hostname.h"
#include "share/conf/conf.h"
#include "share/store/report_db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CLI_PROGRAM "tlsherald-reportgen"
#define CLI_DAY 86400

/*
 * The first second of a UTC day: "2026-11-20", "yesterday", "today".
 * ERR_SYNTAX when it is none.
 */
int cli_day(const char *s, int64_t now_s, int64_t *day_s,
    struct err *e) MUST_CHECK;

/* The normal form of a domain that was typed. */
int cli_domain(const char *s, char domain[HOSTNAME_SIZE],
    struct err *e) MUST_CHECK;

/* The path of report.db, freed by the caller. */
char *cli_db_path(const struct conf *c);

/*
 * Opens report.db, to read only unless write. NULL and e: also ERR_NOENT where
 * nothing was collected yet.
 */
struct report_db *cli_open(const struct conf *c, bool write,
    struct err *e) MUST_CHECK;

/* Says what is wrong on stderr; returns the exit status for its code. */
int cli_fail(const struct err *e);

/* Prints "usage: ", program and text on stderr; gives 64. */
int cli_usage(const char *text);

/* Prints "{"schema":1,...}" and the like as one line; frees the text. */
int cli_put_json(char *text);

/* How far long work is, shown on stderr where that is a terminal. */
struct cli_progress {
	const char *what; /* "reports" */
	FILE *out;        /* NULL: nowhere */
	int64_t shown_ms;
	size_t total; /* 0: not known */
};

/* Begins; shows nothing yet. */
void cli_progress_start(struct cli_progress *p, const char *what, size_t total);

/* Shows n, a few times a second. */
void cli_progress(struct cli_progress *p, size_t n);

/* Takes the line away. */
void cli_progress_end(struct cli_progress *p);

#endif
