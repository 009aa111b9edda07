/* engine: resolutions, one per next hop and strategy - see engine.h */
#include "config.h"

#include "share/policy/engine.h"
#include "share/base/map.h"
#include "share/base/xmem.h"
#include "share/policy/gather.h"
#include "share/policy/refresher.h"
#include "share/policy/verdict_make.h"

#include <stdlib.h>
#include <string.h>

struct waiter {
	struct waiter *next;
	enum dialect_id dialect;
	engine_callback *cb;
	void *arg;
};

/* One resolution under way. */
struct flight {
	struct map_node node; /* under the hash of the canonical key */
	struct engine *engine;
	struct nexthop nexthop;
	unsigned number; /* of the strategy in the cache */
	const struct strategy *strategy;
	struct conf *conf; /* of when it began; holds the strategy */
	unsigned generation;
	struct gather *gather;
	struct timer *deadline;
	struct waiter *waiters;
	bool late;      /* the deadline is over */
	bool overtaken; /* its domain's policy has changed since it was told */
};

struct engine {
	const struct env *env;
	struct cache *cache;
	struct conf *conf;
	unsigned generation; /* counts what made older verdicts worthless */
	struct decide_site site;
	struct zone_proof *proofs;
	struct sts_cache *sts;
	struct overrides *overrides;
	struct watch *watch;
	struct outcomes *outcomes;
	struct refresher *refresher;
	char **ids; /* of strategies, by number; NULL: not met yet */
	size_t nids;
	struct map flights;
	/* read by every thread */
	_Atomic uint64_t resolutions, failed_no_server, failed_other;
};

static void
on_override(void *arg, const char *domain)
{
	struct engine *e = arg;

	cache_invalidate(e->cache, domain);
}

/* Soon, not now: the MTA-STS cache is in the midst of its work. */
static void
renew_soon(void *arg, const struct nexthop *n, unsigned strategy)
{
	struct engine *e = arg;

	refresher_add(e->refresher, n, strategy, 0);
}

/* Resolutions under way that were told another policy than holds now. */
static void
overtake(struct engine *e, const char *domain)
{
	uint64_t hash = map_hash(&e->flights, domain, strlen(domain));
	struct map_node *node = map_first(&e->flights, hash);

	for (; node != NULL; node = map_next(node)) {
		struct flight *f = MAP_ENTRY(node, struct flight, node);

		if (strcmp(f->nexthop.key, domain) == 0 &&
		    gather_has_sts(f->gather))
			f->overtaken = true;
	}
}

static void
on_sts_changed(void *arg, const char *domain, bool enforce)
{
	struct engine *e = arg;

	overtake(e, domain);
	if (enforce)
		cache_renew(e->cache, domain, renew_soon, e);
	else
		cache_invalidate(e->cache, domain);
}

static void
renew(struct engine *e)
{
	e->generation++;
	e->site.site_may = strcmp(e->conf->policy.site_level, "may") == 0;
	outcomes_set_socket(e->outcomes, e->conf->report_socket);
	cache_flush(e->cache);
}

/* Renewals know strategies by their numbers, the config by their ids. */
static void
learn_id(struct engine *e, const struct engine_strategy *s)
{
	if (s->number >= e->nids) {
		e->ids = xreallocarray(e->ids, s->number + 1, sizeof(*e->ids));
		while (e->nids <= s->number)
			e->ids[e->nids++] = NULL;
	}
	if (e->ids[s->number] == NULL)
		e->ids[s->number] = xstrdup(s->id);
}

static void
on_due(void *arg, const struct nexthop *n, unsigned number)
{
	struct engine *e = arg;
	struct engine_strategy s = { e->ids[number], number };

	engine_ask(e, n, &s, DIALECT_POSTFIX, NULL, NULL);
}

static struct sts_cache *
new_sts_cache(struct engine *e)
{
	struct sts_cache_tell tell = { e->watch, e->outcomes, on_sts_changed,
		e };

	return sts_cache_new(e->env, &tell);
}

