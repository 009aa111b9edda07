/* service: the policy engine behind one interface - see service.h */
#include "config.h"

#include "share/policy/service_inside.h"
#include "share/base/xmem.h"
#include "share/policy/backend.h"
#include "share/policy/verdict_make.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define CACHE_ENTRIES_MAX 1000000
#define RESOLV_CONF "/etc/resolv.conf"
/* Validation and TLS yield to cached answers where processors are scarce. */
#define RESOLVER_NICE 3

/* A question that went to the resolver loop. */
struct question {
	struct question *next, **back; /* all that are not answered yet */
	struct service *s;
	struct nexthop nexthop;
	unsigned strategy;
	enum dialect_id dialect;
	struct loop *loop; /* where cb is called; NULL: nobody waits */
	service_callback *cb;
	void *arg;
	struct verdict *verdict; /* on the way back */
	bool observe;
};

struct meeting;

struct service {
	struct loop *loop; /* the resolver loop */
	pthread_t thread;
	bool running;
	struct cache *cache;
	struct backend *backend;
	pthread_mutex_t lock; /* guards what follows up to stats */
	struct conf *conf;
	struct question *questions;
	struct service_reports reports;
	char **ids; /* of strategies, by number; only grows */
	size_t nids;
	struct service_stats stats; /* counters, atomic */
};

