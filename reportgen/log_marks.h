/*
 * log_marks: places in a log where reading can begin again.
 *
 * Not each line's is kept: one a second of the log, or each five hundredth
 * line; when there are too many, every other is forgotten. So what is read
 * again after a restart is somewhat more than needed.
 *
 * Thread safety: none. Limits: LOG_MARKS_MAX. Tests: t/unit/log_reader.c
 */
#ifndef LOG_MARKS_H
#define LOG_MARKS_H

#include "reportgen/log_input.h"

#include <stdbool.h>

#define LOG_MARKS_MAX 512

struct log_marks {
	struct log_mark *item;
	size_t n;
	int64_t last_ms;
	size_t since; /* lines since the last one */
};

/* Makes it empty. */
void log_marks_init(struct log_marks *m);

/* Frees what it holds. */
void log_marks_clear(struct log_marks *m);

/* Whether a line of that time should be marked. */
bool log_marks_due(struct log_marks *m, int64_t ms);

/* Adds the mark of a line beyond all others. */
void log_marks_add(struct log_marks *m, const struct log_mark *mark,
    int64_t ms);

/*
 * The last mark at or before a position, or the first of all; those before
 * it are forgotten. NULL: there is none. Borrowed until the next change.
 */
const struct log_mark *log_marks_before(struct log_marks *m,
    const struct side_position *position);

/* The same, and none is forgotten. */
const struct log_mark *log_marks_find(const struct log_marks *m,
    const struct side_position *position);

#endif
