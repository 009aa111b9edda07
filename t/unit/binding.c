/* binding: what is bound is found, until it is old or crowded out */
#include "config.h"

#include "milter/binding.h"
#include "t/unit/tap.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int64_t now_ms;

static int64_t
fake_ms(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static const struct clock fake = { fake_ms, fake_ms, NULL };

static struct binding
named(const char *strategy)
{
	struct binding b;

	memset(&b, 0, sizeof(b));
	(void)snprintf(b.strategy, sizeof(b.strategy), "%s", strategy);
	return b;
}

static void
put(struct binding_table *t, const char *id, const char *domain,
    const char *strategy)
{
	struct binding b = named(strategy);

	binding_put(t, id, domain, &b, 1000);
}

/* The strategy bound, or NULL. */
static const char *
get(struct binding_table *t, const char *id, const char *domain)
{
	static struct binding b;

	return binding_get(t, id, domain, &b) ? b.strategy : NULL;
}

static void
test_basics(void)
{
	struct binding_table *t = binding_table_new(&fake, 100, 7);
	struct binding b = named("x"), got;

	is_str(get(t, "Q1", "a.test"), NULL, "nothing is bound at first");
	put(t, "Q1", "a.test", "one");
	put(t, "Q1", "b.test", "two");
	put(t, "Q2", "a.test", "three");
	is_str(get(t, "Q1", "a.test"), "one", "queue id and domain");
	is_str(get(t, "Q1", "b.test"), "two", "another domain");
	is_str(get(t, "Q2", "a.test"), "three", "another message");
	is_str(get(t, "Q", "1/a.test"), NULL, "the parts do not run together");
	is_str(get(t, "Q1/a.test", ""), NULL, "in either direction");
	put(t, "Q1", "a.test", "four");
	is_str(get(t, "Q1", "a.test"), "four", "a queue id used again");
	is_int(binding_count(t), 3, "replaces what was bound before");
	b.exempt = true;
	b.tls_required_no = true;
	(void)snprintf(b.hop, sizeof(b.hop), "[relay.test]");
	binding_put(t, "Q3", "c.test", &b, 1000);
	ok(binding_get(t, "Q3", "c.test", &got) && got.exempt &&
		got.tls_required_no && strcmp(got.hop, "[relay.test]") == 0 &&
		strcmp(got.strategy, "x") == 0,
	    "all of the requirement is kept");
	binding_table_free(t);
	binding_table_free(NULL);
}

static void
test_expiry(void)
{
	struct binding_table *t = binding_table_new(&fake, 100, 7);

	now_ms = 5000;
	put(t, "Q1", "a.test", "one");
	now_ms = 5500;
	put(t, "Q2", "a.test", "two");
	now_ms = 5999;
	is_str(get(t, "Q1", "a.test"), "one", "alive to the end");
	now_ms = 6000;
	is_str(get(t, "Q1", "a.test"), NULL, "then gone");
	is_int(binding_count(t), 1, "and its memory with it");
	put(t, "Q2", "a.test", "three");
	now_ms = 6999;
	is_str(get(t, "Q2", "a.test"), "three", "binding again lives anew");
	binding_put(t, "Q3", "a.test", &(struct binding){ .exempt = true }, 10);
	now_ms += 10;
	is_str(get(t, "Q3", "a.test"), NULL, "one that lives shorter");
	binding_table_free(t);
}

static void
test_limit(void)
{
	struct binding_table *t = binding_table_new(&fake, 1000, 7);
	char id[16];
	int i, found = 0;

	for (i = 0; i < 3000; i++) {
		(void)snprintf(id, sizeof(id), "Q%d", i);
		put(t, id, "a.test", id);
	}
	is_int(binding_count(t), 1000, "never more than the maximum");
	for (i = 2000; i < 3000; i++) {
		(void)snprintf(id, sizeof(id), "Q%d", i);
		found += get(t, id, "a.test") != NULL;
	}
	is_int(found, 1000, "the newest stay, found after growing");
	is_str(get(t, "Q1999", "a.test"), NULL, "the oldest went");
	binding_table_free(t);
}

static void *
worker(void *arg)
{
	struct binding_table *t = arg;
	struct binding b = named("x");
	char id[32];
	int i;

	for (i = 0; i < 2000; i++) {
		(void)snprintf(id, sizeof(id), "Q%d", i % 300);
		binding_put(t, id, "a.test", &b, 1000);
		(void)binding_get(t, id, "a.test", &b);
	}
	return NULL;
}

static void
test_threads(void)
{
	struct binding_table *t = binding_table_new(&fake, 200, 7);
	pthread_t thread[4];
	int i;

	for (i = 0; i < 4; i++)
		if (pthread_create(&thread[i], NULL, worker, t) != 0) {
			fail("cannot make a thread");
			return;
		}
	for (i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	is_int(binding_count(t), 200, "four threads leave a whole table");
	binding_table_free(t);
}

int
main(void)
{
	test_basics();
	test_expiry();
	test_limit();
	test_threads();
	return done_testing();
}
