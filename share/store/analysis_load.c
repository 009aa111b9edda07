/* analysis_load: reads reports of the analyzer's store - analysis_sqlite.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/analysis_sqlite.h"

#include <stdlib.h>
#include <string.h>

const char analysis_report_columns[] =
    "r.id, r.org, r.report_id, r.begin_s, r.end_s, r.received_s, r.stored_s, "
    "r.contact, r.submitter, r.source, r.place, r.verdict, r.trust, "
    "r.dkim_domain, r.defects, r.success, r.failure, r.details, r.ndetails, "
    "r.npolicies";

/* A column that holds the id of a text. */
static const char *
text_column(const struct analysis_query *q, int i)
{
	return analysis_text_get(q->s, analysis_column(q, i));
}

/* A column that holds one of n numbers; 0 for others: the file may be odd. */
static int
enum_column(const struct analysis_query *q, int i, int n)
{
	int64_t v = analysis_column(q, i);

	return v >= 0 && v < n ? (int)v : 0;
}

void
analysis_load_row(const struct analysis_query *q, struct analysis_report *r)
{
	memset(r, 0, sizeof(*r));
	r->id = analysis_column(q, 0);
	r->organization = text_column(q, 1);
	r->report_id = analysis_column_text(q, 2);
	r->begin = analysis_column(q, 3);
	r->end = analysis_column(q, 4);
	r->received = analysis_column(q, 5);
	r->stored = analysis_column(q, 6);
	r->contact = text_column(q, 7);
	r->submitter = text_column(q, 8);
	r->source = text_column(q, 9);
	r->place = analysis_column_text(q, 10);
	r->verdict =
	    (enum analysis_verdict)enum_column(q, 11, ANALYSIS_VERDICTS);
	r->trust = (enum analysis_trust)enum_column(q, 12, ANALYSIS_TRUSTS);
	r->dkim_domain = text_column(q, 13);
	r->defects = text_column(q, 14);
	r->success = analysis_column(q, 15);
	r->failure = analysis_column(q, 16);
	r->details = analysis_column(q, 17);
	r->ndetails = analysis_column(q, 18);
	r->npolicies = analysis_column(q, 19);
}

/* What a report being loaded grows in. */
struct parts {
	struct analysis_policy *policies;
	unsigned *flags;
	size_t npolicies, cap;
	struct analysis_failure *failures;
	size_t *of; /* the policy of each */
	size_t nfailures, failures_cap;
};

static size_t
grow(size_t n)
{
	return n == 0 ? 8 : 2 * n;
}

static void
take_policy(const struct analysis_query *q, struct parts *p)
{
	struct analysis_policy *policy;

	if (p->npolicies == p->cap) {
		p->cap = grow(p->cap);
		p->policies =
		    xreallocarray(p->policies, p->cap, sizeof(*p->policies));
		p->flags = xreallocarray(p->flags, p->cap, sizeof(*p->flags));
	}
	policy = &p->policies[p->npolicies];
	memset(policy, 0, sizeof(*policy));
	policy->type = text_column(q, 0);
	policy->domain = text_column(q, 1);
	policy->strings = text_column(q, 2);
	policy->mx = text_column(q, 3);
	policy->mail_domain = text_column(q, 4);
	p->flags[p->npolicies] = (unsigned)analysis_column(q, 5);
	policy->sibling = (p->flags[p->npolicies] & ANALYSIS_FLAG_SIBLING) != 0;
	policy->success = analysis_column(q, 6);
	policy->failure = analysis_column(q, 7);
	p->npolicies++;
}

static int
load_policies(struct analysis_sqlite *s, int64_t id, struct parts *p,
    struct err *e)
{
	struct analysis_query q = analysis_query_sql(s,
	    "SELECT d.type, d.domain, d.strings, d.mx, p.domain, p.flags, "
	    "p.success, p.failure FROM policy p JOIN policy_def d "
	    "ON d.id = p.def WHERE p.report = ?1 ORDER BY p.n");

	analysis_bind(&q, id);
	while (analysis_row(&q))
		take_policy(&q, p);
	return analysis_finish(&q, e, "read");
}

