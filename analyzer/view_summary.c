/* view_summary: sessions and success, by domain and by sender - see view.h */
#include "config.h"

#include "analyzer/tally.h"
#include "analyzer/view.h"

#include <langinfo.h>
#include <locale.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A change of the rate that is worth a colour, in millionths. */
#define TREND_MARK 1000

struct summary {
	struct tally domain, sender, all;
	const struct analysis_filter *f;
	bool before; /* sums are of the period before */
};

static const struct rows_column columns[] = {
	{ "group", "", ROWS_TEXT, 0 },
	{ "name", "name", ROWS_TEXT, 0 },
	{ "reports", "reports", ROWS_COUNT, 1 },
	{ "sessions", "sessions", ROWS_COUNT, 0 },
	{ "failures", "failures", ROWS_COUNT, 0 },
	{ "success_percent", "success", ROWS_SHARE, 0 },
	{ "success_percent_before", "before", ROWS_SHARE, 2 },
	{ "trend", "trend", ROWS_TEXT, 0 },
	{ "graph", "failures a day", ROWS_GRAPH, 0 },
};

/* Which point of the graph a day is. */
static size_t
point_of(const struct analysis_filter *f, int64_t day)
{
	int64_t days = f->until - f->since;

	if (days <= TALLY_POINTS)
		return (size_t)(day - f->since);
	return (size_t)((day - f->since) * TALLY_POINTS / days);
}

static void
add_sum(struct summary *y, struct tally_item *it, const struct analysis_sum *s)
{
	size_t at;

	if (y->before) {
		it->old_success += s->success;
		it->old_failure += s->failure;
		return;
	}
	it->success += s->success;
	it->failure += s->failure;
	it->reports += s->reports;
	if (s->day < y->f->since || s->day >= y->f->until)
		return;
	at = point_of(y->f, s->day);
	if (it->point[at] < 0)
		it->point[at] = 0;
	it->point[at] += s->failure;
}

static bool
take(void *arg, const struct analysis_sum *s)
{
	struct summary *y = arg;

	add_sum(y, tally_get(&y->domain, s->domain), s);
	add_sum(y, tally_get(&y->sender, s->sender), s);
	add_sum(y, tally_get(&y->all, ""), s);
	return true;
}

/* "+0.40" points of percent, or what stands for no comparison. */
static enum term_tone
trend_of(const struct tally_item *it, char *dst, size_t size)
{
	int64_t now = rows_share(it->success, it->failure);
	int64_t old = rows_share(it->old_success, it->old_failure);

	if (now < 0 || old < 0) {
		(void)snprintf(dst, size, "%s", now < 0 ? "silent" : "new");
		return now < 0 ? TERM_WARN : TERM_PLAIN;
	}
	(void)snprintf(dst, size, "%+.2f", (double)(now - old) / 1e4);
	if (now < old - TREND_MARK)
		return TERM_BAD;
	return now > old + TREND_MARK ? TERM_GOOD : TERM_PLAIN;
}

static void
add_row(struct rows *r, const struct summary *y, const char *group,
    const struct tally_item *it)
{
	int64_t days = y->f->until - y->f->since;
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	char graph[3 * TALLY_POINTS + 1], trend[32];
	enum term_tone tone = trend_of(it, trend, sizeof(trend));
	struct rows_cell cells[] = {
		{ .text = group },
		{ .text = it->name },
		{ .n = it->reports },
		{ .n = it->success + it->failure },
		{ .n = it->failure,
		    .tone = it->failure > 0 ? TERM_WARN : TERM_PLAIN },
		{ .n = rows_share(it->success, it->failure) },
		{ .n = rows_share(it->old_success, it->old_failure) },
		{ .text = trend, .tone = tone },
		{ .text = rows_spark(graph, sizeof(graph), it->point,
		      (size_t)(days < TALLY_POINTS ? days : TALLY_POINTS),
		      utf8) },
	};

	rows_add(r, cells);
}

static int
read_sums(struct view_call *v, struct summary *y, struct err *e)
{
	const unsigned by =
	    ANALYSIS_BY_DAY | ANALYSIS_BY_DOMAIN | ANALYSIS_BY_SENDER;
	struct analysis_filter before = v->q->filter;
	int64_t days = before.until - before.since;

	if (v->store->sums(v->store->ctx, &v->q->filter, by, take, y, e) == -1)
		return -1;
	y->before = true;
	before.until = before.since;
	before.since -= days;
	return v->store->sums(v->store->ctx, &before, by, take, y, e);
}

static int
show(struct view_call *v, struct err *e)
{
	struct summary y = { .f = &v->q->filter };
	struct rows *r;
	int rc = -1;

	tally_init(&y.domain);
	tally_init(&y.sender);
	tally_init(&y.all);
	r = rows_new(v->out, v->q->form, "summary", columns,
	    sizeof(columns) / sizeof(columns[0]));
	if (read_sums(v, &y, e) == -1)
		goto out;
	tally_sort(&y.domain);
	tally_sort(&y.sender);
	for (size_t i = 0; i < y.all.n; i++)
		add_row(r, &y, "all", y.all.item[i]);
	for (size_t i = 0; i < y.domain.n; i++)
		add_row(r, &y, "domain", y.domain.item[i]);
	for (size_t i = 0; i < y.sender.n; i++)
		add_row(r, &y, "sender", y.sender.item[i]);
	if (rows_count(r) == 0)
		rows_note(r, "", "No reports in this time.");
	rc = view_unsigned_note(v, r, e);
	if (rc == 0 && rows_end(r) == -1)
		rc = err_set(e, ERR_SYS, "standard output");
out:
	rows_free(r);
	tally_clear(&y.domain);
	tally_clear(&y.sender);
	tally_clear(&y.all);
	return rc;
}

const struct view view_summary = {
	.name = "summary",
	.days = 30,
	.help = "sessions, success rate and trend, by domain and sender",
	.show = show,
};
