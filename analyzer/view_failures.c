/* view_failures: what fails, and what to do about it - see view.h */
#include "config.h"

#include "analyzer/advice.h"
#include "analyzer/policy_mode.h"
#include "analyzer/view.h"

#include "share/base/xmem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EXPLAINED_MAX 10 /* in a table; JSON and CSV explain every one */

static const struct rows_column columns[] = {
	{ "number", "#", ROWS_COUNT },
	{ "domain", "domain", ROWS_TEXT },
	{ "policy_domain", NULL, ROWS_TEXT },
	{ "policy_type", "policy", ROWS_TEXT },
	{ "mx", "MX host", ROWS_TEXT },
	{ "result", "result", ROWS_TEXT },
	{ "sessions", "sessions", ROWS_COUNT },
	{ "senders", "senders", ROWS_COUNT },
	{ "first_day", "first", ROWS_DAY },
	{ "last_day", "last", ROWS_DAY },
	{ "fault", "fault", ROWS_TEXT },
	{ "title", NULL, ROWS_TEXT },
	{ "means", NULL, ROWS_TEXT },
	{ "why", NULL, ROWS_TEXT },
	{ "check", NULL, ROWS_TEXT },
	{ "fix", NULL, ROWS_TEXT },
};

/* One failure, kept until the store is free for the next question. */
struct failure {
	struct analysis_failure_sum sum; /* texts are its own */
	char *reason;
};

struct failures {
	struct failure *item;
	size_t n, cap;
	struct policy_modes modes;
	struct view_call *v;
	int64_t report; /* an example's, while it is looked for */
	struct failure *looking;
};

static bool
take(void *arg, const struct analysis_failure_sum *s)
{
	struct failures *y = arg;
	struct failure *f;

	if (y->n == ROWS_MAX)
		return false;
	if (y->n == y->cap) {
		y->cap = y->cap == 0 ? 32 : 2 * y->cap;
		y->item = xreallocarray(y->item, y->cap, sizeof(*y->item));
	}
	f = &y->item[y->n++];
	memset(f, 0, sizeof(*f));
	f->sum = *s;
	f->sum.domain = xstrdup(s->domain);
	f->sum.policy_domain = xstrdup(s->policy_domain);
	f->sum.type = xstrdup(s->type);
	f->sum.mx = xstrdup(s->mx);
	f->sum.result = xstrdup(s->result);
	return true;
}

/* ---- the reason, from the latest report that has one ---- */

static bool
take_report(void *arg, const struct analysis_report *r)
{
	struct failures *y = arg;

	y->report = r->id;
	return false;
}

static bool
take_reason(void *arg, const struct analysis_report *r)
{
	struct failures *y = arg;
	struct failure *f = y->looking;

	for (int64_t i = 0; i < r->npolicies; i++)
		for (size_t j = 0; j < r->policies[i].nfailures; j++) {
			const struct analysis_failure *d =
			    &r->policies[i].failures[j];

			if (f->reason == NULL && d->reason != NULL &&
			    *d->reason != '\0' &&
			    strcmp(d->result, f->sum.result) == 0 &&
			    strcmp(d->mx, f->sum.mx) == 0)
				f->reason = xstrdup(d->reason);
		}
	return false;
}

static int
find_reason(struct failures *y, struct failure *f, struct err *e)
{
	struct analysis_store *s = y->v->store;
	struct analysis_filter filter = y->v->q->filter;

	filter.domain = f->sum.domain;
	filter.mx = *f->sum.mx == '\0' ? NULL : f->sum.mx;
	filter.result = *f->sum.result == '\0' ? NULL : f->sum.result;
	y->report = 0;
	y->looking = f;
	if (s->list(s->ctx, &filter, 0, take_report, y, e) == -1)
		return -1;
	if (y->report == 0)
		return 0;
	return s->get(s->ctx, y->report, take_reason, y, e);
}

/* ---- output ---- */

static void
advise(const struct failures *y, const struct failure *f, struct advice *a)
{
	bool exact;
	struct advice_case c = {
		.policy = report_policy_type_find(f->sum.type,
		    strlen(f->sum.type), &exact),
		.result = report_result_find(f->sum.result,
		    strlen(f->sum.result), &exact),
		.domain = f->sum.domain,
		.mx = f->sum.mx,
		.reason = f->reason,
	};

	if (c.policy == REPORT_POLICY_STS)
		c.mode = policy_modes_of(&y->modes, f->sum.domain);
	advice_give(&c, a);
}

static void
add_row(struct rows *r, const struct failures *y, size_t i)
{
	const struct failure *f = &y->item[i];
	struct advice a;

	advise(y, f, &a);
	{
		struct rows_cell cells[] = {
			{ .n = (int64_t)i + 1 },
			{ .text = f->sum.domain },
			{ .text = f->sum.policy_domain },
			{ .text = f->sum.type },
			{ .text = f->sum.mx },
			{ .text = *f->sum.result == '\0' ? "(no detail)"
							 : f->sum.result },
			{ .n = f->sum.sessions, .tone = TERM_WARN },
			{ .n = f->sum.senders },
			{ .n = f->sum.ever_day },
			{ .n = f->sum.last_day },
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
explain(struct rows *r, const struct failures *y, size_t i)
{
	const struct failure *f = &y->item[i];
	char *head;
	struct advice a;

	advise(y, f, &a);
	head = xasprintf("#%zu %s (%s)%s%s", i + 1, a.title,
	    *f->sum.mx != '\0' ? f->sum.mx : f->sum.domain,
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
	const unsigned by = ANALYSIS_BY_DOMAIN | ANALYSIS_BY_POLICY_DOMAIN |
	    ANALYSIS_BY_TYPE | ANALYSIS_BY_MX | ANALYSIS_BY_RESULT;
	struct failures y = { .v = v };
	struct rows *r = rows_new(v->out, v->q->form, "failures", columns,
	    sizeof(columns) / sizeof(columns[0]));
	int rc = -1;

	if (policy_modes_read(&y.modes, v->store, &v->q->filter, e) == -1 ||
	    v->store->failures(v->store->ctx, &v->q->filter, by, take, &y, e) ==
		-1)
		goto out;
	for (size_t i = 0; i < y.n; i++) {
		if (i < EXPLAINED_MAX && find_reason(&y, &y.item[i], e) == -1)
			goto out;
		add_row(r, &y, i);
	}
	for (size_t i = 0; i < y.n && i < EXPLAINED_MAX; i++)
		explain(r, &y, i);
	if (y.n == 0)
		rows_note(r, "", "No failures were reported in this time.");
	rc = view_unsigned_note(v, r, e);
	if (rc == 0 && rows_end(r) == -1)
		rc = err_set(e, ERR_SYS, "standard output");
out:
	for (size_t i = 0; i < y.n; i++) {
		free((char *)(uintptr_t)y.item[i].sum.domain);
		free((char *)(uintptr_t)y.item[i].sum.policy_domain);
		free((char *)(uintptr_t)y.item[i].sum.type);
		free((char *)(uintptr_t)y.item[i].sum.mx);
		free((char *)(uintptr_t)y.item[i].sum.result);
		free(y.item[i].reason);
	}
	free(y.item);
	policy_modes_clear(&y.modes);
	rows_free(r);
	return rc;
}

const struct view view_failures = { "failures", 30,
	"what fails, whose fault it is and how to mend it", show };
