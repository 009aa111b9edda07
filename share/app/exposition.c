/* exposition: figures in Prometheus' text format - see exposition.h */
#include "config.h"

#include "share/app/exposition.h"

#include <inttypes.h>

void
exposition_family(struct buf *b, const char *name, const char *type,
    const char *help)
{
	buf_printf(b, "# HELP tlsherald_%s %s\n# TYPE tlsherald_%s %s\n", name,
	    help, name, type);
}

void
exposition_single(struct buf *b, const char *name, const char *type,
    const char *help, uint64_t value)
{
	exposition_family(b, name, type, help);
	buf_printf(b, "tlsherald_%s %" PRIu64 "\n", name, value);
}

void
exposition_labelled(struct buf *b, const char *name, const char *label,
    const char *word, uint64_t value)
{
	buf_printf(b, "tlsherald_%s{%s=\"%s\"} %" PRIu64 "\n", name, label,
	    word, value);
}

/* Microseconds as seconds. */
static void
put_seconds(struct buf *b, uint64_t us)
{
	buf_printf(b, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

void
exposition_histogram(struct buf *b, const char *name, const char *labels,
    const struct histogram *h)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < HISTOGRAM_BOUNDS; i++) {
		n += h->count[i];
		buf_printf(b, "tlsherald_%s_bucket{%s,le=\"", name, labels);
		put_seconds(b, histogram_bound(i));
		buf_printf(b, "\"} %" PRIu64 "\n", n);
	}
	n += h->count[HISTOGRAM_BOUNDS];
	buf_printf(b, "tlsherald_%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name,
	    labels, n);
	buf_printf(b, "tlsherald_%s_sum{%s} ", name, labels);
	put_seconds(b, h->sum_us);
	buf_printf(b, "\ntlsherald_%s_count{%s} %" PRIu64 "\n", name, labels,
	    n);
}
