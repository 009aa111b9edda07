/*
 * log_input: where lines of the MTA's log come from.
 *
 * A kind gives lines in order, each with a position that grows, and a token
 * that says where reading must begin again to get the line once more. Kinds:
 * log_follow.h (a file of syslog), log_journal.h (systemd's journal).
 *
 * Thread safety: one thread per input. Tests: those of the kinds
 */
#ifndef LOG_INPUT_H
#define LOG_INPUT_H

#include "reportgen/log_line.h"
#include "reportgen/side.h"
#include "share/base/log.h"

#define LOG_TOKEN_SIZE 1024

/* A line that can be read again. */
struct log_mark {
	struct side_position position;
	char token[LOG_TOKEN_SIZE]; /* printable, without line breaks */
};

struct log_input;

struct log_input_kind {
	/*
	 * Opens what arg names, at a mark, or at its end with generation when
	 * mark is NULL (the mark's is kept otherwise). What is not there yet
	 * is waited for. ERR_NOENT: what the mark was made of is gone. A mark
	 * with an empty token: at the beginning of what is there now, a
	 * generation on.
	 */
	struct log_input *(*open)(const char *arg, const struct log_mark *mark,
	    uint64_t generation, const struct log *log, struct err *e);
	/*
	 * The next line; its text is borrowed until the next call. 1: there
	 * is one; 0: none for now; -1 and e: to be opened anew.
	 */
	int (*next)(struct log_input *in, int64_t now_ms, struct log_line *line,
	    struct side_position *position, struct err *e);
	/* The mark of the line that next() gave last; at first, of the next. */
	void (*mark)(const struct log_input *in, struct log_mark *out);
	/* Readable when next() may have more; -1: only time tells. */
	int (*fd)(const struct log_input *in);
	/* Frees; NULL is fine. */
	void (*close)(struct log_input *in);
};

#endif
