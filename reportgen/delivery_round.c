/* delivery_round: one report on its way - see delivery_round.h */
#include "config.h"

#include "reportgen/delivery_round.h"
#include "reportgen/backoff.h"
#include "share/base/xmem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SAVE_AGAIN_MS 1000

static int64_t
now_s(const struct delivery_round *r)
{
	return clock_wall_ms(r->owner->env.clock) / 1000;
}

static int64_t
retry_s(const struct delivery_round *r)
{
	return r->owner->env.conf->report.retry_ms / 1000;
}

static void
round_free(struct delivery_round *r)
{
	struct outbox_report *o = &r->report;

	LIST_REMOVE(r, next);
	r->owner->octets -= o->packed_len;
	destinations_clear(&r->to);
	free((char *)o->id);
	free((char *)o->domain);
	free((char *)o->submitter);
	free((char *)o->record);
	free((char *)o->missing);
	free((void *)o->packed);
	free(r);
}

/* outbox_with(): keeps a copy. */
static int
copy_report(void *arg, const struct outbox_report *o, struct err *e)
{
	struct delivery_round *r = arg;
	struct outbox_report *to = &r->report;
	char *packed = NULL;

	(void)e;
	if (o->packed != NULL) {
		packed = xmalloc(o->packed_len);
		memcpy(packed, o->packed, o->packed_len);
	}
	*to = *o;
	to->id = xstrdup(o->id);
	to->domain = xstrdup(o->domain);
	to->submitter = xstrdup(o->submitter);
	to->record = xstrdup(o->record);
	to->missing = xstrdup(o->missing);
	to->packed = packed;
	r->owner->octets += to->packed_len;
	return 0;
}

/* Writes what became of the report, as one. */
static int
write_round(struct delivery_round *r, struct err *e)
{
	struct report_db *db = r->owner->env.db;
	enum outbox_state state = r->state;
	bool held = false;

	if (report_db_begin(db, e) == -1)
		return -1;
	if (state == OUTBOX_GOING &&
	    outbox_is_held(db, r->report.domain, &held, e) == -1)
		goto fail;
	if (destinations_save(&r->to, db, r->report.number, e) == -1 ||
	    outbox_set_state(db, r->report.number, held ? OUTBOX_HELD : state,
		now_s(r), e) == -1)
		goto fail;
	if (report_db_commit(db, e) == -1)
		return -1;
	destinations_saved(&r->to);
	return 0;
fail:
	report_db_rollback(db);
	return -1;
}

static void
count_settled(struct delivery_round *r)
{
	struct delivery_stats *stats = &r->owner->stats;

	stats->sent += r->state == OUTBOX_SENT;
	stats->failed += r->state == OUTBOX_FAILED;
	stats->withdrawn += r->state == OUTBOX_WITHDRAWN;
}

static void save(void *arg);

/* What was done is not lost while the file cannot be written. */
static void
save_again(struct delivery_round *r, const struct err *e)
{
	const struct timers *t = r->owner->env.timers;

	log_write(r->owner->env.log, LOG_LEVEL_ERROR,
	    "%s report=%s unsaved error=\"%s\"", r->report.domain, r->report.id,
	    e->text);
	if (r->again == NULL)
		r->again = t->set(t->ctx, SAVE_AGAIN_MS, save, r);
}

/* Writes what is known, and ends the round when nothing is under way. */
static void
save(void *arg)
{
	struct delivery_round *r = arg;
	struct delivery *d = r->owner;
	struct err e = { 0 };

	r->again = NULL;
	if (!r->decided)
		r->state = destinations_state(&r->to);
	if (write_round(r, &e) == -1) {
		save_again(r, &e);
		return;
	}
	if (d->env.step != NULL)
		d->env.step(d->env.ctx);
	if (r->open > 0)
		return;
	count_settled(r);
	round_free(r);
	delivery_round_ended(d);
}

/* Something has changed and is written. */
static void
update(struct delivery_round *r)
{
	/* else what waits to be written will be written with it */
	if (r->again == NULL)
		save(r);
}

/* The whole report has come to its end. */
static void
decide(struct delivery_round *r, enum outbox_state state)
{
	r->decided = true;
	r->state = state;
	save(r);
}

static void
log_try(const struct delivery_try *t, const char *result, const char *why)
{
	const struct delivery_round *r = t->round;

	log_write(r->owner->env.log,
	    *why == '\0' ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
	    "%s report=%s to=%s via=%s tries=%d result=%s%s%s%s",
	    r->report.domain, r->report.id, caps_host(t->to->target),
	    t->via->kind->name, t->to->tries, result,
	    *why == '\0' ? "" : " why=\"", why, *why == '\0' ? "" : "\"");
}

