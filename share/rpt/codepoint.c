/* codepoint: code points in and out of UTF-8 - see codepoint.h */
#include "config.h"

#include "share/rpt/codepoint.h"

/* RFC 3629 section 4: the second octet's range depends on the first. */
size_t
codepoint_follow(unsigned char lead, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	if (lead < 0xe0)
		return 1;
	if (lead == 0xe0)
		*low = 0xa0;
	else if (lead == 0xed)
		*high = 0x9f;
	else if (lead == 0xf0)
		*low = 0x90;
	else if (lead == 0xf4)
		*high = 0x8f;
	return lead < 0xf0 ? 2 : 3;
}

size_t
codepoint_read(const char *s, size_t n, uint32_t *cp, bool *good)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char low, high;
	size_t follow, i;
	uint32_t c;

	*good = true;
	if (u[0] < 0x80) {
		*cp = u[0];
		return 1;
	}
	follow = codepoint_follow(u[0], &low, &high);
	c = u[0] & (0x3fu >> follow);
	for (i = 1; i <= follow && i < n; i++) {
		if (u[i] < low || u[i] > high)
			break;
		low = 0x80;
		high = 0xbf;
		c = c << 6 | (u[i] & 0x3fu);
	}
	*good = follow > 0 && i > follow;
	*cp = *good ? c : CODEPOINT_REPLACEMENT;
	return i;
}

size_t
codepoint_write(char dst[CODEPOINT_MAX], uint32_t cp)
{
	if (cp < 0x80) {
		dst[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		dst[0] = (char)(0xc0 | cp >> 6);
		dst[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		dst[0] = (char)(0xe0 | cp >> 12);
		dst[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		dst[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	dst[0] = (char)(0xf0 | cp >> 18);
	dst[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	dst[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	dst[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

bool
codepoint_is_nonchar(uint32_t cp)
{
	return (cp & 0xfffe) == 0xfffe || (cp >= 0xfdd0 && cp <= 0xfdef);
}
