/*
 * codepoint: code points in and out of UTF-8 (RFC 3629), for text that strangers
 * sent.
 *
 * What is no UTF-8 (overlong forms, surrogates, lone octets) becomes U+FFFD,
 * one for each maximal ill-formed part (Unicode, chapter 3.9), and so does a
 * noncharacter where I-JSON is written (RFC 7493 section 2.1).
 *
 * Thread safety: no state. Tests: t/unit/codepoint.c
 */
#ifndef CODEPOINT_H
#define CODEPOINT_H

#include "share/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CODEPOINT_REPLACEMENT 0xfffdu
#define CODEPOINT_MAX 4

/*
 * Reads the code point at s (n > 0 octets). Returns how many octets it takes;
 * *cp is CODEPOINT_REPLACEMENT and *good false when they are ill-formed.
 */
size_t codepoint_read(const char *s, size_t n, uint32_t *cp, bool *good);

/* Writes cp to dst; returns how many octets it took (1 to 4). */
size_t codepoint_write(char dst[CODEPOINT_MAX], uint32_t cp);

/* Whether cp is one of the 66 noncharacters. */
bool codepoint_is_nonchar(uint32_t cp);

/*
 * The octets that may come second after lead, as a range; how many follow the
 * lead in all. 0 when lead begins no sequence (and is not ASCII).
 */
size_t codepoint_follow(unsigned char lead, unsigned char *low,
    unsigned char *high);

#endif
