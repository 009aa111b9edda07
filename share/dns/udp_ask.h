/*
 * udp_ask: one DNS question to one server over UDP, the answer as it came.
 *
 * For finding out about a server itself: whether it answers at all, whether
 * it sets AD. What a domain publishes is asked through dns.h. The question
 * carries EDNS (RFC 6891) with DO, RD and AD (RFC 6840 section 5.7), a random
 * id and a port chosen by the kernel; only a reply from the server's address
 * with that id and question is taken. It is sent again once, at half the time.
 *
 * Thread safety: belongs to the thread of its event_base.
 * Tests: t/unit/ad_probe.c, t/unit/resolver_ub.c
 */
#ifndef UDP_ASK_H
#define UDP_ASK_H

#include "share/base/err.h"
#include "share/dns/dns.h"
#include "share/dns/dns_server.h"

#include <event2/event.h>
#include <stdint.h>

#define UDP_ASK_REPLY_MAX 4096

/*
 * Told once, never before udp_ask_start() returns; the handle is gone then.
 * reply (borrowed, at least 12 octets) is NULL when none came in time or
 * the server's host said that nobody listens.
 */
typedef void udp_ask_callback(void *arg, const uint8_t *reply, size_t len);

struct udp_ask;

/*
 * Asks server (copied) for (name, type) and calls cb within timeout_ms.
 * Gives a handle, or NULL and e where no socket or question can be made.
 */
struct udp_ask *udp_ask_start(struct event_base *base,
    const struct dns_server *server, const char *name, enum dns_type type,
    unsigned timeout_ms, udp_ask_callback *cb, void *arg,
    struct err *e) MUST_CHECK;

/* Ends it without calling cb; frees. NULL is fine. */
void udp_ask_cancel(struct udp_ask *a);

#endif
