/* override: what is refused, and what a store makes of it - override.h */
#include "config.h"

#include "share/base/text.h"
#include "share/policy/override.h"
#include "t/policy/memory_store.h"
#include "t/policy/sim.h"
#include "t/unit/tap.h"

#include <stdlib.h>

#define DAY_MS (24 * INT64_C(3600000))

static struct sim sim;
static struct memory_store store;
static struct env env;
static unsigned changes;
static char changed[HOSTNAME_SIZE];

static void
on_changed(void *arg, const char *domain)
{
	(void)arg;
	changes++;
	(void)text_copy(changed, sizeof(changed), domain);
}

static struct overrides *
begin(void)
{
	return overrides_new(&env, on_changed, NULL);
}

static struct override
sample(const char *domain, enum decision_level level, const char *reason)
{
	struct override o = { .level = level };

	(void)text_copy(o.domain, sizeof(o.domain), domain);
	(void)text_copy(o.reason, sizeof(o.reason), reason);
	(void)text_copy(o.by, sizeof(o.by), "root");
	return o;
}

static enum err_code
add(struct overrides *t, const char *domain, enum decision_level level,
    const char *reason, int64_t for_ms)
{
	struct override o = sample(domain, level, reason);
	struct err e = { 0 };

	return overrides_add(t, &o, for_ms, &e) == 0 ? ERR_NONE : e.code;
}

static void
test_refused(void)
{
	struct overrides *t = begin();

	changes = 0;
	is_int(add(t, "a b.example", LEVEL_MAY, "why", DAY_MS), ERR_SYNTAX,
	    "no host name");
	is_int(add(t, "a.example", LEVEL_SECURE, "why", DAY_MS), ERR_SYNTAX,
	    "secure is no override");
	is_int(add(t, "a.example", LEVEL_NOTFOUND, "why", DAY_MS), ERR_SYNTAX,
	    "nor is notfound");
	is_int(add(t, "a.example", LEVEL_MAY, "", DAY_MS), ERR_SYNTAX,
	    "a reason is needed");
	is_int(add(t, "a.example", LEVEL_MAY, "why", 30 * DAY_MS + 1),
	    ERR_LIMIT, "30 days at most");
	is_int(add(t, "a.example", LEVEL_MAY, "why", 0), ERR_LIMIT,
	    "never without an end");
	is_int((int64_t)overrides_count(t), 0, "none of these is there");
	is_int(changes, 0, "and nobody was told of them");
	is_int(add(t, "a.example", LEVEL_MAY, "why", 30 * DAY_MS), ERR_NONE,
	    "30 days are fine");
	is_int(changes, 1, "told");
	overrides_free(t);
	memory_store_clear(&store);
}

static void
test_not_durable(void)
{
	struct overrides *t = begin();
	struct err e = { 0 };

	store.broken = true;
	is_int(add(t, "a.example", LEVEL_MAY, "why", DAY_MS), ERR_SYS,
	    "what cannot be kept is not set");
	ok(overrides_find(t, "a.example") == NULL, "it is not in force");
	store.broken = false;
	is_int(add(t, "a.example", LEVEL_MAY, "why", DAY_MS), ERR_NONE,
	    "with a store it is");
	store.broken = true;
	is_int(overrides_remove(t, "a.example", &e), -1,
	    "nor can it be removed without");
	ok(overrides_find(t, "a.example") != NULL, "it stays in force");
	store.broken = false;
	is_int(overrides_remove(t, "b.example", &e), -1, "there is none");
	is_int(e.code, ERR_NOENT, "and that is said");
	overrides_free(t);
	memory_store_clear(&store);
}

static void
test_list(void)
{
	struct overrides *t = begin();
	struct override_list list;

	(void)add(t, "b.example", LEVEL_MAY, "why", DAY_MS);
	(void)add(t,
	    "B\xc3\xbc"
	    "cher.example",
	    LEVEL_ENCRYPT, "x", DAY_MS);
	(void)add(t, "a.example", LEVEL_NONE, "why", DAY_MS);
	(void)add(t, "b.example", LEVEL_ENCRYPT, "again", 2 * DAY_MS);
	overrides_free(t);
	t = begin();
	overrides_list(t, &list);
	is_int((int64_t)list.n, 3, "one for each domain, from the store");
	is_str(list.item[0].domain, "a.example", "by domain");
	is_int(list.item[0].level, LEVEL_NONE, "level");
	is_str(list.item[0].by, "root", "by");
	is_str(list.item[1].reason, "again", "the last word counts");
	is_int(list.item[1].expires_ms - list.item[1].created_ms, 2 * DAY_MS,
	    "for as long as it says");
	is_str(list.item[2].domain, "xn--bcher-kva.example", "A-labels");
	free(list.item);
	overrides_free(t);
	memory_store_clear(&store);
}

/* The clock is set back a day: an override does not end early for that. */
static void
test_clock_back(void)
{
	struct overrides *t = begin();

	(void)add(t, "a.example", LEVEL_MAY, "why", 2 * DAY_MS);
	sim.wall_ms -= DAY_MS;
	sim_run(&sim, 2 * DAY_MS + 1000, NULL);
	ok(overrides_find(t, "a.example") != NULL, "goes on by the wall clock");
	sim_run(&sim, DAY_MS, NULL);
	ok(overrides_find(t, "a.example") == NULL, "and ends by it");
	is_int((int64_t)overrides_count(t), 0, "it is gone");
	is_str(changed, "a.example", "which is told");
	overrides_free(t);
	memory_store_clear(&store);
}

int
main(void)
{
	sim_init(&sim);
	memory_store_init(&store);
	env.clock = &sim.clock;
	env.timers = sim.timers;
	env.store = &store.iface;
	test_refused();
	test_not_durable();
	test_list();
	test_clock_back();
	is_int((int64_t)sim_clear(&sim), 0, "no timer is left");
	return done_testing();
}
