/* codepoint: each code point there and back, and what is ill-formed */
#include "config.h"

#include "share/base/utf8.h"
#include "share/rpt/codepoint.h"
#include "t/unit/tap.h"

static void
test_round_trip(void)
{
	unsigned bad = 0, nonchars = 0;

	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		char s[CODEPOINT_MAX];
		uint32_t back;
		size_t n;
		bool good;

		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		n = codepoint_write(s, cp);
		if (codepoint_read(s, n, &back, &good) != n || !good ||
		    back != cp)
			bad++;
		/* no prefix of it is well-formed */
		for (size_t cut = 1; cut < n; cut++)
			if (codepoint_read(s, cut, &back, &good) != cut || good)
				bad++;
		nonchars += codepoint_is_nonchar(cp);
	}
	is_int(bad, 0, "every code point is read as it was written");
	is_int(nonchars, 66, "Unicode has 66 noncharacters");
}

static const struct {
	const char *s;
	size_t first; /* octets of the first ill-formed part */
} ill_formed[] = {
	{ "\x80", 1 },
	{ "\xc0\x80", 1 },
	{ "\xc1\xbf", 1 },
	{ "\xe0\x80\x80", 1 },
	{ "\xe0\xa0x", 2 },
	{ "\xed\xa0\x80", 1 },
	{ "\xf0\x80\x80\x80", 1 },
	{ "\xf0\x90\x80x", 3 },
	{ "\xf4\x90\x80\x80", 1 },
	{ "\xf5\x80\x80\x80", 1 },
	{ "\xff", 1 },
	{ "\xc3(", 1 },
};

int
main(void)
{
	test_round_trip();
	for (size_t i = 0; i < sizeof(ill_formed) / sizeof(ill_formed[0]);
	     i++) {
		const char *s = ill_formed[i].s;
		uint32_t cp;
		bool good;

		is_int(codepoint_read(s, strlen(s), &cp, &good),
		    ill_formed[i].first, "ill-formed %zu: its first part", i);
		ok(!good && cp == CODEPOINT_REPLACEMENT, "is replaced");
		ok(!utf8_is_valid(s, strlen(s)), "the whole is not valid");
	}
	return done_testing();
}