struct engine *
engine_new(const struct env *env, struct cache *cache, struct conf *c)
{
	struct engine *e = xcalloc(1, sizeof(*e));

	e->env = env;
	e->cache = cache;
	e->conf = conf_ref(c);
	e->site.mta_ad = true;
	e->proofs = zone_proof_new(env);
	e->watch = watch_new(env);
	e->outcomes = outcomes_new(env);
	e->refresher = refresher_new(env, cache, on_due, e);
	e->sts = new_sts_cache(e);
	e->overrides = overrides_new(env, on_override, e);
	map_init(&e->flights);
	renew(e);
	return e;
}

void
engine_set_conf(struct engine *e, struct conf *c)
{
	struct conf *old = e->conf;

	e->conf = conf_ref(c);
	conf_unref(old);
	renew(e);
}

void
engine_set_ad(struct engine *e, bool mta_ad)
{
	if (e->site.mta_ad == mta_ad)
		return;
	e->site.mta_ad = mta_ad;
	renew(e);
}

void
engine_set_anchors(struct engine *e, const char *const *names, size_t n)
{
	zone_proof_anchors(e->proofs, names, n);
}

/* ---- flights ---- */

static uint64_t
flight_hash(const struct engine *e, const struct nexthop *n)
{
	return map_hash(&e->flights, n->key, strlen(n->key));
}

static struct flight *
find_flight(struct engine *e, const struct nexthop *n, unsigned number)
{
	struct map_node *node = map_first(&e->flights, flight_hash(e, n));

	for (; node != NULL; node = map_next(node)) {
		struct flight *f = MAP_ENTRY(node, struct flight, node);

		if (f->number == number && f->generation == e->generation &&
		    strcmp(f->nexthop.key, n->key) == 0)
			return f;
	}
	return NULL;
}

static void
answer(struct flight *f, struct verdict *v)
{
	struct waiter *w = f->waiters;

	f->waiters = NULL;
	while (w != NULL) {
		struct waiter *next = w->next;

		if (w->cb != NULL)
			w->cb(w->arg, v);
		free(w);
		w = next;
	}
}

static void
free_flight(struct flight *f)
{
	struct engine *e = f->engine;

	if (f->deadline != NULL)
		e->env->timers.cancel(e->env->timers.ctx, f->deadline);
	gather_free(f->gather);
	conf_unref(f->conf);
	free(f);
}

static bool
wants_json(const struct flight *f)
{
	for (const struct waiter *w = f->waiters; w != NULL; w = w->next)
		if (w->dialect == DIALECT_JSON)
			return true;
	return false;
}

static void
fill_input(const struct flight *f, struct verdict_input *in)
{
	const struct engine *e = f->engine;

	memset(in, 0, sizeof(*in));
	in->facts = gather_facts(f->gather);
	in->strategy = f->strategy;
	in->site = &e->site;
	in->observe = f->conf->policy.mode == CONF_OBSERVE;
	in->json = wants_json(f);
	in->override = overrides_find(e->overrides, f->nexthop.name);
}

/*
 * While no server answers, what was decided before goes on; an override that
 * came since outranks it too. Where one went since, what it outranked was not
 * kept: NULL, as where nothing was decided. Gives a reference.
 */
static struct verdict *
go_on(struct flight *f, const struct verdict_input *in)
{
	struct engine *e = f->engine;
	struct verdict *v = NULL;
	struct verdict *old = cache_keep(e->cache, &f->nexthop, f->number);

	if (old == NULL)
		return NULL;
	if (verdict_same_override(in, old)) {
		v = verdict_remake(in, old);
	} else if (in->override != NULL) {
		v = verdict_override(in, old);
		cache_put(e->cache, &f->nexthop, f->number, v);
	}
	verdict_unref(old);
	return v;
}

/*
 * Whether what is cached holds on against v, which rests on a failure: that
 * is judged when the TTL is over, not by a refresh before.
 */
static bool
holds_on(const struct flight *f, const struct verdict *v)
{
	return v->decision.failure &&
	    cache_holds(f->engine->cache, &f->nexthop, f->number);
}

