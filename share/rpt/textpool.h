/*
 * textpool: texts that are freed together, with a limit on all of them.
 *
 * A text is NUL-terminated and stays where it is until the pool is reset or
 * cleared. textpool_intern() gives one pointer for equal texts, so that they
 * are stored once and compared by pointer. Arrays of pointers may be laid in
 * the pool too.
 *
 * Thread safety: none. Limits: the maximum given at init counts all octets;
 * what does not fit gives NULL and textpool_full(). Tests: t/unit/textpool.c
 */
#ifndef TEXTPOOL_H
#define TEXTPOOL_H

#include "share/base/err.h"
#include "share/base/map.h"

#include <stdbool.h>
#include <stddef.h>

struct textpool_chunk;

struct textpool {
	struct textpool_chunk *chunk; /* the newest, whose rest is free */
	size_t used, size;            /* of that chunk */
	size_t total, max;            /* octets given out, and their limit */
	bool full;
	bool interning; /* the map is in use */
	struct map map;
};

/* Makes an empty pool of at most max octets. */
void textpool_init(struct textpool *p, size_t max);

/* Frees every text; the pool is empty and usable again. */
void textpool_clear(struct textpool *p);

/* Forgets every text, keeps one chunk of memory for the next ones. */
void textpool_reset(struct textpool *p);

/* size octets, aligned for pointers, uninitialised; NULL when full. */
void *textpool_alloc(struct textpool *p, size_t size);

/* A copy of n octets and a NUL; NULL when full. */
const char *textpool_add(struct textpool *p, const char *s, size_t n);

/* As textpool_add(), but equal texts of this function are one pointer. */
const char *textpool_intern(struct textpool *p, const char *s, size_t n);

/* Whether something did not fit since init or reset. */
bool textpool_full(const struct textpool *p);

#endif
