/* analysis_put: takes reports into the analyzer's store - analysis_sqlite.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/analysis_sqlite.h"

#include <stdlib.h>
#include <string.h>

/* Looks for a policy as it was held, or makes it. */
static int
find_def(struct analysis_sqlite *s, const int64_t ids[4], int64_t *id,
    struct err *e)
{
	struct analysis_query q = analysis_query(s, ANALYSIS_DEF_FIND);

	for (int i = 0; i < 4; i++)
		analysis_bind(&q, ids[i]);
	if (analysis_row(&q))
		*id = analysis_column(&q, 0);
	if (analysis_finish(&q, e, "read") == -1)
		return -1;
	if (*id != 0)
		return 0;
	q = analysis_query(s, ANALYSIS_DEF_ADD);
	for (int i = 0; i < 4; i++)
		analysis_bind(&q, ids[i]);
	if (analysis_run(&q, e, "write") == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(s->db);
	return 0;
}

/* The id of a policy as it was held, made where it is new; -1 and e. */
int64_t
analysis_policy_def(struct analysis_sqlite *s, const struct analysis_policy *p,
    struct err *e)
{
	const char *const texts[4] = { p->domain, p->type, p->strings, p->mx };
	int64_t ids[4], *memo;
	bool fresh;

	for (int i = 0; i < 4; i++)
		if ((ids[i] = analysis_text_id(s, texts[i], e)) == -1)
			return -1;
	memo = analysis_memo(s, ANALYSIS_DEF_FIND, ids, 4, &fresh);
	if (fresh && find_def(s, ids, memo, e) == -1)
		return -1;
	return *memo;
}

static int
add_failure(struct analysis_sqlite *s, int64_t report, int64_t n, int64_t k,
    const struct analysis_failure *f, struct err *e)
{
	const char *const texts[7] = { f->result, f->sending_ip, f->mx, f->helo,
		f->receiving_ip, f->info, f->reason };
	struct analysis_query q;
	int64_t ids[7];

	for (int i = 0; i < 7; i++)
		if ((ids[i] = analysis_text_id(s, texts[i], e)) == -1)
			return -1;
	q = analysis_query(s, ANALYSIS_FAILURE_ADD);
	analysis_bind(&q, report);
	analysis_bind(&q, n);
	analysis_bind(&q, k);
	for (int i = 0; i < 7; i++)
		analysis_bind(&q, ids[i]);
	analysis_bind(&q, f->sessions);
	return analysis_run(&q, e, "write");
}

static int
add_policy(struct analysis_sqlite *s, const struct analysis_report *r,
    int64_t report, int64_t n, unsigned flags, struct err *e)
{
	const struct analysis_policy *p = &r->policies[n];
	int64_t def = analysis_policy_def(s, p, e);
	int64_t domain = analysis_text_id(s, p->mail_domain, e);
	struct analysis_query q;

	if (def == -1 || domain == -1)
		return -1;
	q = analysis_query(s, ANALYSIS_POLICY_ADD);
	analysis_bind(&q, report);
	analysis_bind(&q, n);
	analysis_bind(&q, def);
	analysis_bind(&q, domain);
	analysis_bind(&q, analysis_report_day(r));
	analysis_bind(&q, flags);
	analysis_bind(&q, p->success);
	analysis_bind(&q, p->failure);
	if (analysis_run(&q, e, "write") == -1)
		return -1;
	for (size_t k = 0; k < p->nfailures; k++)
		if (add_failure(s, report, n, (int64_t)k, &p->failures[k], e) ==
		    -1)
			return -1;
	return 0;
}

static int
add_raw(struct analysis_sqlite *s, const struct analysis_report *r,
    int64_t report, struct err *e)
{
	struct analysis_query q;

	if (r->nraw == 0)
		return 0;
	q = analysis_query(s, ANALYSIS_RAW_ADD);
	analysis_bind(&q, report);
	if (q.rc == SQLITE_OK)
		q.rc = sqlite3_bind_blob64(q.stmt, 2, r->raw, r->nraw,
		    SQLITE_STATIC);
	return analysis_run(&q, e, "write");
}

/* Adds the row of the report; *id is 0 where its identity is taken. */
static int
add_row(struct analysis_sqlite *s, const struct analysis_report *r, int64_t org,
    int64_t *id, struct err *e)
{
	const char *const texts[5] = { r->contact, r->submitter, r->source,
		r->dkim_domain, r->defects };
	struct analysis_query q;
	int64_t ids[5];

	for (int i = 0; i < 5; i++)
		if ((ids[i] = analysis_text_id(s, texts[i], e)) == -1)
			return -1;
	q = analysis_query(s, ANALYSIS_REPORT_ADD);
	analysis_bind(&q, org);
	analysis_bind_text(&q, r->report_id);
	analysis_bind(&q, r->begin);
	analysis_bind(&q, r->end);
	analysis_bind(&q, analysis_report_day(r));
	analysis_bind(&q, r->received);
	analysis_bind(&q, r->stored);
	analysis_bind(&q, ids[0]);
	analysis_bind(&q, ids[1]);
	analysis_bind(&q, ids[2]);
	analysis_bind_text(&q, r->place);
	analysis_bind(&q, r->verdict);
	analysis_bind(&q, r->trust);
	analysis_bind(&q, ids[3]);
	analysis_bind(&q, ids[4]);
	analysis_bind(&q, r->success);
	analysis_bind(&q, r->failure);
	analysis_bind(&q, r->details);
	analysis_bind(&q, r->ndetails);
	analysis_bind(&q, r->npolicies);
	if (analysis_run(&q, e, "write") == -1)
		return -1;
	*id = sqlite3_changes(s->db) > 0 ? sqlite3_last_insert_rowid(s->db) : 0;
	return 0;
}

/* The report with this identity, and its trust. */
static int
find_same(struct analysis_sqlite *s, const struct analysis_report *r,
    int64_t org, int64_t *id, int64_t *trust, struct err *e)
{
	struct analysis_query q = analysis_query(s, ANALYSIS_REPORT_FIND);

	analysis_bind(&q, org);
	analysis_bind_text(&q, r->report_id);
	analysis_bind(&q, r->begin);
	analysis_bind(&q, r->end);
	*id = *trust = 0;
	if (analysis_row(&q)) {
		*id = analysis_column(&q, 0);
		*trust = analysis_column(&q, 1);
	}
	return analysis_finish(&q, e, "read");
}

/* Runs a statement with the id of a report. */
static int
run_id(struct analysis_sqlite *s, enum analysis_statement which, int64_t id,
    struct err *e)
{
	struct analysis_query q = analysis_query(s, which);

