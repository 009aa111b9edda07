/* world: the policy engine with all around it scripted - see world.h */
#include "config.h"

#include "t/policy/world.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/policy/dialect.h"
#include "share/policy/verdict_make.h"
#include "share/policy/verdict_reply.h"
#include "t/policy/capture_log.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_MAX 100000
#define SETTLE_MS 60000
#define TOML_MAX 65536

/* One asker. */
struct asker {
	struct world *w;
	enum dialect_id dialect;
	int64_t since_ms;
	bool silent; /* a refresh: nobody waits */
};

/* ---- life ---- */

static bool
note_outcome(void *ctx, const struct outcome *o)
{
	struct world *w = ctx;

	buf_printf(&w->outcomes, "%s %s policy-domain=%s mx=%s why=%s pr=%s\n",
	    o->domain, outcome_type_name(o->type), o->policy_domain, o->mx,
	    o->why, o->record);
	return true;
}

void
world_init(struct world *w, bool immediate)
{
	memset(w, 0, sizeof(*w));
	sim_init(&w->sim);
	scripted_init(&w->dns, &w->sim);
	w->dns.immediate = immediate;
	scripted_http_init(&w->http, &w->sim);
	memory_store_init(&w->store);
	capture_log_clear();
	log_open(&w->log, "scenario", false, LOG_LEVEL_DEBUG);
	w->env = (struct env){ &w->sim.clock, w->sim.timers, &w->dns.iface,
		&w->http.iface, &w->store.iface, &w->log, &w->sink };
	w->sink = (struct outcome_sink){ note_outcome, w };
	buf_init(&w->outcomes, TOML_MAX);
	buf_init(&w->toml, TOML_MAX);
	w->mta_ad = true;
	w->settled = true;
}

static void
start(struct world *w)
{
	w->cache = cache_new(&w->sim.clock, CACHE_MAX);
	w->engine = engine_new(&w->env, w->cache, w->conf);
	world_apply(w);
}

void
world_apply(struct world *w)
{
	if (w->engine == NULL)
		return;
	engine_set_ad(w->engine, w->mta_ad);
	engine_set_anchors(w->engine, (const char *const *)w->anchors.item,
	    w->anchors.n);
}

static void
stop(struct world *w)
{
	if (w->engine == NULL)
		return;
	engine_free(w->engine);
	w->engine = NULL;
	cache_free(w->cache);
	w->cache = NULL;
}

static void
sts_stats(const struct world *w, struct sts_cache_stats *out)
{
	memset(out, 0, sizeof(*out));
	if (w->engine != NULL)
		engine_sts_stats(w->engine, out);
}

void
world_restart(struct world *w)
{
	struct sts_cache_stats sts;

	if (w->engine == NULL)
		return;
	sts_stats(w, &sts);
	w->resolutions_before += engine_resolutions(w->engine);
	w->fetches_before += sts.fetches;
	w->failures_before += sts.failures;
	stop(w);
}

char *
world_clear(struct world *w)
{
	size_t timers, queries, transfers;

	stop(w);
	timers = sim_clear(&w->sim);
	queries = scripted_clear(&w->dns);
	transfers = scripted_http_clear(&w->http);
	memory_store_clear(&w->store);
	buf_clear(&w->toml);
	buf_clear(&w->outcomes);
	conf_unref(w->conf);
	free(w->told.reply);
	while (w->nids > 0)
		free(w->ids[--w->nids]);
	while (w->anchors.n > 0)
		free(w->anchors.item[--w->anchors.n]);
	free(w->anchors.item);
	if (timers == 0 && queries == 0 && transfers == 0)
		return NULL;
	return xasprintf("the engine left %zu timers, %zu questions, "
			 "%zu transfers",
	    timers, queries, transfers);
}

int
world_configure(struct world *w, struct err *e)
{
	struct conf_mistakes mistakes;
	struct conf *c = conf_parse("config", buf_str(&w->toml), w->toml.len,
	    &mistakes, NULL);

	if (c == NULL)
		(void)err_set(e, ERR_SYNTAX, "%s", mistakes.line[0]);
	conf_mistakes_clear(&mistakes);
	if (c == NULL)
		return -1;
	conf_unref(w->conf);
	w->conf = c;
	if (w->engine != NULL)
		engine_set_conf(w->engine, c);
	return 0;
}

int
world_start(struct world *w, struct err *e)
{
	if (w->conf == NULL && world_configure(w, e) == -1)
		return -1;
	if (w->engine == NULL)
		start(w);
	return 0;
}

/* ---- asking ---- */

