/* timer_ev: timers over libevent - see timer_ev.h */
#include "config.h"

#include "share/net/timer_ev.h"
#include "share/base/xmem.h"

#include <stdlib.h>

struct timer {
	struct event *event;
	timer_callback *cb;
	void *arg;
};

static void
fire(evutil_socket_t fd, short what, void *arg)
{
	struct timer *t = arg;
	timer_callback *cb = t->cb;
	void *cb_arg = t->arg;

	(void)fd;
	(void)what;
	event_free(t->event);
	free(t);
	cb(cb_arg);
}

static struct timer *
timer_ev_set(void *ctx, int64_t delay_ms, timer_callback *cb, void *arg)
{
	struct timer *t = xcalloc(1, sizeof(*t));
	struct timeval tv = { delay_ms / 1000, (delay_ms % 1000) * 1000 };

	t->cb = cb;
	t->arg = arg;
	t->event = event_new(ctx, -1, 0, fire, t);
	if (t->event == NULL || event_add(t->event, &tv) == -1)
		abort(); /* out of memory */
	return t;
}

static void
timer_ev_cancel(void *ctx, struct timer *t)
{
	(void)ctx;
	event_free(t->event);
	free(t);
}

void
timer_ev_init(struct timers *t, struct event_base *base)
{
	t->set = timer_ev_set;
	t->cancel = timer_ev_cancel;
	t->ctx = base;
}
