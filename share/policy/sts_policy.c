/* sts_policy: an MTA-STS policy, parsed and written - see sts_policy.h */
#include "config.h"

#include "share/policy/sts_policy.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define MAX_AGE_DIGITS 10

/* Which of the fields that must be there were seen. */
struct seen {
	bool version, mode, max_age, mx;
};

/* A part of the body, not NUL-terminated. */
struct span {
	const char *s;
	size_t n;
};

static bool
span_is(struct span a, const char *word)
{
	return a.n == strlen(word) && memcmp(a.s, word, a.n) == 0;
}

const char *
sts_mode_name(enum sts_mode mode)
{
	static const char *const names[] = { "enforce", "testing", "none" };

	return names[mode];
}

static int
read_mode(struct span v, struct sts_policy *p, struct err *e)
{
	for (enum sts_mode m = STS_ENFORCE; m <= STS_NONE; m++)
		if (span_is(v, sts_mode_name(m))) {
			p->mode = m;
			return 0;
		}
	return err_set(e, ERR_SYNTAX, "mode is none of enforce, testing, none");
}

/* RFC 8461 section 3.2: 1*10(DIGIT), at most 31557600 seconds. */
static int
read_max_age(struct span v, struct sts_policy *p, struct err *e)
{
	uint64_t n = 0;

	if (v.n < 1 || v.n > MAX_AGE_DIGITS)
		return err_set(e, ERR_SYNTAX,
		    "max_age is no number of seconds");
	for (size_t i = 0; i < v.n; i++) {
		if (v.s[i] < '0' || v.s[i] > '9')
			return err_set(e, ERR_SYNTAX,
			    "max_age is no number of seconds");
		n = n * 10 + (uint64_t)(v.s[i] - '0');
	}
	p->max_age = n > STS_MAX_AGE_MAX ? STS_MAX_AGE_MAX : (uint32_t)n;
	return 0;
}

/* The pattern in normal form; false where it is junk and is dropped. */
static bool
normal_pattern(struct span v, char out[HOSTNAME_SIZE + 2])
{
	bool wildcard = v.n > 2 && v.s[0] == '*' && v.s[1] == '.';
	size_t skip = wildcard ? 2 : 0;
	char *host = out + skip;

	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.s[i] >= 0x80)
			return false; /* patterns are A-labels */
	if (wildcard)
		memcpy(out, "*.", 3);
	if (hostname_normalize(v.s + skip, v.n - skip, host, NULL) == -1)
		return false;
	/* Two labels at least: a bare "hostname" is a word of Postfix. */
	return wildcard || hostname_labels(host) >= 2;
}

static int
read_mx(struct span v, struct sts_policy *p, struct err *e)
{
	char pattern[HOSTNAME_SIZE + 2];

	if (!normal_pattern(v, pattern))
		return 0;
	for (size_t i = 0; i < p->nmx; i++)
		if (strcmp(p->mx[i], pattern) == 0)
			return 0;
	if (p->nmx == STS_MX_MAX)
		return err_set(e, ERR_LIMIT, "more than %d mx patterns",
		    STS_MX_MAX);
	p->mx = xreallocarray(p->mx, p->nmx + 1, sizeof(*p->mx));
	p->mx[p->nmx++] = xstrdup(pattern);
	return 0;
}

/* Of repeated single fields the first counts; unknown ones are passed over. */
static int
read_field(struct span key, struct span v, struct sts_policy *p,
    struct seen *seen, struct err *e)
{
	if (span_is(key, "mx")) {
		seen->mx = true;
		return read_mx(v, p, e);
	}
	if (span_is(key, "version") && !seen->version) {
		seen->version = true;
		if (!span_is(v, "STSv1"))
			return err_set(e, ERR_SYNTAX, "version is not STSv1");
	} else if (span_is(key, "mode") && !seen->mode) {
		seen->mode = true;
		return read_mode(v, p, e);
	} else if (span_is(key, "max_age") && !seen->max_age) {
		seen->max_age = true;
		return read_max_age(v, p, e);
	}
	return 0;
}

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static struct span
trim(const char *s, const char *end)
{
	struct span v;

	while (s < end && is_wsp(*s))
		s++;
	while (end > s && is_wsp(end[-1]))
		end--;
	v.s = s;
	v.n = (size_t)(end - s);
	return v;
}

