/* dkim_signature: what one DKIM-Signature field says - see dkim_signature.h */
#include "config.h"

#include "share/base/buf.h"
#include "share/base/text.h"
#include "share/mail/base64.h"
#include "share/mail/dkim_signature.h"

#include <string.h>
#include <strings.h>

#define NUMBER_DIGITS_MAX 12 /* of t= and x=: beyond the year 30000 */
#define LENGTH_DIGITS_MAX 18
#define IDENTITY_MAX 1024

static const struct dkim_tag *
need(const struct dkim_signature *s, const char *name, struct err *e)
{
	const struct dkim_tag *t = dkim_tags_get(&s->tags, name);

	if (t == NULL || t->len == 0)
		err_set(e, ERR_SYNTAX, "%s= is missing", name);
	return t != NULL && t->len > 0 ? t : NULL;
}

static int
parse_algorithm(struct dkim_signature *s, struct err *e)
{
	const struct dkim_tag *v = need(s, "v", e), *a;

	if (v == NULL || (a = need(s, "a", e)) == NULL)
		return -1;
	if (!dkim_tag_is(v, "1"))
		return err_set(e, ERR_PERM, "v= is not 1");
	if (dkim_algorithm_parse(a->value, a->len, &s->algorithm))
		return 0;
	if (dkim_tag_is(a, "rsa-sha1"))
		return err_set(e, ERR_PERM, "rsa-sha1 proves nothing");
	return err_set(e, ERR_PERM, "a= is unknown");
}

static int
parse_canon_word(const char *word, size_t n, enum dkim_canon *c, struct err *e)
{
	for (int i = DKIM_SIMPLE; i <= DKIM_RELAXED; i++) {
		const char *name = dkim_canon_name((enum dkim_canon)i);

		if (strlen(name) == n && memcmp(name, word, n) == 0) {
			*c = (enum dkim_canon)i;
			return 0;
		}
	}
	return err_set(e, ERR_SYNTAX, "c= is unknown");
}

static int
parse_canon(struct dkim_signature *s, struct err *e)
{
	const struct dkim_tag *c = dkim_tags_get(&s->tags, "c");
	const char *slash;
	size_t n;

	s->header = s->body = DKIM_SIMPLE;
	if (c == NULL)
		return 0;
	slash = memchr(c->value, '/', c->len);
	n = slash != NULL ? (size_t)(slash - c->value) : c->len;
	if (parse_canon_word(c->value, n, &s->header, e) == -1)
		return -1;
	if (slash == NULL)
		return 0;
	return parse_canon_word(slash + 1, c->len - n - 1, &s->body, e);
}

/* Selectors with "_" are no host names, and are in use. */
static bool
is_selector(const char *s)
{
	size_t label = 0;

	for (; *s != '\0'; s++) {
		if (*s == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", *s) ==
			NULL ||
		    ++label > 63)
			return false;
	}
	return label > 0;
}

static int
parse_names(struct dkim_signature *s, struct err *e)
{
	const struct dkim_tag *d = need(s, "d", e), *sel;

	if (d == NULL || (sel = need(s, "s", e)) == NULL)
		return -1;
	if (hostname_normalize(d->value, d->len, s->domain, e) == -1)
		return err_set(e, ERR_SYNTAX, "d= is no domain");
	if (sel->len > HOSTNAME_MAX)
		return err_set(e, ERR_SYNTAX, "s= is no selector");
	memcpy(s->selector, sel->value, sel->len);
	s->selector[sel->len] = '\0';
	text_lower(s->selector);
	if (strlen(s->selector) != sel->len || !is_selector(s->selector))
		return err_set(e, ERR_SYNTAX, "s= is no selector");
	return 0;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* dkim-quoted-printable of section 2.11, white space dropped. */
static int
unquote(const struct dkim_tag *t, struct buf *out, struct err *e)
{
	for (size_t i = 0; i < t->len; i++) {
		const char *p = t->value + i;
		char c = *p;

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c == '=') {
			int high = i + 2 < t->len ? hex_value(p[1]) : -1;
			int low = i + 2 < t->len ? hex_value(p[2]) : -1;

			if (high < 0 || low < 0)
				return err_set(e, ERR_SYNTAX, "i= is damaged");
			c = (char)(high << 4 | low);
			i += 2;
		}
		buf_add(out, &c, 1);
	}
	return buf_full(out) ? err_set(e, ERR_LIMIT, "i= is too long") : 0;
}

/* i= is in the domain d= or below it. (section 3.5) */
static int
check_identity(struct dkim_signature *s, const struct buf *i, struct err *e)
{
	char domain[HOSTNAME_SIZE];
	const char *at = i->len > 0 ? memrchr(i->data, '@', i->len) : NULL;
	size_t n, nd = strlen(s->domain);

	if (at == NULL ||
	    hostname_normalize(at + 1, i->len - (size_t)(at + 1 - i->data),
		domain, e) == -1)
		return err_set(e, ERR_SYNTAX, "i= has no domain");
	n = strlen(domain);
	s->same_domain = strcmp(domain, s->domain) == 0;
	if (s->same_domain ||
	    (n > nd && domain[n - nd - 1] == '.' &&
		strcmp(domain + n - nd, s->domain) == 0))
		return 0;
	return err_set(e, ERR_PERM, "i= is not in the domain of d=");
}

