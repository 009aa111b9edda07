/*
 * query: what a view is asked for: range, filters, form of the output.
 *
 *	--since WHEN  --until WHEN	a day, or how long ago: 7d, 4w
 *	--domain D  --sender ORG  --type T  --mx HOST  --result R
 *	--trust all|verified|signed|unsigned
 *	--json  --csv
 *
 * WHEN is 2026-11-21, today, yesterday, or a duration of whole days before
 * now; until is not in the range. Without --trust unsigned reports are left
 * out, which anybody can forge; views show them apart.
 *
 * Thread safety: none. Tests: t/unit/query.c
 */
#ifndef QUERY_H
#define QUERY_H

#include "analyzer/rows.h"
#include "share/base/err.h"
#include "share/store/analysis_store.h"

/* without [report.analysis] dkim */
#define QUERY_TRUST_DEFAULT                               \
	(1u << ANALYSIS_UNKNOWN | 1u << ANALYSIS_SIGNED | \
	    1u << ANALYSIS_VERIFIED)

/* An option of one view besides those above; it takes a value. */
struct query_option {
	const char *name; /* "--since-report" */
	const char **value;
};

struct query {
	struct analysis_filter filter;
	enum rows_form form;
	bool trust_given; /* --trust */
	int64_t today;    /* the UTC day of now */
	const char *word; /* the one argument that is no option, or NULL */
	char domain[256], mx[256]; /* normal forms the filter points to */
};

/*
 * Reads the arguments behind the command's name. days is the length of the
 * range without --since. -1 and e (ERR_SYNTAX) tells what is wrong and what
 * would be right.
 */
int query_parse(struct query *q, int argc, char **argv, int64_t now_s,
    int64_t days, const struct query_option *more, size_t nmore,
    struct err *e) MUST_CHECK;

/* Reads one WHEN as a day. */
int query_day(const char *text, int64_t today, int64_t *day,
    struct err *e) MUST_CHECK;

/* The help that all views share. */
extern const char query_help[];

#endif
