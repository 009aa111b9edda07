/*
 * position: how far each log source has been heard (side.h).
 *
 * Positions are stored in the transaction that stores the sessions they stand
 * for: a log source that begins again after the stored one misses nothing, and
 * what it says twice is dropped.
 *
 * Thread safety: none. Limits: POSITION_SOURCES sources; of more, nothing is
 * taken. Tests: t/unit/intake.c
 */
#ifndef POSITION_H
#define POSITION_H

#include "reportgen/side.h"
#include "share/store/report_db.h"

#include <stdbool.h>
#include <stddef.h>

#define POSITION_SOURCES 8

struct position_set {
	struct {
		char source[SIDE_SOURCE_MAX];
		struct side_position at;
	} item[POSITION_SOURCES];
	size_t n;
	bool changed; /* since they were stored */
};

/* Fills in what report.db has. */
int position_load(struct report_db *db, struct position_set *set,
    struct err *e) MUST_CHECK;

/* Stores them. */
int position_store(struct report_db *db, const struct position_set *set,
    struct err *e) MUST_CHECK;

/* The position of a source; zero, zero when it was never heard. */
struct side_position position_of(const struct position_set *set,
    const char *source);

/* Goes on to a position; false: it is not behind the last one of its source. */
bool position_advance(struct position_set *set, const char *source,
    const struct side_position *to);

#endif
