/*
 * filter: which sessions are counted.
 *
 * Not counted are those of which the MTA's word proves nothing, those that
 * another source tells of better, and those that our own reports cause:
 *
 * Testing policies. Postfix enforces nothing under an MTA-STS policy in mode
 * testing, so that its "success" tells that a connection came about, not that
 * the certificate was good. Without a log source such a success is dropped
 * and a failure counted; with one every session of such a policy is dropped
 * here and the log's record of the same session counts, which tells whether
 * the certificate was trusted. An exact sender (our milter, of Sendmail) is
 * always believed. (RFC 8461 section 5; RFC 8460 section 4.2)
 *
 * Own reports. Who sends a report says so before it is handed over (side.h,
 * OWN); that is a credit for the recipient domain that takes out the next
 * delivery to it, once, within FILTER_CREDIT_MS. (RFC 8460 section 3: the
 * report's own session SHOULD NOT be in the next report.) Records of the log
 * source use no credit: it knows our mails by their sender.
 *
 * Thread safety: one thread. Limits: FILTER_CREDITS_MAX credits, the oldest
 * goes first. Tests: t/unit/filter.c
 */
#ifndef FILTER_H
#define FILTER_H

#include "reportgen/shared.h"
#include "share/rpt/datagram_read.h"

#include <stdbool.h>
#include <stdint.h>

#define FILTER_CREDIT_MS (INT64_C(15) * 60 * 1000)
#define FILTER_CREDITS_MAX 20000

struct filter;

/* Makes one; with_log: a log source tells of testing policies. */
struct filter *filter_new(bool with_log);

/* Frees; NULL is fine. */
void filter_free(struct filter *f);

/* Says whether there is a log source, from now on. */
void filter_set_log(struct filter *f, bool with_log);

/* Forgets all credits: what follows tells those that are good anew. */
void filter_forget(struct filter *f);

/* A report for a domain (normal form) is about to be handed over. */
void filter_own(struct filter *f, const char *domain, int64_t ms);

/* Whether a delivery to domain at ms is one of ours; uses a credit up. */
bool filter_is_own(struct filter *f, const char *domain, int64_t ms);

/*
 * Whether the session of a policy is not counted, and why; SHARED_DROPPED: it
 * is. logged: the log source says it.
 */
enum shared_dropped filter_session(const struct filter *f,
    const struct datagram_outcome *o, const struct report_policy *p,
    bool logged);

/* Whether it is an MTA-STS policy in mode testing. */
bool filter_is_testing(const struct report_policy *p);

/* Calls each() for the credits that are good at now_ms, the oldest first. */
void filter_each_credit(struct filter *f, int64_t now_ms,
    void (*each)(void *arg, const char *domain, int64_t ms), void *arg);

#endif
