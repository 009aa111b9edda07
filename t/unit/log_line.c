/* log_line: the forms of syslog lines, times without a year, program names */
#include "config.h"

#include "reportgen/log_line.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <time.h>

/* 2026-11-22T01:43:26Z */
#define NOW_MS INT64_C(1795311806000)

static struct log_line line;

static bool
parse_at(const char *s, int64_t now_ms)
{
	return log_line_parse(s, strlen(s), now_ms, &line);
}

static bool
parse(const char *s)
{
	return parse_at(s, NOW_MS);
}

static void
test_forms(void)
{
	static const char *const forms[] = {
		"Nov 22 01:43:26 mx1 postfix/smtp[123]: some text",
		"2026-11-22T01:43:26+00:00 mx1 postfix/smtp[123]: some text",
		"2026-11-22T02:43:26.000000+01:00 mx1 postfix/smtp[123]: "
		"some text",
		"2026-11-21T17:13:26-08:30 mx1 postfix/smtp[123]: some text",
		"2026-11-22T01:43:26.000Z mx1 postfix/smtp[123]: some text",
		"<22>Nov 22 01:43:26 mx1 postfix/smtp[123]: some text",
		"<22>1 2026-11-22T01:43:26Z mx1 postfix/smtp 123 - - "
		"some text",
		"<22>1 2026-11-22T01:43:26Z mx1 postfix/smtp 123 - - "
		"\xef\xbb\xbfsome text",
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		ok(parse(forms[i]), "form %zu is read", i);
		is_int(line.ms, NOW_MS, "form %zu: time", i);
		is_str(line.program, "postfix/smtp", "form %zu: program", i);
		is_int(line.pid, 123, "form %zu: process", i);
		is_str(line.text, "some text", "form %zu: text", i);
	}
	ok(parse("2026-11-22T01:43:26.123456+00:00 h p[1]: ") &&
		line.ms == NOW_MS + 123 && line.len == 0,
	    "milliseconds, and a line without text");
}

static void
test_others(void)
{
	static const char *const others[] = {
		"",
		"Nov",
		"Nov 22",
		"Nov 22 01:43:26",
		"Nov 22 01:43:26 mx1",
		"Nov 22 01:43:26 mx1 postfix/smtp: no process",
		"Nov 22 01:43:26 mx1 postfix/smtp[x]: text",
		"Nov 22 01:43:26 mx1 postfix/smtp[1234567890]: text",
		"Nov 22 01:43:26 mx1 post fix[1]: text",
		"Nov 22 25:43:26 mx1 postfix/smtp[1]: text",
		"Foo 22 01:43:26 mx1 postfix/smtp[1]: text",
		"2026-13-22T01:43:26+00:00 mx1 postfix/smtp[1]: text",
		"2026-11-22T01:43:26 mx1 postfix/smtp[1]: text",
		"1969-11-22T01:43:26Z mx1 postfix/smtp[1]: text",
		"last message repeated 3 times",
		"<22>1 2026-11-22T01:43:26Z mx1 postfix/smtp - - - text",
		"<2222>Nov 22 01:43:26 mx1 postfix/smtp[1]: text",
	};
	static char longer[LOG_LINE_OCTETS + 100];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ok(!parse(others[i]), "not taken: %s", others[i]);
	memset(longer, 'x', sizeof(longer) - 1);
	memcpy(longer, "Nov 22 01:43:26 h p[1]: ", 24);
	ok(!parse(longer), "a line beyond the limit");
	longer[LOG_LINE_OCTETS] = '\0';
	ok(parse(longer), "a line at the limit");
	ok(!log_line_parse("Nov 22 01:43:26 h p[1]: a\0b", 27, NOW_MS, &line),
	    "a NUL in the line");
}

/* A time of 1970 UTC as text of ours, to be read back. */
static int64_t
utc(int year, int month, int day, int hour)
{
	struct tm tm = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour };

	return (int64_t)timegm(&tm) * 1000;
}

static void
test_year(void)
{
	ok(parse_at("Dec 31 23:59:59 h p[1]: x", utc(2027, 1, 1, 0)) &&
		line.ms == utc(2027, 1, 1, 0) - 1000,
	    "December that is read in January was last year");
	ok(parse_at("Jan  1 00:00:01 h p[1]: x", utc(2026, 12, 31, 23)) &&
		line.ms == utc(2027, 1, 1, 0) + 1000,
	    "January that is read in December is next year: clocks differ");
	ok(parse_at("Feb 29 12:00:00 h p[1]: x", utc(2028, 3, 1, 0)) &&
		line.ms == utc(2028, 2, 29, 12),
	    "a leap day");
	ok(parse_at("Nov 22 01:00:00 h p[1]: x", utc(2026, 11, 21, 20)) &&
		line.ms == utc(2026, 11, 22, 1),
	    "some hours ahead are this year's");
	ok(parse_at("Nov 24 01:00:00 h p[1]: x", utc(2026, 11, 22, 0)) &&
		line.ms == utc(2025, 11, 24, 1),
	    "two days ahead are last year's");
}

static void
test_zone(void)
{
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	ok(parse_at("Jul  1 12:00:00 h p[1]: x", utc(2026, 7, 1, 12)) &&
		line.ms == utc(2026, 7, 1, 10),
	    "local time in summer");
	ok(parse_at("Jan  1 00:30:00 h p[1]: x", utc(2026, 12, 31, 23)) &&
		line.ms == utc(2026, 12, 31, 23) + 30 * 60000,
	    "the new year begins locally");
	setenv("TZ", "UTC", 1);
	tzset();
}

static void
test_programs(void)
{
	char *names[] = { (char *)(uintptr_t) "postfix",
		(char *)(uintptr_t) "out/" };
	struct conf_list list = { names, 2 };

	is_int(log_line_program("postfix/smtp", &list), LOG_PROGRAM_SMTP,
	    "postfix/smtp");
	is_int(log_line_program("postfix/relay/smtp", &list), LOG_PROGRAM_SMTP,
	    "a transport of its own name");
	is_int(log_line_program("out/smtp", &list), LOG_PROGRAM_SMTP,
	    "another name, with its slash");
	is_int(log_line_program("postfix/qmgr", &list), LOG_PROGRAM_QMGR,
	    "qmgr");
	is_int(log_line_program("postfix/tlsproxy", &list),
	    LOG_PROGRAM_TLSPROXY, "tlsproxy");
	is_int(log_line_program("postfix/smtpd", &list), LOG_PROGRAM_OTHER,
	    "smtpd is none");
	is_int(log_line_program("postfix-2/smtp", &list), LOG_PROGRAM_OTHER,
	    "another instance is none");
	is_int(log_line_program("smtp", &list), LOG_PROGRAM_OTHER,
	    "no syslog name");
	is_int(log_line_program("evil/postfix/smtp", &list), LOG_PROGRAM_OTHER,
	    "a name in the middle");
}

int
main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	test_forms();
	test_others();
	test_year();
	test_zone();
	test_programs();
	return done_testing();
}
