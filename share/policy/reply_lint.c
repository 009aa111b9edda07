/* reply_lint: would Postfix take this reply? - see reply_lint.h */
#include "config.h"

#include "share/policy/reply_lint.h"
#include "share/base/hostname.h"
#include "share/net/socketmap.h"
#include "share/policy/decision.h"

#include <string.h>

/* A part of the reply. */
struct span {
	const char *s;
	size_t n;
};

enum attr {
	ATTR_MATCH,
	ATTR_SERVERNAME,
	ATTR_POLICY_TYPE,
	ATTR_POLICY_DOMAIN,
	ATTR_POLICY_STRING,
	ATTR_MX_HOST_PATTERN,
	ATTRS
};

static int check_match(struct span v, struct err *e);
static int check_servername(struct span v, struct err *e);
static int check_type(struct span v, struct err *e);
static int check_host(struct span v, struct err *e);
static int check_string(struct span v, struct err *e);
static int check_pattern(struct span v, struct err *e);

static const struct {
	const char *name;
	bool tlsrpt; /* of Postfix >= 3.10 */
	bool often;  /* may come more than once */
	int (*check)(struct span v, struct err *e);
} attrs[ATTRS] = {
	[ATTR_MATCH] = { "match", false, false, check_match },
	[ATTR_SERVERNAME] = { "servername", false, false, check_servername },
	[ATTR_POLICY_TYPE] = { "policy_type", true, false, check_type },
	[ATTR_POLICY_DOMAIN] = { "policy_domain", true, false, check_host },
	[ATTR_POLICY_STRING] = { "policy_string", true, true, check_string },
	[ATTR_MX_HOST_PATTERN] = { "mx_host_pattern", true, true,
	    check_pattern },
};

/* What is being read. */
struct lint {
	const char *p, *end;
	bool tlsrpt;
	enum decision_level level;
	unsigned seen[ATTRS];
};

static bool
span_is(struct span a, const char *word)
{
	return a.n == strlen(word) && memcmp(a.s, word, a.n) == 0;
}

/* A host name in normal form; an address would not do for Postfix either. */
static bool
is_host(struct span v)
{
	char name[HOSTNAME_SIZE];

	if (v.n == 0 || v.n > HOSTNAME_MAX)
		return false;
	memcpy(name, v.s, v.n);
	name[v.n] = '\0';
	return hostname_is_normal(name);
}

static int
check_host(struct span v, struct err *e)
{
	return is_host(v) ? 0 : err_set(e, ERR_SYNTAX, "not a host name");
}

static int
check_servername(struct span v, struct err *e)
{
	if (!span_is(v, "hostname"))
		return err_set(e, ERR_SYNTAX, "not \"hostname\"");
	return 0;
}

static int
check_type(struct span v, struct err *e)
{
	return span_is(v, "sts") ? 0 : err_set(e, ERR_SYNTAX, "not \"sts\"");
}

/* "*.host" or a host of at least two labels. */
static int
check_pattern(struct span v, struct err *e)
{
	if (v.n > 2 && memcmp(v.s, "*.", 2) == 0) {
		v.s += 2;
		v.n -= 2;
	} else if (memchr(v.s, '.', v.n) == NULL) {
		return err_set(e, ERR_SYNTAX, "a single label");
	}
	return check_host(v, e);
}

/* One of the names between colons: "hostname", ".suffix", "mx.host". */
static int
check_match_name(struct span v, struct err *e)
{
	if (span_is(v, "hostname"))
		return 0;
	if (v.n > 1 && v.s[0] == '.') {
		v.s++;
		v.n--;
	} else if (memchr(v.s, '.', v.n) == NULL) {
		return err_set(e, ERR_SYNTAX, "a single label");
	}
	return check_host(v, e);
}

static int
check_match(struct span v, struct err *e)
{
	const char *end = v.s + v.n;

	for (;;) {
		const char *colon = memchr(v.s, ':', (size_t)(end - v.s));

		v.n = (size_t)((colon != NULL ? colon : end) - v.s);
		if (check_match_name(v, e) == -1)
			return -1;
		if (colon == NULL)
			return 0;
		v.s = colon + 1;
	}
}

static int
check_string(struct span v, struct err *e)
{
	return v.n > 0 ? 0 : err_set(e, ERR_SYNTAX, "empty");
}

static void
skip_blanks(struct lint *l)
{
	while (l->p < l->end && *l->p == ' ')
		l->p++;
}

/* {name = value}: up to the brace that closes it. */
static int
next_braced(struct lint *l, struct span *token, struct err *e)
{
	const char *close = memchr(l->p, '}', (size_t)(l->end - l->p));
	const char *open = l->p + 1;

	if (close == NULL || memchr(open, '{', (size_t)(close - open)) != NULL)
		return err_set(e, ERR_SYNTAX, "braces do not match");
	token->s = open;
	token->n = (size_t)(close - open);
	l->p = close + 1;
	if (l->p < l->end && *l->p != ' ')
		return err_set(e, ERR_SYNTAX, "text behind a brace");
	return 0;
}

