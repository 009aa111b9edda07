/* report_time: the times of reports - see report_time.h */
#include "config.h"

#include "share/rpt/report_time.h"

#include <string.h>

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

int64_t
report_time_from_date(int64_t year, int month, int day, int hour, int minute,
    int second)
{
	return days_from_civil(year, month, day) * REPORT_DAY + hour * 3600 +
	    minute * 60 + second;
}

struct reader {
	const char *p, *end;
	enum report_time_form form;
};

/* Exactly n digits; -1 when they are not there. */
static int
digits(struct reader *r, int n)
{
	int v = 0;

	if (r->end - r->p < n)
		return -1;
	for (int i = 0; i < n; i++) {
		if (r->p[i] < '0' || r->p[i] > '9')
			return -1;
		v = v * 10 + (r->p[i] - '0');
	}
	r->p += n;
	return v;
}

static bool
take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static void
loosen(struct reader *r, enum report_time_form form)
{
	if (form > r->form)
		r->form = form;
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* The zone, in seconds east of UTC; false when it is none. */
static bool
read_zone(struct reader *r, int *east)
{
	int hour, minute, sign;

	*east = 0;
	if (r->p == r->end) {
		loosen(r, REPORT_TIME_NO_ZONE);
		return true;
	}
	if (take(r, 'Z'))
		return r->p == r->end;
	if (take(r, 'z')) {
		loosen(r, REPORT_TIME_LOOSE);
		return r->p == r->end;
	}
	sign = *r->p == '-' ? -1 : 1;
	if (!take(r, '+') && !take(r, '-'))
		return false;
	if ((hour = digits(r, 2)) == -1)
		return false;
	if (!take(r, ':'))
		loosen(r, REPORT_TIME_LOOSE);
	minute = r->p == r->end ? 0 : digits(r, 2);
	if (hour > 23 || minute < 0 || minute > 59 || r->p != r->end)
		return false;
	*east = sign * (hour * 3600 + minute * 60);
	return true;
}

/* Hours to seconds and their fraction; 24:00:00 and second 60 are taken. */
static bool
read_clock(struct reader *r, int *seconds)
{
	int hour, minute, second = 0;

	if ((hour = digits(r, 2)) == -1 || !take(r, ':') ||
	    (minute = digits(r, 2)) == -1)
		return false;
	if (!take(r, ':'))
		loosen(r, REPORT_TIME_LOOSE);
	else if ((second = digits(r, 2)) == -1)
		return false;
	if (take(r, '.'))
		while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
			r->p++;
	*seconds = hour * 3600 + minute * 60 + second;
	if (hour == 24)
		loosen(r, REPORT_TIME_LOOSE);
	return minute <= 59 && second <= 60 &&
	    (hour <= 23 || *seconds == REPORT_DAY);
}

static bool
read_date(struct reader *r, int64_t *t)
{
	int year, month, day;

	if ((year = digits(r, 4)) == -1 || !take(r, '-') ||
	    (month = digits(r, 2)) == -1 || !take(r, '-') ||
	    (day = digits(r, 2)) == -1)
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month))
		return false;
	*t = report_time_from_date(year, month, day, 0, 0, 0);
	return true;
}

/* A number of seconds since 1970, as some mean it. */
static bool
read_number(const struct reader *r, int64_t *t)
{
	size_t n = (size_t)(r->end - r->p);

	if (n < 9 || n > 10)
		return false;
	*t = 0;
	for (size_t i = 0; i < n; i++) {
		if (r->p[i] < '0' || r->p[i] > '9')
			return false;
		*t = *t * 10 + (r->p[i] - '0');
	}
	return true;
}

static void
trim(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t')) {
		r->p++;
		loosen(r, REPORT_TIME_LOOSE);
	}
	while (r->p < r->end && (r->end[-1] == ' ' || r->end[-1] == '\t')) {
		r->end--;
		loosen(r, REPORT_TIME_LOOSE);
	}
}

enum report_time_form
report_time_parse(const char *s, size_t n, int64_t *t)
{
	struct reader r = { s, s + n, REPORT_TIME_GOOD };
	int seconds, east;
	int64_t day;

	trim(&r);
	if (read_number(&r, &day)) {
		*t = day;
		return REPORT_TIME_LOOSE;
	}
	if (!read_date(&r, &day))
		return REPORT_TIME_BAD;
	if (r.p == r.end) {
		*t = day;
		return REPORT_TIME_LOOSE;
	}
	if (!take(&r, 'T')) {
		if (!take(&r, 't') && !take(&r, ' '))
			return REPORT_TIME_BAD;
		loosen(&r, REPORT_TIME_LOOSE);
	}
	if (!read_clock(&r, &seconds) || !read_zone(&r, &east))
		return REPORT_TIME_BAD;
	*t = day + seconds - east;
	return r.form;
}

int64_t
report_time_end(int64_t end)
{
	return end % REPORT_DAY == REPORT_DAY - 1 ? end + 1 : end;
}

bool
report_time_is_day(int64_t begin, int64_t end)
{
	return begin % REPORT_DAY == 0 &&
	    report_time_end(end) - begin == REPORT_DAY;
}
