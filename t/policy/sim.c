/* sim: simulated time - see sim.h */
#include "config.h"

#include "t/policy/sim.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_WALL_MS INT64_C(1800000000000)
#define FIRST_MONO_MS INT64_C(1000000)

struct timer {
	struct timer *next;
	int64_t due_ms;
	timer_callback *cb;
	void *arg;
};

static int64_t
wall_ms(void *ctx)
{
	const struct sim *s = ctx;

	return s->wall_ms;
}

static int64_t
mono_ms(void *ctx)
{
	const struct sim *s = ctx;

	return s->mono_ms;
}

static struct timer *
set_timer(void *ctx, int64_t delay_ms, timer_callback *cb, void *arg)
{
	struct sim *s = ctx;
	struct timer *t = xcalloc(1, sizeof(*t)), **at = &s->first;

	t->due_ms = s->mono_ms + delay_ms;
	t->cb = cb;
	t->arg = arg;
	while (*at != NULL && (*at)->due_ms <= t->due_ms)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	return t;
}

static void
cancel_timer(void *ctx, struct timer *t)
{
	struct sim *s = ctx;
	struct timer **at = &s->first;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	free(t);
}

void
sim_init(struct sim *s)
{
	memset(s, 0, sizeof(*s));
	s->mono_ms = FIRST_MONO_MS;
	s->wall_ms = FIRST_WALL_MS;
	s->clock = (struct clock){ wall_ms, mono_ms, s };
	s->timers = (struct timers){ set_timer, cancel_timer, s };
}

size_t
sim_clear(struct sim *s)
{
	size_t n = 0;

	while (s->first != NULL) {
		struct timer *t = s->first;

		s->first = t->next;
		free(t);
		n++;
	}
	return n;
}

static void
go_to(struct sim *s, int64_t to_ms)
{
	s->wall_ms += to_ms - s->mono_ms;
	s->mono_ms = to_ms;
}

void
sim_run(struct sim *s, int64_t ms, const bool *stop)
{
	int64_t end = s->mono_ms + ms;

	while (s->first != NULL && s->first->due_ms <= end) {
		struct timer *t = s->first;

		if (stop != NULL && *stop)
			return;
		s->first = t->next;
		go_to(s, t->due_ms);
		t->cb(t->arg);
		free(t);
	}
	if (stop == NULL || !*stop)
		go_to(s, end);
}
