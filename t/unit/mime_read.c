/* mime_read: parts of mails as senders really build them - see mime_read.h */
#include "config.h"

#include "share/base/buf.h"
#include "share/base/xmem.h"
#include "share/mail/mime_decode.h"
#include "share/mail/mime_param.h"
#include "share/mail/mime_read.h"
#include "t/unit/tap.h"

#include <stdlib.h>

/* Octets in a line: those that cannot be seen as <hex>. */
static void
show(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] < ' ' || s[i] > '~')
			buf_printf(out, "<%02x>", (unsigned char)s[i]);
		else
			buf_add(out, s + i, 1);
	}
}

/* One line a part: depth, type, name, what is in it. */
static bool
print_part(void *arg, const struct mime_part *part)
{
	struct mime_data d;
	unsigned faults = 0;

	buf_printf(arg, "%u %s|%s|", part->depth, part->type, part->name);
	if (mime_read_decode(part, &d, &faults) == -1)
		buf_puts(arg, "(long)");
	else if (d.len > 60)
		buf_printf(arg, "(%zu octets)", d.len);
	else
		show(arg, d.data, d.len);
	if (faults != 0)
		buf_printf(arg, "|faults %u", faults);
	buf_puts(arg, "\n");
	mime_read_clear(&d);
	return true;
}

static unsigned
walk(const char *mail, size_t n, struct buf *out)
{
	struct fields f;
	struct err e;
	unsigned faults = 0;

	if (fields_parse(mail, n, &f, &e) == 0)
		faults = mime_read(&f, print_part, out);
	else
		buf_puts(out, "fields");
	fields_clear(&f);
	return faults;
}

static void
is_parts(const char *mail, const char *want, unsigned faults, const char *name)
{
	struct buf out;

	buf_init(&out, 100000);
	is_int(walk(mail, strlen(mail), &out), faults, "%s: faults", name);
	is_str(buf_str(&out), want, "%s", name);
	buf_clear(&out);
}

/* A mail with CRLF for each LF gives the same parts. */
static char *
with_crlf(const char *s)
{
	struct buf out;

	buf_init(&out, 100000);
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			buf_puts(&out, "\r");
		buf_add(&out, s, 1);
	}
	return buf_take(&out);
}

#define MULTI                                                               \
	"From: a@b.example\nMIME-Version: 1.0\n"                            \
	"Content-Type: multipart/report; report-type=\"tlsrpt\";\n"         \
	"\tboundary=\"=_x\"\n\npreamble\n--=_x\n"                           \
	"Content-Type: text/plain\n\nhello\n--=_x\n"                        \
	"Content-Type: application/tlsrpt+gzip\n"                           \
	"Content-Transfer-Encoding: base64\n"                               \
	"Content-Disposition: attachment;\n filename=\"a!b!1!2.json.gz\"\n" \
	"\nH4sI\n"
#define PARTS                   \
	"1 text/plain||hello\n" \
	"1 application/tlsrpt+gzip|a!b!1!2.json.gz|<1f><8b><08>\n"

static void
test_multipart(void)
{
	char *crlf = with_crlf(MULTI "--=_x--\n");

	is_parts(MULTI "--=_x--\nepilogue\n", PARTS, 0, "as RFC 8460 has it");
	is_parts(crlf, PARTS, 0, "with CRLF");
	free(crlf);
	is_parts(MULTI "--=_x--", PARTS, 0, "no line end at the end");
	is_parts(MULTI "--=_x  \n--=_x-- \n", PARTS, 0,
	    "blanks behind boundaries, nothing between two");
	is_parts(MULTI, PARTS, MIME_FAULT_UNCLOSED, "no final boundary (25)");
	is_parts("Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--xy\n"
		 "b\n--x--\n",
	    "1 ||a<0a>--xy<0a>b\n", 0,
	    "a line that begins as a boundary is none");
	is_parts("Content-Type: multipart/mixed\n\n--guess\n\none\n--guess--\n",
	    "1 ||one\n", MIME_FAULT_BOUNDARY, "no boundary declared");
	is_parts("Content-Type: multipart/mixed; boundary=other\n\n--used\n\n"
		 "one\n--used--\n",
	    "1 ||one\n", MIME_FAULT_BOUNDARY, "another one is used");
	is_parts("Content-Type: multipart/mixed; boundary=b\n\n{\"x\":1}\n",
	    "0 multipart/mixed||{\"x\":1}<0a>\n", MIME_FAULT_BOUNDARY,
	    "a multipart without parts is one");
	is_parts("Content-Type: multipart/mixed; boundary=a\n\n--a\n"
		 "Content-Type: multipart/alternative; boundary=ab\n\n--ab\n\n"
		 "in\n--a\n\nout\n--a--\n",
	    "2 ||in\n1 ||out\n", MIME_FAULT_UNCLOSED,
	    "one that is not closed ends with the one around it");
	is_parts("Content-Type: message/rfc822\n\nSubject: x\nContent-Type: "
		 "application/json\n\n{}",
	    "1 application/json||{}\n", 0, "a mail in a mail is opened");
	is_parts("Content-Type: multipart/digest; boundary=d\n\n--d\n\n"
		 "Content-Type: application/json\n\n{}\n--d--\n",
	    "2 application/json||{}\n", 0, "so are those of a digest");
}

