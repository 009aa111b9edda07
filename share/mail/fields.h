/*
 * fields: the header fields of a message as they stand there, and where its
 * body begins. (RFC 5322 section 2.1)
 *
 * Nothing is copied or decoded. Lines end with CRLF or LF, as in a mail from
 * the wire or in a Maildir. An mbox line before the fields and lines that are
 * no field are passed over. The body follows the first empty line.
 *
 * Thread safety: no state. Limits: FIELDS_MAX fields.
 * Tests: t/unit/fields.c, t/fuzz/fuzz_dkim.c
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define FIELDS_MAX 2000

struct field {
	const char *text; /* name, colon, value; folded; no final line end */
	size_t len;
	size_t name_len; /* without blanks before the colon */
	size_t value;    /* where in text the value begins, after the colon */
};

struct fields {
	struct field *field; /* in the order of the message */
	size_t n;
	const char *body;
	size_t body_len;
};

/* Splits a message, which is borrowed. ERR_LIMIT with too many fields. */
int fields_parse(const char *msg, size_t len, struct fields *f,
    struct err *e) MUST_CHECK;

/* Frees what fields_parse() made; also after it failed. */
void fields_clear(struct fields *f);

/* Whether a field has the name of n octets, case of A-Z ignored. */
bool field_is(const struct field *field, const char *name, size_t n);

/* How many fields have this name. */
size_t fields_count(const struct fields *f, const char *name);

#endif
