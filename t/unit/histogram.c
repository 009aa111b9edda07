/* histogram: fixed buckets of times - see share/base/histogram.h */
#include "config.h"

#include "share/base/histogram.h"
#include "t/unit/tap.h"

int
main(void)
{
	struct histogram h;
	size_t i;

	memset(&h, 0, sizeof(h));
	for (i = 1; i < HISTOGRAM_BOUNDS; i++)
		ok(histogram_bound(i) > histogram_bound(i - 1), "bound %zu", i);
	histogram_add(&h, 10, 1);
	is_int(h.count[0], 1, "a bound belongs to its own bucket");
	histogram_add(&h, 11, 64);
	is_int(h.count[1], 64, "a sample counts with its weight");
	histogram_add(&h, 2500001, 1);
	is_int(h.count[HISTOGRAM_BOUNDS], 1, "above all bounds");
	is_int(h.sum_us, 10 + 11 * 64 + 2500001, "the sum of all");
	ok(histogram_now_us() > 0, "it is some time");
	return done_testing();
}
