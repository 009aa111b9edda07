/*
 * buf: a growing run of octets with a maximum given at init.
 *
 * Reaching the maximum makes the buffer "full": what was to be appended is
 * left out whole, buf_full() says so, and nothing grows. The content is
 * always followed by a NUL, so data may be used as a string where it holds
 * text.
 *
 * Thread safety: none. Tests: t/unit/buf.c
 */
#ifndef BUF_H
#define BUF_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* NULL while empty */
	size_t len;
	size_t cap;
	size_t max; /* most octets of content */
	bool full;
};

/* Makes an empty buffer that never holds more than max octets. */
void buf_init(struct buf *b, size_t max);

/* Frees the content; the buffer is empty and usable again. */
void buf_clear(struct buf *b);

/* Empties the content, keeps the memory and forgets "full". */
void buf_reset(struct buf *b);

/* Appends n octets, or nothing when they do not fit (then full). */
void buf_add(struct buf *b, const void *data, size_t n);

/* Appends a string. */
void buf_puts(struct buf *b, const char *s);

/* Appends printf-formatted text. */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Removes n octets (at most len) from the front. */
void buf_drop(struct buf *b, size_t n);

/* The content as a string; "" when empty. Borrowed until the next change. */
const char *buf_str(const struct buf *b);

/* Gives the content as a string that the caller frees; empties the buffer. */
char *buf_take(struct buf *b) MUST_CHECK;

/* Whether something did not fit since init or reset. */
bool buf_full(const struct buf *b);

#endif
