/*
 * report_world: a report.db in a directory of its own, a config, sessions and
 * what came of them, for the tests of reportgen.
 *
 * Thread safety: none. Tests: t/unit/report_make.c, t/unit/week.c use it.
 */
#ifndef REPORT_WORLD_H
#define REPORT_WORLD_H

#include "share/base/xmem.h"
#include "share/conf/conf.h"
#include "share/rpt/report_merge.h"
#include "share/rpt/report_read.h"
#include "share/rpt/report_time.h"
#include "share/store/report_db.h"
#include "share/store/report_outbox.h"
#include "share/store/report_rows.h"
#include "t/unit/tap.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define WORLD_HOUR INT64_C(3600)
#define WORLD_DAY (24 * WORLD_HOUR)

struct report_world {
	char dir[32];
	struct report_db *db;
	struct conf *c;
};

/* What the outbox holds, added up. */
struct report_sum {
	size_t n;                          /* reports */
	int64_t success, failure, details; /* as their octets say */
	int64_t told;                      /* as the outbox says */
};

/* A config with these lines in [report.tls.aggregate] and [report.deliver]. */
static inline struct conf *
world_conf(const char *aggregate, const char *deliver)
{
	struct conf_mistakes m;
	struct conf *c;
	char *text = xasprintf("[server]\nhostname = 'mx.example.org'\n"
			       "[report.tls.aggregate]\n"
			       "from-address = 'tls@example.org'\n"
			       "org-name = 'Example'\n"
			       "contact-info = 'jane@example.org'\n"
			       "sign = ['a']\n%s\n"
			       "[report.deliver]\n%s\n"
			       "[signature.a]\ndomain = 'example.org'\n"
			       "selector = 'a'\n"
			       "private-key = 'file:/none'\n",
	    aggregate, deliver);

	c = conf_parse("world", text, strlen(text), &m, NULL);
	for (size_t i = 0; i < m.n; i++)
		diag("%s", m.line[i]);
	conf_mistakes_clear(&m);
	free(text);
	if (c == NULL)
		abort();
	return c;
}

/* Opens its report.db, again after it was closed. */
static inline void
world_open(struct report_world *w)
{
	char *path = xasprintf("%s/report.db", w->dir);
	struct err e;

	report_db_close(w->db);
	w->db = report_db_open(path, &e);
	if (w->db == NULL) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	free(path);
}

/* Makes one; c is taken. */
static inline void
world_init(struct report_world *w, struct conf *c)
{
	memset(w, 0, sizeof(*w));
	/* memory, where there is: a test waits for no disk */
	snprintf(w->dir, sizeof(w->dir), "%s/reports.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	w->c = c;
	if (mkdtemp(w->dir) == NULL)
		abort();
	world_open(w);
}

/* Removes everything. */
static inline void
world_clear(struct report_world *w)
{
	struct dirent *d;
	DIR *dir;

	report_db_close(w->db);
	conf_unref(w->c);
	dir = opendir(w->dir);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		char *path = xasprintf("%s/%s", w->dir, d->d_name);

		if (d->d_name[0] != '.')
			unlink(path);
		free(path);
	}
	if (dir != NULL)
		closedir(dir);
	if (rmdir(w->dir) == -1)
		diag("left behind: %s", w->dir);
}

/* Adds one row in a transaction of its own. */
static inline void
world_add(struct report_world *w, const struct rows_row *row)
{
	struct err e;

	if (report_db_begin(w->db, &e) == -1 ||
	    rows_add(w->db, row, &e) == -1 || report_db_commit(w->db, &e) == -1)
		fail("a row: %s", e.text);
}

struct world_summing {
	struct report_world *w;
	struct report_sum *sum;
	struct report_merger *m;
	struct report_reader *rr;
};

static inline int
world_sum_one(void *arg, const struct outbox_report *r, struct err *e)
{
	struct world_summing *s = arg;
	struct report report;
	struct report_totals t;
	struct defects d;

	(void)e;
	report_init(&report, REPORT_POOL_MAX);
	if (report_read_packed(s->rr, r->packed, r->packed_len, &report, &d) !=
	    REPORT_OK)
		fail("%s is by RFC 8460 and I-JSON", r->id);
	if (report.id == NULL || strcmp(report.id, r->id) != 0)
		fail("%s is its report-id too", r->id);
	if (report.begin != r->begin || report.end != r->end - 1)
		fail("%s has its range", r->id);
	t = report_totals(&report);
	s->sum->n++;
	s->sum->success += t.success;
	s->sum->failure += t.failure;
	s->sum->details += t.details;
	s->sum->told += r->success + r->failure;
	if (s->m != NULL && report_merge(s->m, &report) == -1)
		fail("%s is added", r->id);
	report_clear(&report);
	return 0;
}

struct world_numbers {
	int64_t *at;
	size_t n;
};

static inline bool
world_number(void *arg, const struct outbox_report *r)
{
	struct world_numbers *all = arg;

	all->at = xreallocarray(all->at, all->n + 1, sizeof(*all->at));
	all->at[all->n++] = r->number;
	return true;
}

/* Reads all reports on a domain (NULL: on all) back and adds them up. */
static inline void
world_sum(struct report_world *w, const char *domain, struct report_sum *sum,
    struct report *merged)
{
	struct world_summing s = { w, sum, NULL, report_reader_new() };
	struct world_numbers all = { NULL, 0 };
	struct err e;

	memset(sum, 0, sizeof(*sum));
	if (merged != NULL)
		s.m = report_merger_new(merged);
	if (outbox_each(w->db, domain, INT64_MIN, INT64_MAX,
		(1u << OUTBOX_STATES) - 1, world_number, &all, &e) == -1)
		fail("the outbox: %s", e.text);
	for (size_t i = 0; i < all.n; i++)
		if (outbox_with(w->db, all.at[i], world_sum_one, &s, &e) == -1)
			fail("a report: %s", e.text);
	free(all.at);
	report_merger_free(s.m);
	report_reader_free(s.rr);
}

static inline bool
world_count_span(void *arg, const struct rows_span *s)
{
	*(int64_t *)arg += s->success + s->failure;
	return true;
}

/* Sessions that are not reported yet. */
static inline int64_t
world_rows(struct report_world *w, const char *domain)
{
	int64_t n = 0;
	struct err e;

	if (rows_spans(w->db, domain, INT64_MIN, INT64_MAX, world_count_span,
		&n, &e) == -1)
		fail("rows: %s", e.text);
	return n;
}

#endif
