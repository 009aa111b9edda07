/*
 * resolve: the addresses of a host, by the resolver of [dns].
 *
 * IPv6 and IPv4 together. A host that only one of the two questions finds has
 * that address; what cannot be validated has none.
 *
 * Thread safety: belongs to the thread of the resolver.
 * Limits: RESOLVE_MAX addresses. Tests: t/unit/resolve.c
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include "share/dns/dns.h"

#include <stddef.h>

#define RESOLVE_MAX 16

/* n may be 0: why says why then. Borrowed during the call. */
typedef void resolve_callback(void *arg, const char *const *addresses, size_t n,
    const char *why);

struct resolve;

/*
 * Asks for host (normal form). cb is called once, possibly before this
 * returns, and NULL is given then.
 */
struct resolve *resolve_start(const struct dns_resolver *dns, const char *host,
    resolve_callback *cb, void *arg);

/* Ends it; its callback is not called. */
void resolve_cancel(struct resolve *r);

#endif
