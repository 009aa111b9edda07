/* report_make: sessions become reports in the outbox - see report_make.h */
#include "config.h"

#include "reportgen/report_make.h"
#include "reportgen/hosts.h"
#include "reportgen/report_mail.h"
#include "reportgen/report_pack.h"
#include "reportgen/report_plan.h"
#include "share/store/report_outbox.h"
#include "share/store/report_rows.h"

#include <stdlib.h>
#include <string.h>

#define DAY 86400
/* a transaction keeps others from writing: some 50 ms of work */
#define BATCH 64
#define WAIT_S 60 /* until hosts that are waited for are looked at again */
#define MISSING_MAX 8192
/* one look a minute is enough, and one sweep an hour */
#define LOOK_S 60
#define SWEEP_S 3600

struct maker {
	struct report_db *db;
	const struct conf *c;
	int64_t now_s;
	size_t max; /* octets of a report, gzipped */
	struct report_make_stats *stats;
	struct report_make_stats batch; /* not durable yet */
	size_t in_batch;
};

const char *
report_make_obstacle(const struct conf *c)
{
	if (strcmp(c->report.deliver_via, "none") == 0)
		return "[report.deliver] via is none: sessions are kept for "
		       "export";
	return report_mail_obstacle(c);
}

static void
maker_init(struct maker *mk, struct report_db *db, const struct conf *c,
    int64_t now_s, int64_t size_max, struct report_make_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->next_s = INT64_MAX;
	memset(mk, 0, sizeof(*mk));
	mk->db = db;
	mk->c = c;
	mk->now_s = now_s;
	mk->max = report_pack_max(c, size_max);
	mk->stats = stats;
}

/*
 * Makes the report of one job, within a transaction. 1: it cannot be made, and
 * nothing was written.
 */
static int
make_one(struct maker *mk, const struct report_job *j, const char *missing,
    struct err *e)
{
	struct report_packs packs = { 0 };
	int rc;

	if (report_pack(mk->db, mk->c, j, mk->now_s, mk->max, missing, &packs,
		e) == -1)
		return e->code == ERR_TEMP || e->code == ERR_SYS ? -1 : 1;
	rc = 0;
	for (size_t i = 0; rc == 0 && i < packs.n; i++) {
		rc = outbox_add(mk->db, &packs.at[i], e);
		mk->batch.parts++;
		mk->batch.sessions +=
		    (uint64_t)(packs.at[i].success + packs.at[i].failure);
	}
	/* none: somebody else made it meanwhile */
	if (rc == 0 && packs.n > 0) {
		mk->batch.reports++;
		rc = rows_remove(mk->db, j->domain, NULL, j->begin, j->end, e);
	}
	report_packs_clear(&packs);
	return rc;
}

static int
abandon_batch(struct maker *mk)
{
	mk->in_batch = 0;
	memset(&mk->batch, 0, sizeof(mk->batch));
	report_db_rollback(mk->db);
	return -1;
}

static int
end_batch(struct maker *mk, struct err *e)
{
	struct report_make_stats *s = mk->stats;

	if (mk->in_batch == 0)
		return 0;
	mk->in_batch = 0;
	if (mk->batch.expired > 0 &&
	    report_db_add_int(mk->db, "expired-sessions",
		(int64_t)mk->batch.expired, e) == -1)
		return abandon_batch(mk);
	if (report_db_commit(mk->db, e) == -1)
		return -1;
	s->reports += mk->batch.reports;
	s->parts += mk->batch.parts;
	s->sessions += mk->batch.sessions;
	s->expired += mk->batch.expired;
	memset(&mk->batch, 0, sizeof(mk->batch));
	return 0;
}

/* Begins a transaction unless one is under way, ends one that is full. */
static int
step_batch(struct maker *mk, struct err *e)
{
	if (mk->in_batch >= BATCH && end_batch(mk, e) == -1)
		return -1;
	if (mk->in_batch == 0 && report_db_begin(mk->db, e) == -1)
		return -1;
	mk->in_batch++;
	return 0;
}

static void
look_again(struct maker *mk, int64_t at_s)
{
	if (at_s < mk->stats->next_s)
		mk->stats->next_s = at_s;
}

static int
expire_job(struct maker *mk, const struct report_job *j, struct err *e)
{
	int64_t at_s = j->end + mk->c->report.keep_ms / 1000;

	if (at_s > mk->now_s) {
		look_again(mk, at_s);
		return 0;
	}
	if (step_batch(mk, e) == -1)
		return -1;
	if (rows_remove(mk->db, j->domain, NULL, j->begin, j->end, e) == -1)
		return abandon_batch(mk);
	mk->batch.expired += (uint64_t)(j->success + j->failure);
	return 0;
}

