/* refresher: when, how many a second, and no more - see refresher.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/policy/refresher.h"
#include "share/policy/verdict_reply.h"
#include "t/policy/sim.h"
#include "t/unit/tap.h"

#include <stdio.h>
#include <stdlib.h>

static struct sim sim;
static struct env env;
static struct cache *cache;
static struct refresher *r;
static size_t renewed;
static bool again; /* renewals put and add anew, as the engine's do */

static void
put(const struct nexthop *n, uint32_t ttl)
{
	struct verdict *v = xcalloc(1, sizeof(*v));

	v->refs = 1;
	v->ttl_s = ttl;
	v->decision.why = "";
	v->reply[DIALECT_POSTFIX] = verdict_reply_keep("OK may");
	cache_put(cache, n, 0, v);
	verdict_unref(v);
}

static void
add(const struct nexthop *n, uint32_t ttl)
{
	put(n, ttl);
	refresher_add(r, n, 0, (int64_t)ttl * 750);
}

static void
on_renew(void *arg, const struct nexthop *n, unsigned strategy)
{
	(void)arg;
	(void)strategy;
	renewed++;
	if (again)
		add(n, 100);
}

static struct nexthop
hop(const char *prefix, int i)
{
	struct nexthop n;
	char key[32];

	snprintf(key, sizeof(key), "%s%d.test", prefix, i);
	if (!nexthop_parse(key, &n))
		abort();
	return n;
}

static void
begin(void)
{
	sim_init(&sim);
	env.clock = &sim.clock;
	env.timers = sim.timers;
	cache = cache_new(&sim.clock, 100000);
	r = refresher_new(&env, cache, on_renew, NULL);
	renewed = 0;
	again = false;
}

static void
end(void)
{
	refresher_free(r);
	cache_free(cache);
	is_int((int64_t)sim_clear(&sim), 0, "no timer is left");
}

static void
test_once(void)
{
	struct nexthop n = hop("once", 1);

	begin();
	add(&n, 100);
	sim_run(&sim, 74900, NULL);
	is_int(renewed, 0, "not before it is due");
	sim_run(&sim, 2000, NULL);
	is_int(renewed, 1, "then");
	sim_run(&sim, 1000000, NULL);
	is_int(renewed, 1, "once");
	end();
}

static void
test_on_and_on(void)
{
	struct nexthop n = hop("on", 1);

	begin();
	again = true;
	add(&n, 100);
	sim_run(&sim, 50 * 60000, NULL);
	is_int(renewed, 39, "every 76 s for as long as it is in use");
	sim_run(&sim, 60 * 60000, NULL);
	is_int(renewed, 47, "which is an hour, to the minute");
	is_int(sim.first == NULL, 1, "then it sleeps");
	end();
}

static void
test_budget(void)
{
	enum { MANY = REFRESHER_PER_SECOND * 10 };
	struct nexthop n;

	begin();
	for (int i = 0; i < MANY; i++) {
		n = hop("many", i);
		add(&n, 100);
	}
	sim_run(&sim, 76500, NULL);
	is_int(renewed, REFRESHER_PER_SECOND, "no more in a second");
	sim_run(&sim, 1000, NULL);
	is_int(renewed, 2 * REFRESHER_PER_SECOND, "as many in the next");
	sim_run(&sim, 8000, NULL);
	is_int(renewed, MANY, "and all in the end");
	end();
}

/* One that was renewed meanwhile, by a reader, is not due. */
static void
test_renewed_meanwhile(void)
{
	struct nexthop n = hop("early", 1);

	begin();
	add(&n, 100);
	sim_run(&sim, 50000, NULL);
	add(&n, 100);
	sim_run(&sim, 50000, NULL);
	is_int(renewed, 0, "not due at its first time");
	sim_run(&sim, 30000, NULL);
	is_int(renewed, 1, "but at its second");
	end();
}

int
main(void)
{
	test_once();
	test_on_and_on();
	test_budget();
	test_renewed_meanwhile();
	return done_testing();
}
