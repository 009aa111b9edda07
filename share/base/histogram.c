/* histogram: how long things took, in fixed buckets - see histogram.h */
#include "config.h"

#include "share/base/histogram.h"

#include <stdatomic.h>
#include <time.h>

static const uint64_t bounds[HISTOGRAM_BOUNDS] = { 10, 25, 50, 100, 250, 500,
	1000, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000,
	2500000 };

uint64_t
histogram_bound(size_t i)
{
	return bounds[i];
}

void
histogram_add(struct histogram *h, uint64_t us, uint64_t weight)
{
	size_t i = 0;

	while (i < HISTOGRAM_BOUNDS && us > bounds[i])
		i++;
	atomic_fetch_add_explicit(&h->count[i], weight, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum_us, us * weight,
	    memory_order_relaxed);
}

uint64_t
histogram_now_us(void)
{
	struct timespec now = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
