/*
 * log_tally: "collected x of y", by UTC day, out of the log.
 *
 * Postfix with libtlsrpt logs a line for each outcome that it tells a
 * collector, and another when that failed; who collects cannot see it.
 *
 * Thread safety: none. Limits: the last LOG_TALLY_DAYS days. Tests:
 * t/unit/log_reader.c
 */
#ifndef LOG_TALLY_H
#define LOG_TALLY_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_TALLY_DAYS 14

struct log_tally_day {
	int64_t day;   /* since 1970 */
	uint64_t told; /* "TLSRPT: status=" */
	uint64_t lost; /* "Could not report", of these */
};

struct log_tally {
	struct log_tally_day day[LOG_TALLY_DAYS]; /* in order */
	size_t n;
};

/* Adds lines of that time of the wall clock. */
void log_tally_add(struct log_tally *t, int64_t ms, uint64_t told,
    uint64_t lost);

/* Calls each with "tally" and a text for every day. */
void log_tally_save(const struct log_tally *t,
    void (*each)(void *arg, const char *what, const char *value), void *arg);

/* Takes such a text back; false: it is none. */
bool log_tally_load(struct log_tally *t, const char *what, const char *value);

/*
 * Fills t from the log source's state in a state directory; there is none
 * when no log is read.
 */
void log_tally_read(const char *state_dir, struct log_tally *t);

#endif
