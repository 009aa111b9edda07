/* netstring: framing - see share/net/netstring.h */
#include "config.h"

#include "share/net/netstring.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static enum netstring_status
look(const char *data, size_t n, size_t max)
{
	const char *str = NULL;
	size_t len = 0, used = 0;

	return netstring_next(data, n, max, &str, &len, &used);
}

static void
test_whole(void)
{
	static const char two[] = "5:hello,0:,";
	const char *str;
	size_t len, used;

	is_int(netstring_next(two, sizeof(two) - 1, 100, &str, &len, &used),
	    NETSTRING_WHOLE, "a netstring and more behind it");
	is_int(len, 5, "its length");
	is_mem(str, "hello", 5, "its content");
	is_int(used, 8, "what it takes");
	is_int(netstring_next(two + 8, 3, 100, &str, &len, &used),
	    NETSTRING_WHOLE, "0:, is the empty one");
	is_int(len, 0, "without content");
	is_int(used, 3, "of three octets");
}

/* Every prefix of a right one is right so far. */
static void
test_prefixes(void)
{
	static const char text[] = "12:map a key\0\n,,";

	for (size_t n = 0; n < 16; n++)
		is_int(look(text, n, 100),
		    n < 16 ? NETSTRING_MORE : NETSTRING_WHOLE,
		    "%zu octets of it", n);
	is_int(look(text, 16, 100), NETSTRING_WHOLE, "16 octets of it");
}

/* What is wrong is seen at the first octet that shows it. */
static void
test_wrong(void)
{
	static const struct {
		const char *text;
		enum netstring_status status;
	} cases[] = {
		{ ":", NETSTRING_BAD },
		{ ":,", NETSTRING_BAD },
		{ ",", NETSTRING_BAD },
		{ " 1:a,", NETSTRING_BAD },
		{ "1 :a,", NETSTRING_BAD },
		{ "+1:a,", NETSTRING_BAD },
		{ "-1:a,", NETSTRING_BAD },
		{ "0x1:a,", NETSTRING_BAD },
		{ "00", NETSTRING_BAD },
		{ "01", NETSTRING_BAD },
		{ "1a", NETSTRING_BAD },
		{ "1:ab", NETSTRING_BAD },
		{ "0:a", NETSTRING_BAD },
		{ "1:a;", NETSTRING_BAD },
		{ "3:ab,,", NETSTRING_WHOLE },
		{ "3:ab,c", NETSTRING_BAD },
		{ "GET / HTTP/1.0\r\n", NETSTRING_BAD },
		{ "100", NETSTRING_MORE },
		{ "101", NETSTRING_LONG },
		{ "1000", NETSTRING_LONG },
		{ "99999999999999999999999999999999", NETSTRING_LONG },
		{ "18446744073709551617:a,", NETSTRING_LONG },
		{ "4294967297:a,", NETSTRING_LONG },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		is_int(look(cases[i].text, strlen(cases[i].text), 100),
		    cases[i].status, "\"%s\"", cases[i].text);
}

/* The maximum itself is allowed, whatever its last digit. */
static void
test_maximum(void)
{
	char text[64], data[64];

	for (size_t max = 0; max < 32; max++) {
		memset(data, 'x', sizeof(data));
		snprintf(text, sizeof(text), "%zu:%.*s,", max, (int)max, data);
		is_int(look(text, strlen(text), max), NETSTRING_WHOLE,
		    "%zu octets where %zu are allowed", max, max);
		snprintf(text, sizeof(text), "%zu:", max + 1);
		is_int(look(text, strlen(text), max), NETSTRING_LONG,
		    "%zu are too many", max + 1);
	}
	is_int(look("18446744073709551615:", 21, SIZE_MAX), NETSTRING_MORE,
	    "the largest of all lengths does not overflow");
	is_int(look("18446744073709551616:", 21, SIZE_MAX), NETSTRING_LONG,
	    "one more is too long");
}

static void
test_put(void)
{
	struct buf b;

	buf_init(&b, 20);
	netstring_put(&b, "hello", 5);
	netstring_put(&b, "", 0);
	is_str(buf_str(&b), "5:hello,0:,", "two are put");
	netstring_put(&b, "hello w", 7);
	ok(buf_full(&b), "one octet too many");
	is_str(buf_str(&b), "5:hello,0:,", "nothing of it is put");
	buf_clear(&b);
	netstring_put(&b, "0123456789012345", 16);
	is_str(buf_str(&b), "16:0123456789012345,", "it may fill the buffer");
	buf_clear(&b);
}

int
main(void)
{
	test_whole();
	test_prefixes();
	test_wrong();
	test_maximum();
	test_put();
	return done_testing();
}
