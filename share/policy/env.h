/*
 * env: what the policy engine needs of the world, passed in.
 *
 * With a scripted resolver and HTTP client, simulated timers and clock, the
 * whole engine runs without a network (t/policy).
 *
 * Thread safety: everything here belongs to the resolver loop's thread.
 * Tests: t/policy
 */
#ifndef ENV_H
#define ENV_H

#include "share/base/clock.h"
#include "share/base/log.h"
#include "share/base/timer.h"
#include "share/dns/dns.h"
#include "share/net/http.h"
#include "share/store/store.h"

struct outcome_sink; /* see share/policy/outcome.h */

struct env {
	const struct clock *clock;
	struct timers timers;
	const struct dns_resolver *dns;
	const struct http_client *http;
	struct store *store;
	const struct log *log;
	const struct outcome_sink *outcomes; /* NULL: nobody is told */
};

#endif