static int
parse_identity(struct dkim_signature *s, struct err *e)
{
	const struct dkim_tag *i = dkim_tags_get(&s->tags, "i");
	struct buf text;
	int rc;

	s->same_domain = true;
	if (i == NULL)
		return 0;
	buf_init(&text, IDENTITY_MAX);
	rc = unquote(i, &text, e);
	if (rc == 0)
		rc = check_identity(s, &text, e);
	buf_clear(&text);
	return rc;
}

/* h= has From. (section 5.4) */
static int
parse_fields(struct dkim_signature *s, struct err *e)
{
	const char *name;
	size_t pos = 0, n;

	if ((s->h = need(s, "h", e)) == NULL)
		return -1;
	while (dkim_tag_item(s->h, &pos, &name, &n))
		if (n == 4 && strncasecmp(name, "from", n) == 0)
			return 0;
	return err_set(e, ERR_PERM, "h= is without From");
}

/* q= names the DNS, or is not there. */
static int
check_query(const struct dkim_signature *s, struct err *e)
{
	const struct dkim_tag *q = dkim_tags_get(&s->tags, "q");
	const char *method;
	size_t pos = 0, n;

	if (q == NULL)
		return 0;
	while (dkim_tag_item(q, &pos, &method, &n))
		if (n == 7 && memcmp(method, "dns/txt", n) == 0)
			return 0;
	return err_set(e, ERR_PERM, "q= is without dns/txt");
}

/* A number of at most max digits; *out stays as it is without the tag. */
static int
parse_number(const struct dkim_signature *s, const char *name, size_t max,
    uint64_t *out, struct err *e)
{
	const struct dkim_tag *t = dkim_tags_get(&s->tags, name);
	uint64_t n = 0;

	if (t == NULL)
		return 0;
	for (size_t i = 0; i < t->len; i++) {
		if (t->value[i] < '0' || t->value[i] > '9' || i == max)
			return err_set(e, ERR_SYNTAX, "%s= is no number", name);
		n = 10 * n + (uint64_t)(t->value[i] - '0');
	}
	if (t->len == 0)
		return err_set(e, ERR_SYNTAX, "%s= is no number", name);
	*out = n;
	return 0;
}

static int
parse_numbers(struct dkim_signature *s, struct err *e)
{
	uint64_t t = 0, x = 0;

	s->length = UINT64_MAX;
	s->has_length = dkim_tags_get(&s->tags, "l") != NULL;
	if (parse_number(s, "t", NUMBER_DIGITS_MAX, &t, e) == -1 ||
	    parse_number(s, "x", NUMBER_DIGITS_MAX, &x, e) == -1 ||
	    parse_number(s, "l", LENGTH_DIGITS_MAX, &s->length, e) == -1)
		return -1;
	s->time = (int64_t)t;
	s->expires = (int64_t)x;
	if (dkim_tags_get(&s->tags, "x") != NULL && x <= t)
		return err_set(e, ERR_PERM, "x= is not after t=");
	return 0;
}

/* The octets of a base64 tag, at most size; their number is *n. */
static int
parse_octets(const struct dkim_tag *t, unsigned char *dst, size_t size,
    size_t *n, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, size);
	rc = base64_decode(&b, t->value, t->len, NULL);
	if (rc == 0 && b.len > 0)
		memcpy(dst, b.data, b.len);
	*n = b.len;
	buf_clear(&b);
	return rc == 0 ? 0
		       : err_set(e, ERR_SYNTAX, "%.*s= is no base64, or long",
			     (int)t->name_len, t->name);
}

static int
parse_signature(struct dkim_signature *s, struct err *e)
{
	const struct dkim_tag *bh = need(s, "bh", e);
	size_t n;

	if (bh == NULL || (s->b = need(s, "b", e)) == NULL ||
	    parse_octets(bh, s->body_hash, sizeof(s->body_hash), &n, e) == -1)
		return -1;
	if (n != DKIM_SHA256_LEN)
		return err_set(e, ERR_SYNTAX, "bh= is no SHA-256");
	return parse_octets(s->b, s->sig, sizeof(s->sig), &s->sig_len, e);
}

int
dkim_signature_parse(const char *value, size_t n, struct dkim_signature *s,
    struct err *e)
{
	memset(s, 0, sizeof(*s));
	if (dkim_tags_parse(value, n, &s->tags, e) == -1 ||
	    parse_algorithm(s, e) == -1 || parse_canon(s, e) == -1 ||
	    parse_names(s, e) == -1 || parse_identity(s, e) == -1 ||
	    parse_fields(s, e) == -1 || check_query(s, e) == -1 ||
	    parse_numbers(s, e) == -1)
		return -1;
	return parse_signature(s, e);
}
