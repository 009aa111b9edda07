/* utf8: is it UTF-8? - see utf8.h */
#include "config.h"

#include "share/base/utf8.h"

/* RFC 3629 section 4: the first octet, and what the second may be. */
static const struct {
	unsigned char first_min, first_max, second_min, second_max;
	size_t len;
} forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

size_t
utf8_len(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i = 0;

	if (n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	while (p[0] < forms[i].first_min || p[0] > forms[i].first_max)
		if (++i == sizeof(forms) / sizeof(forms[0]))
			return 0;
	if (n < forms[i].len || p[1] < forms[i].second_min ||
	    p[1] > forms[i].second_max)
		return 0;
	for (size_t k = 2; k < forms[i].len; k++)
		if (p[k] < 0x80 || p[k] > 0xbf)
			return 0;
	return forms[i].len;
}

bool
utf8_is_valid(const char *s, size_t n)
{
	while (n > 0) {
		size_t len = utf8_len(s, n);

		if (len == 0)
			return false;
		s += len;
		n -= len;
	}
	return true;
}
