/* report_time: RFC 3339 and what is written for it */
#include "config.h"

#include "share/base/text.h"
#include "share/rpt/report_time.h"
#include "t/unit/tap.h"

static const struct {
	const char *text;
	enum report_time_form form;
	const char *utc;
} cases[] = {
	{ "1970-01-01T00:00:00Z", REPORT_TIME_GOOD, "1970-01-01T00:00:00Z" },
	{ "2016-04-01T00:00:00Z", REPORT_TIME_GOOD, "2016-04-01T00:00:00Z" },
	{ "2024-02-29T23:59:59Z", REPORT_TIME_GOOD, "2024-02-29T23:59:59Z" },
	{ "2000-02-29T12:00:00Z", REPORT_TIME_GOOD, "2000-02-29T12:00:00Z" },
	{ "9999-12-31T23:59:59Z", REPORT_TIME_GOOD, "9999-12-31T23:59:59Z" },
	{ "2026-03-29T02:30:00+02:00", REPORT_TIME_GOOD,
	    "2026-03-29T00:30:00Z" },
	{ "2026-01-01T00:00:00+14:00", REPORT_TIME_GOOD,
	    "2025-12-31T10:00:00Z" },
	{ "2026-01-01T00:00:00.999-00:30", REPORT_TIME_GOOD,
	    "2026-01-01T00:30:00Z" },
	{ "2016-12-31T23:59:60Z", REPORT_TIME_GOOD, "2017-01-01T00:00:00Z" },
	{ "2026-01-01T00:00:00", REPORT_TIME_NO_ZONE, "2026-01-01T00:00:00Z" },
	{ "2026-01-01 00:00:00Z", REPORT_TIME_LOOSE, "2026-01-01T00:00:00Z" },
	{ "2026-01-01t00:00:00z", REPORT_TIME_LOOSE, "2026-01-01T00:00:00Z" },
	{ "2026-01-01T00:00Z", REPORT_TIME_LOOSE, "2026-01-01T00:00:00Z" },
	{ "2026-01-01T00:00:00+0200", REPORT_TIME_LOOSE,
	    "2025-12-31T22:00:00Z" },
	{ "2026-01-01T00:00:00+02", REPORT_TIME_LOOSE, "2025-12-31T22:00:00Z" },
	{ "2026-01-01T24:00:00Z", REPORT_TIME_LOOSE, "2026-01-02T00:00:00Z" },
	{ "2026-01-01", REPORT_TIME_LOOSE, "2026-01-01T00:00:00Z" },
	{ " 2026-01-01T00:00:00Z ", REPORT_TIME_LOOSE, "2026-01-01T00:00:00Z" },
	{ "1767225600", REPORT_TIME_LOOSE, "2026-01-01T00:00:00Z" },
	{ "", REPORT_TIME_BAD, NULL },
	{ "2026-02-29T00:00:00Z", REPORT_TIME_BAD, NULL },
	{ "1900-01-01T00:00:00Z", REPORT_TIME_BAD, NULL },
	{ "2026-13-01T00:00:00Z", REPORT_TIME_BAD, NULL },
	{ "2026-00-01T00:00:00Z", REPORT_TIME_BAD, NULL },
	{ "2026-01-01T25:00:00Z", REPORT_TIME_BAD, NULL },
	{ "2026-01-01T24:00:01Z", REPORT_TIME_BAD, NULL },
	{ "2026-01-01T00:60:00Z", REPORT_TIME_BAD, NULL },
	{ "2026-01-01T00:00:00ZZ", REPORT_TIME_BAD, NULL },
	{ "2026-01-01T00:00:00+24:00", REPORT_TIME_BAD, NULL },
	{ "2026-01-01T00:00:00+02:0", REPORT_TIME_BAD, NULL },
	{ "2026-1-1T00:00:00Z", REPORT_TIME_BAD, NULL },
	{ "20260101", REPORT_TIME_BAD, NULL },
	{ "Fri, May 09 2017", REPORT_TIME_BAD, NULL },
};

int
main(void)
{
	char text[32];
	int64_t t;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		t = 0;
		is_int(report_time_parse(cases[i].text, strlen(cases[i].text),
			   &t),
		    cases[i].form, "form of \"%s\"", cases[i].text);
		if (cases[i].utc != NULL)
			is_str(text_rfc3339(text, sizeof(text), (time_t)t),
			    cases[i].utc, "its time");
	}
	t = report_time_from_date(2026, 11, 20, 0, 0, 0);
	ok(report_time_is_day(t, t + 86399), "a day to 23:59:59");
	ok(report_time_is_day(t, t + 86400), "a day to midnight");
	ok(!report_time_is_day(t, t + 86398), "no day");
	ok(!report_time_is_day(t + 3600, t + 3600 + 86400), "nor this");
	ok(!report_time_is_day(t, t + 2 * 86400), "nor two");
	is_int(report_time_end(t + 86399), t + 86400, "the same end");
	is_int(report_time_end(t + 1), t + 1, "another end stays");
	return done_testing();
}
