/* log_line: one line of syslog - see log_line.h */
#include "config.h"

#include "reportgen/log_line.h"

#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

/* What is left of a line. */
struct rest {
	const char *s, *end;
};

static bool
take(struct rest *r, char c)
{
	if (r->s == r->end || *r->s != c)
		return false;
	r->s++;
	return true;
}

/* A number of min to max digits, of at most 9. */
static bool
take_number(struct rest *r, size_t min, size_t max, uint32_t *out)
{
	size_t n = 0;

	*out = 0;
	while (n < max && r->s < r->end && *r->s >= '0' && *r->s <= '9') {
		*out = *out * 10 + (uint32_t)(*r->s++ - '0');
		n++;
	}
	return n >= min;
}

/* What stands before the next blank, which is passed; at least one octet. */
static bool
take_word(struct rest *r, const char **word, size_t *n)
{
	const char *blank = memchr(r->s, ' ', (size_t)(r->end - r->s));

	if (blank == NULL || blank == r->s)
		return false;
	*word = r->s;
	*n = (size_t)(blank - r->s);
	r->s = blank + 1;
	return true;
}

/* "hh:mm:ss" */
static bool
take_clock(struct rest *r, struct tm *tm)
{
	uint32_t hour, minute, second;

	if (!take_number(r, 2, 2, &hour) || !take(r, ':') ||
	    !take_number(r, 2, 2, &minute) || !take(r, ':') ||
	    !take_number(r, 2, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	tm->tm_hour = (int)hour;
	tm->tm_min = (int)minute;
	tm->tm_sec = (int)second;
	return true;
}

/* ".123456" or nothing; milliseconds. */
static bool
take_fraction(struct rest *r, int64_t *ms)
{
	size_t n = 0;

	*ms = 0;
	if (!take(r, '.'))
		return true;
	for (; r->s < r->end && *r->s >= '0' && *r->s <= '9'; r->s++, n++)
		if (n < 3)
			*ms = *ms * 10 + (*r->s - '0');
	for (size_t i = n; i < 3; i++)
		*ms *= 10;
	return n > 0 && n <= 9;
}

/* "Z" or "+hh:mm"; seconds east. */
static bool
take_zone(struct rest *r, int64_t *east)
{
	uint32_t hour, minute;
	bool west;

	*east = 0;
	if (take(r, 'Z'))
		return true;
	west = r->s < r->end && *r->s == '-';
	if (!west && (r->s == r->end || *r->s != '+'))
		return false;
	r->s++;
	if (!take_number(r, 2, 2, &hour) || !take(r, ':') ||
	    !take_number(r, 2, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*east = (int64_t)(hour * 3600 + minute * 60) * (west ? -1 : 1);
	return true;
}

/* RFC 3339: "2026-11-22T01:43:26.123+00:00". */
static bool
take_full_time(struct rest *r, int64_t *ms)
{
	struct tm tm = { 0 };
	uint32_t year, month, day;
	int64_t fraction, east;

	if (!take_number(r, 4, 4, &year) || !take(r, '-') ||
	    !take_number(r, 2, 2, &month) || !take(r, '-') ||
	    !take_number(r, 2, 2, &day) || !take(r, 'T') ||
	    !take_clock(r, &tm) || !take_fraction(r, &fraction) ||
	    !take_zone(r, &east))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	tm.tm_year = (int)year - 1900;
	tm.tm_mon = (int)month - 1;
	tm.tm_mday = (int)day;
	*ms = ((int64_t)timegm(&tm) - east) * 1000 + fraction;
	return *ms >= 0;
}

static bool
take_month(struct rest *r, int *month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (r->end - r->s < 3)
		return false;
	for (*month = 0; *month < 12; ++*month)
		if (memcmp(r->s, names + (size_t)*month * 3, 3) == 0) {
			r->s += 3;
			return true;
		}
	return false;
}

/* Local time in that year; the C library knows when the clocks change. */
static int64_t
local_ms(const struct tm *when, int year)
{
	struct tm tm = *when;

	tm.tm_year = year;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000;
}

/* RFC 3164 section 4.1.2: "Nov  2 01:43:26", without a year. */
static bool
take_short_time(struct rest *r, int64_t now_ms, int64_t *ms)
{
	struct tm tm = { 0 }, now;
	time_t now_s = (time_t)(now_ms / 1000);
	uint32_t day;

	if (!take_month(r, &tm.tm_mon) || !take(r, ' '))
		return false;
	(void)take(r, ' ');
	if (!take_number(r, 1, 2, &day) || day < 1 || day > 31 ||
	    !take(r, ' ') || !take_clock(r, &tm))
		return false;
	tm.tm_mday = (int)day;
	if (localtime_r(&now_s, &now) == NULL)
		return false;
	/* what is far ahead, as in December read in January, was last year */
	*ms = local_ms(&tm, now.tm_year + 1);
	for (int back = 0; back < 2 && *ms > now_ms + DAY_MS; back++)
		*ms = local_ms(&tm, now.tm_year - back);
	return *ms >= 0;
}

static bool
put_program(struct log_line *out, const char *s, size_t n)
{
	if (n == 0 || n > LOG_PROGRAM_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	memcpy(out->program, s, n);
	out->program[n] = '\0';
	return true;
}

/* "program[123]: " */
static bool
take_tag(struct rest *r, struct log_line *out)
{
	const char *open = memchr(r->s, '[', (size_t)(r->end - r->s));

	if (open == NULL || !put_program(out, r->s, (size_t)(open - r->s)))
		return false;
	r->s = open + 1;
	return take_number(r, 1, 9, &out->pid) && take(r, ']') &&
	    take(r, ':') && take(r, ' ');
}

/*
 * RFC 5424 section 6: after "<22>1 ", with the time passed: host, program,
 * process, message id, structured data.
 */
static bool
take_5424(struct rest *r, struct log_line *out)
{
	const char *word;
	size_t n;

	if (!take(r, ' ') || !take_word(r, &word, &n) ||
	    !take_word(r, &word, &n) || !put_program(out, word, n) ||
	    !take_number(r, 1, 9, &out->pid) || !take(r, ' ') ||
	    !take_word(r, &word, &n) || !take(r, '-') || !take(r, ' '))
		return false;
	/* MSG-UTF8 begins with the byte order mark */
	if (r->end - r->s >= 3 && memcmp(r->s, "\xef\xbb\xbf", 3) == 0)
		r->s += 3;
	return true;
}

/* "<22>", which files seldom have, and "1 " of RFC 5424 after it. */
static bool
take_priority(struct rest *r, bool *is_5424)
{
	uint32_t number;

	*is_5424 = false;
	if (!take(r, '<'))
		return true;
	if (!take_number(r, 1, 3, &number) || !take(r, '>'))
		return false;
	if (r->end - r->s > 2 && r->s[0] == '1' && r->s[1] == ' ') {
		r->s += 2;
		*is_5424 = true;
	}
	return true;
}

static bool
take_head(struct rest *r, int64_t now_ms, struct log_line *out)
{
	const char *word;
	size_t n;
	bool is_5424, full;

	if (!take_priority(r, &is_5424))
		return false;
	full = r->s < r->end && *r->s >= '0' && *r->s <= '9';
	if (is_5424)
		return take_full_time(r, &out->ms) && take_5424(r, out);
	if (!(full ? take_full_time(r, &out->ms)
		   : take_short_time(r, now_ms, &out->ms)))
		return false;
	return take(r, ' ') && take_word(r, &word, &n) && take_tag(r, out);
}

bool
log_line_parse(const char *s, size_t n, int64_t now_ms, struct log_line *out)
{
	struct rest r = { s, s + n };

	memset(out, 0, sizeof(*out));
	if (n > LOG_LINE_OCTETS || memchr(s, '\0', n) != NULL ||
	    !take_head(&r, now_ms, out))
		return false;
	out->text = r.s;
	out->len = (size_t)(r.end - r.s);
	return true;
}

static bool
is_named(const char *program, const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || strncmp(program, name, n) != 0)
		return false;
	return name[n - 1] == '/' || program[n] == '/';
}

enum log_program
log_line_program(const char *program, const struct conf_list *names)
{
	const char *last = strrchr(program, '/');
	bool ours = false;

	for (size_t i = 0; i < names->n; i++)
		ours = ours || is_named(program, names->item[i]);
	if (!ours || last == NULL)
		return LOG_PROGRAM_OTHER;
	if (strcmp(last, "/smtp") == 0)
		return LOG_PROGRAM_SMTP;
	if (strcmp(last, "/qmgr") == 0 || strcmp(last, "/oqmgr") == 0)
		return LOG_PROGRAM_QMGR;
	return strcmp(last, "/tlsproxy") == 0 ? LOG_PROGRAM_TLSPROXY
					      : LOG_PROGRAM_OTHER;
}