static int
make_job(struct maker *mk, const struct report_job *j, const char *missing,
    struct err *e)
{
	int rc;

	if (step_batch(mk, e) == -1)
		return -1;
	rc = make_one(mk, j, missing, e);
	if (rc == -1)
		return abandon_batch(mk);
	if (rc == 0)
		return 0;
	mk->stats->failed++;
	mk->stats->why = *e;
	return expire_job(mk, j, e);
}

/* Makes a job's report, or says when to look again. */
static int
do_job(struct maker *mk, const struct report_job *j, struct err *e)
{
	int64_t next = j->due, give_up = j->end + mk->c->report.grace_ms / 1000;
	struct buf missing;
	size_t n = 0;
	int rc = 0;

	buf_init(&missing, MISSING_MAX);
	if (next <= mk->now_s)
		rc = hosts_missing(mk->db, mk->c, j->begin, j->end, &missing,
		    &n, e);
	if (rc == 0 && n > 0 && mk->now_s < give_up) {
		mk->stats->waiting++;
		next =
		    mk->now_s + WAIT_S < give_up ? mk->now_s + WAIT_S : give_up;
	}
	if (rc == 0 && next <= mk->now_s)
		rc = make_job(mk, j, buf_str(&missing), e);
	else
		look_again(mk, next);
	buf_clear(&missing);
	return rc;
}

static int
do_plan(struct maker *mk, const struct report_plan *plan, bool obstacle,
    struct err *e)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct report_job *j = &plan->job[i];
		bool none = obstacle || j->send == CONF_NEVER;

		if ((none ? expire_job(mk, j, e) : do_job(mk, j, e)) == -1)
			return mk->in_batch > 0 ? abandon_batch(mk) : -1;
	}
	return end_batch(mk, e);
}

/* Frees the texts that no row uses any more, now and then. */
static int
sweep(struct maker *mk, struct err *e)
{
	int64_t last;

	if (report_db_get_int(mk->db, "swept", INT64_MIN, &last, e) == -1)
		return -1;
	if (last <= mk->now_s && mk->now_s - SWEEP_S < last)
		return 0;
	/* rows went before, each with its period */
	if (rows_expire(mk->db, INT64_MIN, NULL, e) == -1)
		return -1;
	return report_db_put_int(mk->db, "swept", mk->now_s, e);
}

int
report_make_due(struct report_db *db, const struct conf *c, int64_t now_s,
    int64_t size_max, struct report_make_stats *stats, struct err *e)
{
	struct report_plan plan;
	struct maker mk;
	struct err local;
	bool obstacle = report_make_obstacle(c) != NULL;
	int rc;

	e = e != NULL ? e : &local;
	maker_init(&mk, db, c, now_s, size_max, stats);
	rc = report_plan_make(db, c, NULL, INT64_MIN, INT64_MAX, &plan, e);
	if (rc == 0)
		rc = do_plan(&mk, &plan, obstacle, e);
	if (rc == 0 && stats->reports + stats->expired > 0)
		rc = sweep(&mk, e);
	if (stats->next_s < INT64_MAX - LOOK_S)
		stats->next_s += LOOK_S - 1 - (stats->next_s - 1) % LOOK_S;
	report_plan_clear(&plan);
	return rc;
}

int
report_make_day(struct report_db *db, const struct conf *c, int64_t day_s,
    const char *domain, int64_t now_s, int64_t size_max,
    struct report_make_stats *stats, struct err *e)
{
	const char *obstacle = report_make_obstacle(c);
	struct report_plan plan;
	struct maker mk;
	struct err local;
	int rc;

	e = e != NULL ? e : &local;
	maker_init(&mk, db, c, now_s, size_max, stats);
	if (obstacle != NULL)
		return err_set(e, ERR_PERM, "%s", obstacle);
	rc = report_plan_make(db, c, domain, day_s, day_s + DAY, &plan, e);
	for (size_t i = 0; rc == 0 && i < plan.n; i++) {
		const struct report_job *j = &plan.job[i];
		struct buf missing;
		size_t n;

		if (j->send == CONF_NEVER)
			continue;
		buf_init(&missing, MISSING_MAX);
		rc = hosts_missing(db, c, j->begin, j->end, &missing, &n, e);
		if (rc == 0)
			rc = make_job(&mk, j, buf_str(&missing), e);
		buf_clear(&missing);
	}
	if (rc == 0)
		rc = end_batch(&mk, e);
	else if (mk.in_batch > 0)
		(void)abandon_batch(&mk);
	report_plan_clear(&plan);
	return rc;
}
