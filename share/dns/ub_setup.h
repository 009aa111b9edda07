/*
 * ub_setup: libunbound contexts made from the settings of [dns].
 *
 * The settings outlive the config they came from, because a context is made
 * anew while running: when a negative trust anchor (RFC 7646) ends, and when
 * servers that were dead answer again, so that nothing libunbound remembers
 * of the dead time counts.
 *
 * Thread safety: none. Limits: DNS_SERVERS_MAX servers; about 4 MB of caches
 * when full, records live an hour at most in them.
 * Tests: t/unit/resolver_ub.c
 */
#ifndef UB_SETUP_H
#define UB_SETUP_H

#include "share/conf/conf.h"
#include "share/dns/dns_server.h"

#include <event2/event.h>
#include <stdbool.h>
#include <unbound.h>

struct ub_setup {
	/* who is asked; of "iterate" some root servers, to see whether the
	 * Internet is there */
	struct dns_server server[DNS_SERVERS_MAX];
	size_t nservers;
	bool iterate;
	char *trust_anchors;
	struct conf_nta *nta;
	size_t nntas;
};

/*
 * Copies what [dns] of c says. resolv_conf is read for servers = "system".
 * -1 and e where servers or anchors cannot be used; clear it then too.
 */
int ub_setup_init(struct ub_setup *s, const struct conf *c,
    const char *resolv_conf, struct err *e) MUST_CHECK;

/* Frees what it holds. */
void ub_setup_clear(struct ub_setup *s);

/*
 * Gives a context on base with everything set and no setting left to be
 * made; negative trust anchors that ended by now_s are left out. End it with
 * ub_ctx_delete(), never from inside a callback of it. NULL and e otherwise.
 */
struct ub_ctx *ub_setup_context(const struct ub_setup *s,
    struct event_base *base, int64_t now_s, struct err *e) MUST_CHECK;

/* When the next negative trust anchor ends after now_s; 0: none does. */
int64_t ub_setup_next_end(const struct ub_setup *s, int64_t now_s);

#endif
