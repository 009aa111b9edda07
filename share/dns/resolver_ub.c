/* resolver_ub: the resolver over libunbound - see resolver_ub.h */
#include "config.h"

#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "share/dns/dns_alive.h"
#include "share/dns/resolver_ub.h"
#include "share/dns/ub_answer.h"
#include "share/dns/ub_setup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unbound-event.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define CLASS_IN 1
/* for how long one look at the servers answers for other failures too */
#define ALIVE_HOLDS_MS 1000
/* the end of a trust anchor is waited for in steps: clocks may be set */
#define NTA_STEP_S 600
/* answers told before other events of the loop have their turn */
#define TELL_MAX 64

enum state {
	WAITING, /* for its turn */
	ASKED,   /* with libunbound */
	FAILED,  /* libunbound gave up; whether a server is alive is asked */
	DONE     /* the answer waits to be told */
};

struct dns_query {
	TAILQ_ENTRY(dns_query) link; /* of waiting, pending or done */
	struct resolver_ub *r;
	enum state state;
	int ub_id; /* 0: libunbound has nothing to do with it */
	bool slow; /* RESOLVER_UB_SLOW_MS are over */
	struct event *timer;
	char *name;
	dns_callback *cb;
	void *arg;
	struct dns_answer answer;
};

TAILQ_HEAD(query_list, dns_query);

struct resolver_ub {
	struct dns_resolver iface;
	struct event_base *base;
	struct ub_setup setup;
	struct ub_ctx *ctx;
	struct query_list waiting;
	struct query_list pending; /* ASKED and FAILED */
	struct query_list done;
	size_t nasked;      /* how many are ASKED */
	size_t nslow;       /* and of these slow */
	struct event *tell; /* tells what is done, gives others their turn */
	struct event *nta_timer;
	int64_t nta_end_s;       /* when ctx is out of date; 0: never */
	struct dns_alive *alive; /* being found out */
	int64_t check_ms;        /* since when */
	bool was_alive;
	int64_t alive_ms; /* when it was */
	bool asking;      /* what is answered now comes from the cache */
	bool dead;        /* no server answered when last asked */
	bool draining;
	bool telling; /* a callback is running */
	bool ended;   /* it ended us */
};

static void
set_timer(struct event *timer, int64_t ms)
{
	struct timeval tv;

	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000) * 1000;
	evtimer_add(timer, &tv);
}

/* Ends what libunbound does for q; its callback is not called any more. */
static void
forget_libunbound(struct dns_query *q)
{
	if (q->ub_id != 0)
		(void)ub_cancel(q->r->ctx, q->ub_id);
	q->ub_id = 0;
}

static void
query_free(struct dns_query *q)
{
	event_free(q->timer);
	dns_answer_clear(&q->answer);
	free(q->name);
	free(q);
}

static struct query_list *
list_of(struct resolver_ub *r, enum state state)
{
	if (state == WAITING)
		return &r->waiting;
	return state == DONE ? &r->done : &r->pending;
}

/* Takes q out of what it is in; libunbound and the timer forget it. */
static void
query_leave(struct dns_query *q)
{
	struct resolver_ub *r = q->r;

	TAILQ_REMOVE(list_of(r, q->state), q, link);
	forget_libunbound(q);
	evtimer_del(q->timer);
	if (q->state == ASKED) {
		r->nasked--;
		r->nslow -= q->slow ? 1 : 0;
	}
	q->slow = false;
	event_active(r->tell, EV_TIMEOUT, 0);
}

static void
query_enter(struct dns_query *q, enum state state)
{
	q->state = state;
	TAILQ_INSERT_TAIL(list_of(q->r, state), q, link);
	if (state == ASKED)
		q->r->nasked++;
}

/* q->answer is there: it is told from the loop. */
static void
query_done(struct dns_query *q)
{
	query_leave(q);
	query_enter(q, DONE);
}

