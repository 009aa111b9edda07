/* schedule: UTC hours, days and weeks, and each domain's own delay */
#include "config.h"

#include "reportgen/schedule.h"
#include "share/rpt/report_time.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <time.h>

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

static int64_t
at(int year, int month, int day, int hour, int minute, int second)
{
	return report_time_from_date(year, month, day, hour, minute, second);
}

static void
check(enum conf_send send, int64_t t, int64_t want_begin, int64_t want_end,
    const char *name)
{
	int64_t begin = -1, end = -1;

	ok(schedule_period(send, t, &begin, &end), "%s: has a period", name);
	is_int(begin, want_begin, "%s: begin", name);
	is_int(end, want_end, "%s: end", name);
}

static void
test_periods(void)
{
	int64_t begin = 7, end = 8, day = at(2026, 11, 20, 0, 0, 0);

	check(CONF_HOURLY, at(2026, 11, 20, 13, 59, 59), day + 13 * HOUR,
	    day + 14 * HOUR, "an hour's last second");
	check(CONF_HOURLY, day, day, day + HOUR, "an hour's first");
	check(CONF_DAILY, day, day, day + DAY, "a day's first second");
	check(CONF_DAILY, day + DAY - 1, day, day + DAY, "a day's last");
	/* 2026-11-20 is a Friday */
	check(CONF_WEEKLY, day, at(2026, 11, 16, 0, 0, 0),
	    at(2026, 11, 23, 0, 0, 0), "a Friday's week");
	check(CONF_WEEKLY, at(2026, 11, 16, 0, 0, 0), at(2026, 11, 16, 0, 0, 0),
	    at(2026, 11, 23, 0, 0, 0), "a Monday");
	check(CONF_WEEKLY, at(2026, 11, 22, 23, 59, 59),
	    at(2026, 11, 16, 0, 0, 0), at(2026, 11, 23, 0, 0, 0), "a Sunday");
	check(CONF_WEEKLY, at(1970, 1, 1, 12, 0, 0), -3 * DAY, 4 * DAY,
	    "the week of 1970's begin");
	check(CONF_DAILY, -1, -DAY, 0, "a clock before 1970");
	ok(!schedule_period(CONF_NEVER, day, &begin, &end), "never has none");
	is_int(begin + end, 15, "and leaves them alone");
	is_int(schedule_bucket(CONF_HOURLY), HOUR, "buckets of hourly ones");
	is_int(schedule_bucket(CONF_DAILY), DAY, "of daily ones");
	is_int(schedule_bucket(CONF_WEEKLY), DAY, "of weekly ones");
}

/* A day is 24 hours, whatever the host's clock is set to. */
static void
test_daylight(void)
{
	static const char *const zones[] = { "Europe/Berlin",
		"CET-1CEST,M3.5.0,M10.5.0/3", "America/St_Johns", "XXX-14" };

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		int64_t begin = 0, end = 0;

		setenv("TZ", zones[i], 1);
		tzset();
		for (int64_t t = at(2026, 10, 24, 0, 0, 0);
		     t < at(2026, 10, 27, 0, 0, 0); t += 1800)
			if (!schedule_period(CONF_DAILY, t, &begin, &end) ||
			    begin % DAY != 0 || end - begin != DAY ||
			    t < begin || t >= end)
				fail("%s: day around %lld", zones[i],
				    (long long)t);
		check(CONF_DAILY, at(2026, 10, 25, 1, 30, 0),
		    at(2026, 10, 25, 0, 0, 0), at(2026, 10, 26, 0, 0, 0),
		    zones[i]);
	}
	unsetenv("TZ");
	tzset();
}

static void
test_due(void)
{
	struct conf c = { .report.spread_ms = 4 * HOUR * 1000 };
	int64_t end = at(2026, 11, 21, 0, 0, 0), least = INT64_MAX, most = 0;
	unsigned quarter[4] = { 0 };

	for (int i = 0; i < 10000; i++) {
		char domain[32];
		int64_t delay;

		snprintf(domain, sizeof(domain), "d%d.example", i);
		delay = schedule_due(&c, CONF_DAILY, domain, end) - end;
		least = delay < least ? delay : least;
		most = delay > most ? delay : most;
		if (delay >= SCHEDULE_GRACE_S &&
		    delay < SCHEDULE_GRACE_S + 4 * HOUR)
			quarter[(delay - SCHEDULE_GRACE_S) / HOUR]++;
	}
	ok(least >= SCHEDULE_GRACE_S && least < SCHEDULE_GRACE_S + 60,
	    "nothing before the grace, something soon (%lld)",
	    (long long)least);
	ok(most <= SCHEDULE_GRACE_S + 4 * HOUR && most > 4 * HOUR - 60,
	    "nothing after the spread, something late (%lld)", (long long)most);
	for (int i = 0; i < 4; i++)
		ok(quarter[i] > 2300 && quarter[i] < 2700,
		    "of 10,000 a quarter in hour %d (%u)", i, quarter[i]);
	is_int(schedule_due(&c, CONF_DAILY, "a.example", end) - end,
	    schedule_due(&c, CONF_WEEKLY, "a.example", end + DAY) - end - DAY,
	    "a domain's delay is the same every time");
	most = 0;
	for (int i = 0; i < 1000; i++) {
		char domain[32];
		int64_t delay;

		snprintf(domain, sizeof(domain), "d%d.example", i);
		delay = schedule_due(&c, CONF_HOURLY, domain, end) - end;
		most = delay > most ? delay : most;
	}
	ok(most <= SCHEDULE_GRACE_S + 1200 && most > 1000,
	    "hourly ones within 20 minutes (%lld)", (long long)most);
	c.report.spread_ms = 0;
	is_int(schedule_due(&c, CONF_DAILY, "a.example", end),
	    end + SCHEDULE_GRACE_S, "without spread at once");
}

int
main(void)
{
	test_periods();
	test_daylight();
	test_due();
	return done_testing();
}
