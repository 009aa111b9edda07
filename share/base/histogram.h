/*
 * histogram: how long things took, in fixed buckets.
 *
 * Bounds are those of histogram_bound(): from 10 microseconds, where answers
 * from the cache are, to the seconds of a resolution. What is too frequent
 * to be timed each time is sampled and counted with its weight.
 *
 * Thread safety: every function from every thread, without a lock; a reader
 * may see a sample in a bucket that is not in the sum yet.
 * Tests: t/unit/histogram.c
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BOUNDS 16

struct histogram {
	_Atomic uint64_t count[HISTOGRAM_BOUNDS + 1]; /* last: above all */
	_Atomic uint64_t sum_us;
};

/* The upper bound of bucket i < HISTOGRAM_BOUNDS, in microseconds. */
uint64_t histogram_bound(size_t i);

/* Adds weight samples of us microseconds. */
void histogram_add(struct histogram *h, uint64_t us, uint64_t weight);

/* Microseconds of a clock that never jumps, to take differences of. */
uint64_t histogram_now_us(void);

#endif
