/* backend: the engine with its real resolver and all - see backend.h */
#include "config.h"

#include "share/policy/backend.h"
#include "share/base/file_mark.h"
#include "share/base/xmem.h"
#include "share/dns/ad_probe.h"
#include "share/dns/anchors.h"
#include "share/dns/resolver_ub.h"
#include "share/net/http_curl.h"
#include "share/net/timer_ev.h"
#include "share/store/store.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define HTTPS_PORT 443
#define PROBE_EVERY_MS (5 * 60 * INT64_C(1000))
#define SAY_EVERY_MS (60 * 60 * INT64_C(1000))
#define STORE_NAME "policy.db"
#define RESOLV_CONF "/etc/resolv.conf" /* of [dns] servers = "system" */

/* An HTTP client that a reload replaced; transfers may be under way. */
struct retired {
	struct retired *next;
	struct http_curl *http;
};

/* The files that resolver and HTTP client were made from. */
struct sources {
	struct file_mark resolv_conf, trust_anchors, ca_file;
};

struct backend {
	struct loop *loop;
	struct conf *conf;
	const struct log *log;
	char *resolv_conf;
	struct sources sources; /* of resolver and http */
	struct env env;
	struct store store;
	struct resolver_ub *resolver;
	struct http_curl *http;
	struct retired *retired;
	struct engine *engine;
	struct ad_probe *probe;
	struct timer *probe_timer;
	atomic_bool mta_ad; /* read by every thread */
	int64_t said_ms;    /* when "no AD" was logged last, 0: never */
};

/* ---- parts made from the config ---- */

static struct http_curl *
make_http(struct backend *b, const struct conf *c, struct err *e)
{
	struct addr_filter *filter = addr_filter_new();

	for (size_t i = 0; i < c->net_allow.n; i++)
		if (addr_filter_allow(filter, c->net_allow.item[i], e) == -1) {
			addr_filter_free(filter);
			return NULL;
		}
	return http_curl_new(loop_base(b->loop), c->sts_ca_file, filter,
	    HTTPS_PORT, e);
}

static int
open_store(struct backend *b, struct err *e)
{
	char *path = xasprintf("%s/%s", b->conf->server.state_dir, STORE_NAME);
	int rc;

	err_clear(e);
	rc = store_sqlite_open(path, &b->store, e);
	if (rc == 0 && e->code != ERR_NONE)
		log_write(b->log, LOG_LEVEL_ERROR, "%s", e->text);
	free(path);
	return rc;
}

static bool
same_list(const struct conf_list *a, const struct conf_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->item[i], b->item[i]) != 0)
			return false;
	return true;
}

static struct sources
sources_of(const struct conf *c)
{
	struct sources s = { file_mark_take(RESOLV_CONF),
		file_mark_take(c->dns.trust_anchors),
		file_mark_take(c->sts_ca_file) };

	return s;
}

static bool
same_dns(const struct conf *a, const struct conf *b)
{
	if (!same_list(&a->dns.servers, &b->dns.servers) ||
	    strcmp(a->dns.trust_anchors, b->dns.trust_anchors) != 0 ||
	    a->dns.nntas != b->dns.nntas)
		return false;
	for (size_t i = 0; i < a->dns.nntas; i++)
		if (strcmp(a->dns.ntas[i].name, b->dns.ntas[i].name) != 0 ||
		    a->dns.ntas[i].until_s != b->dns.ntas[i].until_s)
			return false;
	return true;
}

static bool
same_http(const struct conf *a, const struct conf *b)
{
	return same_list(&a->net_allow, &b->net_allow) &&
	    strcmp(a->sts_ca_file, b->sts_ca_file) == 0;
}

static void
use_resolver(struct backend *b, struct resolver_ub *r)
{
	if (b->resolver != NULL)
		resolver_ub_drain(b->resolver);
	b->resolver = r;
	b->env.dns = resolver_ub_iface(r);
}

static void
use_http(struct backend *b, struct http_curl *h)
{
	struct retired *old;

	if (b->http != NULL) {
		old = xcalloc(1, sizeof(*old));
		old->http = b->http;
		old->next = b->retired;
		b->retired = old;
	}
	b->http = h;
	b->env.http = http_curl_iface(h);
}

/* A failed lookup below an anchor is no "no": the engine knows their names. */
static void
use_anchors(struct backend *b, const struct conf *c)
{
	struct anchors a;
	struct err e = { 0 };
	const char **names;

	if (anchors_list(c->dns.trust_anchors, &a, &e) == -1)
		log_write(b->log, LOG_LEVEL_ERROR, "%s", e.text);
	names = xcalloc(a.n, sizeof(*names));
	for (size_t i = 0; i < a.n; i++)
		names[i] = a.name[i];
	engine_set_anchors(b->engine, names, a.n);
	free(names);
	anchors_clear(&a);
}

