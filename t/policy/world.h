/*
 * world: the policy engine with everything around it scripted.
 *
 * Stands where share/policy/service.h stands in the daemon: chooses the
 * strategy, looks into the cache, asks the engine. All of it runs in
 * simulated time.
 *
 * Thread safety: none. Tests: every scenario of t/policy.
 */
#ifndef WORLD_H
#define WORLD_H

#include "share/base/buf.h"
#include "share/policy/engine.h"
#include "t/policy/memory_store.h"
#include "t/policy/scripted.h"
#include "t/policy/scripted_http.h"
#include "t/policy/sim.h"

#define WORLD_STRATEGIES_MAX 64

/* What an asker was told last. */
struct world_told {
	char *reply; /* without blanks at its end; NULL: nothing yet */
	struct decision decision;
	uint32_t ttl;
	int64_t after_ms;
};

struct world {
	struct sim sim;
	struct scripted dns;
	struct scripted_http http;
	struct memory_store store;
	struct log log;
	struct env env;
	struct outcome_sink sink;
	struct buf outcomes; /* one line each, since world_count() */
	struct buf toml;     /* the config's text */
	struct conf *conf;   /* NULL: to be made from toml */
	struct cache *cache;
	struct engine *engine;
	bool mta_ad;
	struct conf_list anchors;
	char *ids[WORLD_STRATEGIES_MAX]; /* of strategies, by number */
	size_t nids;
	size_t open;  /* askers who wait */
	bool settled; /* nobody waits */
	struct world_told told;
	uint64_t resolutions0, fetches0, failures0; /* when counting began */
	uint64_t resolutions_before; /* of engines that restarts ended */
	uint64_t fetches_before, failures_before;
};

/* Makes a world; immediate: answers come from inside ask() where they can. */
void world_init(struct world *w, bool immediate);

/* Ends it. Gives what was left over (a text to be freed), or NULL. */
char *world_clear(struct world *w) MUST_CHECK;

/* Makes the config from toml and puts it in force. */
int world_configure(struct world *w, struct err *e) MUST_CHECK;

/* Starts the engine unless it runs; -1 and e: the config is wrong. */
int world_start(struct world *w, struct err *e) MUST_CHECK;

/* Ends the engine as kill -9 would; the next question starts another. */
void world_restart(struct world *w);

/*
 * Asks n times at once for key in a map. Gives -1 and e where the config is
 * wrong. Answers arrive in told, the last one stays.
 */
int world_ask(struct world *w, const char *map, const char *key, unsigned n,
    struct err *e) MUST_CHECK;

/* Lets time pass until nobody waits; false where somebody still does. */
bool world_settle(struct world *w);

/* Counters since world_count(), over restarts. */
uint64_t world_resolutions(const struct world *w);

/* How many policy files were asked for since world_count(). */
uint64_t world_fetches(const struct world *w);

/* How many of these failed since world_count(). */
uint64_t world_failures(const struct world *w);

/* Counts anew: resolutions, fetches, questions, lines of the log. */
void world_count(struct world *w);

/* Puts mta_ad and anchors in force. */
void world_apply(struct world *w);

#endif
