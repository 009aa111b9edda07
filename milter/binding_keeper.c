/* binding_keeper: bindings that outlive the process - see binding_keeper.h */
#include "config.h"

#include "milter/binding_keeper.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXPIRE_MS INT64_C(3600000)
#define COMPLAIN_MS INT64_C(60000)

struct binding_keeper {
	struct store store;
	const struct clock *clock;
	const struct log *log;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t work;  /* something waits, or the end has come */
	pthread_cond_t done;  /* written has grown */
	struct store_binding *waiting;
	size_t n, cap;
	uint64_t queued, written; /* how many, since the start */
	uint64_t failed;          /* the last that could not be written */
	int64_t complained_ms;
	bool end;
};

/* ---- loading ---- */

struct loading {
	struct binding_table *table;
	int64_t now_ms;
	size_t n;
};

static bool
load_one(void *arg, const struct store_binding *v)
{
	struct loading *l = arg;
	struct binding b = { .exempt = v->exempt,
		.tls_required_no = v->tls_required_no };

	if (v->expires_ms <= l->now_ms)
		return true;
	if (text_copy(b.strategy, sizeof(b.strategy), v->strategy) == -1 ||
	    text_copy(b.hop, sizeof(b.hop), v->hop) == -1)
		return true;
	binding_put(l->table, v->queue_id, v->domain, &b,
	    v->expires_ms - l->now_ms);
	l->n++;
	return true;
}

static int
load(struct binding_keeper *k, struct binding_table *t, struct err *e)
{
	struct loading l = { t, clock_wall_ms(k->clock), 0 };

	if (k->store.binding_each(k->store.ctx, load_one, &l, e) == -1)
		return -1;
	if (l.n > 0)
		log_write(k->log, LOG_LEVEL_INFO,
		    "bindings=%zu of queued messages are kept", l.n);
	return 0;
}

/* ---- the thread ---- */

/* At most one line a minute; the lock is held. */
static void
complain(struct binding_keeper *k, const char *why)
{
	int64_t now = clock_mono_ms(clock_system());

	if (k->complained_ms != 0 && now - k->complained_ms < COMPLAIN_MS)
		return;
	k->complained_ms = now;
	log_write(k->log, LOG_LEVEL_WARN,
	    "bindings of messages are kept in memory alone: %s", why);
}

/* Writes what waits; the lock is held, and let go meanwhile. */
static void
write_waiting(struct binding_keeper *k)
{
	struct store_binding *batch = k->waiting;
	struct err e = { 0 };
	size_t n = k->n;
	int rc;

	k->waiting = NULL;
	k->n = k->cap = 0;
	pthread_mutex_unlock(&k->lock);
	rc = k->store.binding_put(k->store.ctx, batch, n, &e);
	free(batch);
	pthread_mutex_lock(&k->lock);
	k->written += n;
	if (rc == -1) {
		k->failed = k->written;
		complain(k, e.text);
	}
	pthread_cond_broadcast(&k->done);
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

static void *
run(void *arg)
{
	struct binding_keeper *k = arg;
	struct timespec next = after(EXPIRE_MS);
	struct err e;

	pthread_mutex_lock(&k->lock);
	while (!k->end || k->n > 0) {
		if (k->n > 0) {
			write_waiting(k);
			continue;
		}
		if (pthread_cond_timedwait(&k->work, &k->lock, &next) == 0)
			continue;
		next = after(EXPIRE_MS);
		pthread_mutex_unlock(&k->lock);
		(void)k->store.binding_expire(k->store.ctx,
		    clock_wall_ms(k->clock), &e);
		pthread_mutex_lock(&k->lock);
	}
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

/* ---- the interface ---- */

static void
init_conds(struct binding_keeper *k)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->work, &attr);
	pthread_cond_init(&k->done, &attr);
	pthread_condattr_destroy(&attr);
}

static int
start(struct binding_keeper *k, struct err *e)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&k->thread, NULL, run, k);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(e, ERR_SYS, "binding keeper: %s", strerror(rc));
	return 0;
}

static void
free_all(struct binding_keeper *k)
{
	k->store.free(k->store.ctx);
	pthread_cond_destroy(&k->work);
	pthread_cond_destroy(&k->done);
	pthread_mutex_destroy(&k->lock);
	free(k->waiting);
	free(k);
}

struct binding_keeper *
binding_keeper_new(const char *path, struct binding_table *t,
    const struct clock *clock, const struct log *log, struct err *e)
{
	struct binding_keeper *k = xcalloc(1, sizeof(*k));

	if (store_sqlite_open(path, &k->store, e) == -1) {
		free(k);
		return NULL;
	}
	k->clock = clock;
	k->log = log;
	init_conds(k);
	if (load(k, t, e) == 0 && start(k, e) == 0)
		return k;
	free_all(k);
	return NULL;
}

void
binding_keeper_free(struct binding_keeper *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->end = true;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	free_all(k);
}

/* Appends them to what waits; the lock is held. */
static bool
enqueue(struct binding_keeper *k, const struct store_binding *b, size_t n)
{
	if (k->n + n > BINDING_KEEPER_MAX) {
		complain(k, "too many wait to be written");
		return false;
	}
	if (k->n + n > k->cap) {
		k->cap = (k->n + n) * 2;
		k->waiting =
		    xreallocarray(k->waiting, k->cap, sizeof(*k->waiting));
	}
	memcpy(k->waiting + k->n, b, n * sizeof(*b));
	k->n += n;
	k->queued += n;
	pthread_cond_signal(&k->work);
	return true;
}

int
binding_keeper_put(struct binding_keeper *k, const struct store_binding *b,
    size_t n, int64_t wait_ms)
{
	struct timespec until = after(wait_ms);
	uint64_t mine;
	int rc = -1;

	if (k == NULL || n == 0)
		return 0;
	pthread_mutex_lock(&k->lock);
	if (!enqueue(k, b, n))
		goto out;
	mine = k->queued;
	while (k->written < mine)
		if (pthread_cond_timedwait(&k->done, &k->lock, &until) != 0)
			break;
	if (k->written < mine)
		complain(k, "the disk is slow");
	else if (k->failed < mine)
		rc = 0;
out:
	pthread_mutex_unlock(&k->lock);
	return rc;
}
