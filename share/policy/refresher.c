/* refresher: decisions in use are renewed before they end - refresher.h */
#include "config.h"

#include "share/policy/refresher.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_MS 1000
#define SLOTS 4096 /* seconds; a power of two, more than any TTL */

struct due {
	struct due *next;
	unsigned strategy;
	char key[]; /* canonical, of the next hop */
};

struct refresher {
	const struct env *env;
	struct cache *cache;
	refresher_renew *renew;
	void *arg;
	struct due *slot[SLOTS]; /* by second */
	size_t n;
	int64_t second; /* the next one to look at */
	int64_t wake;   /* the one the timer is set for */
	struct timer *timer;
	bool running; /* renewals may add from inside */
};

static int64_t
now_s(const struct refresher *r)
{
	return clock_mono_ms(r->env->clock) / SECOND_MS;
}

static struct due **
slot_of(struct refresher *r, int64_t second)
{
	return &r->slot[(uint64_t)second % SLOTS];
}

static void on_second(void *arg);

/* Sleeps until the next second in which something is due. */
static void
set_timer(struct refresher *r)
{
	int64_t second = r->second;
	int64_t now = clock_mono_ms(r->env->clock), wait;

	if (r->timer != NULL) {
		r->env->timers.cancel(r->env->timers.ctx, r->timer);
		r->timer = NULL;
	}
	if (r->n == 0)
		return;
	while (*slot_of(r, second) == NULL)
		second++;
	wait = second * SECOND_MS - now;
	r->wake = second;
	r->timer = r->env->timers.set(r->env->timers.ctx, wait > 0 ? wait : 0,
	    on_second, r);
}

static void
look_at(struct refresher *r, const struct due *d)
{
	struct nexthop n;

	if (nexthop_parse(d->key, &n) && cache_due(r->cache, &n, d->strategy))
		r->renew(r->arg, &n, d->strategy);
}

/* Looks at what is due in one second; gives how many are left of budget. */
static size_t
run_slot(struct refresher *r, int64_t second, size_t budget)
{
	struct due **slot = slot_of(r, second), *d;

	while (budget > 0 && (d = *slot) != NULL) {
		*slot = d->next;
		r->n--;
		budget--;
		look_at(r, d);
		free(d);
	}
	return budget;
}

/* Puts what is left of a second before what is due in the next one. */
static void
carry_over(struct refresher *r, int64_t second)
{
	struct due **from = slot_of(r, second), **to = slot_of(r, second + 1);
	struct due **end = from;

	while (*end != NULL)
		end = &(*end)->next;
	*end = *to;
	*to = *from;
	*from = NULL;
}

static void
on_second(void *arg)
{
	struct refresher *r = arg;
	size_t budget = REFRESHER_PER_SECOND;
	int64_t now = now_s(r);

	r->timer = NULL;
	r->running = true;
	for (; r->second <= now; r->second++) {
		budget = run_slot(r, r->second, budget);
		carry_over(r, r->second);
	}
	r->running = false;
	set_timer(r);
}

void
refresher_add(struct refresher *r, const struct nexthop *n, unsigned strategy,
    int64_t delay_ms)
{
	size_t size = strlen(n->key) + 1;
	int64_t at = clock_mono_ms(r->env->clock) + delay_ms;
	int64_t second = at / SECOND_MS + 1; /* not before it is due */
	struct due *d, **slot;

	if (r->n >= REFRESHER_MAX || delay_ms / SECOND_MS >= SLOTS - 2)
		return;
	if (r->n == 0 && !r->running)
		r->second = now_s(r) + 1;
	d = xcalloc(1, sizeof(*d) + size);
	d->strategy = strategy;
	memcpy(d->key, n->key, size);
	slot = slot_of(r, second);
	d->next = *slot;
	*slot = d;
	r->n++;
	if (!r->running && (r->timer == NULL || second < r->wake))
		set_timer(r);
}

struct refresher *
refresher_new(const struct env *env, struct cache *cache,
    refresher_renew *renew, void *arg)
{
	struct refresher *r = xcalloc(1, sizeof(*r));

	r->env = env;
	r->cache = cache;
	r->renew = renew;
	r->arg = arg;
	return r;
}

void
refresher_free(struct refresher *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		while (r->slot[i] != NULL) {
			struct due *d = r->slot[i];

			r->slot[i] = d->next;
			free(d);
		}
	if (r->timer != NULL)
		r->env->timers.cancel(r->env->timers.ctx, r->timer);
	free(r);
}
