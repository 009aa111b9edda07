/*
 * base64: RFC 4648 section 4, for MIME bodies and DKIM tags.
 *
 * Thread safety: no state. Limits: the buffer's. Tests: t/unit/base64.c
 */
#ifndef BASE64_H
#define BASE64_H

#include "share/base/buf.h"
#include "share/base/err.h"

#include <stddef.h>

/* How many characters the base64 form of n octets has. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Appends n octets as base64, padded, without line ends. */
void base64_encode(struct buf *out, const void *data, size_t n);

/*
 * Appends the octets that n characters stand for. White space between them
 * is passed over (RFC 6376 section 3.2 allows it), padding may be left out,
 * all else is ERR_SYNTAX; ERR_LIMIT when they do not fit in out.
 */
int base64_decode(struct buf *out, const char *s, size_t n,
    struct err *e) MUST_CHECK;

#endif