/* Ends q as DNS_UNKNOWN; what libunbound said of it, if anything, stays. */
static void
query_unknown(struct dns_query *q, bool no_server, const char *why)
{
	if (q->answer.why == NULL || no_server) {
		free(q->answer.why);
		q->answer.why = xstrdup(why);
	}
	q->answer.security = DNS_UNKNOWN;
	q->answer.no_server = no_server;
	query_done(q);
}

static void on_alive(void *arg, bool alive);

/* Finds out whether a server answers, once for all who want to know. */
static void
check_servers(struct resolver_ub *r)
{
	if (r->alive != NULL)
		return;
	r->check_ms = clock_mono_ms(clock_system());
	r->alive = dns_alive_start(r->base, r->setup.server, r->setup.nservers,
	    RESOLVER_UB_ALIVE_MS, on_alive, r, NULL);
	if (r->alive == NULL)
		on_alive(r, false);
}

/* Notes that a server answers. */
static void
note_alive(struct resolver_ub *r)
{
	r->was_alive = true;
	r->alive_ms = clock_mono_ms(clock_system());
}

/* Whether a server answered so lately that it need not be asked again. */
static bool
alive_lately(const struct resolver_ub *r)
{
	return !r->dead && r->was_alive &&
	    clock_mono_ms(clock_system()) - r->alive_ms < ALIVE_HOLDS_MS;
}

/* libunbound has no answer. */
static void
query_failed(struct dns_query *q)
{
	query_leave(q);
	query_enter(q, FAILED);
	if (alive_lately(q->r))
		query_unknown(q, false, "no answer in time");
	else
		check_servers(q->r);
}

static void
on_libunbound(void *arg, int rcode, void *packet, int len, int secure,
    char *why_bogus, int ratelimited)
{
	struct dns_query *q = arg;
	struct ub_answer u = { rcode, packet, len, secure, why_bogus };
	enum dns_type type = q->answer.type;
	struct resolver_ub *r = q->r;
	enum dns_security state;

	(void)ratelimited;
	q->ub_id = 0;
	if (q->state != ASKED)
		return;
	dns_answer_clear(&q->answer);
	ub_answer_read(&u, q->name, type, &q->answer);
	state = q->answer.security;
	if (state == DNS_UNKNOWN)
		query_failed(q);
	else
		query_done(q);
	if (!r->asking && (state == DNS_SECURE || state == DNS_INSECURE))
		note_alive(r);
}

/*
 * Asks a query that is in no list. libunbound may call on_libunbound() before
 * this returns.
 */
static void
ask_libunbound(struct dns_query *q)
{
	int rc;

	query_enter(q, ASKED);
	q->slow = false;
	set_timer(q->timer, RESOLVER_UB_SLOW_MS);
	q->r->asking = true;
	rc = ub_resolve_event(q->r->ctx, q->name, (int)q->answer.type, CLASS_IN,
	    q, on_libunbound, &q->ub_id);
	q->r->asking = false;
	if (rc != 0) {
		q->ub_id = 0;
		query_unknown(q, false, ub_strerror(rc));
	}
}

static void
on_query_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dns_query *q = arg;

	(void)fd;
	(void)what;
	if (q->slow) {
		query_failed(q);
		return;
	}
	q->slow = true;
	q->r->nslow++;
	event_active(q->r->tell, EV_TIMEOUT, 0);
	set_timer(q->timer, RESOLVER_UB_TIMEOUT_MS - RESOLVER_UB_SLOW_MS);
	if (!alive_lately(q->r))
		check_servers(q->r);
}

static void
start_nta_timer(struct resolver_ub *r, int64_t now_s)
{
	int64_t wait = r->nta_end_s - now_s;

	if (r->nta_end_s == 0)
		return;
	if (wait < 1)
		wait = 1;
	set_timer(r->nta_timer, (wait < NTA_STEP_S ? wait : NTA_STEP_S) * 1000);
}

