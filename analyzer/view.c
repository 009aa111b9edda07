/* view: questions about stored reports - see view.h */
#include "config.h"

#include "analyzer/view.h"

#include "analyzer/trust.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

static const struct view *const views[] = {
	&view_summary,
	&view_failures,
	&view_changes,
	&view_senders,
	&view_html,
	&view_list,
};

#define VIEWS (sizeof(views) / sizeof(views[0]))

static const struct view *
find(const char *name)
{
	for (size_t i = 0; i < VIEWS; i++)
		if (strcmp(views[i]->name, name) == 0)
			return views[i];
	return NULL;
}

static int
open_store(const struct conf *c, struct analysis_store *s)
{
	char *path = xasprintf("%s/analysis.db", c->server.state_dir);
	struct err e = { 0 };
	int rc = analysis_sqlite_open(path, NULL, s, &e);

	free(path);
	if (rc == 0)
		return EX_OK;
	if (e.code == ERR_NOENT)
		fprintf(stderr,
		    "tlsherald-analyzer: %s; begin with: tlsherald-analyzer "
		    "ingest MAILBOX\n",
		    e.text);
	else
		fprintf(stderr, "tlsherald-analyzer: %s\n", e.text);
	return e.code == ERR_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

struct unsigned_sums {
	int64_t sessions, reports;
};

static bool
add_unsigned(void *arg, const struct analysis_sum *s)
{
	struct unsigned_sums *u = arg;

	u->sessions += s->success + s->failure;
	u->reports += s->reports;
	return true;
}

int
view_unsigned_note(struct view_call *v, struct rows *r, struct err *e)
{
	struct analysis_filter f = v->q->filter;
	struct unsigned_sums u = { 0, 0 };
	char *text;

	if (f.trust == 0 || (f.trust & 1u << ANALYSIS_UNSIGNED) != 0)
		return 0;
	f.trust = 1u << ANALYSIS_UNSIGNED;
	if (v->store->sums(v->store->ctx, &f, 0, add_unsigned, &u, e) == -1)
		return -1;
	if (u.reports == 0)
		return 0;
	text = xasprintf("Not counted: %" PRId64 " unsigned report%s with "
			 "%" PRId64 " sessions, which anybody could have "
			 "written (--trust all counts them).",
	    u.reports, u.reports == 1 ? "" : "s", u.sessions);
	rows_note(r, "", text);
	free(text);
	return 0;
}

/* -1: what is wrong was said. */
static int
read_query(const struct view *w, struct query *q, int argc, char **argv,
    int64_t now_s)
{
	struct err e = { 0 };
	int rc = query_parse(q, argc, argv, now_s, w->days, NULL, 0, &e);

	if (rc == 0 && w->argument == NULL && q->word != NULL)
		rc = err_set(&e, ERR_SYNTAX, "one argument too many");
	if (rc == 0 && w->argument != NULL && q->word == NULL)
		rc = err_set(&e, ERR_SYNTAX, "%s is missing", w->argument);
	if (rc == -1)
		fprintf(stderr,
		    "tlsherald-analyzer: %s\nusage: tlsherald-analyzer "
		    "%s%s%s [OPTIONS]: %s\n%s\n",
		    e.text, w->name, w->argument != NULL ? " " : "",
		    w->argument != NULL ? w->argument : "", w->help,
		    query_help);
	return rc;
}

int
view_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	const struct view *w = find(argv[0]);
	struct analysis_store s;
	struct view_call v = { .conf = c, .out = stdout };
	struct query q;
	struct err e = { 0 };
	int status;

	(void)conf_path;
	if (w == NULL)
		abort(); /* main's table has names of ours */
	(void)setlocale(LC_CTYPE, "");
	v.now_s = (int64_t)time(NULL);
	if (read_query(w, &q, argc, argv, v.now_s) == -1)
		return EX_USAGE;
	if (!q.trust_given)
		q.filter.trust = trust_counted(c);
	status = open_store(c, &s);
	if (status != EX_OK)
		return status;
	v.store = &s;
	v.q = &q;
	if (w->show(&v, &e) == -1) {
		fprintf(stderr, "tlsherald-analyzer: %s\n", e.text);
		v.status = e.code == ERR_TEMP ? EX_TEMPFAIL : EX_IOERR;
	}
	s.free(s.ctx);
	return v.status;
}
