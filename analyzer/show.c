/* show: one report whole - see show.h */
#include "config.h"

#include "analyzer/show.h"
#include "analyzer/show_print.h"

#include "share/base/xmem.h"
#include "share/rpt/gz.h"
#include "share/rpt/report_read.h"
#include "share/store/analysis_store.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define FOUND_MAX 10

enum form { FORM_TEXT, FORM_JSON, FORM_RAW };

struct call {
	enum form form;
	int status;
};

/* ---- the JSON as it was written ---- */

static int
print_raw(const struct analysis_report *r)
{
	const struct gz_limits limits = { REPORT_READ_MAX, GZ_RATIO_MAX };
	struct gz *z;
	const char *piece;
	size_t n;

	if (r->nraw == 0) {
		fprintf(stderr,
		    "tlsherald-analyzer: the text of this report was not "
		    "kept ([report.analysis] keep-raw)\n");
		return 1;
	}
	z = gz_new();
	gz_start(z, GZ_GZIP, r->raw, r->nraw, &limits);
	while ((n = gz_next(z, &piece)) > 0)
		(void)fwrite(piece, 1, n, stdout);
	gz_free(z);
	return EX_OK;
}

static bool
print(void *arg, const struct analysis_report *r)
{
	struct call *call = arg;

	if (call->form == FORM_RAW)
		call->status = print_raw(r);
	else if (call->form == FORM_JSON)
		show_print_json(stdout, r);
	else
		show_print_text(stdout, r);
	return false;
}

/* ---- which one ---- */

/* The number that a text is, or 0. */
static int64_t
number_of(const char *s)
{
	char *end;
	long long n;

	if (*s < '0' || *s > '9')
		return 0;
	n = strtoll(s, &end, 10);
	return *end == '\0' ? (int64_t)n : 0;
}

static int
show_number(const struct analysis_store *s, int64_t id, struct call *call,
    struct err *e)
{
	return s->get(s->ctx, id, print, call, e);
}

static int
show_named(const struct analysis_store *s, const char *name, struct call *call,
    struct err *e)
{
	int64_t ids[FOUND_MAX];
	int n = s->find(s->ctx, name, ids, FOUND_MAX, e);

	if (n == -1)
		return -1;
	if (n == 0)
		return err_set(e, ERR_NOENT, "no report is called %s", name);
	if (n == 1)
		return show_number(s, ids[0], call, e);
	fprintf(stderr, "tlsherald-analyzer: %s reports are called so:",
	    n == FOUND_MAX ? "many" : "several");
	for (int i = 0; i < n; i++)
		fprintf(stderr, " %lld", (long long)ids[i]);
	fprintf(stderr, "\nGive one of these numbers.\n");
	call->status = EX_USAGE;
	return 0;
}

static int
show(const struct analysis_store *s, const char *name, struct call *call,
    struct err *e)
{
	int64_t id = number_of(name);
	int ret = -1;

	(void)err_set(e, ERR_NOENT, "no number");
	if (id > 0)
		ret = show_number(s, id, call, e);
	/* a report-id may be a number, too */
	if (ret == -1 && e->code == ERR_NOENT)
		ret = show_named(s, name, call, e);
	return ret;
}

/* ---- the command ---- */

static int
usage(void)
{
	fputs("usage: tlsherald-analyzer show [--json | --raw] REPORT\n"
	      "REPORT is a number of list, a report-id, or how one begins\n",
	    stderr);
	return EX_USAGE;
}

static int
read_options(struct call *call, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "raw", no_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	optind = 0; /* glibc: begin anew */
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == '?' || call->form != FORM_TEXT)
			return -1;
		call->form = opt == 'j' ? FORM_JSON : FORM_RAW;
	}
	return optind + 1 == argc ? optind : -1;
}

static int
failed(const struct err *e)
{
	fprintf(stderr, "tlsherald-analyzer: %s\n", e->text);
	return e->code == ERR_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

int
show_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	struct call call = { FORM_TEXT, EX_OK };
	int at = read_options(&call, argc, argv);
	struct analysis_store s;
	struct err e = { 0 };
	char *path;
	int ret;

	(void)conf_path;
	if (at == -1)
		return usage();
	path = xasprintf("%s/analysis.db", c->server.state_dir);
	ret = analysis_sqlite_open(path, NULL, &s, &e);
	free(path);
	if (ret == -1)
		return failed(&e);
	if (show(&s, argv[at], &call, &e) == -1) {
		call.status = failed(&e);
		if (e.code == ERR_NOENT)
			call.status = 1;
	}
	s.free(s.ctx);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("tlsherald-analyzer: standard output");
		return EX_IOERR;
	}
	return call.status;
}
