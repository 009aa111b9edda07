/*
 * clock: what time it is, passed in so that tests can simulate weeks.
 *
 * Thread safety: clock_system may be used from every thread.
 * Tests: t/unit/text.c uses the system one; scenarios simulate their own.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

struct clock {
	/* Milliseconds since 1970 UTC: for what is stored or compared to it. */
	int64_t (*wall_ms)(void *ctx);
	/* Milliseconds that never jump: for timeouts and expiry in memory. */
	int64_t (*mono_ms)(void *ctx);
	void *ctx;
};

/* Now, in milliseconds since 1970 UTC. */
int64_t clock_wall_ms(const struct clock *c);

/* Now, in milliseconds of a clock that never jumps. */
int64_t clock_mono_ms(const struct clock *c);

/* The system's clock; borrowed for ever. */
const struct clock *clock_system(void);

#endif
