/*
 * sts_renew: looking at a domain's TXT record and fetching its policy.
 *
 * RFC 8461 sections 3.1, 3.3 and 5.1: when a policy is fetched, and what a
 * failure leaves as it was. For sts_cache.c alone.
 * Thread safety: belongs to the resolver loop's thread. Tests: t/policy
 */
#ifndef STS_RENEW_H
#define STS_RENEW_H

#include "share/policy/sts_entry.h"

/*
 * Asks for the record of an entry with nothing under way, and fetches what
 * it calls for. Who waits is answered, possibly before this returns; the
 * entry may be gone then unless it is "asking".
 */
void sts_renew_start(struct sts_entry *en);

/* Writes p to the store; -1 and e: it could not be written. */
int sts_renew_store(struct sts_cache *c, const struct sts_policy *p,
    struct err *e) MUST_CHECK;

#endif