/* The next word: 1, 0 at the end, -1 and e. A comma separates words too. */
static int
next_token(struct lint *l, struct span *token, bool *braced, struct err *e)
{
	skip_blanks(l);
	if (l->p == l->end)
		return 0;
	*braced = *l->p == '{';
	if (*braced)
		return next_braced(l, token, e) == -1 ? -1 : 1;
	token->s = l->p;
	while (l->p < l->end && *l->p != ' ')
		if (strchr(",{}", *l->p++) != NULL)
			return err_set(e, ERR_SYNTAX, "stray comma or brace");
	token->n = (size_t)(l->p - token->s);
	return 1;
}

static struct span
trim(const char *s, const char *end)
{
	struct span v;

	while (s < end && *s == ' ')
		s++;
	while (end > s && end[-1] == ' ')
		end--;
	v.s = s;
	v.n = (size_t)(end - s);
	return v;
}

static int
find_attr(struct span name, enum attr *attr, struct err *e)
{
	for (*attr = 0; *attr < ATTRS; (*attr)++)
		if (span_is(name, attrs[*attr].name))
			return 0;
	return err_set(e, ERR_SYNTAX, "unknown attribute \"%.*s\"",
	    (int)(name.n < 40 ? name.n : 40), name.s);
}

static int
lint_attr(struct lint *l, struct span token, struct err *e)
{
	const char *end = token.s + token.n;
	const char *equals = memchr(token.s, '=', token.n);
	enum attr attr;

	if (equals == NULL)
		return err_set(e, ERR_SYNTAX, "a word without \"=\"");
	if (find_attr(trim(token.s, equals), &attr, e) == -1)
		return -1;
	if (attrs[attr].tlsrpt && !l->tlsrpt)
		return err_set(e, ERR_SYNTAX, "%s before Postfix 3.10",
		    attrs[attr].name);
	if (++l->seen[attr] > 1 && !attrs[attr].often)
		return err_set(e, ERR_SYNTAX, "%s comes twice",
		    attrs[attr].name);
	if (attrs[attr].check(trim(equals + 1, end), e) == -1)
		return err_wrap(e, "%s", attrs[attr].name);
	return 0;
}

static int
lint_level(struct lint *l, struct err *e)
{
	struct span token;
	bool braced;
	int rc = next_token(l, &token, &braced, e);

	if (rc == -1)
		return -1;
	if (rc == 0 || braced)
		return err_set(e, ERR_SYNTAX, "no level");
	for (l->level = LEVEL_NONE; l->level < LEVEL_TEMP; l->level++)
		if (span_is(token, decision_level_name(l->level)))
			return 0;
	return err_set(e, ERR_SYNTAX, "unknown level");
}

/* What attributes must and must not stand together. */
static int
lint_whole(const struct lint *l, struct err *e)
{
	bool pkix = l->level == LEVEL_SECURE || l->level == LEVEL_VERIFY;
	bool typed = l->seen[ATTR_POLICY_TYPE] > 0;

	if (pkix != (l->seen[ATTR_MATCH] > 0))
		return err_set(e, ERR_SYNTAX, "match at %s",
		    decision_level_name(l->level));
	if (l->level == LEVEL_NONE && (typed || l->seen[ATTR_SERVERNAME] > 0))
		return err_set(e, ERR_SYNTAX, "attributes at none");
	if (!typed &&
	    (l->seen[ATTR_POLICY_DOMAIN] > 0 ||
		l->seen[ATTR_POLICY_STRING] > 0 ||
		l->seen[ATTR_MX_HOST_PATTERN] > 0))
		return err_set(e, ERR_SYNTAX, "no policy_type");
	return 0;
}

static int
lint_ok(struct lint *l, struct err *e)
{
	struct span token;
	bool braced;
	int rc;

	if (lint_level(l, e) == -1)
		return -1;
	while ((rc = next_token(l, &token, &braced, e)) == 1)
		if (lint_attr(l, token, e) == -1)
			return -1;
	return rc == -1 ? -1 : lint_whole(l, e);
}

static bool
begins(const struct lint *l, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(l->end - l->p) >= n && memcmp(l->p, word, n) == 0;
}

int
reply_lint(const char *reply, size_t len, bool tlsrpt, struct err *e)
{
	struct lint l = { reply, reply + len, tlsrpt, LEVEL_NOTFOUND, { 0 } };

	if (len > SOCKETMAP_REPLY_MAX)
		return err_set(e, ERR_LIMIT, "reply of %zu octets", len);
	for (size_t i = 0; i < len; i++)
		if (reply[i] < ' ' || reply[i] > '~')
			return err_set(e, ERR_SYNTAX, "unprintable octet");
	if (begins(&l, "TEMP ") && len > strlen("TEMP "))
		return 0;
	if (begins(&l, "NOTFOUND ") && len == strlen("NOTFOUND "))
		return 0;
	if (!begins(&l, "OK "))
		return err_set(e, ERR_SYNTAX, "unknown status");
	l.p += strlen("OK ");
	return lint_ok(&l, e);
}