static void
test_headers(void)
{
	is_parts("Content-Type: application/tlsrpt+json\n\n{}",
	    "0 application/tlsrpt+json||{}\n", 0,
	    "the whole body is the report (22)");
	is_parts("Content-Type: application/tlsrpt+gzip; \n"
		 " name=\"a.json.gz\"\n\nx",
	    "0 application/tlsrpt+gzip|a.json.gz|x\n", 0,
	    "parameters on a folded line after a blank (18)");
	is_parts("ContentType: application/gzip; name=x\n\nx",
	    "0 application/gzip|x|x\n", MIME_FAULT_HEADER,
	    "Content-Type misspelt (18)");
	is_parts("ContentType: text/html\nContent-type: Application/GZIP\n\nx",
	    "0 application/gzip||x\n", 0, "the right spelling counts");
	is_parts("Content-Type: application/tlsrpt+gzip\n"
		 "Content-Disposition: attachment; filename*0=\"a!b!\";\n"
		 " filename*1=\"1!2.json\"; filename*2=.gz\n\nx",
	    "0 application/tlsrpt+gzip|a!b!1!2.json.gz|x\n", 0,
	    "a name in pieces (17)");
	is_parts("Content-Disposition: attachment; filename*=utf-8'de'a%21b\n"
		 "\nx",
	    "0 |a!b|x\n", 0, "an encoded name (17)");
	is_parts("Content-Disposition: attachment; filename*1*=%2e; "
		 "filename*0*=utf-8''a; filename*2=z\n\nx",
	    "0 |a.z|x\n", 0, "encoded pieces in another order (17)");
	is_parts("Content-Description: a!b!1!2.json.gz\nContent-Type: "
		 "application/gzip\n\nx",
	    "0 application/gzip|a!b!1!2.json.gz|x\n", 0,
	    "the name only in Content-Description (17)");
	is_parts("Content-Type: application/x-gzip (a \"comment\"); "
		 "NAME=\"q\\\"q\n\nx",
	    "0 application/x-gzip|q\"q|x\n", 0,
	    "a comment, upper case, a quote that does not end");
	is_parts("Content-Transfer-Encoding: x-uuencode\n\nx", "0 ||x\n",
	    MIME_FAULT_ENCODING, "an unknown encoding");
	is_parts("", "0 ||\n", 0, "nothing at all");
}

static void
is_base64(const char *s, const char *want, bool odd, const char *name)
{
	char out[256];
	bool was_odd = false;
	size_t n = mime_decode_base64(s, strlen(s), out, &was_odd);

	out[n] = '\0';
	is_str(out, want, "base64 %s", name);
	ok(was_odd == odd, "base64 %s: odd", name);
}

static void
is_quoted(const char *s, const char *want, bool odd, const char *name)
{
	char out[256];
	bool was_odd = false;
	size_t n = mime_decode_quoted(s, strlen(s), out, &was_odd);

	out[n] = '\0';
	is_str(out, want, "quoted-printable %s", name);
	ok(was_odd == odd, "quoted-printable %s: odd", name);
}

