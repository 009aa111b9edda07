/*
 * resolver_ub: the resolver over libunbound with its own DNSSEC validation.
 *
 * Validates with the configured trust anchors on top of any upstream server;
 * a remote AD bit is never trusted. With servers set, every name is asked
 * there: libunbound's built-in local zones are taken out, servers on
 * loopback are allowed.
 *
 * Thread safety: belongs to the thread of its event_base.
 * Tests: t/system/resolver.t (a real name server), t/unit/resolver_ub.c
 */
#ifndef RESOLVER_UB_H
#define RESOLVER_UB_H

#include "share/conf/conf.h"
#include "share/dns/dns.h"

#include <event2/event.h>

struct resolver_ub;

/*
 * Makes a resolver on base as [dns] of c says (c is only read during the
 * call). NULL and e where anchors or servers cannot be used; a missing
 * trust-anchor file's message names the package dns-root-data.
 */
struct resolver_ub *resolver_ub_new(struct event_base *base,
    const struct conf *c, struct err *e) MUST_CHECK;

/*
 * Drains: no new questions; the struct frees itself when the last pending
 * answer arrived (or at once). Pending callbacks are still called.
 */
void resolver_ub_drain(struct resolver_ub *r);

/* Frees at once; pending callbacks are not called. NULL is fine. */
void resolver_ub_free(struct resolver_ub *r);

/* The interface to ask through; borrowed, valid until drain or free. */
const struct dns_resolver *resolver_ub_iface(struct resolver_ub *r);

#endif