	analysis_bind(&q, id);
	return analysis_run(&q, e, "remove");
}

int
analysis_report_remove(struct analysis_sqlite *s, int64_t id, struct err *e)
{
	static const enum analysis_statement which[] = {
		ANALYSIS_FAILURE_REMOVE, ANALYSIS_POLICY_REMOVE,
		ANALYSIS_RAW_REMOVE, ANALYSIS_REPORT_REMOVE
	};

	for (size_t i = 0; i < sizeof(which) / sizeof(which[0]); i++)
		if (run_id(s, which[i], id, e) == -1)
			return -1;
	return 0;
}

/* Takes a report of less trust out, with its sums. */
static int
take_out(struct analysis_sqlite *s, int64_t id, struct err *e)
{
	struct analysis_loaded l;
	int ret = analysis_load(s, id, &l, e);

	if (ret == 0)
		ret = analysis_sums_apply(s, &l.r, l.flags, -1, e);
	if (ret == 0)
		ret = analysis_report_remove(s, id, e);
	analysis_load_clear(&l);
	return ret;
}

/* What an organisation sent on a day before this transaction. */
static int
find_arrival(struct analysis_sqlite *s, const int64_t ids[2], int64_t *n,
    struct err *e)
{
	struct analysis_query q = analysis_query(s, ANALYSIS_ARRIVAL_GET);

	analysis_bind(&q, ids[0]);
	analysis_bind(&q, ids[1]);
	if (analysis_row(&q))
		*n = analysis_column(&q, 0);
	return analysis_finish(&q, e, "read");
}

/* Whether the organisation has its share of the day; -1 and e. */
static int
is_capped(struct analysis_sqlite *s, int64_t org, int64_t day, struct err *e)
{
	const int64_t ids[2] = { day, org };
	bool fresh;
	int64_t *before, *now;

	if (s->limits.per_sender_max == 0)
		return 0;
	before = analysis_memo(s, ANALYSIS_ARRIVAL_GET, ids, 2, &fresh);
	if (fresh && find_arrival(s, ids, before, e) == -1)
		return -1;
	now = analysis_memo(s, ANALYSIS_ARRIVAL_ADD, ids, 2, &fresh);
	return *before + *now >= s->limits.per_sender_max;
}

static void
add_arrival(struct analysis_sqlite *s, int64_t org, int64_t day)
{
	const int64_t ids[2] = { day, org }, one = 1;

	analysis_memo_add(s, ANALYSIS_ARRIVAL_ADD, ids, 2, &one);
}

/* Adds what belongs to the row that was made for the report. */
static int
add_rest(struct analysis_sqlite *s, const struct analysis_report *r, int64_t id,
    struct err *e)
{
	unsigned *flags = xcalloc((size_t)r->npolicies, sizeof(*flags));
	int ret = add_raw(s, r, id, e);

