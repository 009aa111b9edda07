/* header: writes header fields of mail that we make - see header.h */
#include "config.h"

#include "share/base/hostname.h"
#include "share/base/utf8.h"
#include "share/mail/header.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* RFC 2047 section 2: a line with an encoded word, and such a word */
#define ENCODED_LINE 76
#define ENCODED_BEGIN "=?UTF-8?Q?"
#define ENCODED_END "?="
#define ENCODED_FRAME (sizeof(ENCODED_BEGIN) - 1 + sizeof(ENCODED_END) - 1)
/* a character of four octets, each as =XX */
#define ENCODED_CHAR_MAX 12

/* A field that grows word by word. */
struct fold {
	struct buf b;
	size_t column;
};

static int
fold_begin(struct fold *f, const char *name, struct err *e)
{
	buf_init(&f->b, (size_t)8 * HEADER_VALUE_MAX);
	/* RFC 5322 section 2.2: printable ASCII without the colon */
	for (const char *p = name; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == ':')
			return err_set(e, ERR_BUG, "a field name is no name");
	if (name[0] == '\0' || strlen(name) > HEADER_LINE - 2)
		return err_set(e, ERR_BUG, "a field name is too short or long");
	buf_printf(&f->b, "%s:", name);
	f->column = f->b.len;
	return 0;
}

/* Where a word of n octets begins: after a blank, or on a new line. */
static void
fold_space(struct fold *f, size_t n, size_t line)
{
	if (f->column + 1 + n > line && f->column > 1) {
		buf_puts(&f->b, "\r\n");
		f->column = 0;
	}
	buf_puts(&f->b, " ");
	f->column++;
}

/* Puts a word; with its leading blank it must fit into one line. */
static int
fold_word(struct fold *f, const char *s, size_t n, struct err *e)
{
	if (n + 1 > HEADER_LINE_MAX)
		return err_set(e, ERR_LIMIT,
		    "a word of %zu octets does not fit in a line", n);
	fold_space(f, n, HEADER_LINE);
	buf_add(&f->b, s, n);
	f->column += n;
	return 0;
}

/* Puts each of the words that single blanks separate. */
static int
fold_words(struct fold *f, const char *s, struct err *e)
{
	for (;;) {
		size_t n = strcspn(s, " ");

		if (n > 0 && fold_word(f, s, n, e) == -1)
			return -1;
		if (s[n] == '\0')
			return 0;
		s += n + 1;
	}
}

static int
fold_end(struct fold *f, struct buf *out, struct err *e)
{
	buf_puts(&f->b, "\r\n");
	if (buf_full(&f->b))
		return err_set(e, ERR_LIMIT, "a header field is too long");
	buf_add(out, f->b.data, f->b.len);
	return 0;
}

/* Text without control characters, of UTF-8 only, its runs of blanks one. */
static int
clean(struct buf *b, const char *text, struct err *e)
{
	size_t n = strlen(text);
	bool blank = false;

	buf_init(b, (size_t)3 * HEADER_VALUE_MAX);
	if (n > HEADER_VALUE_MAX)
		return err_set(e, ERR_LIMIT, "a text of %zu octets", n);
	for (size_t i = 0, len; i < n; i += len) {
		const char *c = text + i;

		len = utf8_len(c, n - i);
		if (len == 1 && (*c <= ' ' || *c == '\x7f')) {
			blank = b->len > 0;
			continue;
		}
		if (blank)
			buf_puts(b, " ");
		blank = false;
		if (len > 0) {
			buf_add(b, c, len);
		} else {
			buf_puts(b, UTF8_REPLACEMENT);
			len = 1;
		}
	}
	return 0;
}

/* Whether text must be encoded: beyond ASCII, as if encoded, endless words. */
static bool
needs_encoding(const char *text)
{
	size_t word = 0;

	if (strstr(text, "=?") != NULL)
		return true;
	for (; *text != '\0'; text++) {
		word = *text == ' ' ? 0 : word + 1;
		/* room for quotes, and a backslash before each octet */
		if ((unsigned char)*text >= 0x80 ||
		    word > (HEADER_LINE_MAX - 3) / 2)
			return true;
	}
	return false;
}

/*
 * One character in the Q encoding, as strictly as a phrase asks for it (RFC
 * 2047 section 5 (3)). Returns how long it is.
 */
static size_t
encode_char(const char *c, size_t n, char dst[ENCODED_CHAR_MAX + 1])
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = 0;

	if (*c == ' ')
		dst[len++] = '_';
	else if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
	    (*c >= '0' && *c <= '9') || strchr("!*+-/", *c) != NULL)
		dst[len++] = *c;
	else
		for (size_t i = 0; i < n; i++) {
			dst[len++] = '=';
			dst[len++] = hex[(unsigned char)c[i] >> 4];
			dst[len++] = hex[(unsigned char)c[i] & 15];
		}
	dst[len] = '\0';
	return len;
}

