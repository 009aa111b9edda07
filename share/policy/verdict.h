/*
 * verdict: a decision for one next hop under one strategy, ready to serve.
 *
 * What it says never changes, and it is counted by reference, so that any
 * thread may read it while another replaces it in the cache. Replies are
 * built once: those that write an MTA-STS policy when the first asks for
 * them (most sites use one dialect), all others when the verdict is made.
 *
 * Memory: one is kept for every next hop that is cached. Replies that many
 * domains share are constants, replies equal in two dialects are one.
 *
 * Thread safety: references may be taken and dropped by every thread.
 * Tests: t/policy, t/unit/cache.c
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "share/policy/decision.h"
#include "share/policy/sts_policy.h"

#include <stdint.h>

/* See dialect.h. */
enum dialect_id {
	DIALECT_POSTFIX,
	DIALECT_POSTFIX_TLSRPT,
	DIALECT_JSON,  /* built only when asked for */
	DIALECTS_KEPT, /* those above: their replies stay with a verdict */
	DIALECT_STS = DIALECTS_KEPT,
	DIALECT_TLSPOL,
	DIALECT_TLSREP,
	DIALECTS /* how many there are */
};

struct verdict {
	unsigned refs;
	uint32_t ttl_s : 31; /* how long it is fresh */
	bool no_server : 1;  /* a failure: no name server answers */
	struct decision decision;
	/*
	 * The domain's, or NULL. What replies not built yet are written from,
	 * and what sessions are judged by.
	 */
	struct sts_policy *policy;
	/*
	 * The hosts that have usable TLSA records, or may have: pairs of name
	 * and TLSA base domain, an empty string behind the last; NULL: none.
	 */
	char *tlsa_hosts;
	/* Whole replies, "OK dane-only"; by verdict_reply.h alone. */
	const char *reply[DIALECTS_KEPT];
};

/* Takes one more reference; returns v. */
struct verdict *verdict_ref(struct verdict *v);

/* Gives one reference back; NULL is fine. */
void verdict_unref(struct verdict *v);

/*
 * The TLSA base domain of an MX host (normal form) that has usable TLSA
 * records, or whose records could not be looked up; NULL: it has none.
 * Borrowed from v.
 */
const char *verdict_tlsa_base(const struct verdict *v, const char *mx);

#endif
