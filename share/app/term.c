/* term: text for people, on a terminal or not - see term.h */
#include "config.h"

#include "share/app/term.h"
#include "share/base/buf.h"
#include "share/base/xmem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int
width_of(FILE *out)
{
	struct winsize ws;
	const char *columns = getenv("COLUMNS");
	long n = 80;

	if (ioctl(fileno(out), TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		n = ws.ws_col;
	else if (columns != NULL && *columns != '\0')
		n = strtol(columns, NULL, 10);
	if (n < TERM_WIDTH_MIN)
		return TERM_WIDTH_MIN;
	return n > TERM_WIDTH_MAX ? TERM_WIDTH_MAX : (int)n;
}

void
term_init(struct term *t, FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	t->out = out;
	t->width = width_of(out);
	/* https://no-color.org: set and not empty */
	t->colour = isatty(fileno(out)) == 1 &&
	    (no_color == NULL || *no_color == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

/* Appends s to b without what could steer a terminal. */
static void
add_safe(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ' || c > 0x7e)
			buf_printf(b, "\\x%02x", c);
		else
			buf_add(b, s, 1);
	}
}

void
term_print(struct term *t, enum term_tone tone, const char *fmt, ...)
{
	static const char *const start[] = { [TERM_PLAIN] = "",
		[TERM_GOOD] = "\033[32m",
		[TERM_WARN] = "\033[33m",
		[TERM_BAD] = "\033[31m",
		[TERM_HEAD] = "\033[1m" };
	struct buf raw;
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	buf_init(&raw, 4 * strlen(text) + 1);
	add_safe(&raw, text);
	free(text);
	if (t->colour && tone != TERM_PLAIN)
		fprintf(t->out, "%s%s\033[0m", start[tone], buf_str(&raw));
	else
		fputs(buf_str(&raw), t->out);
	buf_clear(&raw);
}

void
term_fill(struct term *t, int indent, const char *label, const char *text)
{
	struct buf safe;
	const char *p;
	int column;

	buf_init(&safe, 4 * strlen(text) + 1);
	add_safe(&safe, text);
	column = fprintf(t->out, "%-*s", indent, label);
	if (column < 0)
		column = indent;
	if (column > indent) { /* a long label gets a line of its own */
		fprintf(t->out, "\n%*s", indent, "");
		column = indent;
	}
	for (p = buf_str(&safe); *p != '\0';) {
		int n = (int)strcspn(p, " ");

		if (column > indent && column + 1 + n > t->width) {
			fprintf(t->out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', t->out);
			column++;
		}
		fwrite(p, 1, (size_t)n, t->out);
		column += n;
		p += n;
		p += strspn(p, " ");
	}
	fputc('\n', t->out);
	buf_clear(&safe);
}
