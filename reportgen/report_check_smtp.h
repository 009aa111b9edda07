/*
 * report_check_smtp: asks a mail server whether it is there, and its SIZE.
 * (RFC 5321 section 4.1.1.1, RFC 1870)
 *
 * Thread safety: no state; waits. Limits: REPORT_CHECK_SMTP_MS in all,
 * lines of 2048 octets, 100 of them. Tests: t/unit/report_check_smtp.c
 */
#ifndef REPORT_CHECK_SMTP_H
#define REPORT_CHECK_SMTP_H

#include "reportgen/report_check.h"

#define REPORT_CHECK_SMTP_MS 5000

/* Connects, says EHLO as hostname and QUIT; ERR_TEMP or ERR_SYS. */
int report_check_greet(const char *host, const char *port, const char *hostname,
    struct report_check_greeting *g, struct err *e) MUST_CHECK;

/* The same on a connection; fd stays the caller's. */
int report_check_greet_on(int fd, const char *hostname,
    struct report_check_greeting *g, struct err *e) MUST_CHECK;

#endif
