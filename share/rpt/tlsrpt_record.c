/* tlsrpt_record: the TXT record at _smtp._tls - see tlsrpt_record.h */
#include "config.h"

#include "share/rpt/tlsrpt_record.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A part of the text, not NUL-terminated. */
struct span {
	const char *s;
	size_t n;
};

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static struct span
trim(const char *s, const char *end)
{
	while (s < end && is_wsp(*s))
		s++;
	while (end > s && is_wsp(end[-1]))
		end--;
	return (struct span){ s, (size_t)(end - s) };
}

/* RFC 8460 section 3: others than "v=TLSRPTv1" *WSP ";" are discarded. */
static bool
is_tlsrpt(const char *text, size_t len)
{
	static const char version[] = "v=TLSRPTv1";
	size_t n = sizeof(version) - 1;

	if (len < n || memcmp(text, version, n) != 0)
		return false;
	while (n < len && is_wsp(text[n]))
		n++;
	return n < len && text[n] == ';';
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3986 section 2.1; what is no escape stays. Returns the length. */
static size_t
decode(struct span v, char out[TLSRPT_URI_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++) {
		int high = i + 2 < v.n && v.s[i] == '%' ? hex(v.s[i + 1]) : -1;
		int low = high != -1 ? hex(v.s[i + 2]) : -1;

		if (low != -1) {
			out[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			out[n++] = v.s[i];
		}
	}
	return n;
}

/* Takes off the largest size of a report that DMARC's URIs may end in. */
static struct span
without_size(struct span v)
{
	size_t n = v.n;

	if (n > 0 && strchr("kmgtKMGT", v.s[n - 1]) != NULL)
		n--;
	while (n > 0 && v.s[n - 1] >= '0' && v.s[n - 1] <= '9')
		n--;
	if (n > 0 && n < v.n && v.s[n - 1] == '!')
		v.n = n - 1;
	return v;
}

/*
 * RFC 6068: the address stands before the first "?". An octet that a local
 * part holds only in quotes is meant as if it were in them.
 */
static bool
read_mailto(struct span v, struct address *a)
{
	const char *query = memchr(v.s, '?', v.n);
	char text[TLSRPT_URI_MAX], quoted[2 * TLSRPT_URI_MAX + 4];
	const char *at;
	size_t n, len = 0;

	if (query != NULL)
		v.n = (size_t)(query - v.s);
	n = decode(without_size(v), text);
	if (address_parse(text, n, a, NULL) == 0)
		return true;
	at = memrchr(text, '@', n);
	if (at == NULL || at == text || text[0] == '"')
		return false;
	quoted[len++] = '"';
	for (const char *p = text; p < at; p++) {
		if (*p == '"' || *p == '\\')
			quoted[len++] = '\\';
		quoted[len++] = *p;
	}
	quoted[len++] = '"';
	memcpy(quoted + len, at, n - (size_t)(at - text));
	len += n - (size_t)(at - text);
	return address_parse(quoted, len, a, NULL) == 0;
}

/* RFC 3986 section 2, without the comma and semicolon that RFC 8460 takes. */
static bool
is_url_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("-._~:/?#[]@!$&'()*+=%", c) != NULL);
}

/* After the scheme: something for a host, nobody's password. */
static bool
is_https(struct span v)
{
	size_t at = strlen("https://"), host = 0;

	if (v.n <= at || strncmp(v.s + 6, "//", 2) != 0)
		return false;
	for (size_t i = at; i < v.n; i++)
		if (!is_url_char(v.s[i]))
			return false;
	while (at + host < v.n && strchr("/?#", v.s[at + host]) == NULL)
		host++;
	return host > 0 && v.s[at] != ':' &&
	    memchr(v.s + at, '@', host) == NULL;
}

