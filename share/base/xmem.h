/*
 * xmem: memory that is there or the process ends.
 *
 * Running out of memory cannot be handled in a useful way below the MTA: the
 * supervisor restarts us and the MTA defers meanwhile.
 *
 * Thread safety: as malloc(3). Tests: every other unit test.
 */
#ifndef XMEM_H
#define XMEM_H

#include "share/base/err.h"

#include <stddef.h>

/* Gives n octets, uninitialised; never NULL, also for n == 0. */
void *xmalloc(size_t n) MUST_CHECK;

/* Gives n * size zeroed octets; ends the process on overflow too. */
void *xcalloc(size_t n, size_t size) MUST_CHECK;

/* Resizes p to n * size octets; ends the process on overflow too. */
void *xreallocarray(void *p, size_t n, size_t size) MUST_CHECK;

/* Gives a copy of s; NULL stays NULL. */
char *xstrdup(const char *s) MUST_CHECK;

/* Gives a NUL-terminated copy of at most n octets of s. */
char *xstrndup(const char *s, size_t n) MUST_CHECK;

/* Gives a printf-formatted string. */
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2) MUST_CHECK;

#endif
