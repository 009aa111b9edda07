/* mime_param: parameters of Content-Type and others - see mime_param.h */
#include "config.h"

#include "share/base/text.h"
#include "share/mail/mime_param.h"

#include <string.h>
#include <strings.h>

struct scan {
	const char *p, *end;
};

/* One parameter as it stands there. */
struct param {
	const char *name;
	size_t name_len;
	const char *value; /* without quotes */
	size_t len;
	bool quoted;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Passes over blanks and comments, which may be nested (RFC 5322 3.2.2). */
static void
skip_blanks(struct scan *s)
{
	int depth = 0;

	for (; s->p < s->end; s->p++) {
		if (*s->p == '(')
			depth++;
		else if (*s->p == ')' && depth > 0)
			depth--;
		else if (depth > 0 && *s->p == '\\' && s->p + 1 < s->end)
			s->p++;
		else if (depth == 0 && !is_blank(*s->p))
			break;
	}
}

/* Takes a text up to one of the stops; its final blanks are left out. */
static const char *
take_until(struct scan *s, const char *stops, size_t *len)
{
	const char *from = s->p;

	while (s->p < s->end && (*s->p == '\0' || !strchr(stops, *s->p)))
		s->p++;
	*len = (size_t)(s->p - from);
	while (*len > 0 && is_blank(from[*len - 1]))
		--*len;
	return from;
}

/* Takes what is in quotes; the final one may be missing. */
static const char *
take_quoted(struct scan *s, size_t *len)
{
	const char *from = ++s->p;

	while (s->p < s->end && *s->p != '"')
		s->p += *s->p == '\\' && s->p + 1 < s->end ? 2 : 1;
	*len = (size_t)(s->p - from);
	if (s->p < s->end)
		s->p++;
	return from;
}

/* The next parameter; false at the end. */
static bool
next_param(struct scan *s, struct param *param)
{
	size_t ignored;

	memset(param, 0, sizeof(*param));
	for (;;) {
		skip_blanks(s);
		if (s->p >= s->end)
			return false;
		if (*s->p != ';')
			break;
		s->p++;
	}
	param->name = take_until(s, "=;", &param->name_len);
	if (s->p >= s->end || *s->p == ';')
		return true;
	s->p++;
	skip_blanks(s);
	if (s->p < s->end && *s->p == '"') {
		param->quoted = true;
		param->value = take_quoted(s, &param->len);
		(void)take_until(s, ";", &ignored);
	} else {
		param->value = take_until(s, ";", &param->len);
	}
	return true;
}

void
mime_param_head(const char *value, size_t n, char *dst, size_t size)
{
	struct scan s = { value, value + n };
	size_t k = 0;

	while (s.p < s.end && *s.p != ';') {
		skip_blanks(&s);
		if (s.p >= s.end || *s.p == ';')
			break;
		if (k + 1 < size && *s.p > ' ' && *s.p <= '~')
			dst[k++] = *s.p;
		s.p++;
	}
	dst[k] = '\0';
	text_lower(dst);
}

/* ---- values ---- */

/* Where a value is written. */
struct out {
	char *dst;
	size_t size, n;
};

static void
put(struct out *o, char c)
{
	/* a NUL would cut a name short */
	if (o->n + 1 < o->size && c != '\0' && c != '\r' && c != '\n')
		o->dst[o->n++] = c;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Writes a value; percent: as RFC 2231 section 4 has it. */
static void
put_value(struct out *o, const struct param *p, bool percent, bool first)
{
	const char *s = p->value, *end = p->value + p->len;

	/* charset'language'text */
	for (int quotes = 0; percent && first && quotes < 2; quotes++) {
		const char *quote =
		    s < end ? memchr(s, '\'', (size_t)(end - s)) : NULL;

		if (quote == NULL)
			break;
		s = quote + 1;
	}
	for (; s < end; s++) {
		if (percent && *s == '%' && end - s > 2 && hex(s[1]) >= 0 &&
		    hex(s[2]) >= 0) {
			put(o, (char)(hex(s[1]) << 4 | hex(s[2])));
			s += 2;
		} else {
			if (p->quoted && *s == '\\' && s + 1 < end)
				s++;
			put(o, *s);
		}
	}
}

/*
 * Whether the parameter is one of name: *piece is its number, -1 without one;
 * *percent whether it is encoded.
 */
static bool
is_named(const struct param *p, const char *name, int *piece, bool *percent)
{
	size_t n = strlen(name), len = p->name_len;
	const char *s = p->name;

	*piece = -1;
	*percent = false;
	if (len < n || strncasecmp(s, name, n) != 0)
		return false;
	if (len == n)
		return true;
	if (s[n] != '*')
		return false;
	if (s[len - 1] == '*') {
		*percent = true;
		if (--len == n)
			return true;
	}
	*piece = 0;
	for (size_t i = n + 1; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || *piece >= MIME_PIECES_MAX)
			return false;
		*piece = *piece * 10 + (s[i] - '0');
	}
	return *piece < MIME_PIECES_MAX;
}

bool
mime_param_get(const char *value, size_t n, const char *name, char *dst,
    size_t size)
{
	struct scan s = { value, value + n };
	struct param p, whole, piece[MIME_PIECES_MAX];
	bool percent, encoded[MIME_PIECES_MAX], whole_encoded = false;
	struct out o = { dst, size, 0 };
	size_t ignored;
	int number;

	memset(&whole, 0, sizeof(whole));
	memset(piece, 0, sizeof(piece));
	memset(encoded, 0, sizeof(encoded));
	(void)take_until(&s, ";", &ignored);
	while (next_param(&s, &p)) {
		if (p.value == NULL || !is_named(&p, name, &number, &percent))
			continue;
		if (number == -1 && whole.value == NULL) {
			whole = p;
			whole_encoded = percent;
		} else if (number >= 0 && piece[number].value == NULL) {
			piece[number] = p;
			encoded[number] = percent;
		}
	}
	if (whole.value != NULL)
		put_value(&o, &whole, whole_encoded, true);
	for (int i = 0; whole.value == NULL && i < MIME_PIECES_MAX &&
	     piece[i].value != NULL;
	     i++)
		put_value(&o, &piece[i], encoded[i], i == 0);
	dst[o.n] = '\0';
	return whole.value != NULL || piece[0].value != NULL;
}
