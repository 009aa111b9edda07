/* front: answers the MTA's policy lookups - see front.h */
#include "config.h"

#include "milter/front.h"

#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/policy/dialect.h"
#include "share/policy/verdict_reply.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define COMPLAIN_MS 60000

/* A request that the service works on. */
struct ask {
	TAILQ_ENTRY(ask) link;
	struct front *front;
	struct socketmap_request *req;
	enum dialect_id dialect;
	uint64_t began_us;
};

struct front {
	struct loop *loop;
	struct service *service;
	struct delivery *delivery;
	const struct log *log;
	struct socketmap_server *server;
	int64_t complained_ms[2]; /* of maps, of strategies; 0: never */
	TAILQ_HEAD(, ask) asks;
	unsigned hits; /* every FRONT_SAMPLE-th is timed */
	struct histogram latency[FRONT_LATENCIES];
};

static void
answer_text(struct socketmap_request *req, const char *text)
{
	socketmap_answer(req, text, strlen(text));
}

static void
answer_verdict(struct socketmap_request *req, struct verdict *v,
    enum dialect_id dialect)
{
	const char *reply = v != NULL ? verdict_reply_get(v, dialect) : NULL;

	answer_text(req, reply != NULL ? reply : "TEMP no decision");
}

static void
on_verdict(void *arg, struct verdict *v)
{
	struct ask *a = arg;
	struct front *f = a->front;

	TAILQ_REMOVE(&f->asks, a, link);
	answer_verdict(a->req, v, a->dialect);
	histogram_add(&f->latency[FRONT_RESOLVED],
	    histogram_now_us() - a->began_us, 1);
	free(a);
}

/* One line a minute of each kind: a typo shows, a flood does not fill logs. */
static void
complain(struct front *f, bool strategy, const char *name)
{
	int64_t now = clock_mono_ms(clock_system());
	int64_t *last = &f->complained_ms[strategy];
	char safe[128];

	if (*last != 0 && now - *last < COMPLAIN_MS)
		return;
	*last = now;
	log_write(f->log, LOG_LEVEL_WARN, "policy lookup: unknown %s \"%s\"",
	    strategy ? "strategy" : "map",
	    text_escape(safe, sizeof(safe), name, strlen(name)));
}

static void
ask_service(struct front *f, struct socketmap_request *req,
    const struct nexthop *n, const char *strategy, enum dialect_id dialect)
{
	uint64_t began = f->hits % FRONT_SAMPLE == 0 ? histogram_now_us() : 0;
	struct verdict *v = service_hit(f->service, n, strategy, dialect);
	struct ask *a;

	if (v != NULL) {
		answer_verdict(req, v, dialect);
		verdict_unref(v);
		f->hits++;
		if (began != 0)
			histogram_add(&f->latency[FRONT_CACHED],
			    histogram_now_us() - began, FRONT_SAMPLE);
		return;
	}
	a = xcalloc(1, sizeof(*a));
	a->front = f;
	a->req = req;
	a->dialect = dialect;
	a->began_us = histogram_now_us();
	TAILQ_INSERT_TAIL(&f->asks, a, link);
	service_ask(f->service, n, strategy, dialect, f->loop, on_verdict, a);
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

static void
on_request(void *arg, struct socketmap_request *req, const char *map,
    const char *key)
{
	struct front *f = arg;
	const struct dialect *d;
	const struct strategy *s;
	const char *forced = NULL;
	struct nexthop n;
	struct conf *c;

	d = dialect_find(map, &forced);
	if (d == NULL) {
		complain(f, false, map);
		answer_text(req, "TEMP unknown map name");
		return;
	}
	if (d->id >= DIALECTS_KEPT) {
		delivery_answer(f->delivery, req, d->id, key);
		return;
	}
	c = service_conf(f->service);
	(void)nexthop_parse(key, &n);
	s = choose(c, forced, &n);
	if (s == NULL) {
		complain(f, true, forced);
		answer_text(req, "TEMP unknown strategy");
	} else if (n.kind == NEXTHOP_NONE) {
		answer_text(req, "NOTFOUND ");
	} else {
		ask_service(f, req, &n, s->id, d->id);
	}
	conf_unref(c);
}

struct front *
front_new(struct loop *loop, struct service *service, struct delivery *delivery,
    const struct log *log, size_t max_connections)
{
	struct front *f = xcalloc(1, sizeof(*f));

	f->loop = loop;
	f->service = service;
	f->delivery = delivery;
	f->log = log;
	TAILQ_INIT(&f->asks);
	f->server = socketmap_server_new(loop_base(loop), max_connections,
	    on_request, f);
	return f;
}

void
front_stop(struct front *f)
{
	socketmap_server_stop(f->server);
}

const struct histogram *
front_latency(const struct front *f, enum front_latency which)
{
	return &f->latency[which];
}

void
front_add(struct front *f, int fd)
{
	socketmap_server_add(f->server, fd);
}

void
front_free(struct front *f)
{
	struct ask *a;

	if (f == NULL)
		return;
	socketmap_server_free(f->server);
	while ((a = TAILQ_FIRST(&f->asks)) != NULL) {
		TAILQ_REMOVE(&f->asks, a, link);
		free(a);
	}
	free(f);
}

void
front_stats(const struct front *f, struct socketmap_stats *out)
{
	socketmap_server_stats(f->server, out);
}
