/*
 * memory: what a cached domain costs, and a daemon that was just started.
 *
 * The real engine and cache, in this process, with a resolver and policy
 * hosts that answer for generated names of 20 octets: 100,000 domains, then
 * a million, one dialect asked. Policies: an enforce policy of two patterns
 * of 20 octets, fetched for each domain. Goal: memory.
 */
#include "config.h"

#include "share/base/xmem.h"
#include "share/policy/dialect.h"
#include "share/policy/engine.h"
#include "share/policy/verdict_reply.h"
#include "t/bench/daemon.h"
#include "t/bench/figure.h"
#include "t/policy/samples.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FEW 100000U
#define MANY 1000000U
#define TAIL ".ben.example"

/* A transfer under way: there is one at a time. */
struct http_transfer {
	char host[HOSTNAME_SIZE];
	http_callback *cb;
	void *arg;
	bool open;
};

struct net {
	bool policies;
	struct http_transfer transfer;
};

/* ---- the world around the engine ---- */

static void
answer_mx(struct dns_answer *a, struct dns_mx *mx)
{
	mx->preference = 10;
	(void)snprintf(mx->host, sizeof(mx->host), "mx" TAIL);
	a->n = 1;
	a->u.mx = mx;
}

static struct dns_query *
ask(void *ctx, const char *name, enum dns_type type, dns_callback *cb,
    void *arg)
{
	static char address[46] = "192.0.2.1", id[] = "v=STSv1; id=20260101;";
	const struct net *net = ctx;
	struct dns_txt txt = { id, sizeof(id) - 1 };
	struct dns_answer a = { .security = DNS_INSECURE,
		.ttl = 3600,
		.type = type };
	struct dns_mx mx = { 0 };

	(void)name;
	if (type == DNS_MX) {
		answer_mx(&a, &mx);
	} else if (type == DNS_A) {
		a.n = 1;
		a.u.addr = &address;
	} else if (type == DNS_TXT && net->policies) {
		a.n = 1;
		a.u.txt = &txt;
	} else {
		a.rcode = DNS_NXDOMAIN;
	}
	cb(arg, &a);
	return NULL;
}

static void
cancel_query(void *ctx, struct dns_query *q)
{
	(void)ctx;
	(void)q;
}

static struct http_transfer *
get(void *ctx, const struct http_request *req, http_callback *cb, void *arg)
{
	struct net *net = ctx;
	struct http_transfer *t = &net->transfer;

	(void)snprintf(t->host, sizeof(t->host), "%s", req->host);
	t->cb = cb;
	t->arg = arg;
	t->open = true;
	return t;
}

static void
cancel_transfer(void *ctx, struct http_transfer *t)
{
	(void)ctx;
	t->open = false;
}

/* The policy of "mta-sts.d0000001.ben.example". */
static void
answer_transfer(struct http_transfer *t)
{
	char body[512];
	unsigned long i = strtoul(t->host + strlen("mta-sts.d"), NULL, 10);
	struct http_response r = { .result = HTTP_ANSWERED,
		.status = 200,
		.content_type = "text/plain",
		.leaf_pem = samples_certificate(true),
		.address = "192.0.2.1",
		.why = "" };

	(void)snprintf(body, sizeof(body),
	    "version: STSv1\nmode: enforce\nmx: a%07lu" TAIL "\nmx: b%07lu" TAIL
	    "\nmax_age: 604800\n",
	    i, i);
	r.body = body;
	r.body_len = strlen(body);
	t->open = false;
	t->cb(t->arg, &r);
}

/* Nothing here takes long enough for a timer to be due. */
static struct timer *
set_timer(void *ctx, int64_t delay_ms, timer_callback *cb, void *arg)
{
	(void)ctx;
	(void)delay_ms;
	(void)cb;
	(void)arg;
	return xmalloc(1);
}

static void
cancel_timer(void *ctx, struct timer *t)
{
	(void)ctx;
	free(t);
}

/* ---- the measurement ---- */

static size_t replies;

static void
on_verdict(void *arg, struct verdict *v)
{
	const char *want = arg, *reply;

	if (v == NULL)
		return;
	reply = verdict_reply_get(v, DIALECT_POSTFIX);
	if (strncmp(reply, want, strlen(want)) != 0)
		errx(1, "unexpected reply: %s", reply);
	replies++;
}

static double
fill(struct engine *e, struct net *net, unsigned from, unsigned to)
{
	struct engine_strategy s = { "default", 0 };
	static char secure[] = "OK secure match=", none[] = "NOTFOUND ";

	for (unsigned i = from; i < to; i++) {
		char key[64];
		struct nexthop n;

		(void)snprintf(key, sizeof(key), "d%07u" TAIL, i);
		if (!nexthop_parse(key, &n))
			errx(1, "%s", key);
		engine_ask(e, &n, &s, DIALECT_POSTFIX, on_verdict,
		    net->policies ? secure : none);
		if (net->transfer.open)
			answer_transfer(&net->transfer);
	}
	if (replies != to)
		errx(1, "%zu answers to %u questions", replies, to);
	return figure_rss_anon(getpid());
}

static void
measure(const char *name, bool policies, double goal)
{
	struct net net = { .policies = policies };
	struct dns_resolver dns = { ask, cancel_query, &net };
	struct http_client http = { get, cancel_transfer, &net };
	struct log log;
	struct conf_mistakes mistakes;
	struct conf *c = conf_parse("config", "", 0, &mistakes, NULL);
	struct store store;
	struct env env = { .clock = clock_system(),
		.timers = { set_timer, cancel_timer, NULL },
		.dns = &dns,
		.http = &http,
		.store = &store,
		.log = &log };
	struct cache *cache = cache_new(env.clock, MANY);
	struct engine *e;
	double few, many;

	if (c == NULL)
		errx(1, "config: %s", mistakes.line[0]);
	log_open(&log, "bench", false, LOG_LEVEL_ERROR);
	store_none(&store);
	e = engine_new(&env, cache, c);
	few = fill(e, &net, 0, FEW);
	many = fill(e, &net, FEW, MANY);
	figure_at_most(name, (many - few) / (MANY - FEW), "octets/domain",
	    goal);
}

/* In a process of its own, that begins with little memory. */
static void
measure_apart(const char *name, bool policies, double goal)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		measure(name, policies, goal);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "%s: status %d", name, status);
}

static void
measure_start(void)
{
	struct daemon d;

	daemon_prepare(&d, NULL);
	daemon_start(&d);
	daemon_await(&d);
	figure_at_most("memory-started", figure_rss_anon(d.pid) / 1048576,
	    "MB-RssAnon", 4);
	daemon_stop(&d, SIGTERM);
	daemon_clear(&d);
}

int
main(void)
{
	measure_start();
	measure_apart("memory-slope-no-policy", false, 220);
	measure_apart("memory-slope-mta-sts", true, 450);
	return 0;
}
