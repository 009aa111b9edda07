/*
 * reason: why a decision is what it is, in sentences.
 *
 * Written on demand for map json and explain, never on the hot path.
 * Thread safety: no state. Tests: t/unit/dialect.c, t/policy
 */
#ifndef REASON_H
#define REASON_H

#include "share/base/err.h"
#include "share/policy/dialect_input.h"

#include <stddef.h>

struct reason {
	char **line;
	size_t n;
};

/* Makes an empty list. */
void reason_init(struct reason *r);

/* Appends the sentences that lead from facts to decision. */
void reason_write(const struct dialect_input *in, struct reason *r);

/* Frees what r holds. */
void reason_clear(struct reason *r);

#endif