/* Puts a fresh context in the place of the present one, if there is one. */
static int
new_context(struct resolver_ub *r, struct err *e)
{
	int64_t now_s = clock_wall_ms(clock_system()) / 1000;
	struct ub_ctx *old = r->ctx;
	struct ub_ctx *ctx = ub_setup_context(&r->setup, r->base, now_s, e);

	if (ctx == NULL)
		return -1;
	r->ctx = ctx;
	if (old != NULL)
		ub_ctx_delete(old);
	r->nta_end_s = ub_setup_next_end(&r->setup, now_s);
	start_nta_timer(r, now_s);
	return 0;
}

/*
 * Goes on with a fresh context: what libunbound has in hand takes its turn
 * again, first of all. Where there is none to be had, the old one stays.
 */
static void
renew(struct resolver_ub *r)
{
	struct dns_query *q, *prev;

	for (q = TAILQ_LAST(&r->pending, query_list); q != NULL; q = prev) {
		prev = TAILQ_PREV(q, query_list, link);
		if (q->state != ASKED)
			continue;
		query_leave(q);
		q->state = WAITING;
		TAILQ_INSERT_HEAD(&r->waiting, q, link);
	}
	(void)new_context(r, NULL);
}

static void
on_nta_timer(evutil_socket_t fd, short what, void *arg)
{
	struct resolver_ub *r = arg;
	int64_t now_s = clock_wall_ms(clock_system()) / 1000;

	(void)fd;
	(void)what;
	if (now_s >= r->nta_end_s)
		renew(r);
	else
		start_nta_timer(r, now_s);
}

/* Ends the failed questions: a server is there, but has no answer. */
static void
end_failed(struct resolver_ub *r)
{
	struct dns_query *q = TAILQ_FIRST(&r->pending), *next;

	for (; q != NULL; q = next) {
		next = TAILQ_NEXT(q, link);
		if (q->state == FAILED)
			query_unknown(q, false, "no answer in time");
	}
}

/* Ends every question, also those that wait: nobody is there to ask. */
static void
end_all(struct resolver_ub *r)
{
	static const char why[] = "no name server answers";
	struct dns_query *q;

	while ((q = TAILQ_FIRST(&r->pending)) != NULL)
		query_unknown(q, true, why);
	while ((q = TAILQ_FIRST(&r->waiting)) != NULL)
		query_unknown(q, true, why);
}

/* Failures from the time without servers don't count: they are asked again. */
static void
revive(struct resolver_ub *r)
{
	struct dns_query *q = TAILQ_FIRST(&r->pending), *next;

	r->dead = false;
	for (; q != NULL; q = next) {
		next = TAILQ_NEXT(q, link);
		if (q->state == FAILED) {
			query_leave(q);
			query_enter(q, WAITING);
		}
	}
	renew(r);
}

static void
on_alive(void *arg, bool alive)
{
	struct resolver_ub *r = arg;

	r->alive = NULL;
	if (alive)
		note_alive(r);
	/* a busy server may drop that question and answer others */
	if (!alive && (!r->was_alive || r->alive_ms < r->check_ms)) {
		r->dead = true;
		end_all(r);
	} else if (r->dead)
		revive(r);
	else
		end_failed(r);
}

/* Makes room: whoever is slow for the longest time has no answer. */
static void
end_slowest(struct resolver_ub *r)
{
	struct dns_query *q;

	TAILQ_FOREACH(q, &r->pending, link)
		if (q->state == ASKED && q->slow) {
			query_failed(q);
			return;
		}
}

/* Asks those that wait, as many as may be with libunbound at a time. */
static void
give_turns(struct resolver_ub *r)
{
	struct dns_query *q;

	while (r->nasked - r->nslow < RESOLVER_UB_AT_ONCE &&
	    (q = TAILQ_FIRST(&r->waiting)) != NULL) {
		if (r->nasked >= RESOLVER_UB_IN_ALL)
			end_slowest(r);
		TAILQ_REMOVE(&r->waiting, q, link);
		ask_libunbound(q);
		/* not answered from the cache: is a server back? */
		if (r->dead && q->state == ASKED)
			check_servers(r);
	}
}

