/*
 * dns_alive: whether any of some name servers answers at all.
 *
 * libunbound says SERVFAIL for a server that says so, for one that is silent
 * and for a zone whose own servers are dead. Which it was decides whether
 * an old decision may serve on, so the servers themselves are asked: each
 * gets the question for the root's SOA at the same time. Any reply counts,
 * whatever its rcode.
 *
 * Thread safety: belongs to the thread of its event_base.
 * Tests: t/unit/resolver_ub.c
 */
#ifndef DNS_ALIVE_H
#define DNS_ALIVE_H

#include "share/dns/dns_server.h"

#include <event2/event.h>
#include <stdbool.h>

/* Told once, never before dns_alive_start() returns; the handle is gone. */
typedef void dns_alive_callback(void *arg, bool alive);

struct dns_alive;

/*
 * Asks the n servers (copied; at most DNS_SERVERS_MAX count) and calls cb at
 * the first reply, or with false when none came within timeout_ms. Gives a
 * handle; NULL and e where no server can be asked.
 */
struct dns_alive *dns_alive_start(struct event_base *base,
    const struct dns_server *servers, size_t n, unsigned timeout_ms,
    dns_alive_callback *cb, void *arg, struct err *e) MUST_CHECK;

/* Ends it without calling cb; frees. NULL is fine. */
void dns_alive_cancel(struct dns_alive *a);

#endif
