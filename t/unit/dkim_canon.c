/* dkim_canon: RFC 6376 sections 3.4.3 to 3.4.5, and line ends of all kinds */
#include "config.h"

#include "share/base/buf.h"
#include "share/mail/base64.h"
#include "share/mail/dkim_hash.h"
#include "t/unit/tap.h"

static void
sink(void *arg, const void *data, size_t n)
{
	buf_add(arg, data, n);
}

static void
is_field(enum dkim_canon c, const char *text, const char *want,
    const char *name)
{
	struct buf b;

	buf_init(&b, 10000);
	dkim_canon_field(c, text, strlen(text), true, sink, &b);
	is_str(buf_str(&b), want, "%s: %s", dkim_canon_name(c), name);
	buf_clear(&b);
}

static void
test_fields(void)
{
	/* section 3.4.5 */
	is_field(DKIM_RELAXED, "A: X", "a:X\r\n", "the RFC's A");
	is_field(DKIM_RELAXED, "B : Y\t\r\n\tZ  ", "b:Y Z\r\n", "its B");
	is_field(DKIM_SIMPLE, "A: X", "A: X\r\n", "its A");
	is_field(DKIM_SIMPLE, "B : Y\t\r\n\tZ  ", "B : Y\t\r\n\tZ  \r\n",
	    "its B");
	is_field(DKIM_RELAXED, "B : Y\t\n\tZ  ", "b:Y Z\r\n", "LF");
	is_field(DKIM_SIMPLE, "B : Y\t\n\tZ  ", "B : Y\t\r\n\tZ  \r\n", "LF");
	is_field(DKIM_RELAXED, "Subject:", "subject:\r\n", "no value");
	is_field(DKIM_RELAXED, "Subject: \t ", "subject:\r\n", "blanks only");
	is_field(DKIM_RELAXED, "S:a:b :c", "s:a:b :c\r\n", "colons in it");
	is_field(DKIM_RELAXED, "S:a\rb", "s:a\rb\r\n", "a CR alone");
	is_field(DKIM_RELAXED, "SUBJECT: \xc3\x84 B", "subject:\xc3\x84 B\r\n",
	    "octets beyond ASCII");
}

/* In one piece and octet by octet. */
static void
is_body(enum dkim_canon c, const char *text, const char *want, const char *name)
{
	struct dkim_body body;
	struct buf b;

	buf_init(&b, 10000);
	dkim_body_init(&body, c, UINT64_MAX, sink, &b);
	dkim_body_add(&body, text, strlen(text));
	is_int(dkim_body_end(&body), strlen(want), "%s: %s: octets",
	    dkim_canon_name(c), name);
	is_str(buf_str(&b), want, "%s: %s", dkim_canon_name(c), name);
	buf_reset(&b);
	dkim_body_init(&body, c, UINT64_MAX, sink, &b);
	for (size_t i = 0; i < strlen(text); i++)
		dkim_body_add(&body, text + i, 1);
	dkim_body_end(&body);
	is_str(buf_str(&b), want, "%s: %s, in pieces", dkim_canon_name(c),
	    name);
	buf_clear(&b);
}

static void
test_bodies(void)
{
	/* section 3.4.5 */
	is_body(DKIM_RELAXED, " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n",
	    "the RFC's example");
	is_body(DKIM_SIMPLE, " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n",
	    "the RFC's example");
	is_body(DKIM_RELAXED, " C \nD \t E\n\n\n", " C\r\nD E\r\n", "LF");
	is_body(DKIM_SIMPLE, " C \nD \t E\n\n\n", " C \r\nD \t E\r\n", "LF");
	is_body(DKIM_RELAXED, "", "", "no body");
	is_body(DKIM_SIMPLE, "", "\r\n", "no body");
	is_body(DKIM_RELAXED, "\r\n\r\n", "", "empty lines");
	is_body(DKIM_SIMPLE, "\r\n\r\n", "\r\n", "empty lines");
	is_body(DKIM_RELAXED, " \t\r\n \r\n", "", "lines of blanks");
	is_body(DKIM_SIMPLE, " \r\n \r\n", " \r\n \r\n", "lines of blanks");
	is_body(DKIM_RELAXED, " ", "", "a blank");
	is_body(DKIM_SIMPLE, " ", " \r\n", "a blank");
	is_body(DKIM_RELAXED, "a", "a\r\n", "no line end");
	is_body(DKIM_SIMPLE, "a", "a\r\n", "no line end");
	is_body(DKIM_RELAXED, "\r\n\r\na\r\n\r\nb", "\r\n\r\na\r\n\r\nb\r\n",
	    "empty lines before and between");
	is_body(DKIM_RELAXED, "a \t b\tc", "a b c\r\n", "runs of blanks");
	is_body(DKIM_SIMPLE, "a\rb\r", "a\rb\r\r\n", "CRs alone");
	is_body(DKIM_RELAXED, "a \r b\r\r\n", "a \r b\r\r\n", "CRs alone");
}

/* What is over l= is counted, not hashed. */
static void
test_limit(void)
{
	static const struct {
		uint64_t limit;
		const char *want;
	} cases[] = { { 0, "" }, { 1, "a" }, { 2, "a\r" }, { 3, "a\r\n" },
		{ 4, "a\r\nb" }, { 6, "a\r\nb\r\n" }, { 7, "a\r\nb\r\n" } };
	struct dkim_body body;
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		dkim_body_init(&body, DKIM_SIMPLE, cases[i].limit, sink, &b);
		dkim_body_add(&body, "a\r\nb\r\n\r\n", 8);
		is_int(dkim_body_end(&body), 6, "all octets are counted");
		is_str(buf_str(&b), cases[i].want, "l=%d", (int)cases[i].limit);
	}
	buf_clear(&b);
}

static void
is_hash(enum dkim_canon c, const char *body, const char *want, const char *name)
{
	unsigned char sum[DKIM_SHA256_LEN];
	struct buf b;

	buf_init(&b, 100);
	dkim_hash_body(c, UINT64_MAX, body, strlen(body), sum);
	base64_encode(&b, sum, sizeof(sum));
	is_str(buf_str(&b), want, "%s", name);
	buf_clear(&b);
}

static void
test_large(void)
{
	struct dkim_body body;
	struct buf b;
	char line[DKIM_BODY_PIECE];

	memset(line, 'x', sizeof(line));
	buf_init(&b, 1 << 20);
	dkim_body_init(&body, DKIM_RELAXED, UINT64_MAX, sink, &b);
	for (int i = 0; i < 100; i++)
		dkim_body_add(&body, line, sizeof(line));
	is_int(dkim_body_end(&body), 100 * sizeof(line) + 2, "a long line");
	is_int(b.len, 100 * sizeof(line) + 2, "all of it arrived");
	is_int(strspn(buf_str(&b), "x"), 100 * sizeof(line), "unchanged");
	buf_clear(&b);
}

int
main(void)
{
	test_fields();
	test_bodies();
	test_limit();
	/* sections 3.4.3 and 3.4.4 */
	is_hash(DKIM_SIMPLE, "", "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=",
	    "the RFC's hash of no body, simple");
	is_hash(DKIM_RELAXED, "",
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	    "the RFC's hash of no body, relaxed");
	test_large();
	return done_testing();
}
