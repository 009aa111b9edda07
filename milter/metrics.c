/* metrics: figures in Prometheus' text format - see metrics.h */
#include "config.h"

#include "milter/metrics.h"

#include "share/app/exposition.h"
#include "share/base/buf.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_MAX (1 << 20)

static void
put_process(struct buf *b, const struct control_view *v)
{
	struct conf *c = service_conf(v->service);

	exposition_family(b, "info", "gauge", "Version and mode; always 1.");
	buf_printf(b, "tlsherald_info{version=\"%s\",mode=\"%s\"} 1\n",
	    PACKAGE_VERSION,
	    c->policy.mode == CONF_OBSERVE ? "observe" : "enforce");
	conf_unref(c);
	exposition_single(b, "start_time_seconds", "gauge",
	    "When the daemon started, since 1970.", (uint64_t)v->started);
	exposition_family(b, "config_reloads_total", "counter",
	    "Reloads of the config file by result.");
	exposition_labelled(b, "config_reloads_total", "result", "in-force",
	    counters_get(v->counters, COUNTER_RELOADS));
	exposition_labelled(b, "config_reloads_total", "result", "refused",
	    counters_get(v->counters, COUNTER_RELOADS_REFUSED));
	exposition_single(b, "config_last_reload_successful", "gauge",
	    "0 while the config file was refused at the last reload.",
	    !v->reload_failed);
}

static void
put_levels(struct buf *b, const char *name, const uint64_t n[LEVELS])
{
	int i;

	for (i = 0; i < LEVELS; i++)
		exposition_labelled(b, name, "level",
		    decision_level_name((enum decision_level)i), n[i]);
}

static void
put_decisions(struct buf *b, const struct service_stats *s)
{
	int i;

	exposition_family(b, "decisions_total", "counter",
	    "Lookups answered, by what is demanded.");
	put_levels(b, "decisions_total", s->answered);
	exposition_family(b, "decisions_observed_total", "counter",
	    "Lookups in observe mode, by what would be demanded.");
	put_levels(b, "decisions_observed_total", s->would_be);
	exposition_family(b, "decision_sources_total", "counter",
	    "Lookups answered, by who asks for it.");
	for (i = 0; i < SOURCES; i++)
		exposition_labelled(b, "decision_sources_total", "source",
		    decision_source_name((enum decision_source)i),
		    s->by_source[i]);
	exposition_single(b, "overrides", "gauge",
	    "Operators' overrides in force.", s->overrides);
	exposition_single(b, "decisions_overridden_total", "counter",
	    "Lookups whose decision an override outranked.", s->overridden);
	exposition_family(b, "downgrades_total", "counter",
	    "Domains that lost what they had, by what.");
	for (i = 0; i < WATCH_WHATS; i++)
		exposition_labelled(b, "downgrades_total", "what",
		    watch_what_name((enum watch_what)i), s->downgrades[i]);
}

static void
put_outcomes(struct buf *b, const struct outcome_stats *s)
{
	int i;

	exposition_family(b, "outcomes_total", "counter",
	    "Failures handed to the TLS reports' collector, by result type.");
	for (i = 0; i < OUTCOME_TYPES; i++)
		exposition_labelled(b, "outcomes_total", "type",
		    outcome_type_name((enum outcome_type)i), s->reported[i]);
	exposition_single(b, "outcomes_lost_total", "counter",
	    "Those that the collector did not take.", s->lost);
}

static void
put_cache(struct buf *b, const struct service_stats *s)
{
	exposition_single(b, "cache_entries", "gauge", "Verdicts in the cache.",
	    s->entries);
	exposition_single(b, "lookups_total", "counter",
	    "Lookups answered, of Postfix and of the milter.", s->lookups);
	exposition_single(b, "cache_hits_total", "counter",
	    "Lookups answered from the cache.", s->hits);
	exposition_single(b, "cache_stale_total", "counter",
	    "Of these, past the TTL of what was found.", s->stale);
	exposition_single(b, "policy_domains", "gauge",
	    "Domains with an MTA-STS policy, or a failure, in memory.",
	    s->policies);
}

