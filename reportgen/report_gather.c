/* report_gather: rows of one domain become one report - see report_gather.h */
#include "config.h"

#include "reportgen/report_gather.h"
#include "share/base/xmem.h"
#include "share/rpt/report_merge.h"
#include "share/store/report_rows.h"

#include <stdlib.h>
#include <string.h>

/* Places that are kept free for policies without lines, one of each type. */
#define SPARE REPORT_POLICY_N
#define FAILURES_HALF (REPORT_FAILURES_MAX / 2)
#define FAILURES_FULL (REPORT_FAILURES_MAX - 1024)

struct gatherer {
	struct report *r;
	struct report_merger *m;
	struct report_gathered *g;
	const char *domain;
	int64_t lost; /* sessions without a place */
	struct report_failure *failures;
	size_t nfailures, failures_cap;
};

static void
take_failures(struct gatherer *ga, const struct rows_row *row)
{
	if (row->nfailures > ga->failures_cap) {
		ga->failures_cap = row->nfailures;
		ga->failures = xreallocarray(ga->failures, ga->failures_cap,
		    sizeof(*ga->failures));
	}
	ga->nfailures = row->nfailures;
	for (size_t i = 0; i < row->nfailures; i++) {
		const struct rows_failure *f = &row->failures[i];

		ga->failures[i] =
		    (struct report_failure){ .result = report_result_from_code(
						 f->result),
			    .sending_ip = f->sending_ip,
			    .mx = f->mx,
			    .helo = f->helo,
			    .receiving_ip = f->receiving_ip,
			    .info = f->info,
			    .reason = f->reason,
			    .sessions = f->sessions };
	}
}

/* One entry for each result. */
static void
fold_failures(struct gatherer *ga)
{
	size_t n = 0;

	for (size_t i = 0; i < ga->nfailures; i++) {
		struct report_failure f = ga->failures[i];
		size_t k = 0;

		while (k < n && ga->failures[k].result != f.result)
			k++;
		if (k == n)
			ga->failures[n++] =
			    (struct report_failure){ .result = f.result,
				    .reason = "other" };
		ga->failures[k].sessions =
		    report_count_add(ga->failures[k].sessions, f.sessions);
	}
	ga->nfailures = n;
}

/* Adds a policy with the row's lines, or (plain) of its type alone. */
static int
add_policy(struct gatherer *ga, const struct rows_row *row, const char **lines,
    bool plain)
{
	struct report_policy p = { .type =
				       report_policy_type_from_code(row->type),
		.domain = row->policy_domain,
		.success = row->success,
		.failure = row->failure };

	if (plain || p.domain == NULL)
		p.domain = ga->domain;
	if (!plain) {
		p.strings.text = lines;
		p.strings.n = row->nstrings;
		p.mx.text = lines + row->nstrings;
		p.mx.n = row->nmx;
	}
	p.failures = ga->failures;
	p.nfailures = ga->nfailures;
	return report_merge_policy(ga->m, &p);
}

static void
remember_record(struct gatherer *ga, const char *record)
{
	if (record == NULL)
		return;
	free(ga->g->record); /* rows come by time: the last one counts */
	ga->g->record = xstrdup(record);
}

static bool
add_row(void *arg, const struct rows_row *row)
{
	struct gatherer *ga = arg;
	const char **lines =
	    xcalloc(row->nstrings + row->nmx + 1, sizeof(*lines));
	bool full;

	ga->g->rows++;
	remember_record(ga, row->record);
	if (row->nstrings > 0)
		memcpy(lines, row->strings, row->nstrings * sizeof(*lines));
	if (row->nmx > 0)
		memcpy(lines + row->nstrings, row->mx,
		    row->nmx * sizeof(*lines));
	take_failures(ga, row);
	if (ga->r->nfailures + ga->nfailures > FAILURES_HALF)
		fold_failures(ga);
	full = ga->r->nfailures > FAILURES_FULL ||
	    ga->r->npolicies >= REPORT_POLICIES_MAX - SPARE ||
	    row->nstrings > REPORT_STRINGS_MAX ||
	    row->nmx > REPORT_STRINGS_MAX ||
	    add_policy(ga, row, lines, false) == -1;
	if (full && add_policy(ga, row, lines, true) == -1)
		ga->lost += row->success + row->failure;
	free(lines);
	return true;
}

int
report_gather(struct report_db *db, const char *domain, int64_t from,
    int64_t to, struct report *r, struct report_gathered *g, struct err *e)
{
	struct gatherer ga = { .r = r, .g = g, .domain = domain };
	struct err none;
	int rc;

	memset(g, 0, sizeof(*g));
	ga.m = report_merger_new(r);
	rc = rows_each(db, domain, NULL, from, to, add_row, &ga, e);
	report_merger_free(ga.m);
	free(ga.failures);
	if (rc == 0 && ga.lost > 0)
		rc = err_set(e, ERR_LIMIT,
		    "%s: %lld sessions do not fit in a report", domain,
		    (long long)ga.lost);
	if (rc == 0 && g->rows > 0 && g->record == NULL)
		g->record = rows_record(db, domain, &none);
	return rc;
}

void
report_gathered_clear(struct report_gathered *g)
{
	free(g->record);
	memset(g, 0, sizeof(*g));
}
