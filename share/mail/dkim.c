/* dkim: the words of DKIM and its tag lists - see dkim.h */
#include "config.h"

#include "share/mail/dkim.h"

#include <string.h>

static const char *const algorithms[] = {
	[DKIM_RSA_SHA256] = "rsa-sha256",
	[DKIM_ED25519_SHA256] = "ed25519-sha256",
};

const char *
dkim_algorithm_name(enum dkim_algorithm a)
{
	return algorithms[a];
}

bool
dkim_algorithm_parse(const char *s, size_t n, enum dkim_algorithm *a)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strlen(algorithms[i]) == n &&
		    memcmp(algorithms[i], s, n) == 0) {
			*a = (enum dkim_algorithm)i;
			return true;
		}
	return false;
}

const char *
dkim_canon_name(enum dkim_canon c)
{
	return c == DKIM_SIMPLE ? "simple" : "relaxed";
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes white space off both ends. */
static void
trim(const char **s, size_t *n)
{
	while (*n > 0 && is_space((*s)[0])) {
		(*s)++;
		(*n)--;
	}
	while (*n > 0 && is_space((*s)[*n - 1]))
		(*n)--;
}

/* tag-name = ALPHA *ALNUMPUNC */
static bool
is_name(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool alpha = (s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= 'A' && s[i] <= 'Z');
		bool more = (s[i] >= '0' && s[i] <= '9') || s[i] == '_';

		if (!alpha && (i == 0 || !more))
			return false;
	}
	return n > 0;
}

/* VALCHAR and FWS; octets beyond ASCII as well (RFC 8616 section 5). */
static bool
is_value(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_space(s[i]) &&
		    ((unsigned char)s[i] < 0x21 || s[i] == '\x7f'))
			return false;
	return true;
}

static const struct dkim_tag *
find(const struct dkim_tags *tags, const char *name, size_t n)
{
	for (size_t i = 0; i < tags->n; i++)
		if (tags->tag[i].name_len == n &&
		    memcmp(tags->tag[i].name, name, n) == 0)
			return &tags->tag[i];
	return NULL;
}

/* One tag-spec of n octets. */
static int
parse_tag(const char *s, size_t n, struct dkim_tags *tags, struct err *e)
{
	struct dkim_tag *t = &tags->tag[tags->n];
	const char *equals = memchr(s, '=', n);

	if (equals == NULL)
		return err_set(e, ERR_SYNTAX, "a tag without =");
	t->name = s;
	t->name_len = (size_t)(equals - s);
	t->raw = equals + 1;
	t->raw_len = n - t->name_len - 1;
	t->value = t->raw;
	t->len = t->raw_len;
	trim(&t->name, &t->name_len);
	trim(&t->value, &t->len);
	if (!is_name(t->name, t->name_len))
		return err_set(e, ERR_SYNTAX, "a tag's name is none");
	if (!is_value(t->value, t->len))
		return err_set(e, ERR_SYNTAX, "a control character in a tag");
	if (find(tags, t->name, t->name_len) != NULL)
		return err_set(e, ERR_SYNTAX, "a tag stands there twice");
	tags->n++;
	return 0;
}

int
dkim_tags_parse(const char *s, size_t n, struct dkim_tags *tags, struct err *e)
{
	tags->n = 0;
	for (size_t i = 0; i <= n;) {
		const char *end = i < n ? memchr(s + i, ';', n - i) : NULL;
		size_t len = end != NULL ? (size_t)(end - (s + i)) : n - i;
		const char *text = s + i;
		size_t text_len = len;

		trim(&text, &text_len);
		/* the last ";" may have nothing after it */
		if (text_len == 0 && end == NULL && tags->n > 0)
			break;
		if (tags->n == DKIM_TAGS_MAX)
			return err_set(e, ERR_LIMIT, "over %d tags",
			    DKIM_TAGS_MAX);
		if (parse_tag(s + i, len, tags, e) == -1)
			return -1;
		i += len + 1;
		if (end == NULL)
			break;
	}
	return 0;
}

const struct dkim_tag *
dkim_tags_get(const struct dkim_tags *tags, const char *name)
{
	return find(tags, name, strlen(name));
}

bool
dkim_tag_is(const struct dkim_tag *tag, const char *word)
{
	return tag->len == strlen(word) &&
	    memcmp(tag->value, word, tag->len) == 0;
}

bool
dkim_tag_item(const struct dkim_tag *tag, size_t *pos, const char **item,
    size_t *len)
{
	const char *colon;

	if (*pos > tag->len)
		return false;
	*item = tag->value + *pos;
	colon = *pos < tag->len ? memchr(*item, ':', tag->len - *pos) : NULL;
	*len = colon != NULL ? (size_t)(colon - *item) : tag->len - *pos;
	*pos += *len + 1;
	trim(item, len);
	return true;
}