static void
put_resolver(struct buf *b, const struct service_stats *s)
{
	int i;

	exposition_single(b, "resolutions_total", "counter",
	    "Chains of questions started.", s->resolutions);
	exposition_family(b, "resolution_failures_total", "counter",
	    "Resolutions that something was missing from, by cause.");
	exposition_labelled(b, "resolution_failures_total", "cause",
	    "no-server", s->failures.no_server);
	exposition_labelled(b, "resolution_failures_total", "cause", "other",
	    s->failures.other);
	exposition_single(b, "fetches_total", "counter",
	    "MTA-STS policy files asked for.", s->fetches);
	exposition_family(b, "fetch_failures_total", "counter",
	    "Those not had, by result type of RFC 8460.");
	for (i = STS_FETCH_OK + 1; i < STS_FETCH_RESULTS; i++)
		exposition_labelled(b, "fetch_failures_total", "type",
		    sts_fetch_result_name((enum sts_fetch_result)i),
		    s->fetch_failed[i]);
	exposition_single(b, "mta_resolver_ad", "gauge",
	    "1 when the MTA's own resolver gives the AD bit.", s->mta_ad != 0);
	exposition_single(b, "store_ok", "gauge",
	    "0 while the policy store cannot be written.", s->store_ok != 0);
}

static void
put_lookups(struct buf *b, const struct control_view *v)
{
	struct socketmap_stats s;

	front_stats(v->front, &s);
	exposition_single(b, "lookup_connections", "gauge",
	    "Open connections of the lookup sockets.", s.open);
	exposition_single(b, "lookup_connections_total", "counter",
	    "Connections accepted there.", s.connections);
	exposition_single(b, "lookup_requests_total", "counter",
	    "Requests read there.", s.requests);
	exposition_single(b, "lookup_requests_waiting", "gauge",
	    "Requests that wait for a resolution.", s.waiting);
	exposition_family(b, "lookup_connections_closed_total", "counter",
	    "Connections closed by us, by cause.");
	exposition_labelled(b, "lookup_connections_closed_total", "cause",
	    "malformed", s.malformed);
	exposition_labelled(b, "lookup_connections_closed_total", "cause",
	    "oversize", s.oversize);
	exposition_labelled(b, "lookup_connections_closed_total", "cause",
	    "evicted", s.evicted);
	exposition_labelled(b, "lookup_connections_closed_total", "cause",
	    "timeout", s.timeouts);
	exposition_family(b, "lookup_seconds", "histogram",
	    "Time to the answer; those from the cache are sampled.");
	exposition_histogram(b, "lookup_seconds", "answered=\"cached\"",
	    front_latency(v->front, FRONT_CACHED));
	exposition_histogram(b, "lookup_seconds", "answered=\"resolved\"",
	    front_latency(v->front, FRONT_RESOLVED));
}

static void
put_milter(struct buf *b, const struct control_view *v)
{
	int i;

	exposition_family(b, "milter_events_total", "counter",
	    "What the milter did, by the names of tlsherald-milter stats.");
	for (i = 0; i < COUNTERS; i++)
		if (i != COUNTER_RELOADS && i != COUNTER_RELOADS_REFUSED)
			exposition_labelled(b, "milter_events_total", "event",
			    counters_name((enum counter)i),
			    counters_get(v->counters, (enum counter)i));
	exposition_single(b, "bindings", "gauge",
	    "Requirements remembered for a queue id and domain.",
	    binding_count(v->bindings));
}

char *
metrics_text(const struct control_view *view)
{
	struct service_stats stats;
	struct buf b;

	buf_init(&b, PAGE_MAX);
	service_stats(view->service, &stats);
	put_process(&b, view);
	put_decisions(&b, &stats);
	put_outcomes(&b, &stats.outcomes);
	put_cache(&b, &stats);
	put_resolver(&b, &stats);
	put_lookups(&b, view);
	put_milter(&b, view);
	return buf_take(&b);
}
