/* backoff: when a destination is tried again - see reportgen/backoff.h */
#include "config.h"

#include "reportgen/backoff.h"
#include "t/unit/tap.h"

#define DAY 86400
#define T0 INT64_C(1700000000)

/* RFC 8460 section 5.5: up to 24 hours, the pauses growing. */
static void
test_day(void)
{
	int64_t now = T0, next, pause = 0;
	int tries = 1, shorter = 0;

	while ((next = backoff_next("report a@b", tries, T0, now, DAY)) != 0) {
		if (next - now < pause && next != T0 + DAY &&
		    pause < BACKOFF_MOST_S)
			shorter++;
		pause = next - now;
		if (pause <= 0)
			break;
		now = next;
		tries++;
	}
	is_int(now, T0 + DAY, "the last try is when the day ends");
	is_int(shorter, 0, "pauses grow");
	ok(tries >= 8 && tries <= 16, "%d tries", tries);
}

static void
test_rest(void)
{
	int64_t a = backoff_next("a", 1, T0, T0, DAY);
	int64_t b = backoff_next("b", 1, T0, T0, DAY);

	ok(a >= T0 + BACKOFF_FIRST_S && a <= T0 + BACKOFF_FIRST_S * 11 / 10,
	    "the first pause");
	ok(a != b, "two keys have two pauses");
	is_int(a, backoff_next("a", 1, T0, T0, DAY), "one key has one");
	is_int(backoff_next("a", 1, T0, T0, 0), 0, "no time for a second try");
	is_int(backoff_next("a", 1, T0, T0, 60), T0 + 60, "a short time");
	is_int(backoff_next("a", 9, T0, T0 + DAY, DAY), 0, "the day is over");
	ok(backoff_next("a", 1000000, T0, T0, DAY) <=
		T0 + BACKOFF_MOST_S * 11 / 10,
	    "the longest pause");
	ok(backoff_next("a", 1, T0 + 10 * DAY, T0, DAY) > T0,
	    "the clock went back");
}

int
main(void)
{
	test_day();
	test_rest();
	return done_testing();
}
