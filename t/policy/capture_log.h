/*
 * capture_log: share/base/log.h in memory, so that scenarios can look at it.
 *
 * Stands in for share/base/log.c in the runner: every line that would be
 * written, of any level, is kept as "level: text".
 *
 * Thread safety: none. Tests: every scenario of t/policy.
 */
#ifndef CAPTURE_LOG_H
#define CAPTURE_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* Forgets what was written. */
void capture_log_clear(void);

/* How many lines written since then contain text. */
size_t capture_log_count(const char *text);

/* Every line, for people. Borrowed until the next line. */
const char *capture_log_text(void);

#endif
