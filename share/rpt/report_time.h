/*
 * report_time: the times of reports (RFC 3339, RFC 8460 section 4.1).
 *
 * Thread safety: no state; the host's time zone has no part in it. Limits:
 * years 1970 to 9999. Tests: t/unit/report_time.c
 */
#ifndef REPORT_TIME_H
#define REPORT_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_DAY 86400

enum report_time_form {
	REPORT_TIME_GOOD,    /* as RFC 3339 wants it */
	REPORT_TIME_NO_ZONE, /* none given: taken as UTC */
	REPORT_TIME_LOOSE,   /* readable, but of another form */
	REPORT_TIME_BAD      /* not readable; the time is not set */
};

/*
 * Reads n octets as a time, in seconds of 1970 UTC; fractions are cut.
 * Loose forms: a blank for the T, lower case, no seconds, a date alone, zones
 * as +0200, a number of seconds.
 */
enum report_time_form report_time_parse(const char *s, size_t n, int64_t *t);

/* Seconds of a date and time of day in UTC; any day and month are carried. */
int64_t report_time_from_date(int64_t year, int month, int day, int hour,
    int minute, int second);

/*
 * The UTC day that a range stands for, as its first second: true when begin is
 * a midnight and end the next midnight or the second before it.
 */
bool report_time_is_day(int64_t begin, int64_t end);

/* The end of a range as its last second + 1: 23:59:59 counts as midnight. */
int64_t report_time_end(int64_t end);

#endif
