/*
 * term: text for people, on a terminal or not.
 *
 * Lines are filled to the terminal's width (COLUMNS where there is no
 * terminal to ask, else 80; at most TERM_WIDTH_MAX). Colour is used on a
 * terminal only, never with NO_COLOR in the environment or TERM=dumb, and
 * never is the only sign: the word it marks says the same.
 *
 * Thread safety: none. Tests: t/unit/term.c
 */
#ifndef TERM_H
#define TERM_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stdio.h>

#define TERM_WIDTH_MIN 40
#define TERM_WIDTH_MAX 160

enum term_tone { TERM_PLAIN, TERM_GOOD, TERM_WARN, TERM_BAD, TERM_HEAD };

struct term {
	FILE *out; /* borrowed */
	int width;
	bool colour;
};

/* Sets t up for out, asking the terminal and the environment. */
void term_init(struct term *t, FILE *out);

/*
 * Prints text (printf-like) with control characters and octets above 0x7e
 * as \xHH, in tone.
 */
void term_print(struct term *t, enum term_tone tone, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/*
 * Prints text as a paragraph of filled lines, each ended; the first line
 * begins with label (padded to indent), the others with indent blanks.
 * Words that are longer than a line stay whole.
 */
void term_fill(struct term *t, int indent, const char *label, const char *text);

#endif
