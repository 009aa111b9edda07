/* cache: freshness, what is served stale, eviction, many threads */
#include "config.h"

#include "share/policy/cache.h"
#include "share/base/xmem.h"
#include "share/policy/verdict_reply.h"
#include "t/policy/sim.h"
#include "t/unit/tap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR_MS (60 * 60 * 1000)

static struct sim sim;

static struct nexthop
hop(const char *key)
{
	struct nexthop n;

	if (!nexthop_parse(key, &n))
		abort();
	return n;
}

static struct verdict *
make(uint32_t ttl, bool failure, bool no_server)
{
	struct verdict *v = xcalloc(1, sizeof(*v));

	v->refs = 1;
	v->ttl_s = ttl;
	v->decision.failure = failure;
	v->no_server = no_server;
	v->decision.why = "";
	v->reply[DIALECT_POSTFIX] = verdict_reply_keep("OK may");
	return v;
}

static void
put(struct cache *c, const char *key, uint32_t ttl, bool failure,
    bool no_server)
{
	struct verdict *v = make(ttl, failure, no_server);
	struct nexthop n = hop(key);

	cache_put(c, &n, 0, v);
	verdict_unref(v);
}

/* What a reader is told: f fresh, s stale, in capitals with refresh; or -. */
static char
get_as(struct cache *c, const char *key, unsigned strategy, enum dialect_id d)
{
	struct nexthop n = hop(key);
	struct cache_hit hit;

	if (!cache_get(c, &n, strategy, d, &hit))
		return '-';
	verdict_unref(hit.verdict);
	if (hit.refresh)
		return hit.stale ? 'S' : 'F';
	return hit.stale ? 's' : 'f';
}

static char
get(struct cache *c, const char *key)
{
	return get_as(c, key, 0, DIALECT_POSTFIX);
}

static void
later(int64_t ms)
{
	sim_run(&sim, ms, NULL);
}

static void
test_fresh(void)
{
	struct cache *c = cache_new(&sim.clock, 100);

	is_int(get(c, "a.test"), '-', "nothing there");
	put(c, "a.test", 100, false, false);
	is_int(get(c, "a.test"), 'f', "fresh");
	is_int(get(c, "A.test."), 'f', "by its canonical key");
	is_int(get(c, "a.test:587"), '-', "another port");
	is_int(get(c, "[a.test]"), '-', "another form");
	is_int(get_as(c, "a.test", 1, DIALECT_POSTFIX), '-',
	    "another strategy");
	is_int(get_as(c, "a.test", 0, DIALECT_JSON), '-',
	    "a reply that was not made");
	later(74999);
	is_int(get(c, "a.test"), 'f', "before three quarters");
	later(1);
	is_int(get(c, "a.test"), 'F', "refresh from three quarters on");
	is_int(get(c, "a.test"), 'f', "told once");
	later(24999);
	is_int(get(c, "a.test"), 'f', "up to the TTL");
	later(1);
	is_int(get(c, "a.test"), '-', "not past it");
	is_int(cache_count(c), 1, "still one entry");
	put(c, "a.test", 100, false, false);
	is_int(get(c, "a.test"), 'f', "renewed");
	is_int(cache_count(c), 1, "in its place");
	cache_flush(c);
	is_int(get(c, "a.test"), '-', "flushed");
	is_int(cache_count(c), 0, "empty");
	cache_free(c);
	cache_free(NULL);
}

static void
test_failure(void)
{
	struct cache *c = cache_new(&sim.clock, 100);

	put(c, "a.test", 30, true, false);
	later(29999);
	is_int(get(c, "a.test"), 'f', "a failure is remembered");
	later(1);
	is_int(get(c, "a.test"), 'S', "then stale, one probe");
	is_int(get(c, "a.test"), 's', "not two");
	later(CACHE_RETRY_MS - 1);
	is_int(get(c, "a.test"), 's', "a little longer");
	later(1);
	is_int(get(c, "a.test"), '-', "then the truth is waited for");

	put(c, "b.test", 30, true, true);
	later(30000);
	is_int(get(c, "b.test"), 'S', "no server: stale");
	later(CACHE_RETRY_MS);
	is_int(get(c, "b.test"), 'S', "and probed again");
	later(CACHE_DEAD_MS - CACHE_RETRY_MS - 1);
	is_int(get(c, "b.test"), 'S', "for longer");
	later(1);
	is_int(get(c, "b.test"), '-', "not for ever");
	cache_free(c);
}

static bool
keep(struct cache *c, const char *key)
{
	struct nexthop n = hop(key);
	struct verdict *v = cache_keep(c, &n, 0);
	bool kept = v != NULL;

	verdict_unref(v);
	return kept;
}

