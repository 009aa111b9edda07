/*
 * view: the questions about stored reports that the program answers.
 *
 * A view is a const struct: a new one is a file and a row in view.c. All take
 * the options of query.h and print by rows.h. The store is opened for reading
 * and is not waited for: the intake goes on meanwhile.
 *
 * Exit status: 0, 1 where a view found something that wants attention and
 * says so in its text (changes), 64 usage, 69 no store yet, 75 try again.
 *
 * Thread safety: none. Tests: t/unit/views.c, t/system/views.t
 */
#ifndef VIEW_H
#define VIEW_H

#include "analyzer/query.h"
#include "share/conf/conf.h"
#include "share/store/analysis_store.h"

#include <stdio.h>

/* What a view works on; everything is borrowed. */
struct view_call {
	struct analysis_store *store;
	const struct query *q;
	const struct conf *conf;
	FILE *out;
	int64_t now_s;
	int status; /* the exit status, 0 unless the view sets it */
};

struct view {
	const char *name;
	int64_t days;     /* the range without --since */
	const char *help; /* below "name [OPTIONS]: " */
	int (*show)(struct view_call *v, struct err *e);
	const char *argument; /* that it needs, "DIR"; NULL: none */
};

extern const struct view view_summary, view_failures, view_senders,
    view_changes, view_html, view_list;

/* Runs the view called argv[0]; gives the exit status. */
int view_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* Adds a note on unsigned reports that were left out, where there are some. */
int view_unsigned_note(struct view_call *v, struct rows *r,
    struct err *e) MUST_CHECK;

#endif