/* v NULL: nothing was decided. */
static void
tell_text(struct world *w, const char *reply, const struct verdict *v,
    int64_t since_ms)
{
	size_t n;

	free(w->told.reply);
	w->told.reply = xstrdup(reply);
	n = strlen(w->told.reply);
	while (n > 0 && w->told.reply[n - 1] == ' ')
		w->told.reply[--n] = '\0';
	memset(&w->told.decision, 0, sizeof(w->told.decision));
	if (v != NULL)
		w->told.decision = v->decision;
	w->told.decision.why = ""; /* the verdict may go */
	w->told.ttl = v != NULL ? v->ttl_s : 0;
	w->told.after_ms = w->sim.mono_ms - since_ms;
}

static void
tell(struct world *w, struct verdict *v, enum dialect_id dialect,
    int64_t since_ms)
{
	tell_text(w, verdict_reply_get(v, dialect), v, since_ms);
}

static void
on_verdict(void *arg, struct verdict *v)
{
	struct asker *a = arg;
	struct world *w = a->w;

	if (!a->silent) {
		if (v != NULL)
			tell(w, v, a->dialect, a->since_ms);
		w->settled = --w->open == 0;
	}
	free(a);
}

static void
ask_engine(struct world *w, const struct nexthop *n,
    const struct engine_strategy *s, enum dialect_id dialect, bool silent)
{
	struct asker *a = xcalloc(1, sizeof(*a));

	a->w = w;
	a->dialect = dialect;
	a->since_ms = w->sim.mono_ms;
	a->silent = silent;
	if (!silent) {
		w->open++;
		w->settled = false;
	}
	engine_ask(w->engine, n, s, dialect, on_verdict, a);
}

static unsigned
number_of(struct world *w, const char *id)
{
	unsigned i;

	for (i = 0; i < w->nids; i++)
		if (strcmp(w->ids[i], id) == 0)
			return i;
	if (i == WORLD_STRATEGIES_MAX)
		abort();
	w->ids[w->nids++] = xstrdup(id);
	return i;
}

/* The cache first, as in share/policy/service.c. */
static void
ask_once(struct world *w, const struct nexthop *n,
    const struct engine_strategy *s, enum dialect_id dialect)
{
	struct cache_hit hit;

	if (!cache_get(w->cache, n, s->number, dialect, &hit)) {
		ask_engine(w, n, s, dialect, false);
		return;
	}
	tell(w, hit.verdict, dialect, w->sim.mono_ms);
	verdict_unref(hit.verdict);
	if (hit.refresh)
		ask_engine(w, n, s, DIALECT_POSTFIX, true);
}

static const struct strategy *
choose(const struct conf *c, const char *forced, const struct nexthop *n)
{
	struct expr_vars vars;

	if (forced != NULL)
		return conf_strategy(c, forced);
	memset(&vars, 0, sizeof(vars));
	vars.value[EXPR_RCPT_DOMAIN] = n->name;
	return conf_choose(c, &vars, NULL);
}

int
world_ask(struct world *w, const char *map, const char *key, unsigned n,
    struct err *e)
{
	const struct dialect *d;
	const struct strategy *s;
	const char *forced = NULL;
	struct engine_strategy chosen;
	struct nexthop hop;

	if (world_start(w, e) == -1)
		return -1;
	d = dialect_find(map, &forced);
	if (d == NULL)
		return err_set(e, ERR_NOENT, "no map is called %s", map);
	(void)nexthop_parse(key, &hop);
	s = choose(w->conf, forced, &hop);
	if (s == NULL)
		return err_set(e, ERR_NOENT, "no strategy %s", forced);
	free(w->told.reply);
	w->told.reply = NULL;
	if (hop.kind == NEXTHOP_NONE) {
		tell_text(w, "NOTFOUND ", NULL, w->sim.mono_ms);
		return 0;
	}
	chosen.id = s->id;
	chosen.number = number_of(w, s->id);
	while (n-- > 0)
		ask_once(w, &hop, &chosen, d->id);
	return 0;
}

bool
world_settle(struct world *w)
{
	if (!w->settled)
		sim_run(&w->sim, SETTLE_MS, &w->settled);
	return w->settled;
}

/* ---- counting ---- */

uint64_t
world_resolutions(const struct world *w)
{
	uint64_t now = w->engine != NULL ? engine_resolutions(w->engine) : 0;

	return w->resolutions_before + now - w->resolutions0;
}

uint64_t
world_fetches(const struct world *w)
{
	struct sts_cache_stats sts;

	sts_stats(w, &sts);
	return w->fetches_before + sts.fetches - w->fetches0;
}

uint64_t
world_failures(const struct world *w)
{
	struct sts_cache_stats sts;

	sts_stats(w, &sts);
	return w->failures_before + sts.failures - w->failures0;
}

void
world_count(struct world *w)
{
	w->resolutions0 += world_resolutions(w);
	w->fetches0 += world_fetches(w);
	w->failures0 += world_failures(w);
	scripted_count(&w->dns);
	buf_reset(&w->outcomes);
	capture_log_clear();
}