static void
bump(uint64_t *counter)
{
	(void)__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static uint64_t
load(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* ---- life ---- */

static struct service *
make(struct conf *c, const struct log *log,
    const struct backend_options *options, struct err *e)
{
	struct service *s = xcalloc(1, sizeof(*s));

	pthread_mutex_init(&s->lock, NULL);
	service_reports_init(&s->reports, s);
	s->conf = conf_ref(c);
	s->cache = cache_new(clock_system(), CACHE_ENTRIES_MAX);
	s->loop = loop_new(e);
	if (s->loop != NULL)
		s->backend = backend_new(s->loop, s->cache, c, log, options, e);
	if (s->backend != NULL)
		return s;
	service_free(s);
	return NULL;
}

struct service *
service_new(struct conf *c, const struct log *log, const char *resolv_conf,
    struct err *e)
{
	struct backend_options options = { resolv_conf != NULL ? resolv_conf
							       : RESOLV_CONF,
		true };

	return make(c, log, &options, e);
}

struct service *
service_new_private(struct conf *c, const struct log *log, struct err *e)
{
	struct backend_options options = { NULL, false };

	return make(c, log, &options, e);
}

void
service_set_outcomes(struct service *s, const struct outcome_sink *sink)
{
	backend_set_outcomes(s->backend, sink);
}

static void
start_backend(void *arg)
{
	struct service *s = arg;

	backend_start(s->backend);
}

static void *
run(void *arg)
{
	struct service *s = arg;

	/* Linux: of this thread alone. Where it may not: as it is. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), RESOLVER_NICE);
	loop_run(s->loop);
	return NULL;
}

int
service_start(struct service *s, struct err *e)
{
	sigset_t all, before;
	int rc;

	loop_post(s->loop, start_backend, s);
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(e, ERR_SYS, "resolver thread: %s", strerror(rc));
	s->running = true;
	return 0;
}

static void
free_question(struct question *q)
{
	pthread_mutex_lock(&q->s->lock);
	*q->back = q->next;
	if (q->next != NULL)
		q->next->back = q->back;
	pthread_mutex_unlock(&q->s->lock);
	verdict_unref(q->verdict);
	free(q);
}

static void meet(void *arg, struct verdict *v);
static void leave(struct meeting *m);

/* Never to be answered: who waited for it has gone. */
static void
abandon(struct question *q)
{
	if (q->cb == meet)
		leave(q->arg);
	free_question(q);
}

void
service_free(struct service *s)
{
	if (s == NULL)
		return;
	if (s->running) {
		loop_stop(s->loop);
		pthread_join(s->thread, NULL);
	}
	backend_free(s->backend);
	while (s->questions != NULL)
		abandon(s->questions);
	service_reports_clear(&s->reports);
	loop_free(s->loop);
	cache_free(s->cache);
	conf_unref(s->conf);
	while (s->nids > 0)
		free(s->ids[--s->nids]);
	free(s->ids);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* ---- the config ---- */

struct conf *
service_conf(struct service *s)
{
	struct conf *c;

	pthread_mutex_lock(&s->lock);
	c = conf_ref(s->conf);
	pthread_mutex_unlock(&s->lock);
	return c;
}

/* Something to be done on the resolver loop while the caller waits. */
struct errand {
	service_job *job;
	struct backend *backend;
	void *arg;
	struct err *e;
	int result;
	bool done;
	pthread_mutex_t lock;
	pthread_cond_t cond;
};

static void
run_errand(void *arg)
{
	struct errand *r = arg;
	int result = r->job(r->backend, r->arg, r->e);

	pthread_mutex_lock(&r->lock);
	r->result = result;
	r->done = true;
	pthread_cond_signal(&r->cond);
	pthread_mutex_unlock(&r->lock);
}

int
service_call(struct service *s, service_job *job, void *arg, struct err *e)
{
	struct errand r = { .job = job,
		.backend = s->backend,
		.arg = arg,
		.e = e };

	if (!s->running)
		return job(s->backend, arg, e);
	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.cond, NULL);
	loop_post(s->loop, run_errand, &r);
	pthread_mutex_lock(&r.lock);
	while (!r.done)
		pthread_cond_wait(&r.cond, &r.lock);
	pthread_mutex_unlock(&r.lock);
	pthread_cond_destroy(&r.cond);
	pthread_mutex_destroy(&r.lock);
	return r.result;
}

static int
run_reload(struct backend *b, void *arg, struct err *e)
{
	return backend_reload(b, arg, e);
}

static void
swap_conf(struct service *s, struct conf *c)
{
	struct conf *old;

	pthread_mutex_lock(&s->lock);
	old = s->conf;
	s->conf = conf_ref(c);
	pthread_mutex_unlock(&s->lock);
	conf_unref(old);
}

int
service_reload(struct service *s, struct conf *c, struct err *e)
{
	if (service_call(s, run_reload, c, e) == -1)
		return -1;
	swap_conf(s, c);
	return 0;
}

struct backend *
service_backend(struct service *s)
{
	return s->backend;
}

struct loop *
service_loop(struct service *s)
{
	return s->loop;
}

struct service_reports *
service_reports(struct service *s)
{
	return &s->reports;
}

struct cache *
service_cache(struct service *s)
{
	return s->cache;
}

/* ---- asking ---- */

/* An id's number, the same across reloads. The lock is held. */
static unsigned
number_of(struct service *s, const char *id)
{
	unsigned i;

	for (i = 0; i < s->nids; i++)
		if (strcmp(s->ids[i], id) == 0)
			return i;
	s->ids = xreallocarray(s->ids, s->nids + 1, sizeof(*s->ids));
	s->ids[s->nids++] = xstrdup(id);
	return i;
}

/* The number of a strategy, and whether it is only observed. */
static bool
find_strategy(struct service *s, const char *id, unsigned *number,
    bool *observe)
{
	bool found;

	pthread_mutex_lock(&s->lock);
	found = conf_strategy(s->conf, id) != NULL;
	*number = found ? number_of(s, id) : 0;
	*observe = s->conf->policy.mode == CONF_OBSERVE;
	pthread_mutex_unlock(&s->lock);
	return found;
}

const char *
service_strategy_id(struct service *s, unsigned number)
{
	const char *id;

	pthread_mutex_lock(&s->lock);
	id = s->ids[number];
	pthread_mutex_unlock(&s->lock);
	return id;
}

static void
count_answer(struct service *s, const struct verdict *v, bool observe)
{
	const struct decision *d = &v->decision;

	bump(&s->stats.lookups);
	if (d->overridden)
		bump(&s->stats.overridden);
	bump(observe ? &s->stats.would_be[d->level]
		     : &s->stats.answered[decision_in_force(d)]);
	bump(&s->stats.by_source[d->source]);
}

static struct question *
new_question(struct service *s, const struct nexthop *n, unsigned strategy,
    enum dialect_id dialect)
{
	struct question *q = xcalloc(1, sizeof(*q));

	q->s = s;
	q->nexthop = *n;
	q->strategy = strategy;
	q->dialect = dialect;
	pthread_mutex_lock(&s->lock);
	q->next = s->questions;
	q->back = &s->questions;
	if (q->next != NULL)
		q->next->back = &q->next;
	s->questions = q;
	pthread_mutex_unlock(&s->lock);
	return q;
}

/* On the asker's loop. */
static void
deliver(void *arg)
{
	struct question *q = arg;

	count_answer(q->s, q->verdict, q->observe);
	q->cb(q->arg, q->verdict);
	free_question(q);
}

/* On the resolver loop. */
static void
on_verdict(void *arg, struct verdict *v)
{
	struct question *q = arg;

	if (v == NULL)
		return; /* the service ends, and frees q */
	if (q->cb == NULL) {
		free_question(q);
		return;
	}
	q->verdict = verdict_ref(v);
	if (q->loop != NULL)
		loop_post(q->loop, deliver, q);
	else
		deliver(q);
}

static void
ask_engine(void *arg)
{
	struct question *q = arg;
	struct engine_strategy strategy = {
		service_strategy_id(q->s, q->strategy), q->strategy
	};
	struct cache_hit hit;

	/* Somebody else's resolution may have ended meanwhile. */
	if (q->cb != NULL &&
	    cache_get(q->s->cache, &q->nexthop, q->strategy, q->dialect,
		&hit)) {
		on_verdict(q, hit.verdict);
		verdict_unref(hit.verdict);
		return;
	}
	engine_ask(backend_engine(q->s->backend), &q->nexthop, &strategy,
	    q->dialect, on_verdict, q);
}

static void
refresh(struct service *s, const struct nexthop *n, unsigned strategy)
{
	loop_post(s->loop, ask_engine,
	    new_question(s, n, strategy, DIALECT_POSTFIX));
}

/* What the cache has; a due refresh is started. */
static struct verdict *
from_cache(struct service *s, const struct nexthop *n, unsigned strategy,
    enum dialect_id dialect)
{
	struct cache_hit hit;

	if (!cache_get(s->cache, n, strategy, dialect, &hit))
		return NULL;
	bump(&s->stats.hits);
	if (hit.stale)
		bump(&s->stats.stale);
	if (hit.refresh)
		refresh(s, n, strategy);
	return hit.verdict;
}

struct verdict *
service_peek(struct service *s, const struct nexthop *n, const char *strategy)
{
	unsigned number;
	bool observe;
	struct cache_hit hit;

	if (!find_strategy(s, strategy, &number, &observe) ||
	    !cache_get(s->cache, n, number, DIALECT_POSTFIX, &hit))
		return NULL;
	return hit.verdict;
}

struct verdict *
service_hit(struct service *s, const struct nexthop *n, const char *strategy,
    enum dialect_id dialect)
{
	struct verdict *v;
	unsigned number;
	bool observe;

	if (!find_strategy(s, strategy, &number, &observe))
		return NULL;
	v = from_cache(s, n, number, dialect);
	if (v != NULL)
		count_answer(s, v, observe);
	return v;
}

void
service_prefetch(struct service *s, const struct nexthop *n,
    const char *strategy)
{
	struct verdict *v;
	unsigned number;
	bool observe;

	if (!find_strategy(s, strategy, &number, &observe))
		return;
	v = from_cache(s, n, number, DIALECT_POSTFIX);
	if (v == NULL)
		refresh(s, n, number);
	verdict_unref(v);
}

void
service_ask(struct service *s, const struct nexthop *n, const char *strategy,
    enum dialect_id dialect, struct loop *loop, service_callback *cb, void *arg)
{
	struct question *q;
	struct verdict *v;
	unsigned number;
	bool observe;

	if (find_strategy(s, strategy, &number, &observe))
		v = from_cache(s, n, number, dialect);
	else
		v = verdict_temp("no such strategy in the config");
	if (v != NULL) {
		count_answer(s, v, observe);
		cb(arg, v);
		verdict_unref(v);
		return;
	}
	q = new_question(s, n, number, dialect);
	q->observe = observe;
	q->loop = loop;
	q->cb = cb;
	q->arg = arg;
	loop_post(s->loop, ask_engine, q);
}

/* ---- waiting ---- */

/* Shared by who waits and who answers; the last one frees it. */
struct meeting {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct verdict *verdict;
	unsigned refs;
};

static void
leave(struct meeting *m)
{
	bool last;

	pthread_mutex_lock(&m->lock);
	last = --m->refs == 0;
	pthread_mutex_unlock(&m->lock);
	if (!last)
		return;
	verdict_unref(m->verdict);
	pthread_cond_destroy(&m->cond);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static void
meet(void *arg, struct verdict *v)
{
	struct meeting *m = arg;

	pthread_mutex_lock(&m->lock);
	m->verdict = verdict_ref(v);
	pthread_cond_signal(&m->cond);
	pthread_mutex_unlock(&m->lock);
	leave(m);
}

static struct meeting *
new_meeting(void)
{
	struct meeting *m = xcalloc(1, sizeof(*m));
	pthread_condattr_t attr;

	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&m->cond, &attr);
	pthread_condattr_destroy(&attr);
	m->refs = 2;
	return m;
}

static struct timespec
after(int64_t ms)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += ms % 1000 * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	return ts;
}

struct verdict *
service_wait(struct service *s, const struct nexthop *n, const char *strategy,
    int64_t timeout_ms)
{
	struct timespec until = after(timeout_ms);
	struct meeting *m = new_meeting();
	struct verdict *v = NULL;

	/* loop NULL: answered from the resolver loop's thread. */
	service_ask(s, n, strategy, DIALECT_POSTFIX, NULL, meet, m);
	pthread_mutex_lock(&m->lock);
	while (m->verdict == NULL &&
	    pthread_cond_timedwait(&m->cond, &m->lock, &until) == 0)
		;
	if (m->verdict != NULL)
		v = verdict_ref(m->verdict);
	pthread_mutex_unlock(&m->lock);
	leave(m);
	return v;
}

/* ---- counters ---- */

static void
load_all(uint64_t *to, const uint64_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = load(&from[i]);
}

void
service_stats(struct service *s, struct service_stats *out)
{
	struct sts_cache_stats sts;

	memset(out, 0, sizeof(*out));
	out->lookups = load(&s->stats.lookups);
	out->hits = load(&s->stats.hits);
	out->stale = load(&s->stats.stale);
	load_all(out->answered, s->stats.answered, LEVELS);
	load_all(out->would_be, s->stats.would_be, LEVELS);
	load_all(out->by_source, s->stats.by_source, SOURCES);
	for (enum watch_what what = 0; what < WATCH_WHATS; what++)
		out->downgrades[what] =
		    watch_count(engine_watch(backend_engine(s->backend)), what);
	engine_outcome_stats(backend_engine(s->backend), &out->outcomes);
	out->overridden = load(&s->stats.overridden);
	out->overrides =
	    overrides_count(engine_overrides(backend_engine(s->backend)));
	out->entries = cache_count(s->cache);
	engine_sts_stats(backend_engine(s->backend), &sts);
	out->resolutions = engine_resolutions(backend_engine(s->backend));
	out->fetches = sts.fetches;
	out->fetch_failures = sts.failures;
	memcpy(out->fetch_failed, sts.failed, sizeof(out->fetch_failed));
	out->policies = sts.entries;
	engine_failures(backend_engine(s->backend), &out->failures);
	out->store_ok = sts.store_ok;
	out->mta_ad = backend_mta_ad(s->backend);
}
