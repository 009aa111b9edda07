/* analysis_sums: sums per day beside the reports - see analysis_sqlite.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/analysis_sqlite.h"

#include <stdlib.h>
#include <string.h>

int64_t
analysis_report_day(const struct analysis_report *r)
{
	int64_t t = r->begin != ANALYSIS_TIME_NONE ? r->begin : r->received;

	return t / ANALYSIS_DAY;
}

/* ---- which policies count a session that another counts too ---- */

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

static int
compare_domains(const void *va, const void *vb)
{
	const struct analysis_policy
	    *a = *(const struct analysis_policy *const *)va,
	    *b = *(const struct analysis_policy *const *)vb;
	int diff = strcmp(text(a->mail_domain), text(b->mail_domain));

	return diff != 0 ? diff : (a > b) - (a < b);
}

static bool
is_type(const struct analysis_policy *p, const char *type)
{
	return strcmp(text(p->type), type) == 0;
}

/* The type whose policies are siblings among n of one domain, or NULL. */
static const char *
sibling_type(const struct analysis_policy *const *p, size_t n)
{
	/* as numbers that cannot overflow; they are compared only */
	double sts = -1, tlsa = -1;

	for (size_t i = 0; i < n; i++) {
		double sessions = (double)p[i]->success + (double)p[i]->failure;

		if (is_type(p[i], "sts"))
			sts = (sts < 0 ? 0 : sts) + sessions;
		else if (is_type(p[i], "tlsa"))
			tlsa = (tlsa < 0 ? 0 : tlsa) + sessions;
	}
	if (sts < 0 || tlsa < 0)
		return NULL;
	return tlsa <= sts ? "tlsa" : "sts";
}

void
analysis_sums_flags(const struct analysis_report *r, unsigned *flags)
{
	size_t n = (size_t)r->npolicies, end;
	const struct analysis_policy **order = xcalloc(n, sizeof(*order));

	for (size_t i = 0; i < n; i++) {
		order[i] = &r->policies[i];
		flags[i] = 0;
	}
	if (n > 1)
		qsort(order, n, sizeof(*order), compare_domains);
	for (size_t i = 0; i < n; i = end) {
		const char *type, *domain = text(order[i]->mail_domain);
		bool led = false;

		for (end = i + 1; end < n &&
		     strcmp(text(order[end]->mail_domain), domain) == 0;
		     end++)
			;
		type = sibling_type(order + i, end - i);
		for (size_t k = i; k < end; k++) {
			unsigned *flag = &flags[order[k] - r->policies];

			if (type != NULL && is_type(order[k], type)) {
				*flag = ANALYSIS_FLAG_SIBLING;
			} else if (!led) {
				*flag = ANALYSIS_FLAG_LEADING;
				led = true;
			}
		}
	}
	free(order);
}

/* ---- adding and taking out ---- */

/* What is the same for all rows of a report. */
struct apply {
	struct analysis_sqlite *s;
	const struct analysis_report *r;
	int64_t day, org;
	int sign;
	struct err *e;
};

static void
add_sender_day(const struct apply *a, int64_t success, int64_t failure)
{
	const int64_t ids[] = { a->org, a->r->trust, a->day };
	const int64_t v[] = { a->sign * success, a->sign * failure, a->sign,
		a->r->verdict == ANALYSIS_SALVAGED ? a->sign : 0 };

	analysis_memo_add(a->s, ANALYSIS_SENDER_DAY, ids, 3, v);
}

static int
add_defects(const struct apply *a)
{
	const char *p = text(a->r->defects);

	while (*p != '\0') {
		size_t n = strcspn(p, " ");
		char *name = xstrndup(p, n);
		int64_t id = analysis_text_id(a->s, name, a->e);
		const int64_t ids[] = { a->org, id, a->r->trust, a->day };
		const int64_t one = a->sign;

		free(name);
		if (id == -1)
			return -1;
		analysis_memo_add(a->s, ANALYSIS_SENDER_DEFECT, ids, 4, &one);
		p += n + strspn(p + n, " ");
	}
	return 0;
}

/* The ids of what names a kind of failure; -1 in one of them: see e. */
static int
kind_ids(const struct apply *a, const struct analysis_policy *p, const char *mx,
    const char *result, int64_t ids[7])
{
	const char *const texts[5] = { p->mail_domain, p->domain, p->type, mx,
		result };

	for (int i = 0; i < 5; i++)
		if ((ids[i] = analysis_text_id(a->s, texts[i], a->e)) == -1)
			return -1;
	ids[5] = a->org;
	ids[6] = a->r->trust;
	return 0;
}

static int
set_first_day(const struct apply *a, int64_t kind)
{
	struct analysis_query q = analysis_query(a->s, ANALYSIS_KIND_FIRST);

	analysis_bind(&q, kind);
	analysis_bind(&q, a->day);
	return analysis_run(&q, a->e, "write");
}

