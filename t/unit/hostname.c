/* hostname: the normal form, and what is none */
#include "config.h"

#include "share/base/hostname.h"
#include "t/unit/tap.h"

#define L63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"
#define L61 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg"

static const struct {
	const char *src;
	const char *want; /* NULL: no host name */
} cases[] = {
	{ "mx.example.org", "mx.example.org" },
	{ "MX.Example.ORG.", "mx.example.org" }, { "localhost", "localhost" },
	{ "1und1.de", "1und1.de" }, { "a-b.c", "a-b.c" },
	{ "b\xc3\xbc"
	  "cher.example",
	    "xn--bcher-kva.example" },
	{ "B\xc3\x9c"
	  "CHER.example",
	    "xn--bcher-kva.example" },
	{ "fa\xc3\x9f.de", "xn--fa-hia.de" }, /* non-transitional */
	{ "a\xe3\x80\x82"
	  "test",
	    "a.test" }, /* U+3002, the other full stop */
	{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ L63 ".test", L63 ".test" },
	{ L63 "." L63 "." L63 "." L61, L63 "." L63 "." L63 "." L61 },
	{ L63 "." L63 "." L63 "." L61 ".", L63 "." L63 "." L63 "." L61 },
	{ L63 "." L63 "." L63 ".a" L61, NULL }, { L63 "g.test", NULL },
	{ "", NULL }, { ".", NULL }, { "..", NULL }, { "a..test", NULL },
	{ ".a.test", NULL }, { "a.test..", NULL }, { "-a.test", NULL },
	{ "a-.test", NULL }, { "a_b.test", NULL }, { "a b.test", NULL },
	{ "a.test\n", NULL }, { "*.a.test", NULL }, { "192.0.2.1", NULL },
	{ "192.0.2.1.", NULL }, { "2001:db8::1", NULL }, { "::1", NULL },
	{ "a.test:25", NULL }, { "\xc3\xbc\xff", NULL }, { "\xff\xfe", NULL },
	{ "a\xef\xbc\x8f"
	  "b.test",
	    NULL }, /* a full-width slash */
};

static void
test_normalize(void)
{
	char dst[HOSTNAME_SIZE];
	struct err e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = hostname_normalize(cases[i].src, strlen(cases[i].src),
		    dst, &e);

		is_str(dst, cases[i].want != NULL ? cases[i].want : "",
		    "case %zu: %.40s", i,
		    cases[i].want != NULL ? cases[i].want : "none");
		is_int(rc, cases[i].want != NULL ? 0 : -1, "its result");
		if (rc == 0)
			ok(hostname_is_normal(dst), "is normal");
	}
	is_int(hostname_normalize("a\0b.test", 8, dst, &e), -1, "a NUL in it");
	is_int(hostname_normalize("a.testXYZ", 6, dst, &e), 0, "n octets");
	is_str(dst, "a.test", "and no more");
}

static void
test_parts(void)
{
	char text[64];

	ok(!hostname_is_normal("A.test"), "upper case is not normal");
	ok(!hostname_is_normal("a.test."), "nor a final dot");
	ok(!hostname_is_normal(""), "nor nothing");
	is_int(hostname_labels("a.b.c"), 3, "three labels");
	is_int(hostname_labels("a"), 1, "one label");
	is_int(hostname_labels(""), 0, "none");
	ok(hostname_is_address("192.0.2.1", 9, text), "IPv4");
	is_str(text, "192.0.2.1", "as text");
	ok(hostname_is_address("2001:DB8:0::1xx", 13, text), "IPv6");
	is_str(text, "2001:db8::1", "canonical");
	ok(!hostname_is_address("[::1]", 5, NULL), "no brackets");
	ok(!hostname_is_address("1.2.3", 5, NULL), "three parts");
	ok(!hostname_is_address("", 0, NULL), "nothing");
	ok(!hostname_is_address("::1\0x", 5, NULL), "a NUL in it");
}

int
main(void)
{
	test_normalize();
	test_parts();
	return done_testing();
}
