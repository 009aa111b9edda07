/*
 * chart: figures of a time as SVG inside a page.
 *
 * Bars of sessions a day, failures upon successes; every bar has a title with
 * its day and figures, which a pointer or a screen reader finds. Failures are
 * drawn at least CHART_VISIBLE high, so that one in a million is seen.
 *
 * Thread safety: no state. Limits: CHART_BARS_MAX bars; longer times are
 * drawn by weeks. Tests: t/unit/site.c
 */
#ifndef CHART_H
#define CHART_H

#include "analyzer/page.h"

#include <stddef.h>
#include <stdint.h>

#define CHART_BARS_MAX 120
#define CHART_VISIBLE 3

/* Figures of n days from the first on. */
struct chart {
	int64_t first_day;
	size_t n;
	int64_t *success, *failure; /* below 0: nobody reported */
};

/* Makes one of n days that nobody reported on. */
void chart_init(struct chart *c, int64_t first_day, size_t n);

/* Frees its figures. */
void chart_clear(struct chart *c);

/* Adds to a day; one outside is left out. */
void chart_add(struct chart *c, int64_t day, int64_t success, int64_t failure);

/* Draws bars with axes; label says what they are, for screen readers. */
void chart_bars(const struct chart *c, struct page *p, const char *label);

/* Draws bars of a line's height, without axes. */
void chart_spark(const struct chart *c, struct page *p, const char *label);

#endif
