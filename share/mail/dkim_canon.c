/* dkim_canon: fields and bodies in the form hashed - see dkim_canon.h */
#include "config.h"

#include "share/mail/dkim_canon.h"

#include <string.h>

/* Octets that go to a sink in larger pieces. */
struct pieces {
	dkim_sink *sink;
	void *arg;
	size_t n;
	char data[DKIM_BODY_PIECE];
};

static void
pieces_flush(struct pieces *p)
{
	if (p->n > 0)
		p->sink(p->arg, p->data, p->n);
	p->n = 0;
}

static void
pieces_put(struct pieces *p, char c)
{
	if (p->n == sizeof(p->data))
		pieces_flush(p);
	p->data[p->n++] = c;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Section 3.4.1: as it is, but for line ends. */
static void
field_simple(struct pieces *p, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
			pieces_put(p, '\r');
		pieces_put(p, text[i]);
	}
}

/* Whether a line end begins at i; it unfolds to nothing. */
static bool
is_line_end(const char *text, size_t len, size_t i)
{
	return text[i] == '\n' ||
	    (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n');
}

/*
 * Section 3.4.2: name in lower case, no blanks around the colon, unfolded, a
 * run of blanks is one, none at the end.
 */
static void
field_relaxed(struct pieces *p, const char *text, size_t len)
{
	bool in_name = true, blank = false, begun = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (is_line_end(text, len, i))
			continue;
		if (is_blank(c)) {
			blank = true;
			continue;
		}
		if (in_name && c == ':') {
			in_name = false;
			pieces_put(p, ':');
			continue;
		}
		if (blank && (begun || in_name))
			pieces_put(p, ' ');
		blank = false;
		begun = !in_name;
		if (in_name && c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		pieces_put(p, c);
	}
}

void
dkim_canon_field(enum dkim_canon c, const char *text, size_t len, bool line_end,
    dkim_sink *sink, void *arg)
{
	struct pieces p = { .sink = sink, .arg = arg };

	if (c == DKIM_SIMPLE)
		field_simple(&p, text, len);
	else
		field_relaxed(&p, text, len);
	if (line_end) {
		pieces_put(&p, '\r');
		pieces_put(&p, '\n');
	}
	pieces_flush(&p);
}

void
dkim_body_init(struct dkim_body *b, enum dkim_canon c, uint64_t limit,
    dkim_sink *sink, void *arg)
{
	memset(b, 0, sizeof(*b));
	b->canon = c;
	b->limit = limit;
	b->sink = sink;
	b->arg = arg;
}

static void
body_flush(struct dkim_body *b)
{
	if (b->n > 0)
		b->sink(b->arg, b->piece, b->n);
	b->n = 0;
}

static void
body_put(struct dkim_body *b, char c)
{
	if (b->octets++ >= b->limit)
		return;
	if (b->n == sizeof(b->piece))
		body_flush(b);
	b->piece[b->n++] = c;
}

/* Line ends and blanks before an octet: now they count. */
static void
body_content(struct dkim_body *b, char c)
{
	for (; b->line_ends > 0; b->line_ends--) {
		body_put(b, '\r');
		body_put(b, '\n');
	}
	if (b->blank)
		body_put(b, ' ');
	b->blank = false;
	body_put(b, c);
}

static void
body_octet(struct dkim_body *b, char c)
{
	if (b->cr && c != '\n')
		body_content(b, '\r');
	b->cr = c == '\r';
	if (b->cr)
		return;
	if (c == '\n') {
		/* section 3.4.4: blanks at the end of a line are ignored */
		b->blank = false;
		b->line_ends++;
	} else if (b->canon == DKIM_RELAXED && is_blank(c)) {
		b->blank = true;
	} else {
		body_content(b, c);
	}
}

void
dkim_body_add(struct dkim_body *b, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		body_octet(b, data[i]);
}

uint64_t
dkim_body_end(struct dkim_body *b)
{
	if (b->cr)
		body_content(b, '\r');
	/*
	 * Empty lines at the end are none, a last line has its CRLF; an empty
	 * body is CRLF in simple form and nothing in relaxed form.
	 */
	if (b->octets > 0 || b->canon == DKIM_SIMPLE) {
		body_put(b, '\r');
		body_put(b, '\n');
	}
	body_flush(b);
	return b->octets;
}
