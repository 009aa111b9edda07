/* base64: RFC 4648 section 10, and what is refused */
#include "config.h"

#include "share/mail/base64.h"
#include "t/unit/tap.h"

static void
test_vectors(void)
{
	/* RFC 4648 section 10 */
	static const char *const plain[] = { "", "f", "fo", "foo", "foob",
		"fooba", "foobar" };
	static const char *const coded[] = { "", "Zg==", "Zm8=", "Zm9v",
		"Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		buf_reset(&b);
		base64_encode(&b, plain[i], strlen(plain[i]));
		is_str(buf_str(&b), coded[i], "encode \"%s\"", plain[i]);
		is_int(b.len, BASE64_LEN(strlen(plain[i])), "its length");
		buf_reset(&b);
		is_int(base64_decode(&b, coded[i], strlen(coded[i]), NULL), 0,
		    "decode \"%s\"", coded[i]);
		is_str(buf_str(&b), plain[i], "is \"%s\"", plain[i]);
	}
	buf_clear(&b);
}

static void
test_octets(void)
{
	unsigned char all[256];
	struct buf text, back;

	for (int i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	buf_init(&text, 1000);
	buf_init(&back, 256);
	base64_encode(&text, all, sizeof(all));
	ok(strchr(buf_str(&text), '+') != NULL &&
		strchr(buf_str(&text), '/') != NULL,
	    "the last two of the alphabet");
	is_int(base64_decode(&back, text.data, text.len, NULL), 0, "decode");
	is_mem(back.data, all, sizeof(all), "all octets come back");
	buf_clear(&text);
	buf_clear(&back);
}

static void
test_lenient(void)
{
	struct buf b;

	buf_init(&b, 100);
	is_int(base64_decode(&b, " Zm\r\n\t9v Yg", 11, NULL), 0,
	    "white space, no padding");
	is_str(buf_str(&b), "foob", "is what it says");
	buf_clear(&b);
}

static void
test_refused(void)
{
	static const char *const bad[] = { "Z", "Zm9vY",
		"Zg=", "Zm8==", "Zg===", "=", "====", "Zg==Zg==", "Zm-v",
		"Zm_v", "Zm9v!" };
	struct buf b;
	struct err e;

	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		is_int(base64_decode(&b, bad[i], strlen(bad[i]), &e), -1,
		    "\"%s\" is refused", bad[i]);
		is_int(e.code, ERR_SYNTAX, "as syntax");
	}
	is_int(base64_decode(&b, "Zm\0v", 4, &e), -1, "a NUL is refused");
	buf_clear(&b);
	buf_init(&b, 5);
	is_int(base64_decode(&b, "Zm9vYmFy", 8, &e), -1, "six into five");
	is_int(e.code, ERR_LIMIT, "is the limit");
	buf_clear(&b);
}

int
main(void)
{
	test_vectors();
	test_octets();
	test_lenient();
	test_refused();
	return done_testing();
}
