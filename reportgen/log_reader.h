/*
 * log_reader: reads a log where it was left, and passes its sessions on.
 *
 * Everything but the process around it: an input, the table of sessions, the
 * queue, the state file. log_reader_step() does a piece of work and says what
 * to wait for.
 *
 * Thread safety: that of log_domain.h. Tests: t/unit/log_reader.c
 */
#ifndef LOG_READER_H
#define LOG_READER_H

#include "reportgen/log_domain.h"
#include "reportgen/log_queue.h"
#include "reportgen/shared.h"
#include "share/base/clock.h"
#include "share/base/log.h"
#include "share/conf/conf.h"

struct log_reader_env {
	const struct conf *conf; /* [report.collect] log, log-names */
	const char *journalctl;  /* the program */
	const char *state;       /* path of the state file */
	const char *sender;      /* of our own reports */
	struct log_domains *domains;
	const struct clock *clock;
	const struct log *log;
	struct shared *shared;
	log_queue_send *send;
	void *arg; /* of send */
};

struct log_reader;

enum log_step {
	LOG_STEP_MORE,  /* call again soon */
	LOG_STEP_INPUT, /* when log_reader_fd() is readable, or in a while */
	LOG_STEP_READY, /* when the domains' ready() was called */
	LOG_STEP_RETRY, /* after LOG_RETRY_MS; e says why */
	LOG_STEP_BROKEN /* the input ended: e; free it, begin anew later */
};

/*
 * Opens the log where the state says, or at its end where there is none; env
 * is copied, what it points to borrowed. NULL and e: not now.
 */
struct log_reader *log_reader_new(const struct log_reader_env *env,
    struct err *e) MUST_CHECK;

/* Frees; what isn't sent is read again. NULL is fine. */
void log_reader_free(struct log_reader *r);

/* Reads some lines, sends what can be sent. */
enum log_step log_reader_step(struct log_reader *r, struct err *e);

/* What to wait on for more of the log; -1: only time tells. */
int log_reader_fd(const struct log_reader *r);

/*
 * Keeps in the state file how far it is; nothing when nothing has changed.
 * *at and true: up to where, inclusive, all was sent, when that has grown.
 */
bool log_reader_save(struct log_reader *r, struct side_position *at);

/* "journal", or a name made of the path: what side records have. */
const char *log_reader_source(const struct log_reader *r);

#endif
