/*
 * sim: simulated time: the clock and the timers of one scenario.
 *
 * Nothing moves but by sim_run(): weeks pass in no time, and what is due at
 * the same moment happens in the order in which it was set.
 *
 * Thread safety: none. Tests: every scenario of t/policy.
 */
#ifndef SIM_H
#define SIM_H

#include "share/base/clock.h"
#include "share/base/timer.h"

#include <stdbool.h>
#include <stddef.h>

struct sim {
	struct clock clock;
	struct timers timers;
	int64_t mono_ms;
	int64_t wall_ms;
	struct timer *first; /* by time, then by order of setting */
};

/* Makes a simulation that begins in 2027. */
void sim_init(struct sim *s);

/* Drops every timer; gives how many were left. */
size_t sim_clear(struct sim *s);

/*
 * Runs what is due within ms from now, or until *stop (NULL: never) is true.
 * Time stands at the end of the span, or where *stop became true.
 */
void sim_run(struct sim *s, int64_t ms, const bool *stop);

#endif
