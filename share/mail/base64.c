/* base64: RFC 4648 section 4 - see base64.h */
#include "config.h"

#include "share/mail/base64.h"

#include <stdbool.h>
#include <stdint.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(struct buf *out, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t v = (uint32_t)p[i] << 16;
		char quad[4];

		if (have > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (have > 2)
			v |= p[i + 2];
		quad[0] = alphabet[v >> 18];
		quad[1] = alphabet[v >> 12 & 63];
		quad[2] = have > 1 ? alphabet[v >> 6 & 63] : '=';
		quad[3] = have > 2 ? alphabet[v & 63] : '=';
		buf_add(out, quad, sizeof(quad));
	}
}

/* What one character stands for; -1 when it is not of the alphabet. */
static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int
base64_decode(struct buf *out, const char *s, size_t n, struct err *e)
{
	uint32_t v = 0;
	unsigned digits = 0, pads = 0;

	for (size_t i = 0; i < n; i++) {
		int value = value_of(s[i]);

		if (is_space(s[i]))
			continue;
		if (s[i] == '=') {
			pads++;
			continue;
		}
		if (value < 0 || pads > 0)
			return err_set(e, ERR_SYNTAX, "not base64");
		v = v << 6 | (uint32_t)value;
		if (++digits % 4 == 0) {
			unsigned char three[3] = { (unsigned char)(v >> 16),
				(unsigned char)(v >> 8), (unsigned char)v };

			buf_add(out, three, sizeof(three));
			v = 0;
		}
	}
	digits %= 4;
	if (digits == 1 || (pads != 0 && (digits == 0 || digits + pads != 4)))
		return err_set(e, ERR_SYNTAX, "base64 is cut off");
	if (digits > 0) {
		unsigned char two[2];

		v <<= 6 * (4 - digits);
		two[0] = (unsigned char)(v >> 16);
		two[1] = (unsigned char)(v >> 8);
		buf_add(out, two, digits - 1);
	}
	if (buf_full(out))
		return err_set(e, ERR_LIMIT, "base64 of over %zu octets",
		    out->max);
	return 0;
}
