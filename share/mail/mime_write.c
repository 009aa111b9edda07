/* mime_write: writes a multipart/report - see mime_write.h */
#include "config.h"

#include "share/base/utf8.h"
#include "share/mail/base64.h"
#include "share/mail/header.h"
#include "share/mail/mime_write.h"

#include <stdbool.h>
#include <string.h>

#define LINE 76
#define TOKEN_MAX 127 /* RFC 6838 section 4.2, each half of a media type */

/* RFC 2045 section 5.1, and "/" where slash says so */
static bool
is_token(const char *s, bool slash, size_t max)
{
	size_t n = strlen(s);

	if (n == 0 || n > max)
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' ||
		    (strchr("()<>@,;:\\\"/[]?=", *s) != NULL &&
			!(slash && *s == '/')))
			return false;
	return true;
}

int
mime_write_begin(struct mime_writer *w, struct buf *out,
    const char *report_type, const char *tag, struct err *e)
{
	char value[256];
	size_t n = strspn(tag,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	memset(w, 0, sizeof(*w));
	w->out = out;
	if (tag[n] != '\0' || n == 0 || n > MIME_TAG_MAX ||
	    !is_token(report_type, false, MIME_TAG_MAX))
		return err_set(e, ERR_BUG,
		    "report type or boundary of a message");
	(void)snprintf(w->boundary, sizeof(w->boundary), "=_tlsherald_%s", tag);
	(void)snprintf(value, sizeof(value),
	    "multipart/report; report-type=\"%s\"; boundary=\"%s\"",
	    report_type, w->boundary);
	if (header_add_tokens(out, "MIME-Version", "1.0", e) == -1 ||
	    header_add_tokens(out, "Content-Type", value, e) == -1)
		return -1;
	buf_puts(out, "\r\n");
	return 0;
}

/* Writes what is left of a data part. */
static void
flush_data(struct mime_writer *w)
{
	if (w->nrest > 0) {
		base64_encode(w->out, w->rest, w->nrest);
		buf_puts(w->out, "\r\n");
	}
	w->nrest = 0;
}

static void
next_part(struct mime_writer *w)
{
	flush_data(w);
	/* the CRLF before "--" belongs to the boundary (RFC 2046 5.1.1) */
	buf_printf(w->out, "\r\n--%s\r\n", w->boundary);
}

/* How long the line at s is; *next is where the line after it begins. */
static size_t
line_len(const char *s, size_t n, size_t *next)
{
	const char *lf = memchr(s, '\n', n);
	size_t len = lf != NULL ? (size_t)(lf - s) : n;

	*next = lf != NULL ? len + 1 : n;
	if (lf != NULL && len > 0 && s[len - 1] == '\r')
		len--;
	return len;
}

/*
 * Whether something on the way may change a line that begins so: mailboxes
 * quote "From ", SMTP doubles the dot.
 */
static bool
is_touchy(const char *line, size_t n)
{
	return n > 0 &&
	    (line[0] == '.' || (n >= 5 && memcmp(line, "From ", 5) == 0));
}

/* Whether text can go as it is: short lines of ASCII without surprises. */
static bool
is_plain(const char *text, size_t n)
{
	for (size_t i = 0, next; i < n; i += next) {
		size_t len = line_len(text + i, n - i, &next);
		const char *line = text + i;

		if (len > LINE || is_touchy(line, len) ||
		    (len > 0 && line[len - 1] == ' ') ||
		    memmem(line, len, "=_", 2) != NULL)
			return false;
		for (size_t k = 0; k < len; k++)
			if (line[k] < ' ' || line[k] > '~')
				return false;
	}
	return true;
}

/* Whether the first of n octets is written as =XX; column is where. */
static bool
is_hex(const char *s, size_t n, size_t column)
{
	return s[0] < ' ' || s[0] > '~' || s[0] == '=' ||
	    (s[0] == ' ' && n == 1) || (column == 0 && is_touchy(s, n));
}

/* One line as quoted-printable. (RFC 2045 section 6.7) */
static void
write_quoted(struct buf *out, const char *s, size_t n)
{
	size_t column = 0;

	for (size_t i = 0; i < n; i++) {
		/* room for the "=" of a soft line break, unless it ends here */
		size_t line = i + 1 == n ? LINE : LINE - 1;

		if (column + (is_hex(s + i, n - i, column) ? 3 : 1) > line) {
			buf_puts(out, "=\r\n");
			column = 0;
		}
		if (is_hex(s + i, n - i, column)) {
			buf_printf(out, "=%02X", (unsigned char)s[i]);
			column += 3;
		} else {
			buf_add(out, s + i, 1);
			column++;
		}
	}
}

int
mime_write_text(struct mime_writer *w, const char *text, size_t n,
    struct err *e)
{
	bool plain = is_plain(text, n);

	if (!utf8_is_valid(text, n) || memchr(text, '\0', n) != NULL)
		return err_set(e, ERR_SYNTAX, "a text part is not UTF-8");
	next_part(w);
	if (header_add_tokens(w->out, "Content-Type",
		"text/plain; charset=utf-8", e) == -1 ||
	    header_add_tokens(w->out, "Content-Transfer-Encoding",
		plain ? "7bit" : "quoted-printable", e) == -1)
		return -1;
	buf_puts(w->out, "\r\n");
	for (size_t i = 0, next; i < n; i += next) {
		size_t len = line_len(text + i, n - i, &next);

		if (plain)
			buf_add(w->out, text + i, len);
		else
			write_quoted(w->out, text + i, len);
		buf_puts(w->out, "\r\n");
	}
	return 0;
}

int
mime_write_data_begin(struct mime_writer *w, const char *type, const char *file,
    struct err *e)
{
	char value[HEADER_LINE_MAX];

	if (!is_token(type, true, 2 * TOKEN_MAX + 1) ||
	    strchr(type, '/') == NULL)
		return err_set(e, ERR_BUG, "\"%s\" is no media type", type);
	/* quoted-string; what would need a backslash there is refused */
	if (strpbrk(file, "\"\\ ") != NULL || strlen(file) > 900)
		return err_set(e, ERR_SYNTAX, "a file name is not of its form");
	next_part(w);
	if (header_add_tokens(w->out, "Content-Type", type, e) == -1 ||
	    header_add_tokens(w->out, "Content-Transfer-Encoding", "base64",
		e) == -1)
		return -1;
	(void)snprintf(value, sizeof(value), "attachment; filename=\"%s\"",
	    file);
	if (header_add_tokens(w->out, "Content-Disposition", value, e) == -1)
		return -1;
	buf_puts(w->out, "\r\n");
	return 0;
}

void
mime_write_data(struct mime_writer *w, const void *data, size_t n)
{
	const unsigned char *p = data;

	while (n > 0) {
		size_t take = sizeof(w->rest) - w->nrest;

		if (take > n)
			take = n;
		memcpy(w->rest + w->nrest, p, take);
		w->nrest += take;
		p += take;
		n -= take;
		if (w->nrest == sizeof(w->rest))
			flush_data(w);
	}
}

int
mime_write_end(struct mime_writer *w, struct err *e)
{
	flush_data(w);
	buf_printf(w->out, "\r\n--%s--\r\n", w->boundary);
	if (buf_full(w->out))
		return err_set(e, ERR_LIMIT, "a message of over %zu octets",
		    w->out->max);
	return 0;
}