/* Has what is cached now renewed in time, should it be in use then. */
static void
renew_later(const struct flight *f, const struct verdict *v)
{
	int64_t ttl = (int64_t)v->ttl_s * 1000;

	if (f->generation != f->engine->generation)
		return;
	if (!v->decision.failure)
		refresher_add(f->engine->refresher, &f->nexthop, f->number,
		    ttl / 4 * 3);
	else if (holds_on(f, v))
		refresher_add(f->engine->refresher, &f->nexthop, f->number,
		    CACHE_RETRY_MS);
}

/* What can be said now; put into the cache. Gives a reference. */
static struct verdict *
conclude(struct flight *f)
{
	struct engine *e = f->engine;
	bool current = f->generation == e->generation;
	struct verdict_input in;
	struct verdict *v = NULL;

	fill_input(f, &in);
	if (in.facts->no_server && current)
		v = go_on(f, &in);
	if (v == NULL) {
		v = verdict_make(&in);
		/* Under another config it is told, but not kept. */
		if (current && !holds_on(f, v))
			cache_put(e->cache, &f->nexthop, f->number, v);
		if (f->overtaken)
			cache_invalidate(e->cache, f->nexthop.name);
	}
	if (v->decision.overridden)
		overrides_used(e->overrides, in.override, v->decision.level);
	return v;
}

static void
log_verdict(const struct flight *f, const struct verdict *v)
{
	const struct decision *d = &v->decision;

	if (!log_on(f->engine->env->log, LOG_LEVEL_DEBUG))
		return;
	log_write(f->engine->env->log, LOG_LEVEL_DEBUG,
	    "domain=%s strategy=%s level=%s source=%s row=%d ttl=%u%s%s",
	    f->nexthop.key, f->strategy->id, decision_level_name(d->level),
	    decision_source_name(d->source), d->row, v->ttl_s,
	    d->why[0] != '\0' ? " why=" : "", d->why);
}

static void
on_deadline(void *arg)
{
	struct flight *f = arg;
	struct verdict *v = conclude(f);

	f->deadline = NULL;
	f->late = true;
	answer(f, v);
	verdict_unref(v);
}

/* Tells the watch what the answers prove; what is missing proves nothing. */
static void
watch_facts(const struct flight *f)
{
	const struct facts *facts = gather_facts(f->gather);
	bool has = false;

	if (facts->mx != FACTS_MX_HOSTS || f->nexthop.kind != NEXTHOP_DOMAIN ||
	    f->nexthop.port != NEXTHOP_SMTP_PORT)
		return;
	for (size_t i = 0; i < facts->nhosts; i++) {
		const struct facts_host *h = &facts->hosts[i];

		has |= h->tlsa == FACTS_TLSA_USABLE;
		if (h->addr == FACTS_ADDR_UNKNOWN ||
		    h->tlsa == FACTS_TLSA_UNKNOWN)
			return;
	}
	watch_dane(f->engine->watch, f->nexthop.name,
	    has && facts->mx_security == DNS_SECURE);
}

/* Broken DNSSEC: of the MX records, or of the first host that has it. */
static void
report_bogus(const struct flight *f)
{
	const struct facts *facts = gather_facts(f->gather);
	struct outcome o = { .type = OUTCOME_DNSSEC,
		.domain = facts->nexthop.name,
		.policy_domain = facts->nexthop.name,
		.mx = "",
		.why = "the MX records are bogus: DNSSEC validation failed" };
	bool bogus =
	    facts->mx == FACTS_MX_UNKNOWN && facts->mx_security == DNS_BOGUS;

	for (size_t i = 0; !bogus && i < facts->nhosts; i++) {
		const struct facts_host *h = &facts->hosts[i];

		bogus = h->bogus;
		o.policy_domain = h->base[0] != '\0' ? h->base : h->name;
		o.mx = h->name;
		o.why = "the MX host's addresses or TLSA records are bogus: "
			"DNSSEC validation failed";
	}
	if (bogus && f->nexthop.kind == NEXTHOP_DOMAIN)
		outcomes_add(f->engine->outcomes, &o);
}

static void
count_failure(const struct flight *f, const struct verdict *v)
{
	if (gather_facts(f->gather)->no_server)
		f->engine->failed_no_server++;
	else if (v->decision.failure)
		f->engine->failed_other++;
}

