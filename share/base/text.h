/*
 * text: small things done with ASCII text, independent of the locale.
 *
 * Thread safety: no state. Tests: t/unit/text.c
 */
#ifndef TEXT_H
#define TEXT_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Copies src with its NUL; -1 (dst empty) when it does not fit in size. */
int text_copy(char *dst, size_t size, const char *src);

/* Lower-cases A-Z in place. */
void text_lower(char *s);

/* Whether two strings are equal but for the case of A-Z. */
bool text_equal_nocase(const char *a, const char *b);

/* Whether s begins / ends with the other string, case of A-Z ignored. */
bool text_starts_nocase(const char *s, const char *prefix);

/* Whether s ends with suffix, case of A-Z ignored. */
bool text_ends_nocase(const char *s, const char *suffix);

/*
 * Writes n octets of src to dst so that a log line or terminal is safe:
 * control characters, DEL, the backslash and octets above 0x7e become \xHH.
 * Cuts at size - 1 (ending in "..." then). Returns dst.
 */
char *text_escape(char *dst, size_t size, const char *src, size_t n);

/* The nearest of n candidates to word, or NULL when none is near. */
const char *text_nearest(const char *word, const char *const *candidates,
    size_t n);

/*
 * A duration such as "90s", "3m", "2h", "24h", "7d", "1w", "500ms" in
 * milliseconds; a bare number counts as seconds. -1 and e otherwise.
 */
int text_duration_ms(const char *s, int64_t *ms, struct err *e) MUST_CHECK;

/* A size such as "25mb", "5MB", "64kb", "26214400" in octets (1024-based). */
int text_size(const char *s, int64_t *octets, struct err *e) MUST_CHECK;

/* Writes t as RFC 3339 UTC "2026-11-21T22:20:33Z"; dst needs 21 octets. */
char *text_rfc3339(char *dst, size_t size, time_t t);

#endif
