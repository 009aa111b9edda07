/* log: one line per event, to syslog or stderr - see log.h */
#include "config.h"

#include "share/base/log.h"
#include "share/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

void
log_open(struct log *l, const char *name, bool to_syslog, enum log_level level)
{
	l->to_syslog = to_syslog;
	l->level = level;
	if (to_syslog)
		openlog(name, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

bool
log_on(const struct log *l, enum log_level level)
{
	return l != NULL &&
	    level <= __atomic_load_n(&l->level, __ATOMIC_RELAXED);
}

void
log_set_level(struct log *l, enum log_level level)
{
	__atomic_store_n(&l->level, level, __ATOMIC_RELAXED);
}

static int
syslog_priority(enum log_level level)
{
	static const int priority[] = { [LOG_LEVEL_ERROR] = LOG_ERR,
		[LOG_LEVEL_WARN] = LOG_WARNING,
		[LOG_LEVEL_INFO] = LOG_INFO,
		[LOG_LEVEL_DEBUG] = LOG_DEBUG };

	return priority[level];
}

void
log_write(const struct log *l, enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warning", "info",
		"debug" };
	char raw[LOG_LINE_MAX], line[LOG_LINE_MAX], now[32];
	va_list ap;
	int n;

	if (!log_on(l, level))
		return;
	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	(void)text_escape(line, sizeof(line), raw, strlen(raw));
	if (l->to_syslog) {
		syslog(syslog_priority(level), "%s", line);
		return;
	}
	(void)text_rfc3339(now, sizeof(now), time(NULL));
	/* One call, so that lines of two threads do not mix. */
	fprintf(stderr, "%s %s: %s\n", now, names[level], line);
}
