/* report_make: sessions become reports in the outbox - see report_make.h */
#include "config.h"

#include "reportgen/report_make.h"
#include "reportgen/hosts.h"
#include "reportgen/report_gather.h"
#include "reportgen/report_mail.h"
#include "reportgen/report_plan.h"
#include "share/base/xmem.h"
#include "share/mail/address.h"
#include "share/rpt/report_fit.h"
#include "share/store/report_outbox.h"
#include "share/store/report_rows.h"

#include <stdlib.h>
#include <string.h>

#define DAY 86400
/* a transaction keeps others from writing: some 50 ms of work */
#define BATCH 64
#define WAIT_S 60 /* until hosts that are waited for are looked at again */
#define ID_MAX (REPORT_NAME_ID_MAX + 2 * HOSTNAME_SIZE)
#define MISSING_MAX 8192

/* One report to send, before it is in the outbox. */
struct made {
	char *id, *packed;
	size_t packed_len;
	unsigned part;
	int64_t success, failure;
};

struct maker {
	struct report_db *db;
	const struct conf *c;
	int64_t now_s;
	size_t max; /* octets, gzipped */
	char submitter[HOSTNAME_SIZE];
	struct report_make_stats *stats;
	struct report_make_stats batch; /* not durable yet */
	size_t in_batch;
	struct made *made; /* of one job */
	size_t n, cap;
};

const char *
report_make_obstacle(const struct conf *c)
{
	char submitter[HOSTNAME_SIZE];
	struct address a;

	if (strcmp(c->report.deliver_via, "none") == 0)
		return "[report.deliver] via is none: sessions are kept for "
		       "export";
	if (c->report_from_address[0] == '\0')
		return "[report.tls.aggregate] from-address is not set";
	if (address_parse(c->report_from_address,
		strlen(c->report_from_address), &a, NULL) == -1)
		return "[report.tls.aggregate] from-address is no address";
	/* RFC 8460 section 4.4 */
	if (c->report.contact_info[0] == '\0')
		return "[report.tls.aggregate] contact-info is not set";
	if (c->report.org_name[0] == '\0')
		return "[report.tls.aggregate] org-name is not set";
	if (report_make_submitter(c, submitter, NULL) == -1)
		return "[report] submitter, or the domain of contact-info, is "
		       "no domain";
	/* RFC 8460 section 3 */
	if (c->report.sign.n == 0)
		return "[report.tls.aggregate] sign names no signature";
	return NULL;
}

int
report_make_submitter(const struct conf *c, char submitter[HOSTNAME_SIZE],
    struct err *e)
{
	const char *s = c->report.submitter;
	struct address a;

	if (s[0] != '\0')
		return hostname_normalize(s, strlen(s), submitter, e);
	s = c->report.contact_info;
	if (address_parse(s, strlen(s), &a, e) == -1)
		return -1;
	memcpy(submitter, a.domain, HOSTNAME_SIZE);
	return 0;
}

/*
 * What a report may take, so that a mail of size octets holds it: base64 makes
 * 78 octets with CRLF of 57; the rest is for header, text and signatures.
 */
static size_t
packed_max(const struct conf *c, int64_t size_max)
{
	int64_t max = c->report.max_size, rest = 2 * REPORT_MAIL_TEXT_MAX;

	if (size_max > 0) {
		if (rest > size_max / 2)
			rest = size_max / 2;
		if (max > (size_max - rest) / 78 * 57)
			max = (size_max - rest) / 78 * 57;
	}
	return (size_t)max;
}

static int
maker_init(struct maker *mk, struct report_db *db, const struct conf *c,
    int64_t now_s, int64_t size_max, struct report_make_stats *stats,
    struct err *e)
{
	memset(stats, 0, sizeof(*stats));
	stats->next_s = INT64_MAX;
	memset(mk, 0, sizeof(*mk));
	mk->db = db;
	mk->c = c;
	mk->now_s = now_s;
	mk->max = packed_max(c, size_max);
	mk->stats = stats;
	return report_make_submitter(c, mk->submitter, e);
}

static void
forget_made(struct maker *mk)
{
	for (size_t i = 0; i < mk->n; i++) {
		free(mk->made[i].id);
		free(mk->made[i].packed);
	}
	mk->n = 0;
}

static void
maker_clear(struct maker *mk)
{
	forget_made(mk);
	free(mk->made);
}

static int
take_part(void *ctx, const struct report_fit_part *part, struct err *e)
{
	struct maker *mk = ctx;
	struct made *m;

	(void)e;
	if (mk->n == mk->cap) {
		mk->cap = mk->cap == 0 ? 4 : 2 * mk->cap;
		mk->made = xreallocarray(mk->made, mk->cap, sizeof(*mk->made));
	}
	m = &mk->made[mk->n++];
	m->id = xstrdup(part->id);
	m->packed = xmalloc(part->packed_len);
	memcpy(m->packed, part->packed, part->packed_len);
	m->packed_len = part->packed_len;
	m->part = part->key->part;
	m->success = part->success;
	m->failure = part->failure;
	return 0;
}

/* What the report says beside its policies; key: under which name. */
static void
fill_report(struct report *r, const struct conf *c,
    const struct report_key *key)
{
	struct buf id;

	buf_init(&id, ID_MAX);
	report_name_write_id(key, &id);
	r->organization = textpool_add(&r->pool, c->report.org_name,
	    strlen(c->report.org_name));
	r->contact = textpool_add(&r->pool, c->report.contact_info,
	    strlen(c->report.contact_info));
	r->id = textpool_add(&r->pool, buf_str(&id), id.len);
	r->begin = key->begin;
	r->end = key->end - 1; /* as RFC 8460's example has it */
	buf_clear(&id);
}

