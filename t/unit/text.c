/* text: copies, cases, escapes, near words, durations, sizes, times */
#include "config.h"

#include "share/base/clock.h"
#include "share/base/text.h"
#include "t/unit/tap.h"

static void
test_copy_and_case(void)
{
	char s[8];

	is_int(text_copy(s, sizeof(s), "1234567"), 0, "fits");
	is_str(s, "1234567", "copied");
	is_int(text_copy(s, sizeof(s), "12345678"), -1, "one too many");
	is_str(s, "", "then it is empty");
	text_copy(s, sizeof(s), "aZ[\xc3\x84z");
	text_lower(s);
	is_str(s, "az[\xc3\x84z", "A-Z alone");
	ok(text_equal_nocase("MiXed", "mIxED"), "equal");
	ok(!text_equal_nocase("a", "ab") && !text_equal_nocase("ab", "a"),
	    "longer is not equal");
	ok(!text_equal_nocase("[", "{"), "letters alone have a case");
	ok(text_starts_nocase("Text/Plain", "text/"), "starts");
	ok(!text_starts_nocase("te", "text"), "shorter than its start");
	ok(text_ends_nocase("mx.Gov.Example", ".gov.example"), "ends");
	ok(!text_ends_nocase("v", ".v"), "shorter than its end");
}

static void
is_escaped(size_t size, const char *src, const char *want)
{
	char dst[64];

	memset(dst, '#', sizeof(dst));
	is_str(text_escape(dst, size, src, strlen(src)), want, "escape in %zu",
	    size);
	ok(size == sizeof(dst) || dst[size] == '#', "and not beyond");
}

static void
test_escape(void)
{
	char dst[8] = "x";

	is_escaped(64, "plain ~", "plain ~");
	is_escaped(64, "a\nb\x7f\\\xc3", "a\\x0ab\\x7f\\x5c\\xc3");
	is_str(text_escape(dst, sizeof(dst), "a\0b", 3), "a\\x00b", "NUL");
	is_escaped(5, "abcd", "abcd");
	is_escaped(5, "abcde", "a...");
	is_escaped(9, "abcd\n", "abcd\\x0a");
	is_escaped(8, "abcd\n", "abcd...");
	is_escaped(8, "abc\n\n", "abc...");
	is_escaped(2, "abc", ".");
	is_escaped(1, "a", "");
}

static void
test_nearest(void)
{
	static const char *const words[] = { "starttls", "dane", "mta-sts" };

	is_str(text_nearest("startls", words, 3), "starttls", "one missing");
	is_str(text_nearest("dnae", words, 3), "dane", "two swapped");
	is_str(text_nearest("mta_sts", words, 3), "mta-sts", "one other");
	ok(text_nearest("hello", words, 3) == NULL, "none is near");
	ok(text_nearest("", words, 3) == NULL, "nor to nothing");
}

static int64_t
ms(const char *s)
{
	int64_t out = -7;

	return text_duration_ms(s, &out, NULL) == 0 ? out : -1;
}

static int64_t
octets(const char *s)
{
	int64_t out = -7;

	return text_size(s, &out, NULL) == 0 ? out : -1;
}

static void
test_units(void)
{
	struct err e = { 0 };
	int64_t out;

	is_int(ms("90s"), 90000, "90s");
	is_int(ms("3m"), 180000, "3m");
	is_int(ms("2h"), 7200000, "2h");
	is_int(ms("7d"), 604800000, "7d");
	is_int(ms("1w"), 604800000, "1w");
	is_int(ms("500ms"), 500, "500ms");
	is_int(ms("5"), 5000, "a bare number is seconds");
	is_int(ms("5 M"), 300000, "a blank, any case");
	is_int(ms(""), -1, "nothing");
	is_int(ms("-1s"), -1, "below 0");
	is_int(ms("1.5s"), -1, "no fractions");
	is_int(ms("1x"), -1, "another unit");
	is_int(ms("99999999999999999999s"), -1, "too many digits");
	is_int(ms("9223372036854775807s"), -1, "too large in ms");
	is_int(text_duration_ms("1x", &out, &e), -1, "with a message");
	has_str(e.text, "duration", "that says what it is");
	is_int(octets("25mb"), 26214400, "25mb");
	is_int(octets("5MB"), 5242880, "5MB");
	is_int(octets("64kb"), 65536, "64kb");
	is_int(octets("26214400"), 26214400, "octets");
	is_int(octets("2g"), 2147483648, "2g");
	is_int(octets("9223372036854775807k"), -1, "too large");
	is_int(octets("kb"), -1, "no number");
}

static void
test_time(void)
{
	char s[32];
	const struct clock *c = clock_system();
	int64_t before;

	is_str(text_rfc3339(s, sizeof(s), 1795299633), "2026-11-21T22:20:33Z",
	    "RFC 3339");
	is_str(text_rfc3339(s, 21, 0), "1970-01-01T00:00:00Z", "in 21 octets");
	is_str(text_rfc3339(s, 20, 0), "", "not in 20");
	ok(clock_wall_ms(c) > INT64_C(1700000000000), "the wall's clock");
	before = clock_mono_ms(c);
	ok(clock_mono_ms(c) >= before, "the other does not jump back");
}

int
main(void)
{
	test_copy_and_case();
	test_escape();
	test_nearest();
	test_units();
	test_time();
	return done_testing();
}
