/* chart: figures of a time as SVG - see chart.h */
#include "config.h"

#include "analyzer/chart.h"

#include "analyzer/rows.h"
#include "share/base/xmem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 960
#define HEIGHT 200
#define SPARK_WIDTH 112
#define SPARK_HEIGHT 22
#define WEEK 7

/* Where bars are drawn: the area and its scale. */
struct plot {
	struct page *p;
	double x, y, width, height;
	double max;  /* sessions that fill the height */
	size_t step; /* days a bar */
	bool titled;
};

void
chart_init(struct chart *c, int64_t first_day, size_t n)
{
	c->first_day = first_day;
	c->n = n;
	c->success = xcalloc(n + 1, sizeof(*c->success));
	c->failure = xcalloc(n + 1, sizeof(*c->failure));
	for (size_t i = 0; i < n; i++)
		c->success[i] = c->failure[i] = -1;
}

void
chart_clear(struct chart *c)
{
	free(c->success);
	free(c->failure);
	memset(c, 0, sizeof(*c));
}

void
chart_add(struct chart *c, int64_t day, int64_t success, int64_t failure)
{
	size_t i = (size_t)(day - c->first_day);

	if (day < c->first_day || i >= c->n)
		return;
	if (c->success[i] < 0)
		c->success[i] = c->failure[i] = 0;
	c->success[i] += success;
	c->failure[i] += failure;
}

/* The sums of the bar that begins with day i; false: nobody reported. */
static bool
bar_sums(const struct chart *c, size_t i, size_t step, double *good,
    double *bad)
{
	bool any = false;

	*good = *bad = 0;
	for (size_t j = i; j < i + step && j < c->n; j++)
		if (c->success[j] >= 0) {
			any = true;
			*good += (double)c->success[j];
			*bad += (double)c->failure[j];
		}
	return any;
}

static void
coordinate(struct page *p, const char *name, double v)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%.2f", v);
	page_attribute(p, name, text);
}

static void
rect(struct page *p, const char *klass, double x, double y, double w, double h)
{
	page_begin(p, "rect", klass);
	coordinate(p, "x", x);
	coordinate(p, "y", y);
	coordinate(p, "width", w);
	coordinate(p, "height", h);
	page_end(p);
}

static void
draw_bar(const struct plot *d, const struct chart *c, size_t i, double x,
    double w)
{
	double good, bad, hg, hb, base = d->y + d->height;
	bool any = bar_sums(c, i, d->step, &good, &bad);
	char day[16];

	page_begin(d->p, "g", NULL);
	if (d->titled) {
		page_begin(d->p, "title", NULL);
		(void)rows_day(day, sizeof(day), c->first_day + (int64_t)i);
		if (any)
			page_textf(d->p, "%s%s: %.0f sessions, %.0f failed",
			    d->step > 1 ? "week from " : "", day, good + bad,
			    bad);
		else
			page_textf(d->p, "%s%s: no reports",
			    d->step > 1 ? "week from " : "", day);
		page_end(d->p);
	}
	hg = good / d->max * d->height;
	hb = bad / d->max * d->height;
	if (bad > 0 && hb < CHART_VISIBLE)
		hb = CHART_VISIBLE;
	if (hg > d->height - hb)
		hg = d->height - hb;
	if (!any)
		rect(d->p, "no", x, base - 2, w, 2);
	if (good > 0)
		rect(d->p, "ok", x, base - hg, w, hg);
	if (bad > 0)
		rect(d->p, "ko", x, base - hg - hb, w, hb);
	page_end(d->p);
}

static void
draw_bars(const struct plot *d, const struct chart *c)
{
	size_t bars = (c->n + d->step - 1) / d->step;
	double pitch = d->width / (double)(bars > 0 ? bars : 1);
	double w = pitch > 4 ? pitch * 0.8 : pitch * 0.9;

	for (size_t i = 0; i < c->n; i += d->step)
		draw_bar(d, c, i, d->x + pitch * (double)(i / d->step), w);
}