static void
test_keep(void)
{
	struct cache *c = cache_new(&sim.clock, 100);

	ok(!keep(c, "a.test"), "nothing to keep");
	put(c, "a.test", 100, false, false);
	later(90000);
	ok(keep(c, "a.test"), "kept before its TTL ended");
	is_int(get(c, "a.test"), 'f', "fresh still");
	later(20000);
	is_int(get(c, "a.test"), 's', "stale then");
	later(10000);
	is_int(get(c, "a.test"), 'S', "probed again after a while");
	later(CACHE_DEAD_MS - 30001);
	is_int(get(c, "a.test"), 'S', "until nobody asked for long");
	later(1);
	is_int(get(c, "a.test"), '-', "then it is asked about first");
	later(20 * (int64_t)HOUR_MS);
	ok(keep(c, "a.test"), "kept within a day of its end");
	is_int(get(c, "a.test"), 's', "and served");
	later(4 * (int64_t)HOUR_MS);
	ok(!keep(c, "a.test"), "not after that day");
	is_int(get(c, "a.test"), '-', "nor served");
	put(c, "b.test", 100, true, true);
	ok(!keep(c, "b.test"), "a failure is not kept");
	put(c, "c.test", 100, false, false);
	later(100000 + CACHE_STALE_MAX_MS - 5000);
	ok(keep(c, "c.test"), "kept in the last seconds of its day");
	later(4999);
	is_int(get(c, "c.test"), 's', "it is served to the end of the day");
	later(1);
	is_int(get(c, "c.test"), '-', "and not beyond");
	cache_free(c);
}

static void
test_invalidate(void)
{
	struct cache *c = cache_new(&sim.clock, 100);

	put(c, "a.test", 100, false, false);
	put(c, "a.test:587", 100, true, true);
	put(c, "[a.test]:465", 100, false, false);
	put(c, "a.test.example", 100, false, false);
	put(c, "b.a.test", 100, false, false);
	cache_invalidate(c, "a.test");
	is_int(get(c, "a.test"), '-', "the name");
	is_int(get(c, "a.test:587"), '-', "its other ports, failures too");
	is_int(get(c, "[a.test]:465"), '-', "its other forms");
	is_int(get(c, "a.test.example"), 'f', "no name that begins so");
	is_int(get(c, "b.a.test"), 'f', "no name below");
	cache_invalidate(c, "none.test");
	cache_free(c);
}

static void
test_eviction(void)
{
	struct cache *c = cache_new(&sim.clock, 1000);
	char key[32];
	int kept = 0;

	put(c, "used.test", 1000, false, false);
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof(key), "h%d.test", i);
		put(c, key, 1000, false, false);
		kept += get(c, "used.test") != '-';
	}
	is_int(cache_count(c), 1000, "never more than the maximum");
	is_int(kept, 5000, "what is read all the time stays");
	cache_free(c);
}

/* One entry that every thread reads, renews and invalidates. */
static void *
hammer(void *arg)
{
	struct cache *c = arg;
	char key[32];

	for (int i = 0; i < 20000; i++) {
		(void)snprintf(key, sizeof(key), "h%d.test", i % 7);
		if (i % 5 == 0)
			put(c, key, 1000, false, false);
		else if (i % 11 == 0)
			cache_invalidate(c, key);
		else
			(void)get(c, key);
	}
	return NULL;
}

static void
test_threads(void)
{
	struct cache *c = cache_new(&sim.clock, 4);
	pthread_t t[4];
	int started = 0;

	for (int i = 0; i < 4; i++)
		started += pthread_create(&t[i], NULL, hammer, c) == 0;
	is_int(started, 4, "four threads");
	for (int i = 0; i < started; i++)
		pthread_join(t[i], NULL);
	ok(cache_count(c) <= 4, "never more than the maximum");
	cache_free(c);
}

static void
test_remove(void)
{
	struct cache *c = cache_new(&sim.clock, 100);

	put(c, "a.test", 1000, false, false);
	put(c, "a.test:587", 1000, false, false);
	put(c, "[a.test]", 1000, false, false);
	put(c, "[a.test]:2525", 1000, false, false);
	put(c, "aa.test", 1000, false, false);
	is_int(cache_remove(c, "a.test"), 4, "removed in every form");
	is_int(cache_count(c), 1, "and nothing else");
	is_int(get(c, "aa.test"), 'f', "another name stays");
	is_int(cache_remove(c, "a.test"), 0, "nothing is left of it");
	cache_free(c);
}

#define WALKED 500

/* How often each of the first entries was shown. */
struct walked {
	int seen[WALKED];
	int others, stale, left;
};

