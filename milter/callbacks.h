/*
 * callbacks: what libmilter calls for each step of an SMTP transaction.
 *
 * Only the steps that are needed are negotiated: MAIL, RCPT and the end
 * always, header fields where one of ours may have to be removed or
 * TLS-Required counts; a reply is given to RCPT only where a strategy may
 * refuse, to the end always. RCPT starts the resolution and, as the one
 * place that waits (at most refusal-wait), may refuse.
 *
 * Thread safety: callbacks run in any thread of libmilter's.
 * Tests: t/system/milter_protocol.t
 */
#ifndef CALLBACKS_H
#define CALLBACKS_H

#include "share/base/err.h"

/* Registers them with libmilter; -1 when it refuses. */
int callbacks_register(void) MUST_CHECK;

#endif
