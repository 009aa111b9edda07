/*
 * trust: who sent a report, as far as its DKIM signatures prove it.
 *
 * verified	a signature passes, its domain is aligned with the submitter's,
 *		and its key may sign reports (s=* or none, or s=tlsrpt: RFC 8460
 *		section 3)
 * signed	a signature passes, but not all of that is so
 * unsigned	none passes
 * unknown	a key could not be looked up now
 *
 * Aligned is the same domain, or one of the two below the other. Keys are
 * looked up by our own resolver and kept for as long as their TTL says.
 *
 * Works in a thread of its own, beside whoever reads mails: these are copied
 * in by trust_submit() and come out as results in any order.
 *
 * Thread safety: submit, next and free from one thread. Limits: TRUST_QUEUE
 * octets of mails wait, submit waits beyond; TRUST_WAIT_MS for a key.
 * Tests: t/unit/trust.c
 */
#ifndef TRUST_H
#define TRUST_H

#include "share/base/hostname.h"
#include "share/conf/conf.h"
#include "share/dns/dns.h"
#include "share/mail/dkim_verify.h"
#include "share/net/loop.h"
#include "share/store/analysis_store.h"

#include <stdbool.h>
#include <stdint.h>

#define TRUST_QUEUE (32u << 20)
#define TRUST_WAIT_MS 10000
#define TRUST_KEYS_MAX 4096

/* What is known of one mail. */
struct trust_result {
	uint64_t token; /* as submitted */
	enum analysis_trust trust;
	char domain[HOSTNAME_SIZE]; /* d= of the signature that counted, "" */
	char why[DKIM_REASON_MAX];  /* why it is not verified, for people */
};

/* Judges the verdicts of a mail's signatures; submitter may be "". */
void trust_judge(const struct dkim_verdict *v, int n, const char *submitter,
    struct trust_result *out);

/*
 * The reports that count without --trust, bits 1 << enum analysis_trust, by
 * [report.analysis] dkim.
 */
unsigned trust_counted(const struct conf *c);

struct trust;

/* Starts it with a resolver as [dns] of c says. */
struct trust *trust_new(const struct conf *c, struct err *e) MUST_CHECK;

/*
 * The same on a loop that is not run yet, asking dns (borrowed); both are for
 * tests. The loop is taken over.
 */
struct trust *trust_new_with(struct loop *loop, const struct dns_resolver *dns,
    struct err *e) MUST_CHECK;

/* Has a mail judged; it is copied. now is for the signatures' times. */
void trust_submit(struct trust *t, const char *mail, size_t len,
    const char *submitter, int64_t now_s, uint64_t token);

/*
 * Gives the next result; false when there is none at hand. With wait it waits
 * while something is under way: false then means that all are out.
 */
bool trust_next(struct trust *t, struct trust_result *out, bool wait);

/* Ends it; what is under way is dropped. NULL is fine. */
void trust_free(struct trust *t);

#endif
