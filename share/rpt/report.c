/* report: one TLS report in memory - see report.h */
#include "config.h"

#include "share/rpt/report.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

void
report_init(struct report *r, size_t max)
{
	memset(r, 0, sizeof(*r));
	r->begin = r->end = REPORT_TIME_NONE;
	textpool_init(&r->pool, max);
}

static void
clear_policies(struct report *r)
{
	for (size_t i = 0; i < r->npolicies; i++) {
		free(r->policies[i].failures);
		free(r->policies[i].strings.text);
		free(r->policies[i].mx.text);
	}
	r->npolicies = 0;
	r->nfailures = 0;
	r->ntexts = 0;
}

void
report_clear(struct report *r)
{
	size_t max = r->pool.max;

	clear_policies(r);
	free(r->policies);
	textpool_clear(&r->pool);
	report_init(r, max);
}

void
report_reset(struct report *r)
{
	clear_policies(r);
	textpool_reset(&r->pool);
	r->organization = r->contact = r->id = NULL;
	r->begin = r->end = REPORT_TIME_NONE;
}

/* The next capacity of an array that holds n. */
static size_t
grow(size_t n)
{
	return n == 0 ? 2 : n * 2;
}

struct report_policy *
report_add_policy(struct report *r)
{
	struct report_policy *p;

	if (r->npolicies == REPORT_POLICIES_MAX)
		return NULL;
	if (r->npolicies == r->policies_cap) {
		r->policies_cap = grow(r->policies_cap);
		r->policies = xreallocarray(r->policies, r->policies_cap,
		    sizeof(*r->policies));
	}
	p = &r->policies[r->npolicies++];
	memset(p, 0, sizeof(*p));
	return p;
}

struct report_failure *
report_add_failure(struct report *r, struct report_policy *p)
{
	struct report_failure *f;

	if (r->nfailures == REPORT_FAILURES_MAX)
		return NULL;
	if (p->nfailures == p->failures_cap) {
		p->failures_cap = grow(p->failures_cap);
		p->failures = xreallocarray(p->failures, p->failures_cap,
		    sizeof(*p->failures));
	}
	r->nfailures++;
	f = &p->failures[p->nfailures++];
	memset(f, 0, sizeof(*f));
	return f;
}

void
report_list_push(struct report *r, struct report_list *l, const char *text)
{
	if (l->n == l->cap) {
		l->cap = grow(l->cap);
		l->text = xreallocarray(l->text, l->cap, sizeof(*l->text));
	}
	l->text[l->n++] = text;
	r->ntexts++;
}

int
report_list_add(struct report *r, struct report_list *l, const char *s,
    size_t n)
{
	const char *text;

	if (l->n == REPORT_STRINGS_MAX || r->ntexts == REPORT_TEXTS_MAX)
		return -1;
	if ((text = textpool_add(&r->pool, s, n)) == NULL)
		return -1;
	report_list_push(r, l, text);
	return 0;
}

int64_t
report_count_add(int64_t a, int64_t b)
{
	return a > REPORT_COUNT_MAX - b ? REPORT_COUNT_MAX : a + b;
}

int64_t
report_policy_details(const struct report_policy *p)
{
	int64_t sum = 0;

	for (size_t i = 0; i < p->nfailures; i++)
		sum = report_count_add(sum, p->failures[i].sessions);
	return sum;
}

struct report_totals
report_totals(const struct report *r)
{
	struct report_totals t = { 0, 0, 0, 0, 0 };

	for (size_t i = 0; i < r->npolicies; i++) {
		const struct report_policy *p = &r->policies[i];
		int64_t details = report_policy_details(p);

		t.success = report_count_add(t.success, p->success);
		t.failure = report_count_add(t.failure, p->failure);
		t.details = report_count_add(t.details, details);
		t.ndetails += p->nfailures;
		if (p->nfailures > 0 && details != p->failure)
			t.ndiffers++;
	}
	return t;
}

const char *
report_policy_type_text(const struct report_policy *p)
{
	if (p->type == REPORT_POLICY_UNKNOWN && p->type_text != NULL)
		return p->type_text;
	return report_policy_type_name(p->type);
}

const char *
report_failure_text(const struct report_failure *f)
{
	if (f->result == REPORT_RESULT_UNKNOWN && f->result_text != NULL)
		return f->result_text;
	return report_result_name(f->result);
}

/* Absent before present. */
static int
compare_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int
compare_list(const struct report_list *a, const struct report_list *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		int diff = strcmp(a->text[i], b->text[i]);

		if (diff != 0)
			return diff;
	}
	return (a->n > b->n) - (a->n < b->n);
}

static int
compare_policies(const void *va, const void *vb)
{
	const struct report_policy *a = va, *b = vb;
	int diff;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	diff = compare_text(a->type_text, b->type_text);
	if (diff == 0)
		diff = compare_text(a->domain, b->domain);
	if (diff == 0)
		diff = compare_list(&a->strings, &b->strings);
	if (diff == 0)
		diff = compare_list(&a->mx, &b->mx);
	return diff;
}

static int
compare_failures(const void *va, const void *vb)
{
	const struct report_failure *a = va, *b = vb;
	const char *const left[] = { a->result_text, a->mx, a->receiving_ip,
		a->sending_ip, a->helo, a->reason, a->info };
	const char *const right[] = { b->result_text, b->mx, b->receiving_ip,
		b->sending_ip, b->helo, b->reason, b->info };

	if (a->result != b->result)
		return a->result < b->result ? -1 : 1;
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		int diff = compare_text(left[i], right[i]);

		if (diff != 0)
			return diff;
	}
	return (a->sessions < b->sessions) - (a->sessions > b->sessions);
}

void
report_sort(struct report *r)
{
	if (r->npolicies > 1)
		qsort(r->policies, r->npolicies, sizeof(*r->policies),
		    compare_policies);
	for (size_t i = 0; i < r->npolicies; i++)
		if (r->policies[i].nfailures > 1)
			qsort(r->policies[i].failures, r->policies[i].nfailures,
			    sizeof(*r->policies[i].failures), compare_failures);
}