static void
take_failure(const struct analysis_query *q, struct parts *p)
{
	struct analysis_failure *f;

	if (p->nfailures == p->failures_cap) {
		p->failures_cap = grow(p->failures_cap);
		p->failures = xreallocarray(p->failures, p->failures_cap,
		    sizeof(*p->failures));
		p->of = xreallocarray(p->of, p->failures_cap, sizeof(*p->of));
	}
	p->of[p->nfailures] = (size_t)analysis_column(q, 0);
	f = &p->failures[p->nfailures++];
	f->result = text_column(q, 1);
	f->sending_ip = text_column(q, 2);
	f->mx = text_column(q, 3);
	f->helo = text_column(q, 4);
	f->receiving_ip = text_column(q, 5);
	f->info = text_column(q, 6);
	f->reason = text_column(q, 7);
	f->sessions = analysis_column(q, 8);
}

static int
load_failures(struct analysis_sqlite *s, int64_t id, struct parts *p,
    struct err *e)
{
	struct analysis_query q = analysis_query_sql(s,
	    "SELECT n, result, sending_ip, mx, helo, receiving_ip, info, "
	    "reason, sessions FROM failure WHERE report = ?1 ORDER BY n, k");

	analysis_bind(&q, id);
	while (analysis_row(&q))
		take_failure(&q, p);
	if (analysis_finish(&q, e, "read") == -1)
		return -1;
	/* they stand in the order of their policies */
	for (size_t i = 0; i < p->nfailures; i++) {
		struct analysis_policy *policy;

		if (p->of[i] >= p->npolicies)
			break;
		policy = &p->policies[p->of[i]];
		if (policy->nfailures++ == 0)
			policy->failures = &p->failures[i];
	}
	return 0;
}

static int
load_raw(struct analysis_sqlite *s, struct analysis_loaded *l, struct err *e)
{
	struct analysis_query q =
	    analysis_query_sql(s, "SELECT json FROM raw WHERE report = ?1");

	analysis_bind(&q, l->r.id);
	if (analysis_row(&q)) {
		int n = sqlite3_column_bytes(q.stmt, 0);
		const void *data = sqlite3_column_blob(q.stmt, 0);

		if (n > 0 && data != NULL) {
			l->raw = xmalloc((size_t)n);
			memcpy(l->raw, data, (size_t)n);
			l->r.raw = l->raw;
			l->r.nraw = (size_t)n;
		}
	}
	return analysis_finish(&q, e, "read");
}

static int
load_report(struct analysis_sqlite *s, int64_t id, struct analysis_loaded *l,
    struct err *e)
{
	char *sql = xasprintf("SELECT %s FROM report r WHERE r.id = ?1",
	    analysis_report_columns);
	struct analysis_query q = analysis_query_sql(s, sql);
	bool found;

	analysis_bind(&q, id);
	found = analysis_row(&q);
	if (found) {
		analysis_load_row(&q, &l->r);
		l->r.report_id = l->report_id = xstrdup(l->r.report_id);
		l->r.place = l->place = xstrdup(l->r.place);
	}
	free(sql);
	if (analysis_finish(&q, e, "read") == -1)
		return -1;
	if (!found)
		return err_set(e, ERR_NOENT, "there is no report %lld",
		    (long long)id);
	return 0;
}

int
analysis_load(struct analysis_sqlite *s, int64_t id, struct analysis_loaded *l,
    struct err *e)
{
	struct parts p;
	int ret;

	memset(l, 0, sizeof(*l));
	memset(&p, 0, sizeof(p));
	ret = load_report(s, id, l, e);
	if (ret == 0)
		ret = load_policies(s, id, &p, e);
	if (ret == 0)
		ret = load_failures(s, id, &p, e);
	if (ret == 0)
		ret = load_raw(s, l, e);
	l->r.policies = l->policies = p.policies;
	l->r.npolicies = (int64_t)p.npolicies;
	l->flags = p.flags;
	l->failures = p.failures;
	free(p.of);
	return ret;
}

void
analysis_load_clear(struct analysis_loaded *l)
{
	free(l->report_id);
	free(l->place);
	free(l->policies);
	free(l->failures);
	free(l->flags);
	free(l->raw);
	memset(l, 0, sizeof(*l));
}