/* Looks for a kind of failure; *id stays 0 where there is none. */
static int
find_kind(const struct apply *a, const int64_t ids[7], int64_t *id,
    int64_t *first)
{
	struct analysis_query q = analysis_query(a->s, ANALYSIS_KIND_FIND);

	for (int i = 0; i < 7; i++)
		analysis_bind(&q, ids[i]);
	if (analysis_row(&q)) {
		*id = analysis_column(&q, 0);
		*first = analysis_column(&q, 1);
	}
	return analysis_finish(&q, a->e, "read");
}

static int
add_kind(const struct apply *a, const int64_t ids[7], int64_t *id,
    int64_t *first)
{
	struct analysis_query q = analysis_query(a->s, ANALYSIS_KIND_ADD);

	for (int i = 0; i < 7; i++)
		analysis_bind(&q, ids[i]);
	analysis_bind(&q, a->day);
	if (analysis_run(&q, a->e, "write") == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(a->s->db);
	*first = a->day;
	return 0;
}

/* The id of a kind of failure, made where it is new; -1 and e. */
static int64_t
kind_id(const struct apply *a, const int64_t ids[7])
{
	bool fresh;
	int64_t *memo = analysis_memo(a->s, ANALYSIS_KIND_FIND, ids, 7, &fresh);

	/* id and first day */
	if (fresh && find_kind(a, ids, &memo[0], &memo[1]) == -1)
		return -1;
	if (memo[0] == 0 && add_kind(a, ids, &memo[0], &memo[1]) == -1)
		return -1;
	if (a->sign > 0 && a->day < memo[1]) {
		memo[1] = a->day;
		if (set_first_day(a, memo[0]) == -1)
			return -1;
	}
	return memo[0];
}

static int
add_failure(const struct apply *a, const struct analysis_policy *p,
    const char *mx, const char *result, int64_t sessions, int entries)
{
	const int64_t v[] = { a->sign * sessions, a->sign * entries };
	int64_t ids[7], day[2] = { 0, a->day };

	if (kind_ids(a, p, mx, result, ids) == -1 ||
	    (day[0] = kind_id(a, ids)) == -1)
		return -1;
	analysis_memo_add(a->s, ANALYSIS_KIND_DAY, day, 2, v);
	return 0;
}

static int
add_failures(const struct apply *a, const struct analysis_policy *p)
{
	int64_t rest = p->failure;

	for (size_t i = 0; i < p->nfailures; i++) {
		const struct analysis_failure *f = &p->failures[i];

		rest -= f->sessions < rest ? f->sessions : rest;
		if (add_failure(a, p, f->mx, f->result, f->sessions, 1) == -1)
			return -1;
	}
	return rest > 0 ? add_failure(a, p, "", "", rest, 0) : 0;
}

static int
add_domain_day(const struct apply *a, const struct analysis_policy *p,
    unsigned flags)
{
	const int64_t ids[] = { analysis_text_id(a->s, p->mail_domain, a->e),
		analysis_text_id(a->s, p->type, a->e), a->r->trust,
		(flags & ANALYSIS_FLAG_SIBLING) != 0, a->day };
	const int64_t v[] = { a->sign * p->success, a->sign * p->failure,
		(flags & ANALYSIS_FLAG_LEADING) != 0 ? a->sign : 0 };

	if (ids[0] == -1 || ids[1] == -1)
		return -1;
	analysis_memo_add(a->s, ANALYSIS_DOMAIN_DAY, ids, 5, v);
	return 0;
}

static int
add_held(const struct apply *a, const struct analysis_policy *p)
{
	const int64_t ids[] = { analysis_policy_def(a->s, p, a->e),
		analysis_text_id(a->s, p->mail_domain, a->e), a->org,
		a->r->trust };
	int64_t *memo;
	bool fresh;

	if (ids[0] == -1 || ids[1] == -1)
		return -1;
	/* first day, last day, reports */
	memo = analysis_memo(a->s, ANALYSIS_HELD, ids, 4, &fresh);
	if (fresh || a->day < memo[0])
		memo[0] = a->day;
	if (fresh || a->day > memo[1])
		memo[1] = a->day;
	memo[2] += a->sign;
	return 0;
}

/* a + b where neither is negative; stays at the greatest number. */
static int64_t
plus(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

int
analysis_sums_apply(struct analysis_sqlite *s, const struct analysis_report *r,
    const unsigned *flags, int sign, struct err *e)
{
	struct apply a = { s, r, analysis_report_day(r), 0, sign, e };
	int64_t success = 0, failure = 0;

	if ((a.org = analysis_text_id(s, r->organization, e)) == -1)
		return -1;
	for (int64_t i = 0; i < r->npolicies; i++) {
		const struct analysis_policy *p = &r->policies[i];

		if ((flags[i] & ANALYSIS_FLAG_SIBLING) == 0) {
			success = plus(success, p->success);
			failure = plus(failure, p->failure);
		}
		if (add_domain_day(&a, p, flags[i]) == -1 ||
		    add_held(&a, p) == -1 || add_failures(&a, p) == -1)
			return -1;
	}
	add_sender_day(&a, success, failure);
	return add_defects(&a);
}