/* transport_callback */
static void
tried(void *arg, enum transport_result result, const char *why)
{
	struct delivery_try *t = arg;
	struct delivery_round *r = t->round;
	struct delivery *d = r->owner;
	struct shared *shared = d->env.shared;
	bool more;

	t->handle = NULL;
	r->open--;
	if (result == TRANSPORT_ACCEPTED) {
		destination_settle(t->to, OUTBOX_ACCEPTED, NULL, now_s(r));
		if (shared != NULL && t->to->https)
			shared->posts_sent++;
		else if (shared != NULL)
			shared->mails_sent++;
		d->stats.accepted++;
		log_try(t, "accepted", "");
	} else {
		caps_give_back(&d->caps, t->to->uri, caps_host(t->to->target));
		if (result == TRANSPORT_REFUSED)
			destination_settle(t->to, OUTBOX_REFUSED, why,
			    now_s(r));
		else
			destination_later(t->to, r->report.id, why, now_s(r),
			    retry_s(r));
		if (shared != NULL)
			shared->tries_failed++;
		more = t->to->fate == OUTBOX_PENDING;
		d->stats.refused += !more;
		d->stats.later += more;
		log_try(t, more ? "later" : "refused", why);
	}
	if (!t->starting)
		update(r);
}

static void
try(struct delivery_round *r, struct destination *to)
{
	struct delivery *d = r->owner;
	struct delivery_try *t = &r->try[r->ntries++];
	const struct transport_parcel parcel = { &r->report,
		destination_to(to) };
	void *handle;

	t->round = r;
	t->to = to;
	t->via = to->https ? d->env.https : d->env.mail;
	if (to->first_s == 0)
		to->first_s = now_s(r);
	to->tries++;
	to->changed = true;
	/* RFC 8460 section 3: its session is in no report of ours */
	if (!to->https && d->env.own != NULL)
		d->env.own(d->env.ctx, caps_host(to->target));
	t->starting = true;
	r->open++;
	handle = t->via->kind->start(t->via->ctx, &parcel, tried, t);
	t->starting = false;
	t->handle = handle;
}

/* Whether the operator, or a bounce, has put the address or host on the list.*/
static int
is_suppressed(struct delivery_round *r, const struct destination *to, bool *yes,
    struct err *e)
{
	struct report_db *db = r->owner->env.db;

	if (outbox_is_suppressed(db, to->target, now_s(r), yes, e) == -1)
		return -1;
	if (*yes)
		return 0;
	return outbox_is_suppressed(db, caps_host(to->target), now_s(r), yes,
	    e);
}

/* Too many that day: the next one is another. */
static void
put_off(struct delivery_round *r, struct destination *to)
{
	static const char why[] = "as many reports as a day may have";
	int64_t now = now_s(r), tomorrow = now - now % CAPS_DAY_S + CAPS_DAY_S;

	if (to->first_s == 0)
		to->first_s = now;
	if (tomorrow > to->first_s + retry_s(r)) {
		destination_settle(to, OUTBOX_CAPPED, why, now);
	} else {
		destination_later(to, r->report.id, why, now, retry_s(r));
		to->next_s = tomorrow;
	}
	log_write(r->owner->env.log, LOG_LEVEL_WARN,
	    "%s report=%s to=%s result=%s why=\"%s\"", r->report.domain,
	    r->report.id, caps_host(to->target),
	    to->fate == OUTBOX_CAPPED ? "capped" : "later", why);
}

/* Tries one destination that is due, if it may be. */
static int
go_to(struct delivery_round *r, struct destination *to, struct err *e)
{
	struct delivery *d = r->owner;
	bool suppressed, fits;

	if (is_suppressed(r, to, &suppressed, e) == -1)
		return -1;
	if (suppressed) {
		destination_settle(to, OUTBOX_SUPPRESSED,
		    "on the suppress list", now_s(r));
		log_write(d->env.log, LOG_LEVEL_INFO,
		    "%s report=%s to=%s result=suppressed", r->report.domain,
		    r->report.id, caps_host(to->target));
		return 0;
	}
	if (caps_take(&d->caps, d->env.db, to->uri, caps_host(to->target),
		now_s(r), &fits, e) == -1)
		return -1;
	if (!fits)
		put_off(r, to);
	else
		try(r, to);
	return 0;
}

/* Tries every destination that is due. */
static void
go(struct delivery_round *r)
{
	int64_t now = now_s(r);
	struct err e = { 0 };

	for (size_t i = 0; i < r->to.n; i++) {
		struct destination *to = &r->to.at[i];

		if (to->fate != OUTBOX_PENDING || to->next_s > now)
			continue;
		if (go_to(r, to, &e) == 0)
			continue;
		/* the file cannot be read: saving it will say so too */
		if (to->first_s == 0)
			to->first_s = now;
		destination_later(to, r->report.id, e.text, now, retry_s(r));
	}
	/* else the end of a try writes it */
	if (r->open == 0)
		update(r);
}