static double
largest(const struct chart *c, size_t step)
{
	double max = 1, good, bad;

	for (size_t i = 0; i < c->n; i += step)
		if (bar_sums(c, i, step, &good, &bad) && good + bad > max)
			max = good + bad;
	return max;
}

/* The round number at or above max: 1, 2 or 5 and zeros. */
static double
round_up(double max)
{
	double unit = 1;

	while (unit * 10 <= max)
		unit *= 10;
	if (max <= unit)
		return unit;
	if (max <= 2 * unit)
		return 2 * unit;
	return max <= 5 * unit ? 5 * unit : 10 * unit;
}

/* "20k", "3M": a number that is 1, 2 or 5 and zeros, or half of it. */
static void
short_number(char *dst, size_t size, double v)
{
	static const char units[] = " kMGTP";
	size_t u = 0;

	while (v >= 1000 && units[u + 1] != '\0') {
		v /= 1000;
		u++;
	}
	(void)snprintf(dst, size,
	    v < 10 && v != (double)(int)v ? "%.1f%.*s" : "%.0f%.*s", v, u > 0,
	    &units[u]);
}

/* The figures beside the bars are HTML, which does not shrink with them. */
static void
draw_lines(const struct plot *d)
{
	for (int i = 0; i <= 2; i++) {
		double y = d->y + d->height - d->height * i / 2;

		page_begin(d->p, "line", "ax");
		coordinate(d->p, "x1", d->x);
		coordinate(d->p, "x2", d->x + d->width);
		coordinate(d->p, "y1", y);
		coordinate(d->p, "y2", y);
		page_end(d->p);
	}
}

static void
scale(struct page *p, double max)
{
	char text[32];

	page_begin(p, "div", "scale");
	for (int i = 2; i >= 0; i--) {
		short_number(text, sizeof(text), max * i / 2);
		page_element(p, "span", NULL, text);
	}
	page_end(p);
}

static void
dates(const struct chart *c, struct page *p)
{
	char text[16];

	page_begin(p, "div", "dates");
	for (int64_t i = 0; i <= 2 && c->n > 0; i++)
		page_element(p, "span", NULL,
		    rows_day(text, sizeof(text),
			c->first_day + ((int64_t)c->n - 1) * i / 2));
	page_end(p);
}

static void
begin_svg(struct page *p, const char *klass, int width, int height,
    const char *name)
{
	char box[64];

	page_begin(p, "svg", klass);
	(void)snprintf(box, sizeof(box), "0 0 %d %d", width, height);
	page_attribute(p, "viewBox", box);
	page_attribute(p, "preserveAspectRatio", "none");
	page_attribute(p, "role", "img");
	page_attribute(p, "aria-label", name);
}

static void
key(struct page *p, const char *klass, const char *text)
{
	page_begin(p, "span", NULL);
	page_element(p, "i", klass, "");
	page_text(p, text);
	page_end(p);
}

void
chart_bars(const struct chart *c, struct page *p, const char *name)
{
	struct plot d = { .p = p,
		.y = 1,
		.width = WIDTH,
		.height = HEIGHT - 2,
		.step = c->n > CHART_BARS_MAX ? WEEK : 1,
		.titled = true };

	d.max = round_up(largest(c, d.step));
	page_begin(p, "div", "chart");
	scale(p, d.max);
	begin_svg(p, "bars", WIDTH, HEIGHT, name);
	draw_lines(&d);
	draw_bars(&d, c);
	page_end(p);
	page_end(p);
	dates(c, p);
	page_begin(p, "p", "key");
	key(p, "a", "success");
	key(p, "b", "failure");
	if (d.step > 1)
		page_element(p, "span", NULL, "each bar is a week");
	page_end(p);
}

void
chart_spark(const struct chart *c, struct page *p, const char *name)
{
	struct plot d = { .p = p,
		.width = SPARK_WIDTH,
		.height = SPARK_HEIGHT,
		.step = c->n > CHART_BARS_MAX / 2 ? WEEK : 1 };

	d.max = largest(c, d.step);
	begin_svg(p, "spark", SPARK_WIDTH, SPARK_HEIGHT, name);
	draw_bars(&d, c);
	page_end(p);
}
