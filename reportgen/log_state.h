/*
 * log_state: how far the log was read, in a file of our own.
 *
 * Lines of text, written beside the old one, flushed and renamed. Reading
 * begins again at the mark; what lies before "done" was sent and is only
 * read for what follows from it. Some minutes lie between; when a rotation
 * took away the file of the mark, reading begins at the recent one, and what
 * was unfinished there is not known.
 *
 * Thread safety: no state. Limits: LOG_STATE_MAX octets.
 * Tests: t/unit/log_reader.c
 */
#ifndef LOG_STATE_H
#define LOG_STATE_H

#include "reportgen/log_input.h"
#include "reportgen/log_session.h"
#include "reportgen/log_tally.h"

#define LOG_STATE_MAX (1u << 20)

struct log_state {
	const char *source; /* "journal" or the file's path */
	struct log_mark mark;
	struct log_mark recent;    /* not before it: where the mark is gone */
	struct side_position done; /* lines before it need nothing more */
	struct side_position counted; /* lines before it are in the tally */
	struct log_tally tally;
};

/* Writes s and what t wants to keep to path. */
int log_state_save(const char *path, const struct log_state *s,
    const struct log_sessions *t, struct err *e) MUST_CHECK;

/*
 * Reads path; s->source says of which source it has to be. -1 and e, and t
 * unchanged but for words it knows already: ERR_NOENT there is none, or it
 * is of another source; ERR_SYNTAX it is damaged.
 */
int log_state_load(const char *path, struct log_state *s,
    struct log_sessions *t, struct err *e) MUST_CHECK;

#endif
