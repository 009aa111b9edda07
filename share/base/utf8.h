/*
 * utf8: is it UTF-8? (RFC 3629)
 *
 * Thread safety: no state. Tests: t/unit/utf8.c
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* What stands for octets that are not UTF-8: U+FFFD. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/*
 * How many octets (1 to 4) the character at s has; 0 when the n octets do not
 * begin with a whole character in its shortest form, or with a surrogate.
 */
size_t utf8_len(const char *s, size_t n);

/* Whether n octets are characters only. */
bool utf8_is_valid(const char *s, size_t n);

#endif
