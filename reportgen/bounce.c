/* bounce: reads a mail that says that another did not arrive - bounce.h */
#include "config.h"

#include "reportgen/bounce.h"
#include "share/base/text.h"

#include <ctype.h>
#include <string.h>

#define NEAR_LINES 6 /* a status stands so near to its address */
#define GROUP_MAX 4  /* addresses of one recipient's fields */

/* One line, without its end. */
struct line {
	char text[BOUNCE_LINE_MAX + 1];
};

/* Takes the next line of [*at, end); false when there is none. */
static bool
next_line(const char **at, const char *end, struct line *l)
{
	const char *eol;
	size_t n;

	if (*at == end)
		return false;
	eol = memchr(*at, '\n', (size_t)(end - *at));
	n = (size_t)((eol != NULL ? eol : end) - *at);
	if (n > 0 && (*at)[n - 1] == '\r')
		n--;
	if (n > BOUNCE_LINE_MAX)
		n = BOUNCE_LINE_MAX;
	for (size_t i = 0; i < n; i++)
		l->text[i] = (*at)[i] != '\0' ? (*at)[i] : ' ';
	l->text[n] = '\0';
	*at = eol != NULL ? eol + 1 : end;
	return true;
}

/* The value of a field with that name, or NULL. */
static const char *
field(const struct line *l, const char *name)
{
	size_t n = strlen(name);

	if (!text_starts_nocase(l->text, name) || l->text[n] != ':')
		return NULL;
	return l->text + n + 1 + strspn(l->text + n + 1, " \t");
}

static void
add(struct bounce *b, const char *s, size_t n)
{
	char text[ADDRESS_SIZE];
	struct address a;

	if (b->n == BOUNCE_ADDRESSES_MAX || n > ADDRESS_INPUT_MAX ||
	    address_parse(s, n, &a, NULL) == -1)
		return;
	(void)address_format(&a, text);
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->address[i], text) == 0)
			return;
	memcpy(b->address[b->n++], text, sizeof(text));
}

/* ---- RFC 3464: groups of fields, one for each recipient ---- */

struct group {
	struct bounce named;
	bool has_action, failed; /* "Action:" */
	bool permanent;          /* "Status: 5.x.x" */
};

/* "rfc822; <a@b>": RFC 3464 section 2.3.1 */
static void
take_recipient(struct group *g, const char *value)
{
	const char *s = strchr(value, ';');
	size_t n;

	s = s != NULL ? s + 1 : value;
	s += strspn(s, " \t<");
	n = strcspn(s, "> \t");
	if (g->named.n < GROUP_MAX)
		add(&g->named, s, n);
}

static void
end_group(struct group *g, struct bounce *b)
{
	/* section 2.3.3: "failed" means that nobody will try again */
	if (g->has_action ? g->failed : g->permanent)
		for (size_t i = 0; i < g->named.n; i++)
			add(b, g->named.address[i],
			    strlen(g->named.address[i]));
	g->named.n = 0;
	g->has_action = g->failed = g->permanent = false;
}

/* Whether there are such groups; what has failed goes to b. */
static bool
read_status(const char *mail, size_t n, struct bounce *b)
{
	const char *at = mail, *end = mail + n, *v;
	struct group g = { 0 };
	struct line l;
	bool found = false;

	while (next_line(&at, end, &l)) {
		if (l.text[0] == '\0') {
			end_group(&g, b);
		} else if ((v = field(&l, "Final-Recipient")) != NULL ||
		    (v = field(&l, "Original-Recipient")) != NULL) {
			found = true;
			take_recipient(&g, v);
		} else if ((v = field(&l, "Action")) != NULL) {
			g.has_action = true;
			g.failed = text_starts_nocase(v, "failed");
		} else if ((v = field(&l, "Status")) != NULL) {
			g.permanent = v[0] == '5';
		}
	}
	end_group(&g, b);
	return found;
}

/* ---- X-Failed-Recipients, in words ---- */

