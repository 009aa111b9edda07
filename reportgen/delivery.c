/* delivery: brings reports to their destinations - see delivery.h */
#include "config.h"

#include "reportgen/delivery.h"
#include "reportgen/delivery_round.h"
#include "share/base/xmem.h"

#include <stdlib.h>

static void look(void *arg);

/* Has look() called after so many milliseconds. */
static void
look_in(struct delivery *d, int64_t ms)
{
	const struct timers *t = d->env.timers;

	if (d->timer != NULL)
		t->cancel(t->ctx, d->timer);
	d->timer = t->set(t->ctx, ms, look, d);
}

/* Sleeps until something is due, or until what others changed may be. */
static void
sleep_until_due(struct delivery *d)
{
	int64_t now_ms = clock_wall_ms(d->env.clock), at_s;
	int64_t ms = DELIVERY_LOOK_MS;
	struct err e = { 0 };

	if (outbox_next_due(d->env.db, &at_s, &e) == -1)
		log_write(d->env.log, LOG_LEVEL_ERROR, "outbox error=\"%s\"",
		    e.text);
	else if (at_s < (now_ms + ms) / 1000)
		ms = at_s * 1000 > now_ms ? at_s * 1000 - now_ms : 1000;
	look_in(d, ms);
}

static bool
is_under_way(const struct delivery *d, int64_t number)
{
	const struct delivery_round *r;

	LIST_FOREACH(r, &d->rounds, next)
		if (r->report.number == number)
			return true;
	return false;
}

/* Fills the queue with what is due and not under way. */
static int
fill_queue(struct delivery *d, struct err *e)
{
	int64_t now_s = clock_wall_ms(d->env.clock) / 1000;
	size_t n, kept = 0;

	d->nqueue = d->next_queue = 0;
	if (outbox_due(d->env.db, now_s, d->queue,
		sizeof(d->queue) / sizeof(*d->queue), &n, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!is_under_way(d, d->queue[i]))
			d->queue[kept++] = d->queue[i];
	d->nqueue = kept;
	return 0;
}

static bool
has_room(const struct delivery *d)
{
	return d->nrounds < DELIVERY_AT_ONCE &&
	    (d->nrounds == 0 || d->octets < DELIVERY_OCTETS);
}

/* Begins what is due, as much as there is room for. */
static int
begin_due(struct delivery *d, struct err *e)
{
	bool filled = false; /* again only at the next look: no endless loop */

	while (has_room(d)) {
		if (d->next_queue == d->nqueue) {
			if (filled)
				return 0;
			if (fill_queue(d, e) == -1)
				return -1;
			filled = true;
			if (d->nqueue == 0)
				return 0;
		}
		d->rested = false;
		if (delivery_round_start(d, d->queue[d->next_queue++], e) == -1)
			return -1;
	}
	return 0;
}

static void
look(void *arg)
{
	struct delivery *d = arg;
	const struct transport *mail = d->env.mail;
	struct err e = { 0 };
	int rc = 0;

	d->timer = NULL;
	if (!d->paused) {
		rc = begin_due(d, &e);
		if (rc == -1)
			log_write(d->env.log, LOG_LEVEL_ERROR,
			    "outbox error=\"%s\"", e.text);
	}
	if (d->nrounds == 0 && !d->rested) {
		d->rested = true;
		if (mail->kind != NULL && mail->kind->rest != NULL)
			mail->kind->rest(mail->ctx);
	}
	/* a round that ended meanwhile wants a look at once */
	if (d->timer == NULL && !d->paused)
		sleep_until_due(d);
}

struct delivery *
delivery_new(const struct delivery_env *env)
{
	struct delivery *d = xcalloc(1, sizeof(*d));

	d->env = *env;
	d->rested = true;
	LIST_INIT(&d->rounds);
	caps_init(&d->caps, env->conf->report.per_address,
	    env->conf->report.per_host);
	return d;
}

void
delivery_look(struct delivery *d)
{
	/* others may have made something more urgent */
	d->nqueue = d->next_queue = 0;
	look_in(d, 0);
}

void
delivery_round_ended(struct delivery *d)
{
	d->nrounds--;
	look_in(d, 0);
}

void
delivery_pause(struct delivery *d)
{
	d->paused = true;
}

size_t
delivery_busy(const struct delivery *d)
{
	return d->nrounds;
}

const struct delivery_stats *
delivery_stats(const struct delivery *d)
{
	return &d->stats;
}

void
delivery_free(struct delivery *d)
{
	struct delivery_round *r;

	if (d == NULL)
		return;
	while ((r = LIST_FIRST(&d->rounds)) != NULL)
		delivery_round_cancel(r);
	if (d->timer != NULL)
		d->env.timers->cancel(d->env.timers->ctx, d->timer);
	caps_clear(&d->caps);
	free(d);
}
