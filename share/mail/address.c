/* address: mail addresses, parsed and written out again - see address.h */
#include "config.h"

#include "share/mail/address.h"

#include <stdio.h>
#include <string.h>

#define COMMENT_DEPTH_MAX 16

bool
address_is_atext(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

bool
address_is_dot_atom(const char *s, size_t n)
{
	bool atom = false;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.') {
			if (!atom)
				return false;
			atom = false;
		} else if (address_is_atext(s[i])) {
			atom = true;
		} else {
			return false;
		}
	}
	return atom;
}

/* How long the quoted-string at s is, with its quotes; 0 when it has no end. */
static size_t
quoted_len(const char *s, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (s[i] == '\\')
			i++;
		else if (s[i] == '"')
			return i + 1;
	}
	return 0;
}

/* What a quoted-string of n octets means. (RFC 5321 4.1.2 Quoted-string) */
static int
unquote(const char *s, size_t n, char dst[ADDRESS_LOCAL_MAX + 1], struct err *e)
{
	size_t len = 0;

	for (size_t i = 1; i + 1 < n; i++) {
		if (s[i] == '\\')
			i++;
		if (s[i] < ' ' || s[i] > '~')
			return err_set(e, ERR_SYNTAX,
			    "the local part has an octet that is not printable "
			    "ASCII");
		if (len == ADDRESS_LOCAL_MAX)
			return err_set(e, ERR_LIMIT,
			    "the local part is longer than %d octets",
			    ADDRESS_LOCAL_MAX);
		dst[len++] = s[i];
	}
	dst[len] = '\0';
	if (len == 0)
		return err_set(e, ERR_SYNTAX, "the local part is empty");
	return 0;
}

/* Reads the local part; *used is how far it goes. */
static int
parse_local(const char *s, size_t n, struct address *a, size_t *used,
    struct err *e)
{
	const char *at;

	if (n > 0 && s[0] == '"') {
		*used = quoted_len(s, n);
		if (*used == 0)
			return err_set(e, ERR_SYNTAX, "a quote has no end");
		return unquote(s, *used, a->local, e);
	}
	at = memchr(s, '@', n);
	*used = at != NULL ? (size_t)(at - s) : n;
	if (!address_is_dot_atom(s, *used))
		return err_set(e, ERR_SYNTAX,
		    "the local part is not of its form");
	if (*used > ADDRESS_LOCAL_MAX)
		return err_set(e, ERR_LIMIT,
		    "the local part is longer than %d octets",
		    ADDRESS_LOCAL_MAX);
	memcpy(a->local, s, *used);
	a->local[*used] = '\0';
	return 0;
}

int
address_parse(const char *s, size_t n, struct address *a, struct err *e)
{
	size_t used;

	memset(a, 0, sizeof(*a));
	if (n > ADDRESS_INPUT_MAX)
		return err_set(e, ERR_LIMIT, "an address of %zu octets", n);
	if (n == 0)
		return err_set(e, ERR_SYNTAX, "an address is empty");
	if (parse_local(s, n, a, &used, e) == -1)
		goto bad;
	if (used == n || s[used] != '@') {
		err_set(e, ERR_SYNTAX, "an address has no @");
		goto bad;
	}
	used++;
	/* a final dot is no part of Domain (RFC 5321 section 4.1.2) */
	if (s[n - 1] == '.') {
		err_set(e, ERR_SYNTAX, "an address ends with a dot");
		goto bad;
	}
	if (hostname_normalize(s + used, n - used, a->domain, e) == -1) {
		err_wrap(e, "the domain of an address");
		goto bad;
	}
	return 0;
bad:
	memset(a, 0, sizeof(*a));
	return -1;
}

/* How long the comment at s is; 0 when it has no end. (RFC 5322 3.2.2) */
static size_t
comment_len(const char *s, size_t n)
{
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\')
			i++;
		else if (s[i] == '(' && ++depth > COMMENT_DEPTH_MAX)
			return 0;
		else if (s[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* What a mailbox gathers until "," or the end says that it is over. */
struct gather {
	char spec[ADDRESS_INPUT_MAX];
	size_t len;
	bool angle; /* after "<": only what stands in it counts */
	bool closed;
};

static void
gather_add(struct gather *g, const char *s, size_t n)
{
	if (g->closed || n > sizeof(g->spec) - g->len)
		return;
	memcpy(g->spec + g->len, s, n);
	g->len += n;
}

/*
 * Takes one token at s; returns its length, or 0 when the mailbox is over.
 */
static size_t
gather_token(struct gather *g, const char *s, size_t n)
{
	size_t len = 1;

	switch (s[0]) {
	case '(':
		return comment_len(s, n);
	case '"':
		len = quoted_len(s, n);
		gather_add(g, s, len);
		return len;
	case '<':
		if (g->closed)
			return 0;
		g->len = 0;
		g->angle = true;
		return len;
	case '>':
		g->closed = g->angle;
		return len;
	case ':':
		/* what was gathered is a group's name, or an obsolete route */
		g->len = 0;
		return len;
	case ',':
	case ';':
		/* "<@a,@b:u@c>" goes on, an empty list element is skipped */
		return g->len > 0 && (!g->angle || g->closed) ? 0 : len;
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		return len;
	default:
		gather_add(g, s, 1);
		return len;
	}
}

int
address_parse_mailbox(const char *s, size_t n, struct address *a, struct err *e)
{
	struct gather g = { .len = 0 };
	size_t used;

	memset(a, 0, sizeof(*a));
	if (n > ADDRESS_INPUT_MAX)
		n = ADDRESS_INPUT_MAX;
	for (size_t i = 0; i < n; i += used) {
		used = gather_token(&g, s + i, n - i);
		if (used == 0)
			break;
	}
	if (g.len == 0)
		return err_set(e, ERR_NOENT, "no address");
	return address_parse(g.spec, g.len, a, e);
}

char *
address_format(const struct address *a, char dst[ADDRESS_SIZE])
{
	size_t n = strlen(a->local), o = 0;

	if (address_is_dot_atom(a->local, n)) {
		(void)snprintf(dst, ADDRESS_SIZE, "%s@%s", a->local, a->domain);
		return dst;
	}
	dst[o++] = '"';
	for (size_t i = 0; i < n; i++) {
		if (a->local[i] == '"' || a->local[i] == '\\')
			dst[o++] = '\\';
		dst[o++] = a->local[i];
	}
	(void)snprintf(dst + o, ADDRESS_SIZE - o, "\"@%s", a->domain);
	return dst;
}
