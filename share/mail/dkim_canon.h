/*
 * dkim_canon: brings header fields and bodies into the form that is hashed.
 * (RFC 6376 section 3.4)
 *
 * Line ends may be CRLF or LF (a mail of a Maildir); they are hashed as CRLF.
 * A CR alone is an octet like others. The body comes in pieces of any size.
 *
 * Thread safety: no state of its own. Limits: none, constant memory for a body.
 * Tests: t/unit/dkim_canon.c, t/fuzz/fuzz_dkim.c
 */
#ifndef DKIM_CANON_H
#define DKIM_CANON_H

#include "share/mail/dkim.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes n octets in canonical form. */
typedef void dkim_sink(void *arg, const void *data, size_t n);

#define DKIM_BODY_PIECE 1024

struct dkim_body {
	enum dkim_canon canon;
	dkim_sink *sink;
	void *arg;
	uint64_t limit;     /* l=: what is beyond is counted, not given on */
	uint64_t octets;    /* in canonical form so far */
	uint64_t line_ends; /* seen, and not yet known to be followed by more */
	bool cr, blank;     /* seen, and waiting for what follows */
	size_t n;
	char piece[DKIM_BODY_PIECE];
};

/*
 * Gives one field (name, colon, value, without its final line end) to the
 * sink, with a CRLF after it when line_end is set. (sections 3.4.1, 3.4.2)
 */
void dkim_canon_field(enum dkim_canon c, const char *text, size_t len,
    bool line_end, dkim_sink *sink, void *arg);

/* Begins a body; limit is the octets of l=, UINT64_MAX for all. */
void dkim_body_init(struct dkim_body *b, enum dkim_canon c, uint64_t limit,
    dkim_sink *sink, void *arg);

/* Takes the next n octets of the body. (sections 3.4.3, 3.4.4) */
void dkim_body_add(struct dkim_body *b, const char *data, size_t n);

/* Ends the body; returns how many octets its canonical form has, all of them
 * whatever the limit. */
uint64_t dkim_body_end(struct dkim_body *b);

#endif
