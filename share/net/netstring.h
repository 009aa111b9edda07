/*
 * netstring: framing of socketmap requests and replies ("5:hello,").
 *
 * Pull parser: the caller owns a buffer of what was read, the parser says
 * whether a whole string is at its front. Lengths have no leading zeros
 * ("0:," is legal), no blanks, and a maximum; what violates that is
 * refused at the first octet that shows it.
 *
 * Thread safety: no state. Tests: t/unit/netstring.c,
 * t/fuzz/fuzz_netstring.c
 */
#ifndef NETSTRING_H
#define NETSTRING_H

#include "share/base/buf.h"

#include <stddef.h>

#define NETSTRING_HEAD_SIZE 24 /* "LEN:" of any size_t and its NUL */

enum netstring_status {
	NETSTRING_WHOLE,
	NETSTRING_MORE, /* right so far */
	NETSTRING_BAD,  /* not a netstring */
	NETSTRING_LONG  /* its length is above the maximum */
};

/*
 * Looks at the n octets at data. WHOLE: *str and *len are the content inside
 * data, *used how many octets it takes with its framing. max: largest len.
 */
enum netstring_status netstring_next(const char *data, size_t n, size_t max,
    const char **str, size_t *len, size_t *used);

/* Appends the netstring of len octets to out, whole or (full) not at all. */
void netstring_put(struct buf *out, const char *str, size_t len);

/* Writes what stands before len octets of content; returns its length. */
size_t netstring_head(char head[NETSTRING_HEAD_SIZE], size_t len);

#endif