static bool
same(const struct tlsrpt_uri *a, const struct tlsrpt_uri *b)
{
	if (a->scheme != b->scheme)
		return false;
	if (a->scheme == TLSRPT_HTTPS)
		return strcmp(a->url, b->url) == 0;
	return strcmp(a->address.local, b->address.local) == 0 &&
	    strcmp(a->address.domain, b->address.domain) == 0;
}

static void
add_uri(struct tlsrpt_record *r, struct span v)
{
	struct tlsrpt_uri *u = &r->uri[r->n];

	if (v.n > TLSRPT_URI_MAX || r->n == TLSRPT_URIS_MAX) {
		r->skipped++;
		return;
	}
	memset(u, 0, sizeof(*u));
	if (v.n > 7 && strncasecmp(v.s, "mailto:", 7) == 0 &&
	    read_mailto((struct span){ v.s + 7, v.n - 7 }, &u->address)) {
		u->scheme = TLSRPT_MAILTO;
	} else if (v.n > 6 && strncasecmp(v.s, "https:", 6) == 0 &&
	    is_https(v)) {
		u->scheme = TLSRPT_HTTPS;
		u->url = xstrndup(v.s, v.n);
	} else {
		r->skipped++;
		return;
	}
	for (size_t i = 0; i < r->n; i++)
		if (same(&r->uri[i], u)) {
			free(u->url);
			return;
		}
	r->n++;
}

/* tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri); empty places are passed over. */
static void
read_rua(struct tlsrpt_record *r, struct span v)
{
	const char *end = v.s + v.n;

	while (v.s < end) {
		const char *stop = memchr(v.s, ',', (size_t)(end - v.s));
		struct span uri = trim(v.s, stop != NULL ? stop : end);

		if (uri.n > 0)
			add_uri(r, uri);
		v.s = stop != NULL ? stop + 1 : end;
	}
}

enum tlsrpt_result
tlsrpt_record_parse(const char *text, size_t len, struct tlsrpt_record *r)
{
	const char *p, *end = text + len;
	bool odd = false;

	r->n = r->skipped = 0;
	if (!is_tlsrpt(text, len))
		return TLSRPT_NONE;
	p = memchr(text, ';', len);
	while (p != NULL && ++p < end) {
		const char *stop = memchr(p, ';', (size_t)(end - p));
		struct span field = trim(p, stop != NULL ? stop : end);

		if (field.n >= 4 && memcmp(field.s, "rua=", 4) == 0)
			read_rua(r, trim(field.s + 4, field.s + field.n));
		else if (field.n > 0 && memchr(field.s, '=', field.n) == NULL)
			odd = true;
		p = stop;
	}
	/* a field without "=" costs nothing where there is a good rua */
	if (r->n > 0)
		return TLSRPT_OK;
	return odd ? TLSRPT_MALFORMED : TLSRPT_NO_URI;
}

enum tlsrpt_result
tlsrpt_record_choose(const struct dns_answer *txt, struct tlsrpt_record *r)
{
	const struct dns_txt *only = NULL;

	r->n = r->skipped = 0;
	for (size_t i = 0; i < txt->n; i++) {
		if (!is_tlsrpt(txt->u.txt[i].text, txt->u.txt[i].len))
			continue;
		if (only != NULL)
			return TLSRPT_SEVERAL;
		only = &txt->u.txt[i];
	}
	if (only == NULL)
		return TLSRPT_NONE;
	return tlsrpt_record_parse(only->text, only->len, r);
}

void
tlsrpt_record_clear(struct tlsrpt_record *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->uri[i].url);
	r->n = r->skipped = 0;
}

const char *
tlsrpt_result_text(enum tlsrpt_result result)
{
	static const char *const texts[] = {
		[TLSRPT_OK] = "wants reports",
		[TLSRPT_NONE] = "no TLSRPT record",
		[TLSRPT_SEVERAL] = "several TLSRPT records, so none counts",
		[TLSRPT_MALFORMED] = "the TLSRPT record is malformed",
		[TLSRPT_NO_URI] = "the TLSRPT record has no usable rua",
	};

	return texts[result];
}
