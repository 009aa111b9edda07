/*
 * timer: being called later, passed in so that tests can simulate time.
 *
 * Implementations: share/net/timer_ev.h over libevent; simulated in
 * t/policy. Thread safety: belongs to the thread of one event loop.
 * Tests: t/policy (scenarios)
 */
#ifndef TIMER_H
#define TIMER_H

#include <stdint.h>

/* What a timer calls when it is due; arg is as given to set(). */
typedef void timer_callback(void *arg);

struct timer;

struct timers {
	/* Calls cb once after delay_ms (at least 0), never before it returns. */
	struct timer *(
	    *set)(void *ctx, int64_t delay_ms, timer_callback *cb, void *arg);
	/* Ends a timer whose callback was not called yet; frees it. */
	void (*cancel)(void *ctx, struct timer *t);
	void *ctx;
};

#endif
