/*
 * verdict: a decision for one next hop under one strategy, ready to serve.
 *
 * Immutable once made and counted by reference, so that any thread may read
 * it while another replaces it in the cache. Replies are built once, here.
 *
 * Thread safety: references may be taken and dropped by every thread.
 * Tests: t/policy, t/unit/cache.c
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "share/policy/decision.h"

#include <stddef.h>
#include <stdint.h>

/* Dialects whose replies are kept with a verdict; see dialect.h. */
enum dialect_id {
	DIALECT_POSTFIX,
	DIALECT_POSTFIX_TLSRPT,
	DIALECT_JSON, /* built only when asked for */
	DIALECTS
};

struct verdict {
	unsigned refs;
	struct decision decision;
	uint32_t ttl_s; /* how long it is fresh */
	bool no_server; /* a failure: no name server answers */
	char *reply[DIALECTS]; /* whole reply, "OK dane-only"; NULL: none;
				  * what observe mode hides is hidden here */
	size_t reply_len[DIALECTS];
};

/* Takes one more reference; returns v. */
struct verdict *verdict_ref(struct verdict *v);

/* Gives one reference back; NULL is fine. */
void verdict_unref(struct verdict *v);

#endif
