/* clock: what time it is, passed in - see clock.h */
#include "config.h"

#include "share/base/clock.h"

#include <stddef.h>
#include <time.h>

int64_t
clock_wall_ms(const struct clock *c)
{
	return c->wall_ms(c->ctx);
}

int64_t
clock_mono_ms(const struct clock *c)
{
	return c->mono_ms(c->ctx);
}

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
system_wall_ms(void *ctx)
{
	(void)ctx;
	return read_ms(CLOCK_REALTIME);
}

static int64_t
system_mono_ms(void *ctx)
{
	(void)ctx;
	return read_ms(CLOCK_MONOTONIC);
}

const struct clock *
clock_system(void)
{
	static const struct clock system = { system_wall_ms, system_mono_ms,
		NULL };

	return &system;
}
