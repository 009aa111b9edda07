/* view_senders: how well each organisation reports - see view.h */
#include "config.h"

#include "analyzer/view.h"

#include "share/base/buf.h"
#include "share/base/xmem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DEFECTS_MAX 1024 /* octets of their names in a cell */

/* Defects of every sender, in the store's order. */
struct defect_list {
	struct {
		char *sender, *text;
	} * item;
	size_t n, cap;
};

static const struct rows_column columns[] = {
	{ "sender", "sender", ROWS_TEXT, 0 },
	{ "reports", "reports", ROWS_COUNT, 0 },
	{ "verified", "verified", ROWS_COUNT, 0 },
	{ "signed", "signed", ROWS_COUNT, 0 },
	{ "unsigned", "unsigned", ROWS_COUNT, 0 },
	{ "unknown", NULL, ROWS_COUNT, 0 },
	{ "salvaged", "salvaged", ROWS_COUNT, 1 },
	{ "sessions", "sessions", ROWS_COUNT, 0 },
	{ "success_percent", "success", ROWS_SHARE, 0 },
	{ "first_day", NULL, ROWS_DAY, 0 },
	{ "last_day", "last", ROWS_DAY, 0 },
	{ "defects", "defects", ROWS_TEXT, 0 },
};

struct senders {
	struct rows *rows;
	struct defect_list defects;
};

/* Defects of one sender come one after the other. */
static bool
take_defect(void *arg, const struct analysis_defect *d)
{
	struct defect_list *l = arg;
	char *text;

	if (l->n > 0 && strcmp(l->item[l->n - 1].sender, d->sender) == 0) {
		char *old = l->item[l->n - 1].text;

		if (strlen(old) > DEFECTS_MAX)
			return true;
		l->item[l->n - 1].text =
		    xasprintf("%s %s:%" PRId64, old, d->defect, d->reports);
		free(old);
		return true;
	}
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 32 : 2 * l->cap;
		l->item = xreallocarray(l->item, l->cap, sizeof(*l->item));
	}
	text = xasprintf("%s:%" PRId64, d->defect, d->reports);
	l->item[l->n].sender = xstrdup(d->sender);
	l->item[l->n++].text = text;
	return true;
}

static const char *
defects_of(const struct defect_list *l, const char *sender)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->item[i].sender, sender) == 0)
			return l->item[i].text;
	return NULL;
}

static bool
take_sender(void *arg, const struct analysis_sender *s)
{
	struct senders *y = arg;
	const int64_t *by = s->by_trust;
	struct rows_cell cells[] = {
		{ .text = s->sender },
		{ .n = s->reports },
		{ .n = by[ANALYSIS_VERIFIED] },
		{ .n = by[ANALYSIS_SIGNED] },
		{ .n = by[ANALYSIS_UNSIGNED],
		    .tone =
			by[ANALYSIS_UNSIGNED] > 0 ? TERM_WARN : TERM_PLAIN },
		{ .n = by[ANALYSIS_UNKNOWN] },
		{ .n = s->salvaged },
		{ .n = s->success + s->failure },
		{ .n = rows_share(s->success, s->failure) },
		{ .n = s->first_day },
		{ .n = s->last_day },
		{ .text = defects_of(&y->defects, s->sender) },
	};

	rows_add(y->rows, cells);
	return true;
}

static int
show(struct view_call *v, struct err *e)
{
	struct analysis_filter f = v->q->filter;
	struct senders y = { 0 };
	int rc = -1;

	/* trust is what this view shows: everybody is in it unless asked */
	if (!v->q->trust_given)
		f.trust = 0;
	y.rows = rows_new(v->out, v->q->form, "senders", columns,
	    sizeof(columns) / sizeof(columns[0]));
	if (v->store->defects(v->store->ctx, &f, take_defect, &y.defects, e) ==
		-1 ||
	    v->store->senders(v->store->ctx, &f, take_sender, &y, e) == -1)
		goto out;
	if (rows_count(y.rows) == 0)
		rows_note(y.rows, "", "No reports in this time.");
	rc = rows_end(y.rows);
	if (rc == -1)
		(void)err_set(e, ERR_SYS, "standard output");
out:
	for (size_t i = 0; i < y.defects.n; i++) {
		free(y.defects.item[i].sender);
		free(y.defects.item[i].text);
	}
	free(y.defects.item);
	rows_free(y.rows);
	return rc;
}

const struct view view_senders = {
	.name = "senders",
	.days = 90,
	.help = "how well each organisation reports: trust and defects",
	.show = show,
};
