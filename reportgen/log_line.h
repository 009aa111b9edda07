/*
 * log_line: one line of syslog: when, which program, which process, what.
 *
 * Takes what rsyslog, syslog-ng and systemd write into files: the traditional
 * "Nov 22 01:43:26 host program[123]: text" (RFC 3164), the same with an
 * RFC 3339 time, and RFC 5424's "<22>1 time host program 123 - - text". A
 * traditional time is local and has no year: it gets the one that brings it
 * nearest to now, a day ahead at most.
 *
 * Thread safety: no state but the C library's time zone. Limits:
 * LOG_LINE_OCTETS a line, LOG_PROGRAM_MAX a program; others are not taken.
 * Tests: t/unit/log_line.c, t/fuzz/fuzz_log_line.c
 */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include "share/conf/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_OCTETS 8192
#define LOG_PROGRAM_MAX 63

struct log_line {
	int64_t ms; /* wall clock */
	uint32_t pid;
	char program[LOG_PROGRAM_MAX + 1]; /* "postfix/smtp" */
	const char *text;                  /* borrowed from the line */
	size_t len;
};

/* Which of Postfix's programs wrote a line. */
enum log_program {
	LOG_PROGRAM_OTHER,
	LOG_PROGRAM_SMTP,
	LOG_PROGRAM_QMGR,
	LOG_PROGRAM_TLSPROXY
};

/* Reads a line of n octets without its end; false: it has another form. */
bool log_line_parse(const char *s, size_t n, int64_t now_ms,
    struct log_line *out);

/*
 * What program is, of those whose syslog name is in names or begins with one
 * of them and a slash: "postfix/smtp" and "postfix/relay/smtp" of "postfix".
 */
enum log_program log_line_program(const char *program,
    const struct conf_list *names);

#endif
