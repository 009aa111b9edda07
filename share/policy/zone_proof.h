/*
 * zone_proof: names whose zones are proven to be unsigned.
 *
 * When a lookup fails, "no DANE" may be concluded only where the zone is
 * proven insecure: an answer for the name, or for an ancestor with no trust
 * anchor at or below it on the way to the name, arrived without failure and
 * was not secure (RFC 4035 section 4.3). Such proofs are kept for their TTL
 * and looked for by SOA questions when they are needed.
 *
 * Limits: ZONE_PROOF_MAX names; the table starts anew when it is full.
 * Thread safety: belongs to the resolver loop's thread.
 * Tests: t/policy
 */
#ifndef ZONE_PROOF_H
#define ZONE_PROOF_H

#include "share/policy/env.h"

#include <stdbool.h>
#include <stddef.h>

#define ZONE_PROOF_MAX 16384

struct zone_proof;
struct zone_probe;

/* Makes an empty table; env is borrowed for its life. */
struct zone_proof *zone_proof_new(const struct env *env);

/* Frees; NULL is fine. */
void zone_proof_free(struct zone_proof *z);

/*
 * The names of the trust anchors (normal form, "" is the root), copied. A
 * proof for an ancestor of an anchor says nothing of names below the anchor.
 */
void zone_proof_anchors(struct zone_proof *z, const char *const *names,
    size_t n);

/* Learns from an answer for name (those that prove nothing are ignored). */
void zone_proof_learn(struct zone_proof *z, const char *name,
    const struct dns_answer *a);

/* Whether name is known to lie in an unsigned zone. */
bool zone_proof_has(struct zone_proof *z, const char *name);

/* Told once whether name is proven to lie in an unsigned zone. */
typedef void zone_probe_callback(void *arg, bool insecure);

/*
 * Looks for a proof: asks for the SOA of name, then of its ancestors, until
 * something arrives. cb may be called before this returns; then NULL.
 */
struct zone_probe *zone_probe_start(struct zone_proof *z, const char *name,
    zone_probe_callback *cb, void *arg);

/* Ends a probe whose callback was not called yet; NULL is fine. */
void zone_probe_cancel(struct zone_probe *p);

#endif
