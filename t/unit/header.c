/* header: folding, encoded words, and values that try to add a line */
#include "config.h"

#include "share/mail/header.h"
#include "t/unit/tap.h"

#include <stdlib.h>

/* The rules of every field: its lines' lengths, CRLF only at line ends. */
static void
check_lines(const struct buf *b, size_t longest, const char *name)
{
	const char *line = buf_str(b);
	bool good = b->len > 2 && strcmp(line + b->len - 2, "\r\n") == 0;

	while (good && *line != '\0') {
		size_t n = strcspn(line, "\r\n");

		good = n <= longest && strncmp(line + n, "\r\n", 2) == 0 &&
		    strspn(line, " \t") < n;
		line += n + 2;
		/* a further line continues the field */
		good = good && (*line == '\0' || *line == ' ');
	}
	ok(good, "%s: its lines are of their form", name);
	if (!good)
		printf("# %s\n", buf_str(b));
}

static void
is_text(const char *text, const char *want, const char *name)
{
	struct buf b;

	buf_init(&b, 100000);
	is_int(header_add_text(&b, "Subject", text, NULL), 0, "%s", name);
	if (want != NULL)
		is_str(buf_str(&b), want, "%s: the field", name);
	check_lines(&b, HEADER_LINE, name);
	buf_clear(&b);
}

