/* capture_log: the log in memory - see capture_log.h */
#include "config.h"

#include "t/policy/capture_log.h"
#include "share/base/buf.h"
#include "share/base/log.h"
#include "share/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* More than a scenario writes. */
static struct buf lines = { .max = 16 * 1024 * 1024 };

void
log_open(struct log *l, const char *name, bool to_syslog, enum log_level level)
{
	(void)name;
	l->to_syslog = to_syslog;
	l->level = level;
}

bool
log_on(const struct log *l, enum log_level level)
{
	return l != NULL && level <= l->level;
}

void
log_write(const struct log *l, enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warning", "info",
		"debug" };
	char raw[LOG_LINE_MAX], line[LOG_LINE_MAX];
	va_list ap;

	if (!log_on(l, level))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	(void)text_escape(line, sizeof(line), raw, strlen(raw));
	buf_printf(&lines, "%s: %s\n", names[level], line);
}

void
capture_log_clear(void)
{
	buf_clear(&lines);
}

size_t
capture_log_count(const char *text)
{
	const char *line = buf_str(&lines);
	size_t n = 0;

	while (*line != '\0') {
		const char *end = strchr(line, '\n');
		const char *hit = strstr(line, text);

		n += hit != NULL && hit < end;
		line = end + 1;
	}
	return n;
}

const char *
capture_log_text(void)
{
	return buf_str(&lines);
}
