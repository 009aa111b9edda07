/* mime_write: the parts of a report, and a boundary that is in none of them */
#include "config.h"

#include "share/mail/base64.h"
#include "share/mail/mime_write.h"
#include "t/unit/tap.h"

static const char begin[] =
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n"
    " boundary=\"=_tlsherald_abc\"\r\n"
    "\r\n";
static const char end[] = "\r\n--=_tlsherald_abc--\r\n";

/* A message of one text part, and what its part must be. */
static void
is_part(const char *text, const char *encoding, const char *want,
    const char *name)
{
	struct mime_writer w;
	struct buf b, all;

	buf_init(&b, 100000);
	buf_init(&all, 100000);
	is_int(mime_write_begin(&w, &b, "tlsrpt", "abc", NULL), 0, "%s", name);
	is_int(mime_write_text(&w, text, strlen(text), NULL), 0, "%s: text",
	    name);
	is_int(mime_write_end(&w, NULL), 0, "%s: end", name);
	buf_printf(&all,
	    "%s\r\n--=_tlsherald_abc\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: %s\r\n\r\n%s%s",
	    begin, encoding, want, end);
	is_str(buf_str(&b), buf_str(&all), "%s: the message", name);
	buf_clear(&b);
	buf_clear(&all);
}

static void
test_text(void)
{
	is_part("", "7bit", "", "nothing");
	is_part("Hello\nWorld\n", "7bit", "Hello\r\nWorld\r\n", "plain");
	is_part("Hello\r\n\r\nWorld", "7bit", "Hello\r\n\r\nWorld\r\n",
	    "CRLF, no end");
	is_part("Gr\xc3\xbc\xc3\x9f"
		"e = 1\n",
	    "quoted-printable", "Gr=C3=BC=C3=9Fe =3D 1\r\n", "UTF-8");
	is_part("a \n", "quoted-printable", "a=20\r\n", "a blank at the end");
	is_part("a\tb\n", "quoted-printable", "a=09b\r\n", "a tab");
	is_part("a\rb\n", "quoted-printable", "a=0Db\r\n", "a CR alone");
	is_part(".\nx\n", "quoted-printable", "=2E\r\nx\r\n", "a dot");
	is_part("From me\nFro\n", "quoted-printable", "=46rom me\r\nFro\r\n",
	    "From");
	is_part("--=_tlsherald_abc--\n", "quoted-printable",
	    "--=3D_tlsherald_abc--\r\n", "the boundary itself");
	is_part("0123456789012345678901234567890123456789012345678901234567890"
		"123456789012345\n",
	    "7bit",
	    "0123456789012345678901234567890123456789012345678901234567890"
	    "123456789012345\r\n",
	    "a line of 76");
	is_part("0123456789012345678901234567890123456789012345678901234567890"
		"1234567890123456\n",
	    "quoted-printable",
	    "0123456789012345678901234567890123456789012345678901234567890"
	    "12345678901234=\r\n56\r\n",
	    "a line of 77");
	is_part("0123456789012345678901234567890123456789012345678901234567890"
		"1234567890123\xc3\xbc\n",
	    "quoted-printable",
	    "0123456789012345678901234567890123456789012345678901234567890"
	    "1234567890123=\r\n=C3=BC\r\n",
	    "no =XX is cut");
	is_part("0123456789012345678901234567890123456789012345678901234567890"
		"12345678901234.x\n",
	    "quoted-printable",
	    "0123456789012345678901234567890123456789012345678901234567890"
	    "12345678901234=\r\n=2Ex\r\n",
	    "a dot that a line break brings to the front");
}

/* Data in pieces of this size gives the same as at once. */
static void
test_data(size_t piece)
{
	unsigned char data[1000];
	struct mime_writer w;
	struct buf b, back;
	const char *from;
	size_t n, longest = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7);
	buf_init(&b, 100000);
	buf_init(&back, sizeof(data));
	is_int(mime_write_begin(&w, &b, "tlsrpt", "abc", NULL), 0, "begin");
	is_int(mime_write_text(&w, "x", 1, NULL), 0, "text");
	is_int(mime_write_data_begin(&w, "application/tlsrpt+gzip",
		   "a.example!b.example!1!2.json.gz", NULL),
	    0, "data of %zu", piece);
	for (size_t i = 0; i < sizeof(data); i += n) {
		n = piece < sizeof(data) - i ? piece : sizeof(data) - i;
		mime_write_data(&w, data + i, n);
	}
	is_int(mime_write_end(&w, NULL), 0, "end");
	has_str(buf_str(&b),
	    "x\r\n\r\n--=_tlsherald_abc\r\n"
	    "Content-Type: application/tlsrpt+gzip\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment;"
	    " filename=\"a.example!b.example!1!2.json.gz\"\r\n\r\n",
	    "the part's header");
	from = strstr(buf_str(&b), "json.gz\"\r\n\r\n") +
	    strlen("json.gz\"\r\n\r\n");
	is_str(strstr(from, "\r\n--"), end, "the end follows");
	for (const char *p = from; *p != '\r'; p += n + 2) {
		n = strcspn(p, "\r");
		longest = n > longest ? n : longest;
	}
	is_int(longest, 76, "its lines");
	is_int(base64_decode(&back, from,
		   (size_t)(strstr(from, "\r\n--") - from), NULL),
	    0, "is base64");
	is_int(back.len, sizeof(data), "all of it");
	is_mem(back.data, data, sizeof(data), "the same octets");
	buf_clear(&b);
	buf_clear(&back);
}

static void
test_refused(void)
{
	static const char *const files[] = { "a\"b", "a\\b", "a b", "a\r\nX: b",
		"\xc3\xa4" };
	struct mime_writer w;
	struct buf b;
	struct err e;

	buf_init(&b, 10000);
	is_int(mime_write_begin(&w, &b, "tlsrpt", "", &e), -1, "no tag");
	is_int(mime_write_begin(&w, &b, "tlsrpt", "a\"b", &e), -1, "a quote");
	is_int(mime_write_begin(&w, &b, "tls\r\nrpt", "a", &e), -1, "a line");
	is_int(mime_write_begin(&w, &b, "tlsrpt",
		   "0123456789012345678901234567890123456789x", &e),
	    -1, "a tag of 41");
	is_int(b.len, 0, "nothing was written");
	is_int(mime_write_begin(&w, &b, "tlsrpt", "abc", &e), 0, "begin");
	is_int(mime_write_text(&w, "\xff", 1, &e), -1, "no UTF-8");
	is_int(mime_write_text(&w, "a\0b", 3, &e), -1, "a NUL");
	is_int(mime_write_data_begin(&w, "application", "a", &e), -1,
	    "no type");
	is_int(mime_write_data_begin(&w, "a/b; c=\"d\"", "a", &e), -1,
	    "a parameter");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		is_int(mime_write_data_begin(&w, "a/b", files[i], &e), -1,
		    "file name %zu", i);
	buf_clear(&b);
	buf_init(&b, 300);
	is_int(mime_write_begin(&w, &b, "tlsrpt", "abc", &e), 0, "small");
	is_int(mime_write_data_begin(&w, "a/b", "c", &e), 0, "a part");
	for (int i = 0; i < 100; i++)
		mime_write_data(&w, "0123456789", 10);
	is_int(mime_write_end(&w, &e), -1, "what does not fit");
	is_int(e.code, ERR_LIMIT, "is said at the end");
	buf_clear(&b);
}

int
main(void)
{
	test_text();
	test_data(1);
	test_data(56);
	test_data(57);
	test_data(1000);
	test_refused();
	return done_testing();
}