	analysis_sums_flags(r, flags);
	for (int64_t n = 0; ret == 0 && n < r->npolicies; n++)
		ret = add_policy(s, r, id, n, flags[n], e);
	if (ret == 0)
		ret = analysis_sums_apply(s, r, flags, 1, e);
	free(flags);
	return ret;
}

/*
 * Makes the row: *what says how that went. The unique identity decides, not a
 * look before.
 */
static int
make_row(struct analysis_sqlite *s, const struct analysis_report *r,
    int64_t org, enum analysis_put *what, int64_t *id, struct err *e)
{
	int64_t same, trust;
	int capped;

	*what = ANALYSIS_PUT_NEW;
	if (add_row(s, r, org, id, e) == -1)
		return -1;
	if (*id != 0) {
		capped = is_capped(s, org, r->stored / ANALYSIS_DAY, e);
		if (capped != 1)
			return capped;
		*what = ANALYSIS_PUT_CAPPED;
		return run_id(s, ANALYSIS_REPORT_REMOVE, *id, e);
	}
	*what = ANALYSIS_PUT_AGAIN;
	if (find_same(s, r, org, &same, &trust, e) == -1)
		return -1;
	*id = same;
	if (trust >= (int64_t)r->trust)
		return 0;
	*what = ANALYSIS_PUT_REPLACED;
	if (take_out(s, same, e) == -1)
		return -1;
	return add_row(s, r, org, id, e);
}

static int
store_put(void *ctx, const struct analysis_report *r, enum analysis_put *what,
    int64_t *id, struct err *e)
{
	struct analysis_sqlite *s = ctx;
	int64_t org, made = 0;

	if (!s->within)
		return err_set(e, ERR_BUG, "a report outside a transaction");
	analysis_text_trim(s);
	if (analysis_memo_trim(s, e) == -1 ||
	    (org = analysis_text_id(s, r->organization, e)) == -1 ||
	    make_row(s, r, org, what, &made, e) == -1)
		return -1;
	if (*what == ANALYSIS_PUT_CAPPED)
		made = 0;
	if (id != NULL)
		*id = made;
	if (*what == ANALYSIS_PUT_AGAIN || *what == ANALYSIS_PUT_CAPPED)
		return 0;
	if (*what == ANALYSIS_PUT_NEW)
		add_arrival(s, org, r->stored / ANALYSIS_DAY);
	return add_rest(s, r, made, e);
}

static int
change_trust(struct analysis_sqlite *s, struct analysis_loaded *l,
    enum analysis_trust trust, const char *dkim_domain, struct err *e)
{
	int64_t domain = analysis_text_id(s, dkim_domain, e);
	struct analysis_query q;

	if (domain == -1 ||
	    analysis_sums_apply(s, &l->r, l->flags, -1, e) == -1)
		return -1;
	q = analysis_query(s, ANALYSIS_REPORT_TRUST);
	analysis_bind(&q, l->r.id);
	analysis_bind(&q, trust);
	analysis_bind(&q, domain);
	if (analysis_run(&q, e, "write") == -1)
		return -1;
	l->r.trust = trust;
	return analysis_sums_apply(s, &l->r, l->flags, 1, e);
}

static int
store_set_trust(void *ctx, int64_t id, enum analysis_trust trust,
    const char *dkim_domain, struct err *e)
{
	struct analysis_sqlite *s = ctx;
	struct analysis_loaded l;
	bool own;
	int ret;

	if (analysis_begin_own(s, &own, e) == -1)
		return -1;
	analysis_text_trim(s);
	ret = analysis_load(s, id, &l, e);
	if (ret == 0)
		ret = change_trust(s, &l, trust, dkim_domain, e);
	analysis_load_clear(&l);
	return analysis_end_own(s, own, ret, e);
}

void
analysis_put_functions(struct analysis_store *store)
{
	store->put = store_put;
	store->set_trust = store_set_trust;
}
