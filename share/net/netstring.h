/*
 * netstring: framing of socketmap requests and replies ("5:hello,").
 *
 * Pull parser: the caller owns a buffer of what was read, the parser says
 * whether a whole string is at its front. Lengths have no leading zeros
 * ("0:," is legal), no blanks, and a maximum; what violates that is
 * malformed at the first octet that shows it.
 *
 * Thread safety: no state. Tests: t/unit/netstring.c,
 * t/fuzz/fuzz_netstring.c
 */
#ifndef NETSTRING_H
#define NETSTRING_H

#include "share/base/buf.h"

#include <stddef.h>

enum netstring_status { NETSTRING_WHOLE, NETSTRING_MORE, NETSTRING_BAD };

/*
 * Looks at the n octets at data. WHOLE: *str and *len are the content inside
 * data, *used how many octets it takes with its framing. max: largest len.
 */
enum netstring_status netstring_next(const char *data, size_t n, size_t max,
    const char **str, size_t *len, size_t *used);

/* Appends the netstring of len octets to out. */
void netstring_put(struct buf *out, const char *str, size_t len);

#endif