static void
on_gathered(void *arg)
{
	struct flight *f = arg;
	struct verdict *v = conclude(f);

	log_verdict(f, v);
	count_failure(f, v);
	renew_later(f, v);
	watch_facts(f);
	report_bogus(f);
	/* Who is told and asks again must not join what has ended. */
	map_remove(&f->engine->flights, &f->node);
	answer(f, v);
	verdict_unref(v);
	free_flight(f);
}

static struct flight *
new_flight(struct engine *e, const struct nexthop *n,
    const struct strategy *strategy, unsigned number)
{
	struct flight *f = xcalloc(1, sizeof(*f));
	struct gather_with with = { e->env, e->proofs, e->sts };

	f->engine = e;
	f->nexthop = *n;
	f->strategy = strategy;
	f->number = number;
	f->conf = conf_ref(e->conf);
	f->generation = e->generation;
	f->gather = gather_new(&with, &f->nexthop, strategy, on_gathered, f);
	map_insert(&e->flights, &f->node, flight_hash(e, n));
	e->resolutions++;
	return f;
}

static void
add_waiter(struct flight *f, enum dialect_id dialect, engine_callback *cb,
    void *arg)
{
	struct waiter *w = xcalloc(1, sizeof(*w));

	w->dialect = dialect;
	w->cb = cb;
	w->arg = arg;
	w->next = f->waiters;
	f->waiters = w;
}

/* Nothing to find out: an answer at once. */
static void
refuse(const char *why, engine_callback *cb, void *arg)
{
	struct verdict *v = verdict_temp(why);

	if (cb != NULL)
		cb(arg, v);
	verdict_unref(v);
}

void
engine_ask(struct engine *e, const struct nexthop *n,
    const struct engine_strategy *strategy, enum dialect_id dialect,
    engine_callback *cb, void *arg)
{
	const struct strategy *found = conf_strategy(e->conf, strategy->id);
	struct flight *f;
	struct verdict *v;

	if (found == NULL) {
		refuse("no such strategy in the config", cb, arg);
		return;
	}
	learn_id(e, strategy);
	f = find_flight(e, n, strategy->number);
	if (f == NULL) {
		f = new_flight(e, n, found, strategy->number);
		add_waiter(f, dialect, cb, arg);
		f->deadline = e->env->timers.set(e->env->timers.ctx,
		    ENGINE_DEADLINE_MS, on_deadline, f);
		gather_run(f->gather); /* may end the flight */
		return;
	}
	add_waiter(f, dialect, cb, arg);
	if (!f->late)
		return;
	v = conclude(f);
	answer(f, v);
	verdict_unref(v);
}

static void
drop_flight(void *arg, struct map_node *node)
{
	struct flight *f = MAP_ENTRY(node, struct flight, node);
	struct engine *e = arg;

	map_remove(&e->flights, &f->node);
	answer(f, NULL);
	free_flight(f);
}

void
engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	map_each(&e->flights, drop_flight, e);
	map_clear(&e->flights);
	sts_cache_free(e->sts);
	overrides_free(e->overrides);
	watch_free(e->watch);
	outcomes_free(e->outcomes);
	refresher_free(e->refresher);
	while (e->nids > 0)
		free(e->ids[--e->nids]);
	free(e->ids);
	zone_proof_free(e->proofs);
	conf_unref(e->conf);
	free(e);
}

void
engine_outcome_stats(const struct engine *e, struct outcome_stats *out)
{
	outcomes_stats(e->outcomes, out);
}

struct outcomes *
engine_outcomes(struct engine *e)
{
	return e->outcomes;
}

struct watch *
engine_watch(struct engine *e)
{
	return e->watch;
}

struct overrides *
engine_overrides(struct engine *e)
{
	return e->overrides;
}

struct sts_cache *
engine_sts(struct engine *e)
{
	return e->sts;
}

void
engine_failures(const struct engine *e, struct engine_failures *out)
{
	out->no_server = e->failed_no_server;
	out->other = e->failed_other;
}

uint64_t
engine_resolutions(const struct engine *e)
{
	return e->resolutions;
}

void
engine_sts_stats(const struct engine *e, struct sts_cache_stats *out)
{
	sts_cache_stats(e->sts, out);
}