static bool
read_failed_recipients(const char *mail, size_t n, struct bounce *b)
{
	const char *at = mail, *end = mail + n, *v;
	struct line l;
	bool within = false, found = false;

	while (next_line(&at, end, &l) && l.text[0] != '\0') {
		v = field(&l, "X-Failed-Recipients");
		within = v != NULL ||
		    (within && (l.text[0] == ' ' || l.text[0] == '\t'));
		if (!within)
			continue;
		found = true;
		for (v = v != NULL ? v : l.text; *v != '\0';) {
			size_t len;

			v += strspn(v, " \t,<>");
			len = strcspn(v, " \t,>");
			add(b, v, len);
			v += len;
		}
	}
	return found;
}

/* Whether the header is that of a mail about a mail. */
static bool
is_bounce(const char *mail, size_t n)
{
	const char *at = mail, *end = mail + n, *v;
	struct line l;
	bool bounce = false;

	while (next_line(&at, end, &l) && l.text[0] != '\0') {
		if ((v = field(&l, "Auto-Submitted")) != NULL &&
		    text_starts_nocase(v, "auto-replied"))
			bounce = true; /* RFC 3834: some bounces are */
		if ((v = field(&l, "Return-Path")) != NULL &&
		    strncmp(v, "<>", 2) == 0)
			bounce = true;
		if ((v = field(&l, "From")) != NULL &&
		    (strcasestr(v, "mailer-daemon") != NULL ||
			strcasestr(v, "postmaster") != NULL))
			bounce = true;
	}
	return bounce;
}

/* "550 ...", "5.1.1": a status of class 5 that stands alone. */
static bool
says_never(const char *s)
{
	for (const char *p = s; *p != '\0'; p++) {
		if (*p != '5' ||
		    (p > s && (isalnum((unsigned char)p[-1]) || p[-1] == '.')))
			continue;
		if (p[1] >= '0' && p[1] <= '7' &&
		    isdigit((unsigned char)p[2]) &&
		    strchr(" -\t", p[3]) != NULL && p[3] != '\0')
			return true;
		if (p[1] == '.' && p[2] >= '0' && p[2] <= '7' && p[3] == '.' &&
		    isdigit((unsigned char)p[4]))
			return true;
	}
	return false;
}

/* The addresses of a line: whatever has an "@" in its middle. */
static void
take_addresses(const char *s, struct bounce *b)
{
	static const char around[] = " \t<>()[]:;,'\"`";

	while (*s != '\0') {
		size_t n;

		s += strspn(s, around);
		n = strcspn(s, around);
		if (n > 0 && s[n - 1] == '.')
			add(b, s, n - 1);
		else if (memchr(s, '@', n) != NULL)
			add(b, s, n);
		s += n;
	}
}

/* An address, and a status of class 5 on its line or soon below it. */
static void
read_words(const char *mail, size_t n, struct bounce *b)
{
	const char *at = mail, *end = mail + n;
	struct bounce near = { 0 };
	struct line l;
	bool body = false;
	int age = 0;

	while (next_line(&at, end, &l)) {
		if (l.text[0] == '\0')
			body = true;
		if (!body)
			continue;
		/* what was sent stands below, with its addresses */
		if (field(&l, "Received") != NULL ||
		    field(&l, "DKIM-Signature") != NULL ||
		    field(&l, "TLS-Report-Domain") != NULL)
			break;
		if (strchr(l.text, '@') != NULL) {
			near.n = 0;
			age = 0;
			take_addresses(l.text, &near);
		} else if (++age > NEAR_LINES) {
			near.n = 0;
		}
		if (near.n == 0 || !says_never(l.text))
			continue;
		for (size_t i = 0; i < near.n; i++)
			add(b, near.address[i], strlen(near.address[i]));
	}
}

void
bounce_read(const char *mail, size_t n, struct bounce *b)
{
	if (n > BOUNCE_MAIL_MAX)
		n = BOUNCE_MAIL_MAX;
	b->n = 0;
	if (read_status(mail, n, b) || read_failed_recipients(mail, n, b))
		return;
	if (is_bounce(mail, n))
		read_words(mail, n, b);
}