static void
test_text(void)
{
	char word[HEADER_LINE_MAX + 10];

	is_text("hello", "Subject: hello\r\n", "short");
	is_text("  a \t b  ", "Subject: a b\r\n", "blanks");
	is_text("Report Domain: recipient.example Submitter: mx.example "
		"Report-ID: <2026.x@mx.example>",
	    "Subject: Report Domain: recipient.example Submitter: mx.example "
	    "Report-ID:\r\n <2026.x@mx.example>\r\n",
	    "folded (RFC 8460 section 5.3)");
	is_text("a\r\nBcc: x@y", "Subject: a Bcc: x@y\r\n", "a line is added");
	is_text("a\rb\nc\x01"
		"d\x7f"
		"e",
	    "Subject: a b c d e\r\n", "control characters");
	is_text("Gr\xc3\xbc\xc3\x9f"
		"e",
	    "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n", "UTF-8");
	is_text("100 \xe2\x82\xac = 1_0?",
	    "Subject: =?UTF-8?Q?100_=E2=82=AC_=3D_1=5F0=3F?=\r\n",
	    "what is special in it");
	is_text("Gr\xfc\xdf\r\nBcc: x",
	    "Subject: =?UTF-8?Q?Gr=EF=BF=BD=EF=BF=BD_Bcc=3A_x?=\r\n",
	    "no UTF-8, and a line");
	is_text("=?UTF-8?Q?x?=",
	    "Subject: =?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fx=3F=3D?=\r\n",
	    "what looks encoded is encoded");
	is_text("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac"
		"\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	    "Subject: =?UTF-8?Q?=E6=97=A5=E6=9C=AC=E8=AA=9E=E6=97=A5=E6=9C=AC=E8=AA=9E?="
	    "\r\n =?UTF-8?Q?=E6=97=A5=E6=9C=AC=E8=AA=9E?=\r\n",
	    "no character is cut");
	memset(word, 'x', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	is_text(word, NULL, "an endless word is encoded");
}

static void
test_empty(void)
{
	struct buf b;

	buf_init(&b, 1000);
	is_int(header_add_text(&b, "Subject", "\r\n \t", NULL), 0, "no text");
	is_str(buf_str(&b), "Subject:\r\n", "an empty field");
	buf_clear(&b);
}

static void
is_mailbox(const char *display, const char *want, const char *name)
{
	struct address a = { .local = "jane", .domain = "example.org" };
	struct buf b;

	buf_init(&b, 100000);
	is_int(header_add_mailbox(&b, "From", display, &a, NULL), 0, "%s",
	    name);
	is_str(buf_str(&b), want, "%s: the field", name);
	check_lines(&b, HEADER_LINE, name);
	buf_clear(&b);
}

static void
test_mailbox(void)
{
	is_mailbox(NULL, "From: jane@example.org\r\n", "no name");
	is_mailbox("", "From: jane@example.org\r\n", "an empty name");
	is_mailbox("TLS Report", "From: TLS Report <jane@example.org>\r\n",
	    "atoms");
	is_mailbox("Doe, Jane", "From: \"Doe, Jane\" <jane@example.org>\r\n",
	    "a comma");
	is_mailbox("a \"b\" \\",
	    "From: \"a \\\"b\\\" \\\\\" "
	    "<jane@example.org>\r\n",
	    "quotes");
	is_mailbox("x\" <joe@example.net>, \"",
	    "From: \"x\\\" <joe@example.net>, \\\"\" <jane@example.org>\r\n",
	    "another address");
	is_mailbox("a\r\nTo: b", "From: \"a To: b\" <jane@example.org>\r\n",
	    "a line");
	is_mailbox("J\xc3\xa4ne \"D\"",
	    "From: =?UTF-8?Q?J=C3=A4ne_=22D=22?= <jane@example.org>\r\n",
	    "UTF-8");
	is_mailbox("The Foobar Organization of Great Length, and Its Many "
		   "Subsidiaries",
	    "From: \"The Foobar Organization of Great Length, and Its Many "
	    "Subsidiaries\"\r\n <jane@example.org>\r\n",
	    "folded");
}

static void
test_tokens(void)
{
	char word[HEADER_LINE_MAX + 1];
	struct buf b;
	struct err e;

	buf_init(&b, 10000);
	is_int(header_add_tokens(&b, "MIME-Version", "1.0", NULL), 0, "tokens");
	is_str(buf_str(&b), "MIME-Version: 1.0\r\n", "a field");
	buf_reset(&b);
	is_int(header_add_tokens(&b, "X", "a\r\nBcc: b", &e), -1, "a line");
	is_int(e.code, ERR_SYNTAX, "is refused");
	is_int(header_add_tokens(&b, "X", "a\xc3\xa4", &e), -1, "UTF-8 too");
	is_int(header_add_tokens(&b, "X\r\nY", "a", &e), -1, "a name too");
	is_int(header_add_tokens(&b, "X:", "a", &e), -1, "and with a colon");
	is_int(header_add_tokens(&b, "", "a", &e), -1, "and none");
	is_int(b.len, 0, "nothing was written");
	memset(word, 'x', sizeof(word));
	word[HEADER_LINE_MAX - 1] = '\0';
	is_int(header_add_tokens(&b, "X", word, &e), 0, "the longest word");
	check_lines(&b, HEADER_LINE_MAX, "the longest word");
	word[HEADER_LINE_MAX - 1] = 'x';
	word[HEADER_LINE_MAX] = '\0';
	is_int(header_add_tokens(&b, "X", word, &e), -1, "one octet more");
	is_int(e.code, ERR_LIMIT, "is the limit");
	buf_clear(&b);
}

static void
test_date(void)
{
	struct buf b;
	struct err e;

	buf_init(&b, 1000);
	is_int(header_add_date(&b, 1795299633, NULL), 0, "a date");
	is_str(buf_str(&b), "Date: Sat, 21 Nov 2026 22:20:33 +0000\r\n",
	    "is written so");
	buf_reset(&b);
	is_int(header_add_date(&b, 0, NULL), 0, "the first second");
	is_str(buf_str(&b), "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n", "too");
	is_int(header_add_date(&b, (time_t)1 << 60, &e), -1, "no such year");
	buf_clear(&b);
}

static void
test_message_id(void)
{
	static const char *const bad[] = { "", "a b", "a@b", "a>", ".a",
		"a\r\n", "a..b", "\xc3\xa4" };
	struct buf b;
	struct err e;

	buf_init(&b, 10000);
	is_int(header_add_message_id(&b, "2026-11-21.x", "mx.example", NULL), 0,
	    "an id");
	is_str(buf_str(&b), "Message-ID: <2026-11-21.x@mx.example>\r\n", "so");
	buf_reset(&b);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(header_add_message_id(&b, bad[i], "a.b", &e), -1,
		    "\"%s\" is refused", bad[i]);
	is_int(header_add_message_id(&b, "a", "Mx.Example", &e), -1,
	    "a domain not in normal form");
	is_int(header_add_message_id(&b, "a", "a>b", &e), -1, "or none");
	is_int(b.len, 0, "nothing was written");
	buf_clear(&b);
}

static void
test_full(void)
{
	struct buf b;

	buf_init(&b, 20);
	is_int(header_add_text(&b, "Subject", "012345678", NULL), 0, "fits");
	is_str(buf_str(&b), "Subject: 012345678\r\n", "exactly");
	ok(!buf_full(&b), "and is not full");
	buf_reset(&b);
	is_int(header_add_text(&b, "Subject", "0123456789", NULL), 0, "longer");
	is_str(buf_str(&b), "", "is left out whole");
	ok(buf_full(&b), "and the buffer says so");
	buf_clear(&b);
}

int
main(void)
{
	test_text();
	test_empty();
	test_mailbox();
	test_tokens();
	test_date();
	test_message_id();
	test_full();
	return done_testing();
}
