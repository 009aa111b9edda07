/* control_stats: the command "stats" - see control_stats.h */
#include "config.h"

#include "milter/control_stats.h"

#include "share/app/control_json.h"

static void
put_count(json_t *o, const char *name, uint64_t n)
{
	control_put_int(o, name, (int64_t)n);
}

static json_t *
levels(const uint64_t n[LEVELS])
{
	json_t *o = control_need(json_object());
	int i;

	for (i = 0; i < LEVELS; i++)
		put_count(o, decision_level_name((enum decision_level)i), n[i]);
	return o;
}

static json_t *
outcomes(const struct outcome_stats *s)
{
	json_t *o = control_need(json_object());
	int i;

	for (i = 0; i < OUTCOME_TYPES; i++)
		put_count(o, outcome_type_name((enum outcome_type)i),
		    s->reported[i]);
	put_count(o, "lost", s->lost);
	return o;
}

static json_t *
service_part(const struct service_stats *s)
{
	json_t *o = control_need(json_object()),
	       *sources = control_need(json_object());
	json_t *lost = control_need(json_object());
	int i;

	put_count(o, "lookups", s->lookups);
	put_count(o, "hits", s->hits);
	put_count(o, "stale", s->stale);
	put_count(o, "resolutions", s->resolutions);
	put_count(o, "fetches", s->fetches);
	put_count(o, "fetch_failures", s->fetch_failures);
	put_count(o, "entries", s->entries);
	put_count(o, "policies", s->policies);
	put_count(o, "failures", s->failures.no_server + s->failures.other);
	put_count(o, "no_server", s->failures.no_server);
	put_count(o, "overrides", s->overrides);
	put_count(o, "overridden", s->overridden);
	for (i = 0; i < WATCH_WHATS; i++)
		put_count(lost, watch_what_name((enum watch_what)i),
		    s->downgrades[i]);
	json_object_set_new(o, "downgrades", lost);
	json_object_set_new(o, "outcomes", outcomes(&s->outcomes));
	json_object_set_new(o, "answered", levels(s->answered));
	json_object_set_new(o, "would_be", levels(s->would_be));
	for (i = 0; i < SOURCES; i++)
		put_count(sources,
		    decision_source_name((enum decision_source)i),
		    s->by_source[i]);
	json_object_set_new(o, "by_source", sources);
	json_object_set_new(o, "mta_ad", control_need(json_boolean(s->mta_ad)));
	json_object_set_new(o, "store_ok",
	    control_need(json_boolean(s->store_ok)));
	return o;
}

static json_t *
socketmap_part(const struct socketmap_stats *s)
{
	json_t *o = control_need(json_object());

	put_count(o, "connections", s->connections);
	put_count(o, "requests", s->requests);
	put_count(o, "malformed", s->malformed);
	put_count(o, "oversize", s->oversize);
	put_count(o, "evicted", s->evicted);
	put_count(o, "timeouts", s->timeouts);
	put_count(o, "open", s->open);
	put_count(o, "waiting", s->waiting);
	return o;
}

static json_t *
milter_part(struct counters *c)
{
	json_t *o = control_need(json_object());
	int i;

	for (i = 0; i < COUNTERS; i++)
		put_count(o, counters_name((enum counter)i),
		    counters_get(c, (enum counter)i));
	return o;
}

char *
control_stats(void *arg, const struct control_call *call, struct err *e)
{
	const struct control_view *view = arg;
	json_t *o = control_object();
	struct service_stats service;
	struct socketmap_stats map;
	struct conf *c = service_conf(view->service);

	(void)call;
	(void)e;
	service_stats(view->service, &service);
	front_stats(view->front, &map);
	control_put_str(o, "version", PACKAGE_VERSION);
	control_put_time(o, "started", (int64_t)view->started * 1000);
	control_put_str(o, "mode",
	    c->policy.mode == CONF_OBSERVE ? "observe" : "enforce");
	put_count(o, "strategies", c->nstrategies);
	json_object_set_new(o, "milter", milter_part(view->counters));
	put_count(o, "bindings", binding_count(view->bindings));
	json_object_set_new(o, "service", service_part(&service));
	json_object_set_new(o, "socketmap", socketmap_part(&map));
	conf_unref(c);
	return control_text(o);
}
