/*
 * mime_decode: base64 and quoted-printable as strangers write them. (RFC 2045
 * section 6)
 *
 * base64: characters that are not of the alphabet are passed over (section
 * 6.8), octets are taken from whatever digits are there, and padding ends it.
 * Quoted-printable: soft line breaks end with CRLF or LF, blanks before a line's
 * end go, an "=" that means nothing stays. Where something was mended, *odd says
 * so; base64_decode() of base64.h is the strict one.
 *
 * Thread safety: no state. Limits: the caller's. Tests: t/unit/mime_read.c,
 * t/fuzz/fuzz_mime_read.c
 */
#ifndef MIME_DECODE_H
#define MIME_DECODE_H

#include <stdbool.h>
#include <stddef.h>

/* How many octets n characters of either encoding give at most. */
#define MIME_DECODE_BASE64_MAX(n) ((n) / 4 * 3 + 3)
#define MIME_DECODE_QUOTED_MAX(n) (n)

/* Writes to dst, which has MIME_DECODE_BASE64_MAX(n); returns how many. */
size_t mime_decode_base64(const char *s, size_t n, char *dst, bool *odd);

/* Writes to dst, which has MIME_DECODE_QUOTED_MAX(n); returns how many. */
size_t mime_decode_quoted(const char *s, size_t n, char *dst, bool *odd);

#endif
