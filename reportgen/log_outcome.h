/*
 * log_outcome: a session that the log showed, under the policy in force, as
 * libtlsrpt's datagram tells it.
 *
 * What comes out is what Postfix 3.10 would have sent for the same session,
 * with three things more, for which it sends nothing: hosts that it passes
 * over, and under a policy in mode testing certificates that nobody checked
 * and mail without TLS. tlsherald-reportgen(8) lists what differs.
 *
 * Thread safety: no state. Tests: t/unit/log_outcome.c
 */
#ifndef LOG_OUTCOME_H
#define LOG_OUTCOME_H

#include "reportgen/log_policy.h"
#include "reportgen/log_session.h"
#include "share/base/buf.h"

enum log_verdict {
	LOG_SEND,     /* a datagram was written */
	LOG_TOLD,     /* one was sent by Postfix, and is true */
	LOG_NOTHING,  /* mail without TLS where no policy asks for it */
	LOG_NOT_FORCE /* not what the policy demands, or no policy is known */
};

/*
 * Judges s under p and appends its datagram to out when there is one; record
 * is the domain's TLSRPT record.
 */
enum log_verdict log_outcome_write(const struct log_session *s,
    const struct log_policy *p, const char *record, struct buf *out);

#endif
