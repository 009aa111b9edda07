/*
 * mime_param: parameters of Content-Type and Content-Disposition as they really
 * stand there. (RFC 2045 section 5.1, RFC 2231 sections 3 and 4)
 *
 * The value may be folded; comments are passed over; a quoted text may lack its
 * end. Values in pieces (name*0=, name*1=) are joined in the order of their
 * numbers, percent-encoded ones (name*=utf-8''...) decoded; the character set is
 * not looked at. Of a name that stands twice the first counts.
 *
 * Thread safety: no state. Limits: MIME_PIECES_MAX pieces, the size given; what
 * does not fit is cut. Tests: t/unit/mime_read.c, t/fuzz/fuzz_mime_read.c
 */
#ifndef MIME_PARAM_H
#define MIME_PARAM_H

#include <stdbool.h>
#include <stddef.h>

#define MIME_PIECES_MAX 32

/*
 * Writes what stands before the first parameter ("application/gzip") to dst, in
 * lower case, without blanks and comments.
 */
void mime_param_head(const char *value, size_t n, char *dst, size_t size);

/* Writes the parameter of that name to dst; false (and "") when there is none.*/
bool mime_param_get(const char *value, size_t n, const char *name, char *dst,
    size_t size);

#endif
