/* utf8: the forms of RFC 3629 section 4 */
#include "config.h"

#include "share/base/utf8.h"
#include "t/unit/tap.h"

static const struct {
	const char *text;
	size_t n, want;
} cases[] = {
	{ "", 0, 0 },
	{ "a", 1, 1 },
	{ "\0", 1, 1 },
	{ "\x7f", 1, 1 },
	{ "\x80", 1, 0 },
	{ "\xbf", 1, 0 },
	{ "\xc0\x80", 2, 0 },
	{ "\xc1\xbf", 2, 0 },
	{ "\xc2\x80", 2, 2 },
	{ "\xc3", 1, 0 },
	{ "\xc3\xa9x", 3, 2 },
	{ "\xc3\x28", 2, 0 },
	{ "\xe0\x9f\xbf", 3, 0 },
	{ "\xe0\xa0\x80", 3, 3 },
	{ "\xe2\x82\xac", 3, 3 },
	{ "\xe2\x82", 2, 0 },
	{ "\xe2\x82\x28", 3, 0 },
	{ "\xed\x9f\xbf", 3, 3 },
	{ "\xed\xa0\x80", 3, 0 },
	{ "\xef\xbf\xbd", 3, 3 },
	{ "\xf0\x8f\xbf\xbf", 4, 0 },
	{ "\xf0\x9f\x93\xa7", 4, 4 },
	{ "\xf0\x9f\x93\x28", 4, 0 },
	{ "\xf4\x8f\xbf\xbf", 4, 4 },
	{ "\xf4\x90\x80\x80", 4, 0 },
	{ "\xf5\x80\x80\x80", 4, 0 },
	{ "\xff", 1, 0 },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(utf8_len(cases[i].text, cases[i].n), cases[i].want,
		    "case %zu", i);
	ok(utf8_is_valid("", 0), "nothing is valid");
	ok(utf8_is_valid("gr\xc3\xbc\xc3\x9f", 6), "words are");
	ok(!utf8_is_valid("gr\xfc\xdf", 4), "Latin-1 is not");
	ok(!utf8_is_valid("gr\xc3\xbc\xc3", 5), "a cut character is not");
	return done_testing();
}
