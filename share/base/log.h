/*
 * log: one line per event, to syslog (facility mail) or stderr.
 *
 * A line names the queue id or the domain first and goes on as key=value.
 * Control characters are escaped here, so callers may pass text from the
 * network; secrets and local parts are never passed. The struct is set up
 * once and handed down; pure modules do not log, they return struct err.
 *
 * Thread safety: log_write() may be called from every thread; its
 * level is changed by log_set_level(). Lines are cut at LOG_LINE_MAX octets.
 * Tests: t/unit/log.c
 */
#ifndef LOG_H
#define LOG_H

#include "share/base/err.h"

#include <stdbool.h>

#define LOG_LINE_MAX 1024

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

struct log {
	bool to_syslog;
	enum log_level level;
};

/* Opens syslog under name (borrowed for ever) when to_syslog is set. */
void log_open(struct log *l, const char *name, bool to_syslog,
    enum log_level level);

/* Whether a line of this level would be written. l may be NULL: no. */
bool log_on(const struct log *l, enum log_level level);

/* Changes the level while other threads write. */
void log_set_level(struct log *l, enum log_level level);

/* Writes one line (printf-like, no newline). l may be NULL: nothing. */
void log_write(const struct log *l, enum log_level level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