/* Nothing is known of where it goes: later, or never. */
static void
wait_for_record(struct delivery_round *r, const char *why)
{
	struct delivery *d = r->owner;
	struct err e = { 0 };
	int64_t next = backoff_next(r->report.id, 3, r->report.made_s, now_s(r),
	    retry_s(r));

	log_write(d->env.log, LOG_LEVEL_WARN,
	    "%s report=%s record=unknown result=%s why=\"%s\"",
	    r->report.domain, r->report.id, next != 0 ? "later" : "refused",
	    why);
	if (next == 0) {
		decide(r, OUTBOX_FAILED);
		return;
	}
	if (outbox_put_off(d->env.db, r->report.number, next, &e) == -1)
		log_write(d->env.log, LOG_LEVEL_ERROR, "outbox error=\"%s\"",
		    e.text);
	round_free(r);
	delivery_round_ended(d);
}

/* The domain cannot be asked: its record as it was seen at delivery. */
static void
use_seen(struct delivery_round *r, const struct dns_answer *a)
{
	const char *seen = r->report.record;
	const char *why = a->why != NULL ? a->why : "";
	struct tlsrpt_record record = { 0 };

	if (tlsrpt_record_parse(seen, strlen(seen), &record) != TLSRPT_OK) {
		wait_for_record(r, why);
		return;
	}
	log_write(r->owner->env.log, LOG_LEVEL_INFO,
	    "%s report=%s record=seen security=%s why=\"%s\"", r->report.domain,
	    r->report.id, dns_security_name(a->security), why);
	destinations_update(&r->to, &record, r->owner->env.conf->report.https,
	    now_s(r));
	tlsrpt_record_clear(&record);
	go(r);
}

/* What the domain says now of where its reports go. (RFC 8460 section 3) */
static void
take_record(void *arg, const struct dns_answer *a)
{
	struct delivery_round *r = arg;
	struct tlsrpt_record record = { 0 };
	enum tlsrpt_result result;

	r->query = NULL;
	if (a->security == DNS_UNKNOWN || a->security == DNS_BOGUS) {
		use_seen(r, a);
		return;
	}
	result = tlsrpt_record_choose(a, &record);
	if (result == TLSRPT_OK) {
		destinations_update(&r->to, &record,
		    r->owner->env.conf->report.https, now_s(r));
		tlsrpt_record_clear(&record);
		go(r);
	} else if (a->truncated) {
		use_seen(r, a);
	} else {
		log_write(r->owner->env.log, LOG_LEVEL_INFO,
		    "%s report=%s result=withdrawn why=\"%s\"",
		    r->report.domain, r->report.id, tlsrpt_result_text(result));
		for (size_t i = 0; i < r->to.n; i++)
			if (r->to.at[i].fate == OUTBOX_PENDING)
				destination_settle(&r->to.at[i], OUTBOX_REFUSED,
				    tlsrpt_result_text(result), now_s(r));
		decide(r, OUTBOX_WITHDRAWN);
	}
}

/* Asks for the record; everything follows from the answer. */
static void
ask(struct delivery_round *r)
{
	const struct dns_resolver *dns = r->owner->env.dns;
	char *name = xasprintf("_smtp._tls.%s", r->report.domain);
	struct dns_query *q;

	/* the answer may come, and end the round, before ask() returns */
	q = dns->ask(dns->ctx, name, DNS_TXT, take_record, r);
	free(name);
	if (q != NULL)
		r->query = q;
}

int
delivery_round_start(struct delivery *d, int64_t number, struct err *e)
{
	struct delivery_round *r = xcalloc(1, sizeof(*r));

	r->owner = d;
	LIST_INSERT_HEAD(&d->rounds, r, next);
	if (outbox_with(d->env.db, number, copy_report, r, e) == -1 ||
	    destinations_load(&r->to, d->env.db, number, e) == -1) {
		round_free(r);
		return -1;
	}
	if (r->report.state != OUTBOX_NEW && r->report.state != OUTBOX_GOING) {
		round_free(r);
		return 0;
	}
	d->nrounds++;
	if (r->report.packed != NULL) {
		ask(r);
		return 0;
	}
	log_write(d->env.log, LOG_LEVEL_ERROR,
	    "%s report=%s result=failed why=\"its octets are gone\"",
	    r->report.domain, r->report.id);
	decide(r, OUTBOX_FAILED);
	return 0;
}

void
delivery_round_cancel(struct delivery_round *r)
{
	const struct delivery_env *env = &r->owner->env;
	struct err e = { 0 };

	for (size_t i = 0; i < r->ntries; i++)
		if (r->try[i].handle != NULL)
			r->try[i].via->kind->cancel(r->try[i].via->ctx,
			    r->try[i].handle);
	if (r->query != NULL)
		env->dns->cancel(env->dns->ctx, r->query);
	if (r->again != NULL) {
		env->timers->cancel(env->timers->ctx, r->again);
		if (write_round(r, &e) == -1)
			log_write(env->log, LOG_LEVEL_ERROR,
			    "%s report=%s unsaved error=\"%s\"",
			    r->report.domain, r->report.id, e.text);
	}
	round_free(r);
}
