/* trust: judges mails in a thread of its own - see trust.h */
#include "config.h"

#include "analyzer/trust.h"

#include "share/base/clock.h"
#include "share/base/map.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/dns/resolver_ub.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define KEY_TTL_MIN 60
#define KEY_TTL_MAX 3600
#define KEY_TTL_TEMP 30

enum key_state { KEY_ASKED, KEY_FOUND, KEY_NONE, KEY_TEMP };

/* What is known of one selector's record. */
struct key {
	struct map_node node;
	struct trust *owner;
	char *name, *text;
	enum key_state state;
	int64_t until_ms; /* known until then */
};

/* One mail on its way. */
struct job {
	STAILQ_ENTRY(job) next;
	struct trust *owner;
	char *mail;
	size_t len;
	char submitter[HOSTNAME_SIZE];
	int64_t now_s;
	const struct key *wants; /* the first key that is not there yet */
	struct trust_result result;
};

STAILQ_HEAD(jobs, job);

struct trust {
	struct loop *loop;
	struct resolver_ub *resolver; /* ours; NULL in tests */
	const struct dns_resolver *dns;
	pthread_t thread;
	/* of the thread */
	struct map keys;
	struct jobs waiting; /* for keys */
	/* of both */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct jobs queue; /* not begun */
	struct jobs done;
	size_t under_way, octets;
};

/* ---- keys; the thread's ---- */

static void
free_key(void *arg, struct map_node *n)
{
	struct trust *t = arg;
	struct key *k = MAP_ENTRY(n, struct key, node);

	map_remove(&t->keys, n);
	free(k->name);
	free(k->text);
	free(k);
}

static void
free_old_key(void *arg, struct map_node *n)
{
	if (MAP_ENTRY(n, struct key, node)->state != KEY_ASKED)
		free_key(arg, n);
}

static struct key *
find_key(struct trust *t, const char *name, uint64_t hash)
{
	for (struct map_node *n = map_first(&t->keys, hash); n != NULL;
	     n = map_next(n)) {
		struct key *k = MAP_ENTRY(n, struct key, node);

		if (strcmp(k->name, name) == 0)
			return k;
	}
	return NULL;
}

static void try_job(struct trust *t, struct job *j);

