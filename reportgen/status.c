/* status: how it stands, period by period - see status.h */
#include "config.h"

#include "reportgen/status.h"

#include "reportgen/report_plan.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/store/report_outbox.h"

#include <stdlib.h>
#include <string.h>

/* One domain's part of a period: a job to be done, or a report. */
struct part {
	int64_t begin, end, success, failure, due_s;
	char domain[254];
	bool made;
	enum outbox_state state; /* when made */
};

struct parts {
	struct part *at;
	size_t n, cap;
};

static struct part *
add(struct parts *p, const char *domain, int64_t begin, int64_t end)
{
	struct part *x;

	if (p->n == p->cap) {
		p->cap = p->cap > 0 ? 2 * p->cap : 64;
		p->at = xreallocarray(p->at, p->cap, sizeof(*p->at));
	}
	x = &p->at[p->n++];
	memset(x, 0, sizeof(*x));
	(void)text_copy(x->domain, sizeof(x->domain), domain);
	x->begin = begin;
	x->end = end;
	x->due_s = INT64_MAX;
	return x;
}

static bool
add_report(void *arg, const struct outbox_report *r)
{
	struct part *x = add(arg, r->domain, r->begin, r->end);

	x->made = true;
	x->state = r->state;
	x->success = r->success;
	x->failure = r->failure;
	if (r->state == OUTBOX_NEW)
		x->due_s = r->due_s;
	return true;
}

static int
add_jobs(struct report_db *db, const struct conf *c, int64_t since_s,
    struct parts *parts, struct err *e)
{
	struct report_plan plan = { NULL, 0, 0 };
	int rc = report_plan_make(db, c, NULL, INT64_MIN, INT64_MAX, &plan, e);
	size_t i;

	for (i = 0; rc == 0 && i < plan.n; i++) {
		const struct report_job *j = &plan.job[i];
		struct part *x;

		if (j->end <= since_s)
			continue;
		x = add(parts, j->domain, j->begin, j->end);
		x->success = j->success;
		x->failure = j->failure;
		x->due_s = j->due;
	}
	report_plan_clear(&plan);
	return rc;
}

/* By period, the latest first, then by domain. */
static int
compare(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin > y->begin ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return strcmp(x->domain, y->domain);
}

static void
count(struct status_period *p, const struct part *x, bool new_domain)
{
	p->domains += new_domain;
	p->success += x->success;
	p->failure += x->failure;
	if (x->due_s < p->next_s)
		p->next_s = x->due_s;
	if (!x->made)
		p->waiting++;
	else if (x->state == OUTBOX_NEW || x->state == OUTBOX_GOING)
		p->pending++;
	else if (x->state == OUTBOX_SENT)
		p->sent++;
	else if (x->state == OUTBOX_FAILED)
		p->failed++;
	else if (x->state == OUTBOX_WITHDRAWN)
		p->withdrawn++;
	else
		p->held++;
}

static void
fold(const struct parts *parts, struct status *s)
{
	struct status_period *p = NULL;
	size_t i;

	for (i = 0; i < parts->n; i++) {
		const struct part *x = &parts->at[i];
		bool new_period =
		    p == NULL || p->begin != x->begin || p->end != x->end;
		bool new_domain = new_period ||
		    strcmp(parts->at[i - 1].domain, x->domain) != 0;

		if (new_period) {
			s->period = xreallocarray(s->period, s->n + 1,
			    sizeof(*s->period));
			p = &s->period[s->n++];
			memset(p, 0, sizeof(*p));
			p->begin = x->begin;
			p->end = x->end;
			p->next_s = INT64_MAX;
		}
		count(p, x, new_domain);
	}
}

static bool
count_suppressed(void *arg, const struct outbox_suppressed *x)
{
	struct status *s = arg;

	(void)x;
	s->suppressed++;
	return true;
}

int
status_read(struct report_db *db, const struct conf *c, int64_t since_s,
    struct status *s, struct err *e)
{
	struct parts parts = { NULL, 0, 0 };
	size_t i;
	int rc = -1;

	memset(s, 0, sizeof(*s));
	if (report_db_begin_read(db, e) == -1)
		return -1;
	if (add_jobs(db, c, since_s, &parts, e) == -1 ||
	    outbox_each(db, NULL, since_s, INT64_MAX, (1u << OUTBOX_STATES) - 1,
		add_report, &parts, e) == -1 ||
	    outbox_next_due(db, &s->next_s, e) == -1 ||
	    outbox_suppressed_each(db, count_suppressed, s, e) == -1 ||
	    outbox_is_held(db, "*", &s->all_held, e) == -1)
		goto out;
	if (parts.n > 0)
		qsort(parts.at, parts.n, sizeof(*parts.at), compare);
	fold(&parts, s);
	for (i = 0; i < s->n; i++)
		if (s->period[i].next_s < s->next_s)
			s->next_s = s->period[i].next_s;
	rc = 0;
out:
	report_db_rollback(db);
	free(parts.at);
	return rc;
}

void
status_clear(struct status *s)
{
	free(s->period);
	s->period = NULL;
	s->n = 0;
}
