/* reply_lint_sendmail: would Sendmail take this? - reply_lint_sendmail.h */
#include "config.h"

#include "share/policy/reply_lint_sendmail.h"
#include "share/base/hostname.h"

#include <string.h>

static const char secure[] = "OK secure match=";
static const char ending[] = " servername=hostname";

/* Signs that pass through rewriting, and an error text, as they are. */
static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr(" .-_:'", c) != NULL);
}

static bool
begins(const char *s, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && memcmp(s, word, n) == 0;
}

static bool
is(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(s, word, len) == 0;
}

/* "why": something, and nothing but plain signs. */
static int
lint_why(const char *s, size_t len, struct err *e)
{
	if (len == 0)
		return err_set(e, ERR_SYNTAX, "no reason");
	for (size_t i = 0; i < len; i++)
		if (!is_plain(s[i]))
			return err_set(e, ERR_SYNTAX, "a sign in the reason");
	return 0;
}

/* ":"-separated names, each perhaps behind a dot. */
static int
lint_match(const char *s, size_t len, struct err *e)
{
	const char *end = s + len;
	char name[HOSTNAME_SIZE];

	while (s <= end) {
		const char *colon = memchr(s, ':', (size_t)(end - s));
		size_t n = (size_t)((colon != NULL ? colon : end) - s);

		if (n > 0 && *s == '.') {
			s++;
			n--;
		}
		if (n == 0 || n >= sizeof(name))
			return err_set(e, ERR_SYNTAX, "no host name in match");
		memcpy(name, s, n);
		name[n] = '\0';
		if (!hostname_is_normal(name))
			return err_set(e, ERR_SYNTAX, "no host name in match");
		s += n + 1;
	}
	return 0;
}

static int
lint_sts(const char *reply, size_t len, struct err *e)
{
	size_t head = strlen(secure), tail = strlen(ending);

	if (is(reply, len, "NOTFOUND "))
		return 0;
	if (!begins(reply, len, secure) || len < head + tail ||
	    memcmp(reply + len - tail, ending, tail) != 0)
		return err_set(e, ERR_SYNTAX, "not the one shape");
	return lint_match(reply + head, len - head - tail, e);
}

static int
lint_tlspol(const char *reply, size_t len, struct err *e)
{
	static const char fail[] = "OK FAIL ";

	if (is(reply, len, "OK PASS") || is(reply, len, "OK WAIVE"))
		return 0;
	if (begins(reply, len, fail))
		return lint_why(reply + strlen(fail), len - strlen(fail), e);
	return err_set(e, ERR_SYNTAX, "neither PASS nor FAIL");
}

int
reply_lint_sendmail(const char *reply, size_t len, enum dialect_id id,
    struct err *e)
{
	static const char temp[] = "TEMP ";

	if (reply == NULL || len > REPLY_SENDMAIL_MAX)
		return err_set(e, ERR_LIMIT, "reply of %zu octets", len);
	for (size_t i = 0; i < len; i++)
		if (reply[i] < ' ' || reply[i] > '~')
			return err_set(e, ERR_SYNTAX, "unprintable octet");
	/* its reason goes nowhere but to logs */
	if (begins(reply, len, temp) && len > strlen(temp))
		return 0;
	if (id == DIALECT_STS)
		return lint_sts(reply, len, e);
	return lint_tlspol(reply, len, e);
}

char *
reply_sendmail_text(char *dst, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < size; text++)
		dst[n++] = is_plain(*text) ? *text : ' ';
	dst[n] = '\0';
	return dst;
}