/* Has the jobs that wait for k tried again. */
static void
wake(struct trust *t, const struct key *k)
{
	struct jobs again = STAILQ_HEAD_INITIALIZER(again);
	struct jobs rest = STAILQ_HEAD_INITIALIZER(rest);
	struct job *j;

	while ((j = STAILQ_FIRST(&t->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&t->waiting, next);
		if (j->wants == k)
			STAILQ_INSERT_TAIL(&again, j, next);
		else
			STAILQ_INSERT_TAIL(&rest, j, next);
	}
	STAILQ_CONCAT(&t->waiting, &rest);
	while ((j = STAILQ_FIRST(&again)) != NULL) {
		STAILQ_REMOVE_HEAD(&again, next);
		try_job(t, j);
	}
}

static void
on_answer(void *arg, const struct dns_answer *a)
{
	struct key *k = arg;
	int64_t ttl = KEY_TTL_TEMP;

	if (a->security == DNS_UNKNOWN || a->security == DNS_BOGUS ||
	    (a->rcode != DNS_NOERROR && a->rcode != DNS_NXDOMAIN)) {
		k->state = KEY_TEMP;
	} else {
		ttl = a->ttl < KEY_TTL_MIN ? KEY_TTL_MIN : a->ttl;
		/* of several records none can be told from the others (RFC
		 * 6376 section 3.6.2.2) */
		k->state = a->n == 1 ? KEY_FOUND : KEY_NONE;
		if (k->state == KEY_FOUND)
			k->text = xstrndup(a->u.txt[0].text, a->u.txt[0].len);
	}
	if (ttl > KEY_TTL_MAX)
		ttl = KEY_TTL_MAX;
	k->until_ms = clock_mono_ms(clock_system()) + ttl * 1000;
	wake(k->owner, k);
}

/* The key of a name, asked for where it is not known (any more). */
static struct key *
get_key(struct trust *t, const char *name)
{
	uint64_t hash = map_hash(&t->keys, name, strlen(name));
	struct key *k = find_key(t, name, hash);

	if (k != NULL && k->state != KEY_ASKED &&
	    k->until_ms < clock_mono_ms(clock_system())) {
		free_key(t, &k->node);
		k = NULL;
	}
	if (k != NULL)
		return k;
	if (t->keys.n >= TRUST_KEYS_MAX)
		map_each(&t->keys, free_old_key, t);
	k = xcalloc(1, sizeof(*k));
	k->owner = t;
	k->name = xstrdup(name);
	map_insert(&t->keys, &k->node, hash);
	(void)t->dns->ask(t->dns->ctx, name, DNS_TXT, on_answer, k);
	return k;
}

static enum dkim_lookup
lookup(void *ctx, const char *name, struct buf *record)
{
	struct job *j = ctx;
	struct key *k = get_key(j->owner, name);

	switch (k->state) {
	case KEY_FOUND:
		buf_puts(record, k->text);
		return DKIM_LOOKUP_FOUND;
	case KEY_NONE:
		return DKIM_LOOKUP_NONE;
	case KEY_ASKED:
		if (j->wants == NULL)
			j->wants = k;
		return DKIM_LOOKUP_TEMP;
	case KEY_TEMP:
		break;
	}
	return DKIM_LOOKUP_TEMP;
}

/* ---- mails; the thread's ---- */

static void
finish(struct trust *t, struct job *j)
{
	free(j->mail);
	j->mail = NULL;
	pthread_mutex_lock(&t->lock);
	STAILQ_INSERT_TAIL(&t->done, j, next);
	t->octets -= j->len;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

static void
try_job(struct trust *t, struct job *j)
{
	const struct dkim_verifier v = { .lookup = lookup,
		.ctx = j,
		.now = j->now_s,
		/* which services count is for trust_judge() to say */
		.services = DKIM_SERVICE_ANY | DKIM_SERVICE_EMAIL |
		    DKIM_SERVICE_TLSRPT };
	struct dkim_verdict verdict[DKIM_VERIFY_MAX];
	struct err e;
	int n;

	j->wants = NULL;
	n = dkim_verify(&v, j->mail, j->len, verdict, &e);
	if (n >= 0 && j->wants != NULL) {
		STAILQ_INSERT_TAIL(&t->waiting, j, next);
		return;
	}
	trust_judge(verdict, n > 0 ? n : 0, j->submitter, &j->result);
	if (n < 0)
		(void)text_copy(j->result.why, sizeof(j->result.why), e.text);
	finish(t, j);
}

/* Posted once for each mail. */
static void
start_job(void *arg)
{
	struct trust *t = arg;
	struct job *j;

	pthread_mutex_lock(&t->lock);
	j = STAILQ_FIRST(&t->queue);
	STAILQ_REMOVE_HEAD(&t->queue, next);
	pthread_mutex_unlock(&t->lock);
	try_job(t, j);
}

static void *
run(void *arg)
{
	loop_run(((struct trust *)arg)->loop);
	return NULL;
}

/* ---- the other thread's ---- */

static struct trust *
start(struct trust *t, struct err *e)
{
	map_init(&t->keys);
	STAILQ_INIT(&t->waiting);
	STAILQ_INIT(&t->queue);
	STAILQ_INIT(&t->done);
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	if (pthread_create(&t->thread, NULL, run, t) != 0) {
		(void)err_set(e, ERR_SYS, "cannot start a thread");
		resolver_ub_free(t->resolver);
		loop_free(t->loop);
		free(t);
		return NULL;
	}
	return t;
}

struct trust *
trust_new(const struct conf *c, struct err *e)
{
	struct trust *t = xcalloc(1, sizeof(*t));

	t->loop = loop_new(e);
	if (t->loop == NULL)
		goto fail;
	t->resolver = resolver_ub_new(loop_base(t->loop), c, e);
	if (t->resolver == NULL)
		goto fail;
	t->dns = resolver_ub_iface(t->resolver);
	return start(t, e);
fail:
	loop_free(t->loop);
	free(t);
	return NULL;
}

struct trust *
trust_new_with(struct loop *loop, const struct dns_resolver *dns, struct err *e)
{
	struct trust *t = xcalloc(1, sizeof(*t));

	t->loop = loop;
	t->dns = dns;
	return start(t, e);
}

void
trust_submit(struct trust *t, const char *mail, size_t len,
    const char *submitter, int64_t now_s, uint64_t token)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->owner = t;
	j->mail = xmalloc(len + 1);
	memcpy(j->mail, mail, len);
	j->len = len;
	(void)text_copy(j->submitter, sizeof(j->submitter), submitter);
	j->now_s = now_s;
	j->result.token = token;
	pthread_mutex_lock(&t->lock);
	while (t->octets > TRUST_QUEUE)
		pthread_cond_wait(&t->changed, &t->lock);
	t->octets += len;
	t->under_way++;
	STAILQ_INSERT_TAIL(&t->queue, j, next);
	pthread_mutex_unlock(&t->lock);
	loop_post(t->loop, start_job, t);
}

bool
trust_next(struct trust *t, struct trust_result *out, bool wait)
{
	struct job *j;

	pthread_mutex_lock(&t->lock);
	while (wait && STAILQ_EMPTY(&t->done) && t->under_way > 0)
		pthread_cond_wait(&t->changed, &t->lock);
	j = STAILQ_FIRST(&t->done);
	if (j != NULL) {
		STAILQ_REMOVE_HEAD(&t->done, next);
		t->under_way--;
	}
	pthread_mutex_unlock(&t->lock);
	if (j == NULL)
		return false;
	*out = j->result;
	free(j);
	return true;
}

static void
free_jobs(struct jobs *jobs)
{
	struct job *j;

	while ((j = STAILQ_FIRST(jobs)) != NULL) {
		STAILQ_REMOVE_HEAD(jobs, next);
		free(j->mail);
		free(j);
	}
}

void
trust_free(struct trust *t)
{
	if (t == NULL)
		return;
	loop_stop(t->loop);
	(void)pthread_join(t->thread, NULL);
	resolver_ub_free(t->resolver);
	loop_free(t->loop);
	free_jobs(&t->queue);
	free_jobs(&t->waiting);
	free_jobs(&t->done);
	map_each(&t->keys, free_key, t);
	map_clear(&t->keys);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
}