/* The number of the next part on a range: 0 the first, whole; then 2 ... */
static int
next_part(struct report_db *db, struct report_key *key, struct err *e)
{
	int last;

	if (outbox_last_part(db, key->domain, key->begin, key->end, &last, e) ==
	    -1)
		return -1;
	key->part = last == -1 ? 0 : last < 1 ? 2 : (unsigned)last + 1;
	return 0;
}

static int
store_made(struct maker *mk, const struct report_key *key, const char *record,
    const char *missing, struct err *e)
{
	for (size_t i = 0; i < mk->n; i++) {
		struct outbox_report r = { .id = mk->made[i].id,
			.domain = key->domain,
			.submitter = key->submitter,
			.record = record != NULL ? record : "",
			.begin = key->begin,
			.end = key->end,
			.part = mk->made[i].part,
			.made_s = mk->now_s,
			.due_s = mk->now_s,
			.success = mk->made[i].success,
			.failure = mk->made[i].failure,
			.missing = missing,
			.state = OUTBOX_NEW,
			.packed = mk->made[i].packed,
			.packed_len = mk->made[i].packed_len };

		if (outbox_add(mk->db, &r, e) == -1)
			return -1;
		mk->batch.parts++;
		mk->batch.sessions += (uint64_t)(r.success + r.failure);
	}
	mk->batch.reports++;
	return rows_remove(mk->db, key->domain, NULL, key->begin, key->end, e);
}

/*
 * Makes the report of one job, within a transaction. 1: it cannot be made, and
 * nothing was written.
 */
static int
make_one(struct maker *mk, const struct report_job *j, const char *missing,
    struct err *e)
{
	struct report_key key = { mk->submitter, j->domain, j->begin, j->end,
		0 };
	struct report_gathered g;
	struct report r;
	int rc = -1;

	report_init(&r, REPORT_GATHER_POOL);
	forget_made(mk);
	if (report_gather(mk->db, j->domain, j->begin, j->end, &r, &g, e) ==
	    -1) {
		rc = e->code == ERR_LIMIT ? 1 : -1;
		goto out;
	}
	rc = 0;
	if (g.rows == 0)
		goto out; /* somebody else made it meanwhile */
	if ((rc = next_part(mk->db, &key, e)) == -1)
		goto out;
	fill_report(&r, mk->c, &key);
	if (report_fit(&r, &key, mk->max, take_part, mk, e) == -1) {
		rc = 1;
		goto out;
	}
	rc = store_made(mk, &key, g.record, missing, e);
out:
	report_gathered_clear(&g);
	report_clear(&r);
	return rc;
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
		(int64_t)mk->batch.expired, e) == -1) {
		report_db_rollback(mk->db);
		return -1;
	}
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

static int
abandon_batch(struct maker *mk)
{
	mk->in_batch = 0;
	report_db_rollback(mk->db);
	return -1;
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
	if (rc == 1) {
		mk->stats->failed++;
		mk->stats->why = *e;
	}
	return 0;
}

static int
expire_job(struct maker *mk, const struct report_job *j, struct err *e)
{
	if (j->end + mk->c->report.keep_ms / 1000 > mk->now_s)
		return 0;
	if (step_batch(mk, e) == -1)
		return -1;
	if (rows_remove(mk->db, j->domain, NULL, j->begin, j->end, e) == -1)
		return abandon_batch(mk);
	mk->batch.expired += (uint64_t)(j->success + j->failure);
	return 0;
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
	else if (next < mk->stats->next_s)
		mk->stats->next_s = next;
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
			return -1;
	}
	return end_batch(mk, e);
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
	if (maker_init(&mk, db, c, now_s, size_max, stats, e) == -1 &&
	    !obstacle)
		return -1;
	rc = report_plan_make(db, c, NULL, INT64_MIN, INT64_MAX, &plan, e);
	if (rc == 0)
		rc = do_plan(&mk, &plan, obstacle, e);
	/* rows went above, each with its period; now the texts they used */
	if (rc == 0 && stats->reports + stats->expired > 0)
		rc = rows_expire(db, INT64_MIN, NULL, e);
	report_plan_clear(&plan);
	maker_clear(&mk);
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
	rc = maker_init(&mk, db, c, now_s, size_max, stats, e);
	if (obstacle != NULL)
		return err_set(e, ERR_PERM, "%s", obstacle);
	if (rc == -1)
		return -1;
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
	maker_clear(&mk);
	return rc;
}

int
report_make_preview(struct report_db *db, const struct conf *c,
    const char *domain, int64_t from, int64_t to, struct report *r, bool *found,
    struct err *e)
{
	char submitter[HOSTNAME_SIZE];
	struct report_key key = { submitter, domain, from, to, 0 };
	struct report_gathered g;
	int rc = -1;

	*found = false;
	/* of a config that is not finished yet: shown all the same */
	if (report_make_submitter(c, submitter, NULL) == -1)
		memcpy(submitter, "localhost", sizeof("localhost"));
	if (report_gather(db, domain, from, to, r, &g, e) == -1 ||
	    next_part(db, &key, e) == -1)
		goto out;
	fill_report(r, c, &key);
	report_sort(r);
	*found = g.rows > 0;
	rc = 0;
out:
	report_gathered_clear(&g);
	return rc;
}