static bool
on_entry(void *arg, const struct cache_view *v)
{
	struct walked *w = arg;
	int i;

	if (sscanf(v->key, "w%d.test", &i) == 1 && i < WALKED)
		w->seen[i]++;
	else
		w->others++;
	w->stale += v->fresh_ms != 1000000;
	return --w->left > 0;
}

static void
test_walk(void)
{
	struct cache *c = cache_new(&sim.clock, 100000);
	struct walked w;
	uint64_t cursor = 0;
	char key[32];
	int steps = 0, missed = 0, twice = 0, grown = 0;

	memset(&w, 0, sizeof(w));
	cache_walk(c, &cursor, on_entry, &w);
	is_int(cursor, 0, "an empty cache is walked at once");
	for (int i = 0; i < WALKED; i++) {
		(void)snprintf(key, sizeof(key), "w%d.test", i);
		put(c, key, 1000, false, false);
	}
	do {
		w.left = 20;
		cache_walk(c, &cursor, on_entry, &w);
		/* while it grows under the walk, and its table doubles */
		for (int i = 0; i < 100; i++) {
			(void)snprintf(key, sizeof(key), "g%d.test", grown++);
			put(c, key, 1000, false, false);
		}
	} while (cursor != 0 && ++steps < 1000);
	ok(steps > 5 && steps < 1000, "walked in %d steps", steps);
	for (int i = 0; i < WALKED; i++) {
		missed += w.seen[i] == 0;
		twice += w.seen[i] > 1;
	}
	is_int(missed, 0, "what was there all the while is shown");
	is_int(twice, 0, "and once");
	is_int(w.stale, 0, "with the time it is fresh");
	cache_free(c);
}

static bool
due(struct cache *c, const char *key)
{
	struct nexthop n = hop(key);

	return cache_due(c, &n, 0);
}

/* What is to be renewed without a reader. */
static void
test_due(void)
{
	struct cache *c = cache_new(&sim.clock, 100);
	struct nexthop n = hop("a.test");

	put(c, "a.test", 3600, false, false);
	put(c, "failed.test", 30, true, false);
	ok(cache_holds(c, &n, 0), "it holds");
	ok(!due(c, "a.test"), "not due yet");
	ok(!due(c, "none.test"), "what is not there is not");
	later(2700 * 1000);
	ok(due(c, "a.test"), "at three quarters of its TTL");
	ok(!due(c, "a.test"), "once");
	is_int(get(c, "a.test"), 'f', "nor is a reader told to");
	ok(!due(c, "failed.test"), "a failure is never");
	later(CACHE_RETRY_MS);
	ok(due(c, "a.test"), "again after a while");
	later(1000 * 1000);
	ok(!cache_holds(c, &n, 0), "it ended");
	ok(due(c, "a.test"), "and is in use for an hour");
	later(2700 * 1000);
	ok(!due(c, "a.test"), "then no more");
	is_int(get(c, "a.test"), '-', "who comes too late is in use again");
	ok(due(c, "a.test"), "so that it is due");
	cache_free(c);
}

/* Counts the next hops that are to be renewed; the last one's name stays. */
static void
on_renew(void *arg, const struct nexthop *n, unsigned strategy)
{
	(void)strategy;
	(void)n;
	++*(int *)arg;
}

static void
test_renew(void)
{
	struct cache *c = cache_new(&sim.clock, 100);
	int told = 0;

	put(c, "a.test", 3600, false, false);
	put(c, "[a.test]:465", 3600, false, false);
	put(c, "a.test:587", 3600, true, false);
	put(c, "b.a.test", 3600, false, false);
	cache_renew(c, "a.test", on_renew, &told);
	is_int(told, 2, "told of what holds");
	is_int(get(c, "a.test"), 'F', "which is served, and due");
	is_int(get(c, "[a.test]:465"), 'F', "in every form");
	is_int(get(c, "a.test:587"), '-', "a failure is not served");
	is_int(get(c, "b.a.test"), 'f', "no name below");
	later(HOUR_MS + 2 * 60000);
	put(c, "c.test", 8000, false, false);
	later(HOUR_MS + 2 * 60000);
	told = 0;
	cache_renew(c, "c.test", on_renew, &told);
	is_int(told, 0, "what is not in use is not renewed");
	is_int(get(c, "c.test"), '-', "but ended");
	cache_free(c);
}

int
main(void)
{
	sim_init(&sim);
	test_fresh();
	test_failure();
	test_keep();
	test_invalidate();
	test_eviction();
	test_threads();
	test_remove();
	test_walk();
	test_due();
	test_renew();
	return done_testing();
}
