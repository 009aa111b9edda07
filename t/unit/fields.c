/* fields: where fields begin and end, and where the body begins */
#include "config.h"

#include "share/base/buf.h"
#include "share/mail/fields.h"
#include "t/unit/tap.h"

/* The message as "name|text" per field, and the body after "=". */
static void
check(const char *msg, const char *want, const char *name)
{
	struct fields f;
	struct buf b;

	buf_init(&b, 10000);
	is_int(fields_parse(msg, strlen(msg), &f, NULL), 0, "%s", name);
	for (size_t i = 0; i < f.n; i++)
		buf_printf(&b, "[%.*s|%.*s|%.*s]", (int)f.field[i].name_len,
		    f.field[i].text, (int)f.field[i].len, f.field[i].text,
		    (int)(f.field[i].len - f.field[i].value),
		    f.field[i].text + f.field[i].value);
	buf_printf(&b, "=%.*s", (int)f.body_len, f.body);
	is_str(buf_str(&b), want, "%s: its parts", name);
	fields_clear(&f);
	buf_clear(&b);
}

static void
test_limit(void)
{
	struct fields f;
	struct buf b;
	struct err e;

	buf_init(&b, 10 * (FIELDS_MAX + 1));
	for (int i = 0; i < FIELDS_MAX; i++)
		buf_puts(&b, "a:b\n");
	is_int(fields_parse(buf_str(&b), b.len, &f, &e), 0, "as many as go");
	is_int(f.n, FIELDS_MAX, "all are there");
	fields_clear(&f);
	buf_puts(&b, "a:b\n");
	is_int(fields_parse(buf_str(&b), b.len, &f, &e), -1, "one more");
	is_int(e.code, ERR_LIMIT, "is the limit");
	fields_clear(&f);
	buf_clear(&b);
}

static void
test_names(void)
{
	static const char msg[] = "From: a\nTo: b\nFROM : c\nFromx: d\n\n";
	struct fields f;

	is_int(fields_parse(msg, sizeof(msg) - 1, &f, NULL), 0, "parse");
	is_int(fields_count(&f, "from"), 2, "case and blanks don't matter");
	is_int(fields_count(&f, "Fro"), 0, "the length does");
	ok(field_is(&f.field[1], "to", 2), "To is to");
	fields_clear(&f);
}

int
main(void)
{
	check("A: b\r\nC:d\r\n\r\nbody\r\n", "[A|A: b| b][C|C:d|d]=body\r\n",
	    "CRLF");
	check("A: b\nC:d\n\nbody\n", "[A|A: b| b][C|C:d|d]=body\n", "LF");
	check("A: b\r\n\tc\r\n d\r\nE:f\r\n\r\n",
	    "[A|A: b\r\n\tc\r\n d| b\r\n\tc\r\n d][E|E:f|f]=", "folded");
	check("A:b", "[A|A:b|b]=", "no end");
	check("A:b\r\n", "[A|A:b|b]=", "no empty line");
	check("", "=", "nothing");
	check("\r\nA:b\r\n", "=A:b\r\n", "no header");
	check("A \t: b\n\n", "[A|A \t: b| b]=", "blanks before the colon");
	check("From a@b Sat Nov 21\nA:b\n\nc", "[A|A:b|b]=c", "an mbox line");
	check("no field\nA:b\n\nc", "[A|A:b|b]=c", "a line that is none");
	check(":x\nA:b\n\n", "[A|A:b|b]=", "no name");
	check("A B:x\nC:d\n\n", "[C|C:d|d]=", "a blank in a name");
	check("A:\n\n\nb", "[A|A:|]=\nb",
	    "an empty value, a body of two lines");
	check("A:b\n \nC:d\n\n",
	    "[A|A:b\n |b\n ][C|C:d|d]=", "a line of blanks continues");
	check("A:b\r\n\r\n c\r\n", "[A|A:b|b]= c\r\n",
	    "a body that begins with a blank");
	test_limit();
	test_names();
	return done_testing();
}