static int
read_line(const char *line, const char *end, size_t number,
    struct sts_policy *p, struct seen *seen, struct err *e)
{
	const char *colon;
	struct span key;

	if (end > line && end[-1] == '\r')
		end--;
	if (trim(line, end).n == 0)
		return 0;
	colon = memchr(line, ':', (size_t)(end - line));
	if (colon == NULL)
		return err_set(e, ERR_SYNTAX, "line %zu is not \"key: value\"",
		    number);
	key = trim(line, colon);
	if (read_field(key, trim(colon + 1, end), p, seen, e) == -1)
		return err_wrap(e, "line %zu", number);
	return 0;
}

static int
check_whole(const struct sts_policy *p, const struct seen *seen, struct err *e)
{
	if (!seen->version)
		return err_set(e, ERR_SYNTAX, "no version");
	if (!seen->mode)
		return err_set(e, ERR_SYNTAX, "no mode");
	if (!seen->max_age)
		return err_set(e, ERR_SYNTAX, "no max_age");
	if (!seen->mx && p->mode != STS_NONE)
		return err_set(e, ERR_SYNTAX, "no mx");
	if (p->nmx == 0 && p->mode == STS_ENFORCE)
		return err_set(e, ERR_SYNTAX, "no usable mx pattern");
	return 0;
}

struct sts_policy *
sts_policy_parse(const char *body, size_t len, struct err *e)
{
	struct sts_policy *p = xcalloc(1, sizeof(*p));
	struct seen seen = { false, false, false, false };
	const char *end = body + len;
	size_t number = 0;

	p->refs = 1;
	if (len > STS_BODY_MAX) {
		(void)err_set(e, ERR_LIMIT, "longer than 64 KiB");
		goto bad;
	}
	while (body < end) {
		const char *stop = memchr(body, '\n', (size_t)(end - body));

		if (stop == NULL)
			stop = end;
		if (read_line(body, stop, ++number, p, &seen, e) == -1)
			goto bad;
		body = stop < end ? stop + 1 : end;
	}
	if (check_whole(p, &seen, e) == 0)
		return p;
bad:
	sts_policy_unref(p);
	return NULL;
}

void
sts_policy_stamp(struct sts_policy *p, const char *domain, const char *id,
    int64_t fetched_ms)
{
	(void)text_copy(p->domain, sizeof(p->domain), domain);
	(void)text_copy(p->id, sizeof(p->id), id);
	p->fetched_ms = fetched_ms;
	p->expires_ms = fetched_ms + (int64_t)p->max_age * 1000;
}

struct sts_policy *
sts_policy_ref(struct sts_policy *p)
{
	p->refs++;
	return p;
}

void
sts_policy_unref(struct sts_policy *p)
{
	if (p == NULL || --p->refs > 0)
		return;
	for (size_t i = 0; i < p->nmx; i++)
		free(p->mx[i]);
	free(p->mx);
	free(p);
}

void
sts_policy_write(const struct sts_policy *p, struct buf *out)
{
	buf_printf(out, "version: STSv1\nmode: %s\n", sts_mode_name(p->mode));
	for (size_t i = 0; i < p->nmx; i++)
		buf_printf(out, "mx: %s\n", p->mx[i]);
	/* One that is dropped again stands for those that were dropped. */
	if (p->nmx == 0 && p->mode != STS_NONE)
		buf_puts(out, "mx: *\n");
	buf_printf(out, "max_age: %u\n", p->max_age);
}

bool
sts_policy_same(const struct sts_policy *a, const struct sts_policy *b)
{
	if (a->mode != b->mode || a->max_age != b->max_age || a->nmx != b->nmx)
		return false;
	for (size_t i = 0; i < a->nmx; i++)
		if (strcmp(a->mx[i], b->mx[i]) != 0)
			return false;
	return true;
}

bool
sts_policy_covers(const struct sts_policy *p, const char *host)
{
	const char *dot = strchr(host, '.');

	for (size_t i = 0; i < p->nmx; i++) {
		const char *pattern = p->mx[i];

		/* "*." covers exactly the leftmost label. */
		if (pattern[0] == '*') {
			if (dot != NULL && strcmp(dot, pattern + 1) == 0)
				return true;
		} else if (strcmp(host, pattern) == 0) {
			return true;
		}
	}
	return false;
}
