/* mime_decode: lenient base64 and quoted-printable - see mime_decode.h */
#include "config.h"

#include "share/mail/mime_decode.h"

#include <stdint.h>
#include <string.h>

/* What a character is, where it is no digit of base64. */
#define SPACE 64
#define PAD 65
#define RUBBISH 66

/* clang-format off */
static const unsigned char digits[256] = {
	66,66,66,66,66,66,66,66,66,64,64,66,66,64,66,66,
	66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,
	64,66,66,66,66,66,66,66,66,66,66,62,66,66,66,63,
	52,53,54,55,56,57,58,59,60,61,66,66,66,65,66,66,
	66, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,10,11,12,13,14,
	15,16,17,18,19,20,21,22,23,24,25,66,66,66,66,66,
	66,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,
	41,42,43,44,45,46,47,48,49,50,51,66,66,66,66,66,
	66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,
	66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,
	66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,
	66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,
	66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,
	66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,
	66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,
	66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,66,
};
/* clang-format on */

/* Four digits at a time while nothing stands between them. */
static size_t
decode_runs(const unsigned char *s, size_t n, unsigned char *dst, size_t *used)
{
	size_t i = 0, k = 0;

	while (n - i >= 4) {
		unsigned a = digits[s[i]], b = digits[s[i + 1]],
			 c = digits[s[i + 2]], d = digits[s[i + 3]];

		if ((a | b | c | d) > 63)
			break;
		dst[k++] = (unsigned char)(a << 2 | b >> 4);
		dst[k++] = (unsigned char)(b << 4 | c >> 2);
		dst[k++] = (unsigned char)(c << 6 | d);
		i += 4;
	}
	*used = i;
	return k;
}

/* Whether only blanks are left. */
static bool
is_blank(const unsigned char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (digits[s[i]] != SPACE)
			return false;
	return true;
}

size_t
mime_decode_base64(const char *text, size_t n, char *out, bool *odd)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned char *dst = (unsigned char *)out;
	uint32_t v = 0;
	unsigned have = 0, pads = 0; /* in the group of four */
	size_t k = 0, used;

	for (size_t i = 0; i < n; i++) {
		unsigned c;

		if (have == 0) {
			k += decode_runs(s + i, n - i, dst + k, &used);
			if ((i += used) >= n)
				break;
		}
		c = digits[s[i]];
		if (c == PAD) {
			/* padding ends it (section 6.8) */
			if (have >= 2 && have + ++pads == 4) {
				*odd = *odd || !is_blank(s + i + 1, n - i - 1);
				break;
			}
			*odd = *odd || have < 2;
		} else if (c == RUBBISH) {
			*odd = true;
		} else if (c < SPACE) {
			v = v << 6 | c;
			pads = 0;
			if (++have == 4) {
				dst[k++] = (unsigned char)(v >> 16);
				dst[k++] = (unsigned char)(v >> 8);
				dst[k++] = (unsigned char)v;
				have = 0;
			}
		}
	}
	if (have > 0) {
		*odd = *odd || have + pads != 4;
		v <<= 6 * (4 - have);
		if (have > 1)
			dst[k++] = (unsigned char)(v >> 16);
		if (have > 2)
			dst[k++] = (unsigned char)(v >> 8);
	}
	return k;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many characters from s on are blanks up to a line's end, else 0. */
static size_t
blanks_to_end(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (s[i] == ' ' || s[i] == '\t'))
		i++;
	if (i < n && s[i] == '\r' && i + 1 < n && s[i + 1] == '\n')
		return i;
	return i == n || s[i] == '\n' ? i : 0;
}

/* How long the end of a line at s is; 0 when there is none. */
static size_t
line_end(const char *s, size_t n)
{
	if (n >= 2 && s[0] == '\r' && s[1] == '\n')
		return 2;
	return n >= 1 && s[0] == '\n' ? 1 : 0;
}

size_t
mime_decode_quoted(const char *s, size_t n, char *dst, bool *odd)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		size_t blanks, end;

		if (s[i] == ' ' || s[i] == '\t') {
			/* in runs: a line of blanks is looked at once */
			if ((blanks = blanks_to_end(s + i, n - i)) > 0) {
				i += blanks - 1;
				continue;
			}
			while (
			    i + 1 < n && (s[i + 1] == ' ' || s[i + 1] == '\t'))
				dst[k++] = s[i++];
		}
		if (s[i] != '=') {
			dst[k++] = s[i];
			continue;
		}
		if (n - i > 2 && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
			dst[k++] = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
			i += 2;
			continue;
		}
		blanks = blanks_to_end(s + i + 1, n - i - 1);
		end = line_end(s + i + 1 + blanks, n - i - 1 - blanks);
		if (end > 0 || i + 1 + blanks == n) {
			i += blanks + end;
			continue;
		}
		*odd = true;
		dst[k++] = '=';
	}
	return k;
}
