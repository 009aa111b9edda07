/* sts_policy: an MTA-STS policy, parsed and written - see sts_policy.h */
#include "config.h"

#include "share/policy/sts_policy.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define MAX_AGE_DIGITS 10

#define MX_TEXT_MAX (STS_MX_MAX * (HOSTNAME_SIZE + 2))

/* A policy while it is read. */
struct draft {
	bool seen_version, seen_mode, seen_max_age, seen_mx;
	enum sts_mode mode;
	uint32_t max_age;
	uint16_t nmx;
	struct buf mx; /* each with its NUL */
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
read_mode(struct span v, struct draft *d, struct err *e)
{
	for (enum sts_mode m = STS_ENFORCE; m <= STS_NONE; m++)
		if (span_is(v, sts_mode_name(m))) {
			d->mode = m;
			return 0;
		}
	return err_set(e, ERR_SYNTAX, "mode is none of enforce, testing, none");
}

/* RFC 8461 section 3.2: 1*10(DIGIT), at most 31557600 seconds. */
static int
read_max_age(struct span v, struct draft *d, struct err *e)
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
	d->max_age = n > STS_MAX_AGE_MAX ? STS_MAX_AGE_MAX : (uint32_t)n;
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

static bool
has_mx(const struct draft *d, const char *pattern)
{
	const char *mx = d->mx.len > 0 ? d->mx.data : NULL;

	for (unsigned i = 0; i < d->nmx; i++, mx = sts_policy_next_mx(mx))
		if (strcmp(mx, pattern) == 0)
			return true;
	return false;
}

static int
read_mx(struct span v, struct draft *d, struct err *e)
{
	char pattern[HOSTNAME_SIZE + 2];

	if (!normal_pattern(v, pattern) || has_mx(d, pattern))
		return 0;
	if (d->nmx == STS_MX_MAX)
		return err_set(e, ERR_LIMIT, "more than %d mx patterns",
		    STS_MX_MAX);
	buf_add(&d->mx, pattern, strlen(pattern) + 1);
	d->nmx++;
	return 0;
}

/* Of repeated single fields the first counts; unknown ones are passed over. */
static int
read_field(struct span key, struct span v, struct draft *d, struct err *e)
{
	if (span_is(key, "mx")) {
		d->seen_mx = true;
		return read_mx(v, d, e);
	}
	if (span_is(key, "version") && !d->seen_version) {
		d->seen_version = true;
		if (!span_is(v, "STSv1"))
			return err_set(e, ERR_SYNTAX, "version is not STSv1");
	} else if (span_is(key, "mode") && !d->seen_mode) {
		d->seen_mode = true;
		return read_mode(v, d, e);
	} else if (span_is(key, "max_age") && !d->seen_max_age) {
		d->seen_max_age = true;
		return read_max_age(v, d, e);
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
read_line(const char *line, const char *end, size_t number, struct draft *d,
    struct err *e)
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
	if (read_field(key, trim(colon + 1, end), d, e) == -1)
		return err_wrap(e, "line %zu", number);
	return 0;
}

static int
check_whole(const struct draft *d, struct err *e)
{
	if (!d->seen_version)
		return err_set(e, ERR_SYNTAX, "no version");
	if (!d->seen_mode)
		return err_set(e, ERR_SYNTAX, "no mode");
	if (!d->seen_max_age)
		return err_set(e, ERR_SYNTAX, "no max_age");
	if (!d->seen_mx && d->mode != STS_NONE)
		return err_set(e, ERR_SYNTAX, "no mx");
	if (d->nmx == 0 && d->mode == STS_ENFORCE)
		return err_set(e, ERR_SYNTAX, "no usable mx pattern");
	return 0;
}

static struct sts_policy *
new_policy(size_t text_size)
{
	struct sts_policy *p = xcalloc(1, sizeof(*p) + text_size);

	p->refs = 1;
	return p;
}

static struct sts_policy *
finish(const struct draft *d)
{
	struct sts_policy *p = new_policy(d->mx.len + 2);

	p->mode = d->mode;
	p->max_age = d->max_age;
	p->nmx = d->nmx;
	p->stamp_at = (uint32_t)d->mx.len;
	if (d->mx.len > 0)
		memcpy(p->text, d->mx.data, d->mx.len);
	return p;
}

static int
read_lines(const char *body, size_t len, struct draft *d, struct err *e)
{
	const char *end = body + len;
	size_t number = 0;

	if (len > STS_TEXT_MAX)
		return err_set(e, ERR_LIMIT, "longer than 64 KiB");
	while (body < end) {
		const char *stop = memchr(body, '\n', (size_t)(end - body));

		if (stop == NULL)
			stop = end;
		if (read_line(body, stop, ++number, d, e) == -1)
			return -1;
		body = stop < end ? stop + 1 : end;
	}
	return check_whole(d, e);
}

struct sts_policy *
sts_policy_parse(const char *body, size_t len, struct err *e)
{
	struct sts_policy *p = NULL;
	struct draft d;

	memset(&d, 0, sizeof(d));
	buf_init(&d.mx, MX_TEXT_MAX);
	if (read_lines(body, len, &d, e) == 0)
		p = finish(&d);
	buf_clear(&d.mx);
	return p;
}

struct sts_policy *
sts_policy_stamp(struct sts_policy *p, const char *domain, const char *id,
    int64_t fetched_ms)
{
	size_t ndomain = strlen(domain) + 1, nid = strlen(id) + 1;
	struct sts_policy *n = new_policy(p->stamp_at + ndomain + nid);

	n->mode = p->mode;
	n->max_age = p->max_age;
	n->nmx = p->nmx;
	n->stamp_at = p->stamp_at;
	n->fetched_ms = fetched_ms;
	memcpy(n->text, p->text, p->stamp_at);
	memcpy(n->text + p->stamp_at, domain, ndomain);
	memcpy(n->text + p->stamp_at + ndomain, id, nid);
	sts_policy_unref(p);
	return n;
}

const char *
sts_policy_domain(const struct sts_policy *p)
{
	return p->text + p->stamp_at;
}

const char *
sts_policy_id(const struct sts_policy *p)
{
	const char *domain = sts_policy_domain(p);

	return domain + strlen(domain) + 1;
}

int64_t
sts_policy_expires(const struct sts_policy *p)
{
	return p->fetched_ms + (int64_t)p->max_age * 1000;
}

const char *
sts_policy_mx(const struct sts_policy *p)
{
	return p->text;
}

const char *
sts_policy_next_mx(const char *mx)
{
	return mx + strlen(mx) + 1;
}

struct sts_policy *
sts_policy_ref(struct sts_policy *p)
{
	__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
	return p;
}

void
sts_policy_unref(struct sts_policy *p)
{
	if (p != NULL && __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(p);
}

void
sts_policy_write(const struct sts_policy *p, struct buf *out)
{
	const char *mx = sts_policy_mx(p);

	buf_printf(out, "version: STSv1\nmode: %s\n", sts_mode_name(p->mode));
	for (size_t i = 0; i < p->nmx; i++, mx = sts_policy_next_mx(mx))
		buf_printf(out, "mx: %s\n", mx);
	/* One that is dropped again stands for those that were dropped. */
	if (p->nmx == 0 && p->mode != STS_NONE)
		buf_puts(out, "mx: *\n");
	buf_printf(out, "max_age: %u\n", p->max_age);
}

bool
sts_policy_same(const struct sts_policy *a, const struct sts_policy *b)
{
	return a->mode == b->mode && a->max_age == b->max_age &&
	    a->nmx == b->nmx && a->stamp_at == b->stamp_at &&
	    memcmp(a->text, b->text, a->stamp_at) == 0;
}

bool
sts_policy_covers(const struct sts_policy *p, const char *host)
{
	const char *dot = strchr(host, '.'), *pattern = sts_policy_mx(p);

	for (size_t i = 0; i < p->nmx;
	     i++, pattern = sts_policy_next_mx(pattern)) {
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
