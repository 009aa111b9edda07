/*
 * reply_lint_sendmail: would Sendmail take this reply as it is meant?
 *
 * Sendmail takes what a map answers apart into tokens: quotes, parentheses,
 * angle brackets and backslashes that don't match end in an error, "$" and
 * a comma mean something to rules. So a reason has letters, digits, blanks
 * and few signs. FEATURE(`sts') wants one exact shape.
 *
 * Thread safety: no state. Limits: REPLY_SENDMAIL_MAX octets.
 * Tests: t/unit/dialect_sendmail.c
 */
#ifndef REPLY_LINT_SENDMAIL_H
#define REPLY_LINT_SENDMAIL_H

#include "share/base/err.h"
#include "share/policy/verdict.h"

#define REPLY_SENDMAIL_MAX 2048 /* below Sendmail's own MAXNAME buffers */

/*
 * Checks a whole reply of the dialect: sts, tlspol or tlsrep. -1 and e says
 * what is wrong.
 */
int reply_lint_sendmail(const char *reply, size_t len, enum dialect_id id,
    struct err *e) MUST_CHECK;

/* Writes text to dst, what Sendmail would stumble over as a blank; dst. */
char *reply_sendmail_text(char *dst, size_t size, const char *text);

#endif
