/*
 * jscan_part: what the files of the scanner share; nobody else includes it.
 *
 * Thread safety: none. Limits: those of jscan.h. Tests: t/unit/jscan.c
 */
#ifndef JSCAN_PART_H
#define JSCAN_PART_H

#include "share/rpt/jscan.h"

/* Takes the next window; false at the end of the text or a limit. */
bool jscan_refill(struct jscan *js);

/* Notes a departure from JSON; too many of them end the scan. */
void jscan_fault(struct jscan *js, enum defect what);

/* Ends the scan for good. */
void jscan_fail(struct jscan *js, enum defect what);

/* Reads a text whose opening quote is the next octet, to text and len. */
void jscan_read_text(struct jscan *js);

/* Reads a key without quotes, to text and len. */
void jscan_read_bare_key(struct jscan *js);

/* Reads what begins as a number. */
enum jscan_event jscan_read_number(struct jscan *js);

/* Reads a word: true, false, null or what some write for them. */
enum jscan_event jscan_read_word(struct jscan *js);

/* The next octet without taking it; -1 at the end. */
static inline int
jscan_peek(struct jscan *js)
{
	if (js->p == js->end && !jscan_refill(js))
		return -1;
	return (unsigned char)*js->p;
}

/* Whether an octet may be in a word, a number or a key without quotes. */
static inline bool
jscan_is_word(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' ||
	    c == '.';
}

#endif