static struct dns_query *
ask(void *ctx, const char *name, enum dns_type type, dns_callback *cb,
    void *arg)
{
	struct resolver_ub *r = ctx;
	struct dns_query *q = xcalloc(1, sizeof(*q));

	q->r = r;
	q->name = xstrdup(name);
	q->cb = cb;
	q->arg = arg;
	q->answer.type = type;
	q->timer = evtimer_new(r->base, on_query_timer, q);
	if (q->timer == NULL)
		abort(); /* out of memory */
	query_enter(q, WAITING);
	if (r->draining)
		query_unknown(q, false, "the resolver is being replaced");
	else
		give_turns(r);
	return q;
}

static void
cancel(void *ctx, struct dns_query *q)
{
	(void)ctx;
	query_leave(q);
	query_free(q);
}

static bool
is_idle(const struct resolver_ub *r)
{
	return TAILQ_EMPTY(&r->waiting) && TAILQ_EMPTY(&r->pending) &&
	    TAILQ_EMPTY(&r->done);
}

static void
on_tell(evutil_socket_t fd, short what, void *arg)
{
	struct resolver_ub *r = arg;
	struct dns_query *q;

	(void)fd;
	(void)what;
	r->telling = true;
	for (int i = 0; i < TELL_MAX && !r->ended; i++) {
		if ((q = TAILQ_FIRST(&r->done)) == NULL)
			break;
		TAILQ_REMOVE(&r->done, q, link);
		q->cb(q->arg, &q->answer);
		query_free(q);
	}
	r->telling = false;
	if (r->ended || (r->draining && is_idle(r))) {
		resolver_ub_free(r);
		return;
	}
	give_turns(r);
	if (!TAILQ_EMPTY(&r->done))
		event_active(r->tell, EV_TIMEOUT, 0);
}

struct resolver_ub *
resolver_ub_new(struct event_base *base, const struct conf *c, struct err *e)
{
	struct resolver_ub *r = xcalloc(1, sizeof(*r));

	r->iface.ask = ask;
	r->iface.cancel = cancel;
	r->iface.ctx = r;
	r->base = base;
	TAILQ_INIT(&r->waiting);
	TAILQ_INIT(&r->pending);
	TAILQ_INIT(&r->done);
	r->tell = evtimer_new(base, on_tell, r);
	r->nta_timer = evtimer_new(base, on_nta_timer, r);
	if (r->tell == NULL || r->nta_timer == NULL)
		err_set(e, ERR_SYS, "cannot make an event");
	else if (ub_setup_init(&r->setup, c, RESOLV_CONF, e) == 0 &&
	    new_context(r, e) == 0)
		return r;
	resolver_ub_free(r);
	return NULL;
}

void
resolver_ub_drain(struct resolver_ub *r)
{
	r->draining = true;
	if (!r->telling && is_idle(r))
		resolver_ub_free(r);
}

/* Ends every question without a word. */
static void
clear_list(struct query_list *list)
{
	struct dns_query *q;

	while ((q = TAILQ_FIRST(list)) != NULL) {
		query_leave(q);
		query_free(q);
	}
}

void
resolver_ub_free(struct resolver_ub *r)
{
	if (r == NULL)
		return;
	clear_list(&r->waiting);
	clear_list(&r->pending);
	clear_list(&r->done);
	if (r->telling) {
		r->ended = true; /* on_tell() does the rest */
		return;
	}
	dns_alive_cancel(r->alive);
	if (r->ctx != NULL)
		ub_ctx_delete(r->ctx);
	if (r->tell != NULL)
		event_free(r->tell);
	if (r->nta_timer != NULL)
		event_free(r->nta_timer);
	ub_setup_clear(&r->setup);
	free(r);
}

const struct dns_resolver *
resolver_ub_iface(struct resolver_ub *r)
{
	return &r->iface;
}
