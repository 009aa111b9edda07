/* view_changes: what is new since a day - see view.h */
#include "config.h"

#include "analyzer/changes.h"
#include "analyzer/view.h"

#include <string.h>

/* one failure in a hundred sessions */
#define RATE_LIMIT 10000

static const struct rows_column columns[] = {
	{ "change", "change", ROWS_TEXT, 0 },
	{ "domain", "domain", ROWS_TEXT, 0 },
	{ "sender", "sender", ROWS_TEXT, 0 },
	{ "policy_type", "policy", ROWS_TEXT, 2 },
	{ "mx", "MX host", ROWS_TEXT, 0 },
	{ "result", "result", ROWS_TEXT, 0 },
	{ "sessions", "sessions", ROWS_COUNT, 0 },
	{ "success_percent", "success", ROWS_SHARE, 1 },
	{ "day", "day", ROWS_DAY, 0 },
};

static enum term_tone
tone_of(enum change_kind k)
{
	if (k == CHANGE_RECOVERED)
		return TERM_GOOD;
	return k == CHANGE_POLICY ? TERM_PLAIN : TERM_WARN;
}

static int
show(struct view_call *v, struct err *e)
{
	struct changes c;
	struct rows *r;
	int rc;

	if (changes_find(&c, v->store, &v->q->filter, RATE_LIMIT, e) == -1)
		return -1;
	r = rows_new(v->out, v->q->form, "changes", columns,
	    sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < c.n; i++) {
		const struct change *x = &c.item[i];
		struct rows_cell cells[] = {
			{ .text = change_kind_name(x->kind),
			    .tone = tone_of(x->kind) },
			{ .text = x->domain },
			{ .text = x->sender },
			{ .text = x->type },
			{ .text = x->mx },
			{ .text = x->result },
			{ .n = x->sessions },
			{ .n = x->kind == CHANGE_RATE ? x->share : -1 },
			{ .n = x->day },
		};

		rows_add(r, cells);
		/* what is over, or was published on purpose, alarms nobody */
		if (x->kind != CHANGE_RECOVERED && x->kind != CHANGE_POLICY)
			v->status = 1;
	}
	if (c.n == 0)
		rows_note(r, "", "Nothing changed.");
	rc = view_unsigned_note(v, r, e);
	if (rc == 0 && rows_end(r) == -1)
		rc = err_set(e, ERR_SYS, "standard output");
	rows_free(r);
	changes_clear(&c);
	return rc;
}

const struct view view_changes = {
	.name = "changes",
	.days = 2,
	.help =
	    "what is new since --since (yesterday): failures, silence, policies",
	.show = show,
};
