/* text: small things done with ASCII text - see text.h */
#include "config.h"

#include "share/base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR_WORD_MAX 64

int
text_copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);

	if (n >= size) {
		if (size > 0)
			dst[0] = '\0';
		return -1;
	}
	memcpy(dst, src, n + 1);
	return 0;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

void
text_lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = lower(*s);
}

bool
text_equal_nocase(const char *a, const char *b)
{
	for (; *a != '\0' && lower(*a) == lower(*b); a++, b++)
		;
	return *a == '\0' && *b == '\0';
}

bool
text_starts_nocase(const char *s, const char *prefix)
{
	for (; *prefix != '\0'; s++, prefix++)
		if (lower(*s) != lower(*prefix))
			return false;
	return true;
}

bool
text_ends_nocase(const char *s, const char *suffix)
{
	size_t ns = strlen(s), nx = strlen(suffix);

	return ns >= nx && text_equal_nocase(s + ns - nx, suffix);
}

char *
text_escape(char *dst, size_t size, const char *src, size_t n)
{
	size_t o = 0, cut = 0; /* where "..." still has room */

	if (size == 0)
		return dst;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)src[i];
		bool plain = c >= 0x20 && c < 0x7f && c != '\\';
		size_t need = plain ? 1 : 4;
		if (o + need >= size) {
			(void)snprintf(dst + cut, size - cut, "...");
			return dst;
		}
		if (plain)
			dst[o] = (char)c;
		else
			(void)snprintf(dst + o, size - o, "\\x%02x", c);
		o += need;
		if (o + sizeof("...") <= size)
			cut = o;
	}
	dst[o] = '\0';
	return dst;
}

/* Levenshtein distance of two short words. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NEAR_WORD_MAX + 1];
	size_t nb = strlen(b);

	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t up = row[j], best = up;

			if (row[j - 1] < best)
				best = row[j - 1];
			best++;
			if (diagonal + (a[i - 1] != b[j - 1]) < best)
				best = diagonal + (a[i - 1] != b[j - 1]);
			row[j] = best;
			diagonal = up;
		}
	}
	return row[nb];
}

const char *
text_nearest(const char *word, const char *const *candidates, size_t n)
{
	const char *found = NULL;
	size_t best = strlen(word) / 3 + 1;

	if (strlen(word) > NEAR_WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t d;

		if (strlen(candidates[i]) > NEAR_WORD_MAX)
			continue;
		d = distance(word, candidates[i]);
		if (d < best || (d == best && found == NULL)) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}

/* A number and its unit; the factor comes from the table of units. */
struct unit {
	const char *name;
	int64_t factor;
};

static int
scaled(const char *s, const struct unit *units, int64_t *out, struct err *e)
{
	char *end;
	long long n;

	if (*s < '0' || *s > '9')
		return err_set(e, ERR_SYNTAX, "not a number with a unit");
	errno = 0;
	n = strtoll(s, &end, 10);
	if (errno != 0)
		return err_set(e, ERR_LIMIT, "number too large");
	while (*end == ' ')
		end++;
	for (; units->name != NULL; units++) {
		if (!text_equal_nocase(end, units->name))
			continue;
		if (n > INT64_MAX / units->factor)
			return err_set(e, ERR_LIMIT, "number too large");
		*out = n * units->factor;
		return 0;
	}
	return err_set(e, ERR_SYNTAX, "unknown unit");
}

int
text_duration_ms(const char *s, int64_t *ms, struct err *e)
{
	static const struct unit units[] = { { "", 1000 }, { "ms", 1 },
		{ "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { "w", 604800000 }, { NULL, 0 } };

	if (scaled(s, units, ms, e) == -1)
		return err_wrap(e, "duration (like \"30s\", \"3m\", \"24h\")");
	return 0;
}

int
text_size(const char *s, int64_t *octets, struct err *e)
{
	static const struct unit units[] = { { "", 1 }, { "b", 1 },
		{ "k", 1024 }, { "kb", 1024 }, { "m", 1 << 20 },
		{ "mb", 1 << 20 }, { "g", 1 << 30 }, { "gb", 1 << 30 },
		{ NULL, 0 } };

	if (scaled(s, units, octets, e) == -1)
		return err_wrap(e, "size (like \"5mb\")");
	return 0;
}

char *
text_rfc3339(char *dst, size_t size, time_t t)
{
	struct tm tm;

	if (size == 0)
		return dst;
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(dst, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		dst[0] = '\0';
	return dst;
}
