/* failure_list: failures with what explains them - see failure_list.h */
#include "config.h"

#include "analyzer/failure_list.h"

#include "share/base/xmem.h"
#include "share/rpt/report_type.h"

#include <stdlib.h>
#include <string.h>

/* What the store's callbacks work on. */
struct reading {
	struct failure_list *list;
	struct failure *looking; /* for a reason */
	int64_t report;          /* an example of it, 0: none */
};

static char *
own(const char *s)
{
	return xstrdup(s != NULL ? s : "");
}

static bool
take(void *arg, const struct analysis_failure_sum *s)
{
	struct failure_list *l = ((struct reading *)arg)->list;
	struct failure *f;

	if (l->n == FAILURES_MAX)
		return false;
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 32 : 2 * l->cap;
		l->item = xreallocarray(l->item, l->cap, sizeof(*l->item));
	}
	f = &l->item[l->n++];
	memset(f, 0, sizeof(*f));
	f->domain = own(s->domain);
	f->policy_domain = own(s->policy_domain);
	f->type = own(s->type);
	f->mx = own(s->mx);
	f->result = own(s->result);
	f->sessions = s->sessions;
	f->senders = s->senders;
	f->first_day = s->ever_day;
	f->last_day = s->last_day;
	return true;
}

/* ---- the reason, from the latest report that has one ---- */

static bool
take_report(void *arg, const struct analysis_report *r)
{
	struct reading *y = arg;

	y->report = r->id;
	return false;
}

static void
take_reasons(struct failure *f, const struct analysis_policy *p)
{
	for (size_t j = 0; j < p->nfailures && f->reason == NULL; j++) {
		const struct analysis_failure *d = &p->failures[j];

		if (d->reason != NULL && *d->reason != '\0' &&
		    strcmp(d->result, f->result) == 0 &&
		    strcmp(d->mx, f->mx) == 0)
			f->reason = xstrdup(d->reason);
	}
}

static bool
take_reason(void *arg, const struct analysis_report *r)
{
	struct reading *y = arg;

	for (int64_t i = 0; i < r->npolicies; i++)
		take_reasons(y->looking, &r->policies[i]);
	return false;
}

static int
find_reason(struct reading *y, struct failure *f, struct analysis_store *s,
    const struct analysis_filter *filter, struct err *e)
{
	struct analysis_filter one = *filter;

	one.domain = f->domain;
	one.mx = *f->mx == '\0' ? NULL : f->mx;
	one.result = *f->result == '\0' ? NULL : f->result;
	y->report = 0;
	y->looking = f;
	if (s->list(s->ctx, &one, 0, take_report, y, e) == -1)
		return -1;
	if (y->report == 0)
		return 0;
	return s->get(s->ctx, y->report, take_reason, y, e);
}

int
failure_list_read(struct failure_list *l, struct analysis_store *s,
    const struct analysis_filter *f, size_t reasons, struct err *e)
{
	const unsigned by = ANALYSIS_BY_DOMAIN | ANALYSIS_BY_POLICY_DOMAIN |
	    ANALYSIS_BY_TYPE | ANALYSIS_BY_MX | ANALYSIS_BY_RESULT;
	struct reading y = { .list = l };

	memset(l, 0, sizeof(*l));
	if (policy_modes_read(&l->modes, s, f, e) == -1 ||
	    s->failures(s->ctx, f, by, take, &y, e) == -1)
		goto fail;
	for (size_t i = 0; i < l->n && i < reasons; i++)
		if (find_reason(&y, &l->item[i], s, f, e) == -1)
			goto fail;
	return 0;
fail:
	failure_list_clear(l);
	return -1;
}

void
failure_list_advise(const struct failure_list *l, const struct failure *f,
    struct advice *a)
{
	bool exact;
	struct advice_case c = {
		.policy =
		    report_policy_type_find(f->type, strlen(f->type), &exact),
		.result =
		    report_result_find(f->result, strlen(f->result), &exact),
		.domain = f->domain,
		.mx = f->mx,
		.reason = f->reason,
	};

	if (c.policy == REPORT_POLICY_STS)
		c.mode = policy_modes_of(&l->modes, f->domain);
	advice_give(&c, a);
}

void
failure_list_clear(struct failure_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->item[i].domain);
		free(l->item[i].policy_domain);
		free(l->item[i].type);
		free(l->item[i].mx);
		free(l->item[i].result);
		free(l->item[i].reason);
	}
	free(l->item);
	policy_modes_clear(&l->modes);
	memset(l, 0, sizeof(*l));
}
