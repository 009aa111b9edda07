/*
 * resolver_ub: the resolver over libunbound with its own DNSSEC validation.
 *
 * Validates with the configured trust anchors on top of any upstream server;
 * a remote AD bit is never trusted. With servers set, or the system's, every
 * name is asked there: libunbound's built-in local zones (test., ...) are
 * taken out, servers on loopback are allowed. With "iterate" they stay.
 *
 * libunbound does not tell a server's SERVFAIL from its silence. So after a
 * failure, or when an answer takes longer than RESOLVER_UB_SLOW_MS, the
 * servers themselves are asked (dns_alive.h). If none answers, everything
 * pending ends as DNS_UNKNOWN with no_server, within RESOLVER_UB_ALIVE_MS
 * more; when one answers again, the context is made anew and questions go on.
 * No question is with libunbound for longer than RESOLVER_UB_TIMEOUT_MS; it
 * may go on with it and keep the answer in its cache for the next time.
 *
 * Callbacks are called from the loop, never by ask(), so they may ask,
 * cancel, drain and free. A negative trust anchor whose "until" has come is
 * not used from then on, without a reload.
 *
 * Thread safety: belongs to the thread of its event_base. Limits:
 * RESOLVER_UB_AT_ONCE questions are with libunbound at a time (each takes
 * 16 kB there, and it wakes them all at once when a key arrives), the others
 * wait in order. What takes longer than RESOLVER_UB_SLOW_MS does not count,
 * up to RESOLVER_UB_IN_ALL; beyond, the one that takes longest ends for each
 * that waits: names of a provider that is dead do not hold up the rest. Cached records live an hour at most, so ttl is never above
 * 3600.
 * Tests: t/unit/resolver_ub.c, against real name servers t/system/domains-*.t
 */
#ifndef RESOLVER_UB_H
#define RESOLVER_UB_H

#include "share/conf/conf.h"
#include "share/dns/dns.h"

#include <event2/event.h>

#define RESOLVER_UB_SLOW_MS 500
#define RESOLVER_UB_ALIVE_MS 1200
#define RESOLVER_UB_TIMEOUT_MS 8000
#define RESOLVER_UB_AT_ONCE 256
#define RESOLVER_UB_IN_ALL 512

struct resolver_ub;

/*
 * Makes a resolver on base as [dns] of c says (c is only read during the
 * call). NULL and e where anchors or servers cannot be used; a missing
 * trust-anchor file's message names the package dns-root-data.
 */
struct resolver_ub *resolver_ub_new(struct event_base *base,
    const struct conf *c, struct err *e) MUST_CHECK;

/*
 * Drains: no new questions (asked nevertheless, they end as DNS_UNKNOWN); the
 * struct frees itself when the last pending answer arrived (or at once).
 * Pending callbacks are still called; cancel() works until then.
 */
void resolver_ub_drain(struct resolver_ub *r);

/* Frees at once; pending callbacks are not called. NULL is fine. */
void resolver_ub_free(struct resolver_ub *r);

/* The interface to ask through; borrowed, valid until drain or free. */
const struct dns_resolver *resolver_ub_iface(struct resolver_ub *r);

#endif