int
backend_reload(struct backend *b, struct conf *c, struct err *e)
{
	struct sources now = sources_of(c), *was = &b->sources;
	struct resolver_ub *r = NULL;
	struct http_curl *h = NULL;

	if (!same_dns(b->conf, c) ||
	    !file_mark_same(&was->resolv_conf, &now.resolv_conf) ||
	    !file_mark_same(&was->trust_anchors, &now.trust_anchors)) {
		r = resolver_ub_new(loop_base(b->loop), c, e);
		if (r == NULL)
			return -1;
	}
	if (!same_http(b->conf, c) ||
	    !file_mark_same(&was->ca_file, &now.ca_file)) {
		h = make_http(b, c, e);
		if (h == NULL) {
			resolver_ub_free(r);
			return -1;
		}
	}
	if (r != NULL) {
		use_resolver(b, r);
		use_anchors(b, c);
	}
	if (h != NULL)
		use_http(b, h);
	b->sources = now;
	conf_unref(b->conf);
	b->conf = conf_ref(c);
	engine_set_conf(b->engine, c);
	backend_start(b);
	return 0;
}

/* ---- does the MTA's resolver give AD? ---- */

static void start_probe(void *arg);

static void
set_mta_ad(struct backend *b, bool mta_ad)
{
	b->mta_ad = mta_ad;
	engine_set_ad(b->engine, mta_ad);
}

static void
say_no_ad(struct backend *b, const char *server)
{
	int64_t now = clock_mono_ms(b->env.clock);

	if (b->said_ms != 0 && now - b->said_ms < SAY_EVERY_MS)
		return;
	b->said_ms = now;
	log_write(b->log, LOG_LEVEL_ERROR,
	    "resolver %s of %s gives no AD bit: the MTA cannot do DANE; "
	    "run `tlsherald-milter check`",
	    server, b->resolv_conf);
}

static void
probe_again(struct backend *b)
{
	b->probe_timer = b->env.timers.set(b->env.timers.ctx, PROBE_EVERY_MS,
	    start_probe, b);
}

/* Only a good answer without AD proves "no"; nothing proves nothing. */
static void
on_probe(void *arg, enum ad_probe_result result, const char *server)
{
	struct backend *b = arg;

	b->probe = NULL;
	if (result == AD_PROBE_NO)
		say_no_ad(b, server);
	if (result != AD_PROBE_NOTHING)
		set_mta_ad(b, result == AD_PROBE_YES);
	probe_again(b);
}

static void
start_probe(void *arg)
{
	struct backend *b = arg;
	char name[HOSTNAME_SIZE];
	struct err e = { 0 };

	b->probe_timer = NULL;
	if (ad_probe_name(b->conf->dns.trust_anchors, name, &e) == 0)
		b->probe = ad_probe_start(loop_base(b->loop), b->resolv_conf,
		    name, on_probe, b, &e);
	if (b->probe != NULL)
		return;
	log_write(b->log, LOG_LEVEL_WARN,
	    "the MTA's resolver cannot be probed: %s", e.text);
	probe_again(b);
}

static void
stop_probe(struct backend *b)
{
	ad_probe_cancel(b->probe);
	b->probe = NULL;
	if (b->probe_timer != NULL)
		b->env.timers.cancel(b->env.timers.ctx, b->probe_timer);
	b->probe_timer = NULL;
}

void
backend_start(struct backend *b)
{
	stop_probe(b);
	if (b->conf->policy.mta_dnssec == CONF_AUTO && b->resolv_conf != NULL)
		start_probe(b);
	else
		set_mta_ad(b, b->conf->policy.mta_dnssec != CONF_NO);
}

/* ---- the whole ---- */

struct backend *
backend_new(struct loop *loop, struct cache *cache, struct conf *c,
    const struct log *log, const struct backend_options *options, struct err *e)
{
	struct backend *b = xcalloc(1, sizeof(*b));
	struct resolver_ub *r;
	struct http_curl *h;

	b->loop = loop;
	b->conf = conf_ref(c);
	b->log = log;
	b->resolv_conf = xstrdup(options->resolv_conf);
	b->mta_ad = true;
	b->env.clock = clock_system();
	b->env.log = log;
	b->env.store = &b->store;
	b->sources = sources_of(c);
	timer_ev_init(&b->env.timers, loop_base(loop));
	store_none(&b->store);
	if (options->durable && open_store(b, e) == -1)
		goto bad;
	r = resolver_ub_new(loop_base(loop), c, e);
	if (r == NULL)
		goto bad;
	use_resolver(b, r);
	h = make_http(b, c, e);
	if (h == NULL)
		goto bad;
	use_http(b, h);
	b->engine = engine_new(&b->env, cache, c);
	use_anchors(b, c);
	return b;
bad:
	backend_free(b);
	return NULL;
}

void
backend_set_outcomes(struct backend *b, const struct outcome_sink *sink)
{
	b->env.outcomes = sink;
}

void
backend_free(struct backend *b)
{
	if (b == NULL)
		return;
	stop_probe(b);
	engine_free(b->engine);
	while (b->retired != NULL) {
		struct retired *old = b->retired;

		b->retired = old->next;
		http_curl_free(old->http);
		free(old);
	}
	http_curl_free(b->http);
	resolver_ub_free(b->resolver);
	b->store.free(b->store.ctx);
	conf_unref(b->conf);
	free(b->resolv_conf);
	free(b);
}

struct engine *
backend_engine(struct backend *b)
{
	return b->engine;
}

int
backend_policies(struct backend *b, const char *after,
    bool (*each)(void *arg, const struct store_policy *p), void *arg,
    struct err *e)
{
	return b->store.each(b->store.ctx, after, each, arg, e);
}

bool
backend_mta_ad(const struct backend *b)
{
	return b->mta_ad;
}
