/* view_failures: what fails, and what to do about it - see view.h */
#include "config.h"

#include "analyzer/failure_list.h"
#include "analyzer/view.h"

#include "share/base/xmem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EXPLAINED_MAX 10 /* in a table; JSON and CSV explain every one */

static const struct rows_column columns[] = {
	{ "number", "#", ROWS_COUNT, 0 },
	{ "domain", "domain", ROWS_TEXT, 0 },
	{ "policy_domain", NULL, ROWS_TEXT, 0 },
	{ "policy_type", "policy", ROWS_TEXT, 1 },
	{ "mx", "MX host", ROWS_TEXT, 0 },
	{ "result", "result", ROWS_TEXT, 0 },
	{ "sessions", "sessions", ROWS_COUNT, 0 },
	{ "senders", "senders", ROWS_COUNT, 2 },
	{ "first_day", "first", ROWS_DAY, 3 },
	{ "last_day", "last", ROWS_DAY, 0 },
	{ "fault", "fault", ROWS_TEXT, 4 },
	{ "title", NULL, ROWS_TEXT, 0 },
	{ "means", NULL, ROWS_TEXT, 0 },
	{ "why", NULL, ROWS_TEXT, 0 },
	{ "check", NULL, ROWS_TEXT, 0 },
	{ "fix", NULL, ROWS_TEXT, 0 },
};

static void
add_row(struct rows *r, const struct failure_list *l, size_t i)
{
	const struct failure *f = &l->item[i];
	struct advice a;

	failure_list_advise(l, f, &a);
	{
		struct rows_cell cells[] = {
			{ .n = (int64_t)i + 1 },
			{ .text = f->domain },
			{ .text = f->policy_domain },
			{ .text = f->type },
			{ .text = f->mx },
			{ .text = *f->result == '\0' ? "(no detail)"
						     : f->result },
			{ .n = f->sessions, .tone = TERM_WARN },
			{ .n = f->senders },
			{ .n = f->first_day },
			{ .n = f->last_day },
			{ .text = advice_fault_name(a.fault) },
			{ .text = a.title },
			{ .text = buf_str(&a.means) },
			{ .text = buf_str(&a.why) },
			{ .text = buf_str(&a.check) },
			{ .text = buf_str(&a.fix) },
		};
		rows_add(r, cells);
	}
	advice_clear(&a);
}

static void
explain(struct rows *r, const struct failure_list *l, size_t i)
{
	const struct failure *f = &l->item[i];
	char *head;
	struct advice a;

	failure_list_advise(l, f, &a);
	head = xasprintf("#%zu %s (%s)%s%s", i + 1, a.title,
	    *f->mx != '\0' ? f->mx : f->domain,
	    f->reason != NULL ? ", they say: " : "",
	    f->reason != NULL ? f->reason : "");
	rows_note(r, "", "");
	rows_note(r, "", head);
	rows_note(r, "means", buf_str(&a.means));
	free(head);
	head = xasprintf("%s. %s",
	    a.fault == ADVICE_OURS         ? "Probably ours"
		: a.fault == ADVICE_SENDER ? "Probably the sender's"
					   : "Ours or the sender's",
	    buf_str(&a.why));
	rows_note(r, "fault", head);
	free(head);
	rows_note(r, "check", "");
	rows_verbatim(r, buf_str(&a.check));
	rows_note(r, "fix", buf_str(&a.fix));
	advice_clear(&a);
}

static int
show(struct view_call *v, struct err *e)
{
	struct failure_list l;
	struct rows *r;
	int rc;

	if (failure_list_read(&l, v->store, &v->q->filter, EXPLAINED_MAX, e) ==
	    -1)
		return -1;
	r = rows_new(v->out, v->q->form, "failures", columns,
	    sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < l.n; i++)
		add_row(r, &l, i);
	for (size_t i = 0; i < l.n && i < EXPLAINED_MAX; i++)
		explain(r, &l, i);
	if (l.n == 0)
		rows_note(r, "", "No failures were reported in this time.");
	rc = view_unsigned_note(v, r, e);
	if (rc == 0 && rows_end(r) == -1)
		rc = err_set(e, ERR_SYS, "standard output");
	rows_free(r);
	failure_list_clear(&l);
	return rc;
}

const struct view view_failures = {
	.name = "failures",
	.days = 30,
	.help = "what fails, whose fault it is and how to mend it",
	.show = show,
};