/* Puts text as encoded words; a character is never cut (RFC 2047 section 5). */
static void
fold_encoded(struct fold *f, const char *text)
{
	char one[ENCODED_CHAR_MAX + 1];
	bool open = false;

	for (size_t len; *text != '\0'; text += len) {
		size_t n;

		len = utf8_len(text, strlen(text));
		n = encode_char(text, len, one);
		if (open &&
		    f->column + n + sizeof(ENCODED_END) - 1 > ENCODED_LINE) {
			buf_puts(&f->b, ENCODED_END);
			f->column = ENCODED_LINE;
			open = false;
		}
		if (!open) {
			fold_space(f, ENCODED_FRAME + n, ENCODED_LINE);
			buf_puts(&f->b, ENCODED_BEGIN);
			f->column += sizeof(ENCODED_BEGIN) - 1;
			open = true;
		}
		buf_add(&f->b, one, n);
		f->column += n;
	}
	if (open) {
		buf_puts(&f->b, ENCODED_END);
		f->column += sizeof(ENCODED_END) - 1;
	}
}

int
header_add_text(struct buf *out, const char *name, const char *text,
    struct err *e)
{
	struct fold f = { .column = 0 };
	struct buf b;
	int rc = -1;

	if (clean(&b, text, e) == -1 || fold_begin(&f, name, e) == -1)
		goto out;
	if (needs_encoding(buf_str(&b)))
		fold_encoded(&f, buf_str(&b));
	else if (fold_words(&f, buf_str(&b), e) == -1)
		goto out;
	rc = fold_end(&f, out, e);
out:
	if (rc == -1)
		err_wrap(e, "%s", name);
	buf_clear(&b);
	buf_clear(&f.b);
	return rc;
}

/* A display name as atoms, or as a quoted-string. (RFC 5322 section 3.2.5) */
static int
fold_phrase(struct fold *f, const char *text, struct err *e)
{
	struct buf quoted;
	bool atoms = true;
	int rc;

	for (const char *p = text; *p != '\0'; p++)
		atoms = atoms && (*p == ' ' || address_is_atext(*p));
	if (atoms)
		return fold_words(f, text, e);
	buf_init(&quoted, (size_t)2 * HEADER_VALUE_MAX + 2);
	buf_puts(&quoted, "\"");
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			buf_puts(&quoted, "\\");
		buf_add(&quoted, p, 1);
	}
	buf_puts(&quoted, "\"");
	rc = fold_words(f, buf_str(&quoted), e);
	buf_clear(&quoted);
	return rc;
}

int
header_add_mailbox(struct buf *out, const char *name, const char *display,
    const struct address *a, struct err *e)
{
	char spec[ADDRESS_SIZE], word[ADDRESS_SIZE + 2];
	struct fold f = { .column = 0 };
	struct buf b;
	int rc = -1;

	if (clean(&b, display != NULL ? display : "", e) == -1 ||
	    fold_begin(&f, name, e) == -1)
		goto out;
	address_format(a, spec);
	(void)snprintf(word, sizeof(word), b.len > 0 ? "<%s>" : "%s", spec);
	if (needs_encoding(buf_str(&b)))
		fold_encoded(&f, buf_str(&b));
	else if (fold_phrase(&f, buf_str(&b), e) == -1)
		goto out;
	if (fold_word(&f, word, strlen(word), e) == -1)
		goto out;
	rc = fold_end(&f, out, e);
out:
	if (rc == -1)
		err_wrap(e, "%s", name);
	buf_clear(&b);
	buf_clear(&f.b);
	return rc;
}

int
header_add_tokens(struct buf *out, const char *name, const char *value,
    struct err *e)
{
	struct fold f;
	int rc = -1;

	if (fold_begin(&f, name, e) == -1)
		goto out;
	for (const char *p = value; *p != '\0'; p++)
		if (*p < ' ' || *p > '~') {
			err_set(e, ERR_SYNTAX,
			    "%s: a value with an octet that is not printable "
			    "ASCII",
			    name);
			goto out;
		}
	if (strlen(value) > HEADER_VALUE_MAX) {
		err_set(e, ERR_LIMIT, "%s: a value of %zu octets", name,
		    strlen(value));
		goto out;
	}
	if (fold_words(&f, value, e) == 0)
		rc = fold_end(&f, out, e);
out:
	buf_clear(&f.b);
	return rc;
}

int
header_add_date(struct buf *out, time_t t, struct err *e)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;

	/* RFC 5322 section 3.3: not before 1900, four digits (and more) */
	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < 0 || tm.tm_year > 8099)
		return err_set(e, ERR_PERM,
		    "a date beyond the years 1900 to "
		    "9999");
	buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
	return 0;
}

int
header_add_message_id(struct buf *out, const char *left, const char *domain,
    struct err *e)
{
	struct fold f;
	struct buf word;
	int rc = -1;

	buf_init(&word, HEADER_LINE_MAX);
	if (fold_begin(&f, "Message-ID", e) == -1)
		goto out;
	if (!address_is_dot_atom(left, strlen(left)) ||
	    !hostname_is_normal(domain)) {
		err_set(e, ERR_SYNTAX, "a message id is not of its form");
		goto out;
	}
	buf_printf(&word, "<%s@%s>", left, domain);
	if (buf_full(&word)) {
		err_set(e, ERR_LIMIT, "a message id is too long");
		goto out;
	}
	if (fold_word(&f, word.data, word.len, e) == 0)
		rc = fold_end(&f, out, e);
out:
	buf_clear(&word);
	buf_clear(&f.b);
	return rc;
}