static void
test_decoding(void)
{
	is_base64("aGVsbG8gd29ybGQ=", "hello world", false, "plain");
	is_base64("aGVs\r\nbG8g\n d29y\tbGQ=\r\n", "hello world", false,
	    "in lines");
	is_base64("aGVs!bG8g\x80"
		  "d29y--bGQ=",
	    "hello world", true, "with rubbish (23)");
	is_base64("aGVsbG8gd29ybGQ", "hello world", true, "without padding");
	is_base64("aGVsbG8gd29ybG=", "hello worl", true, "padded wrongly");
	is_base64("aGVsbA==", "hell", false, "two pads");
	is_base64("aGVsbA==\n-- \nfooter", "hell", true, "and a footer");
	is_base64("====aGVs", "hel", true, "pads first");
	is_base64("a", "", true, "one digit");
	is_base64("", "", false, "nothing");
	is_quoted("a=3Db=20c", "a=b c", false, "plain");
	is_quoted("a=\r\nb=\nc= \t\r\nd", "abcd", false, "soft line breaks");
	is_quoted("a  \r\nb\t\n", "a\r\nb\n", false, "blanks at line ends");
	is_quoted("a  b", "a  b", false, "blanks elsewhere");
	is_quoted("a=ZZ=", "a=ZZ", true, "an = that means nothing");
	is_quoted("=3d=e4", "=\xe4", false, "small letters");
}

/* What is beyond a limit is left out and named. */
static void
test_limits(void)
{
	struct buf mail, out;

	buf_init(&mail, 64u << 20);
	buf_init(&out, 1 << 20);
	for (int i = 0; i < 12; i++)
		buf_printf(&mail,
		    "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i,
		    i);
	buf_puts(&mail, "\ninside\n");
	is_int(walk(mail.data, mail.len, &out),
	    MIME_FAULT_DEEP | MIME_FAULT_UNCLOSED, "nested 12 deep");
	is_str(buf_str(&out), "", "is not opened to the end");

	buf_reset(&mail);
	buf_puts(&mail, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < 10000; i++)
		buf_puts(&mail, "--b\n\nx\n");
	is_int(walk(mail.data, mail.len, &out), MIME_FAULT_PARTS,
	    "10,000 parts");
	is_int(out.len, 100 * strlen("1 ||x\n"), "100 are looked at");

	buf_reset(&mail);
	buf_reset(&out);
	buf_puts(&mail, "Content-Transfer-Encoding: base64\n\n");
	for (int i = 0; i < 3 << 20; i++)
		buf_puts(&mail, "AAAA");
	is_int(walk(mail.data, mail.len, &out), 0, "12 MB of base64");
	is_str(buf_str(&out), "0 ||(long)|faults 256\n", "are not decoded");

	buf_reset(&mail);
	buf_reset(&out);
	buf_puts(&mail, "Content-Type: multipart/mixed; boundary=b\n\n--b\n");
	for (int i = 0; i < 3000; i++)
		buf_puts(&mail, "X: y\n");
	buf_puts(&mail, "\nx\n--b\n\ny\n--b--\n");
	is_int(walk(mail.data, mail.len, &out), MIME_FAULT_FIELDS,
	    "3,000 fields in a part");
	is_str(buf_str(&out), "1 ||y\n", "the part after it is there");
	buf_clear(&mail);
	buf_clear(&out);
}

static void
test_look(void)
{
	is_int(mime_read_look("\x1f\x8b\x08", 3), MIME_LOOK_GZIP, "gzip");
	is_int(mime_read_look("PK\x03\x04", 4), MIME_LOOK_ZIP, "zip");
	is_int(mime_read_look("PKzip", 5), MIME_LOOK_OTHER, "text");
	is_int(mime_read_look(" \r\n{", 4), MIME_LOOK_JSON, "JSON");
	is_int(mime_read_look("\xef\xbb\xbf {", 5), MIME_LOOK_JSON, "BOM");
	is_int(mime_read_look("<?xml", 5), MIME_LOOK_XML, "XML");
	is_int(mime_read_look(" \n", 2), MIME_LOOK_EMPTY, "blanks");
	is_int(mime_read_look("", 0), MIME_LOOK_EMPTY, "nothing");
}

int
main(void)
{
	test_multipart();
	test_headers();
	test_decoding();
	test_limits();
	test_look();
	return done_testing();
}
