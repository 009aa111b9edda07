/*
 * sts_fetch: one policy file, from host name to parsed policy.
 *
 * RFC 8461 section 3.3: https://mta-sts.<domain>/.well-known/mta-sts.txt,
 * found through our own resolver; status exactly 200, media type text/plain
 * (any case, parameters allowed), a certificate with a SAN dNSName, body of
 * at most 64 KiB.
 *
 * Thread safety: belongs to the resolver loop's thread. Tests: t/policy
 */
#ifndef STS_FETCH_H
#define STS_FETCH_H

#include "share/policy/env.h"
#include "share/policy/sts_gate.h"
#include "share/policy/sts_policy.h"

enum sts_fetch_result {
	STS_FETCH_OK,
	STS_FETCH_ERROR,   /* sts-policy-fetch-error of RFC 8460 */
	STS_FETCH_WEBPKI,  /* sts-webpki-invalid */
	STS_FETCH_INVALID, /* sts-policy-invalid */
	STS_FETCH_RESULTS  /* how many there are */
};

struct sts_fetch;

/*
 * policy (a reference that passes to the callee) with STS_FETCH_OK; why is
 * fixed words of ours, borrowed.
 */
typedef void sts_fetch_callback(void *arg, enum sts_fetch_result result,
    struct sts_policy *policy, const char *why);

/* Borrowed for the life of the fetches. */
struct sts_fetch_with {
	const struct env *env;
	struct sts_gate *gate;
};

/*
 * Starts fetching domain's policy; at most timeout_ms in all, without the
 * time it waits at the gate (share/policy/sts_gate.h). cb is called
 * once, possibly before this returns (then NULL).
 */
struct sts_fetch *sts_fetch_start(const struct sts_fetch_with *with,
    const char *domain, int64_t timeout_ms, sts_fetch_callback *cb, void *arg);

/* Ends a fetch whose callback was not called yet; NULL is fine. */
void sts_fetch_cancel(struct sts_fetch *f);

/* "sts-policy-fetch-error", ...: result types of RFC 8460 section 4.3. */
const char *sts_fetch_result_name(enum sts_fetch_result result);

#endif
