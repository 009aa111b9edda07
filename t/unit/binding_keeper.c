/* binding_keeper: what was bound is there again after the process ended */
#include "config.h"

#include "milter/binding_keeper.h"
#include "share/base/text.h"
#include "t/unit/tap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/tlsherald-keeper.XXXXXX";
static char path[sizeof(dir) + 16];
static int64_t wall_ms = 1000000, mono_ms = 5;

static int64_t
wall(void *ctx)
{
	(void)ctx;
	return wall_ms;
}

static int64_t
mono(void *ctx)
{
	(void)ctx;
	return mono_ms;
}

static const struct clock fake = { wall, mono, NULL };

static struct store_binding
row(const char *id, const char *domain, const char *strategy, int64_t life)
{
	struct store_binding b;

	memset(&b, 0, sizeof(b));
	(void)text_copy(b.queue_id, sizeof(b.queue_id), id);
	(void)text_copy(b.domain, sizeof(b.domain), domain);
	(void)text_copy(b.strategy, sizeof(b.strategy), strategy);
	b.expires_ms = wall_ms + life;
	return b;
}

static void
test_restart(void)
{
	struct binding_table *t = binding_table_new(&fake, 100, 7);
	struct err e = { 0 };
	struct binding_keeper *k = binding_keeper_new(path, t, &fake, NULL, &e);
	struct store_binding b[2] = { row("Q1", "a.test", "high", 1000),
		row("Q1", "b.test", "low", 5000) };
	struct binding got;

	ok(k != NULL, "opened: %s", e.text);
	(void)text_copy(b[1].hop, sizeof(b[1].hop), "[relay.test]");
	b[1].exempt = b[1].tls_required_no = true;
	is_int(binding_keeper_put(k, b, 2, 10000), 0, "on disk");
	binding_keeper_free(k);
	binding_table_free(t);

	wall_ms += 900;
	mono_ms = 77;
	t = binding_table_new(&fake, 100, 8);
	k = binding_keeper_new(path, t, &fake, NULL, &e);
	is_int((long long)binding_count(t), 2, "both are there again");
	ok(binding_get(t, "Q1", "a.test", &got), "by queue id and domain");
	is_str(got.strategy, "high", "its strategy");
	ok(binding_get(t, "Q1", "b.test", &got) && got.exempt &&
		got.tls_required_no,
	    "its marks");
	is_str(got.hop, "[relay.test]", "its next hop");
	mono_ms += 100;
	ok(!binding_get(t, "Q1", "a.test", &got), "and it ends in time");
	binding_keeper_free(k);
	binding_table_free(t);

	wall_ms += 200;
	t = binding_table_new(&fake, 100, 9);
	k = binding_keeper_new(path, t, &fake, NULL, &e);
	is_int((long long)binding_count(t), 1, "what has ended stays away");
	binding_keeper_free(k);
	binding_table_free(t);
}

/* A kill takes nothing that was waited for: nobody is asked to finish. */
static void
test_durable(void)
{
	struct binding_table *t = binding_table_new(&fake, 100, 7);
	struct binding_table *other = binding_table_new(&fake, 100, 7);
	struct err e = { 0 };
	struct binding_keeper *k = binding_keeper_new(path, t, &fake, NULL, &e);
	struct store_binding b = row("Q9", "z.test", "high", 1000);
	struct binding_keeper *second;
	struct binding got;

	is_int(binding_keeper_put(k, &b, 1, 10000), 0, "put");
	second = binding_keeper_new(path, other, &fake, NULL, &e);
	ok(second != NULL && binding_get(other, "Q9", "z.test", &got),
	    "another process sees it at once");
	binding_keeper_free(second);
	binding_keeper_free(k);
	binding_table_free(other);
	binding_table_free(t);
}

static void *
worker(void *arg)
{
	char id[32];

	for (int i = 0; i < 50; i++) {
		struct store_binding b;

		(void)snprintf(id, sizeof(id), "T%lx-%d",
		    (unsigned long)pthread_self(), i);
		b = row(id, "a.test", "high", 100000);
		if (binding_keeper_put(arg, &b, 1, 30000) == -1)
			return arg;
	}
	return NULL;
}

static void
test_threads(void)
{
	struct binding_table *t = binding_table_new(&fake, 1000, 7);
	struct err e = { 0 };
	struct binding_keeper *k = binding_keeper_new(path, t, &fake, NULL, &e);
	size_t before = binding_count(t);
	pthread_t thread[4];
	int bad = 0;
	void *result;

	for (int i = 0; i < 4; i++)
		if (pthread_create(&thread[i], NULL, worker, k) != 0)
			bad++;
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &result);
		bad += result != NULL;
	}
	is_int(bad, 0, "four threads put 50 each, all on disk");
	binding_keeper_free(k);
	binding_table_free(t);
	t = binding_table_new(&fake, 1000, 7);
	k = binding_keeper_new(path, t, &fake, NULL, &e);
	is_int((long long)(binding_count(t) - before), 200, "and all are back");
	binding_keeper_free(k);
	binding_table_free(t);
}

static void
test_trouble(void)
{
	struct binding_table *t = binding_table_new(&fake, 10, 7);
	struct err e = { 0 };

	is_int(binding_keeper_put(NULL, NULL, 0, 0), 0, "no keeper, no fault");
	ok(binding_keeper_new("/nonexistent/policy.db", t, &fake, NULL, &e) ==
		NULL,
	    "no directory");
	ok(e.text[0] != '\0', "is told: %s", e.text);
	binding_keeper_free(NULL);
	binding_table_free(t);
}

int
main(void)
{
	char *command;

	if (mkdtemp(dir) == NULL) {
		fail("mkdtemp");
		return done_testing();
	}
	(void)snprintf(path, sizeof(path), "%s/policy.db", dir);
	test_restart();
	test_durable();
	test_threads();
	test_trouble();
	if (asprintf(&command, "rm -rf %s", dir) > 0) {
		(void)!system(command);
		free(command);
	}
	return done_testing();
}
