/* report_plan: reports to make and when - see report_plan.h */
#include "config.h"

#include "reportgen/report_plan.h"
#include "reportgen/schedule.h"
#include "share/base/xmem.h"
#include "share/store/report_rows.h"

#include <stdlib.h>
#include <string.h>

#define HOUR 3600

struct planner {
	const struct conf *c;
	struct report_plan *plan;
};

/* The period of a span, which is never shorter than its bucket. */
static void
find_period(const struct conf *c, const struct rows_span *s,
    struct report_job *j)
{
	j->send = conf_send_for(c, s->domain);
	if (j->send == CONF_HOURLY && s->end - s->begin > HOUR)
		j->send = CONF_DAILY;
	if (!schedule_period(j->send, s->begin, &j->begin, &j->end)) {
		j->begin = s->begin;
		j->end = s->end;
	}
}

static struct report_job *
add_job(struct report_plan *plan)
{
	if (plan->n == plan->cap) {
		plan->cap = plan->cap == 0 ? 64 : 2 * plan->cap;
		plan->job =
		    xreallocarray(plan->job, plan->cap, sizeof(*plan->job));
	}
	return &plan->job[plan->n++];
}

/* Spans come by domain and begin, so that only the last job can overlap. */
static bool
add_span(void *arg, const struct rows_span *s)
{
	struct planner *pl = arg;
	struct report_plan *plan = pl->plan;
	struct report_job found = { 0 }, *last = NULL;

	find_period(pl->c, s, &found);
	if (plan->n > 0 &&
	    strcmp(plan->job[plan->n - 1].domain, s->domain) == 0)
		last = &plan->job[plan->n - 1];
	if (last == NULL || found.begin >= last->end) {
		last = add_job(plan);
		*last = found;
		last->domain = xstrdup(s->domain);
	} else if (found.end > last->end || found.begin < last->begin) {
		/* periods are nested: the longer one covers both */
		last->send = found.send;
		last->begin = found.begin;
		last->end = found.end;
	}
	last->success += s->success;
	last->failure += s->failure;
	return true;
}

int
report_plan_make(struct report_db *db, const struct conf *c, const char *domain,
    int64_t from, int64_t to, struct report_plan *plan, struct err *e)
{
	struct planner pl = { c, plan };

	memset(plan, 0, sizeof(*plan));
	if (rows_spans(db, domain, from, to, add_span, &pl, e) == -1)
		return -1;
	for (size_t i = 0; i < plan->n; i++) {
		struct report_job *j = &plan->job[i];

		j->due = j->send == CONF_NEVER
		    ? INT64_MAX
		    : schedule_due(c, j->send, j->domain, j->end);
	}
	return 0;
}

void
report_plan_clear(struct report_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		free(plan->job[i].domain);
	free(plan->job);
	memset(plan, 0, sizeof(*plan));
}
