/* day_reports: reports made and to be made on a time - see day_reports.h */
#include "config.h"

#include "reportgen/day_reports.h"
#include "reportgen/hosts.h"
#include "reportgen/report_pack.h"
#include "share/base/xmem.h"

#include <stdlib.h>

#define MISSING_MAX 8192

struct numbers {
	int64_t *at;
	size_t n, cap;
};

static bool
add_number(void *arg, const struct outbox_report *r)
{
	struct numbers *all = arg;

	if (all->n == all->cap) {
		all->cap = all->cap == 0 ? 64 : 2 * all->cap;
		all->at = xreallocarray(all->at, all->cap, sizeof(*all->at));
	}
	all->at[all->n++] = r->number;
	return true;
}

struct taker {
	int64_t now_s;
	day_reports_take *take;
	void *arg;
};

static int
take_kept(void *arg, const struct outbox_report *r, struct err *e)
{
	const struct taker *t = arg;

	return t->take(t->arg, r, NULL, e);
}

static int
each_kept(struct report_db *db, const char *domain, int64_t from, int64_t to,
    struct taker *t, struct err *e)
{
	struct numbers all = { 0 };
	int rc = outbox_each(db, domain, from, to, (1u << OUTBOX_STATES) - 1,
	    add_number, &all, e);

	for (size_t i = 0; rc == 0 && i < all.n; i++)
		rc = outbox_with(db, all.at[i], take_kept, t, e);
	free(all.at);
	return rc;
}

/* What a job would be sent as. */
static int
each_part(struct report_db *db, const struct conf *c,
    const struct report_job *j, struct taker *t, uint64_t *failed,
    struct err *e)
{
	struct report_packs packs = { 0 };
	struct buf missing;
	size_t n;
	int rc;

	buf_init(&missing, MISSING_MAX);
	rc = hosts_missing(db, c, j->begin, j->end, &missing, &n, e);
	if (rc == 0 &&
	    report_pack(db, c, j, t->now_s, report_pack_max(c, 0),
		buf_str(&missing), &packs, e) == -1) {
		rc = e->code == ERR_LIMIT ? 0 : -1;
		*failed += rc == 0;
	}
	for (size_t i = 0; rc == 0 && i < packs.n; i++)
		rc = t->take(t->arg, &packs.at[i], j, e);
	report_packs_clear(&packs);
	buf_clear(&missing);
	return rc;
}

int
day_reports_each(struct report_db *db, const struct conf *c, const char *domain,
    int64_t from, int64_t to, int64_t now_s, day_reports_take *take, void *arg,
    uint64_t *failed, struct err *e)
{
	struct taker t = { now_s, take, arg };
	struct report_plan plan;
	int rc;

	*failed = 0;
	if (each_kept(db, domain, from, to, &t, e) == -1)
		return -1;
	rc = report_plan_make(db, c, domain, from, to, &plan, e);
	for (size_t i = 0; rc == 0 && i < plan.n; i++)
		if (plan.job[i].send != CONF_NEVER)
			rc = each_part(db, c, &plan.job[i], &t, failed, e);
	report_plan_clear(&plan);
	return rc;
}
