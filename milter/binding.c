/* binding: (queue id, domain) -> requirement - see binding.h */
#include "config.h"

#include "milter/binding.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define BUCKETS_MIN 64

struct entry {
	TAILQ_ENTRY(entry) age; /* oldest first */
	struct entry *next;     /* in its bucket */
	uint64_t hash;
	int64_t until_ms;
	bool exempt, tls_required_no;
	size_t id_len; /* of the queue id in key, which "/domain" follows */
	size_t strategy_at, hop_at;
	char key[]; /* "queueid/domain", strategy, hop */
};

struct binding_table {
	pthread_mutex_t lock;
	const struct clock *clock;
	struct entry **bucket;
	size_t nbuckets; /* a power of two */
	size_t n, max;
	uint64_t seed;
	TAILQ_HEAD(, entry) ages;
};

/* FNV-1a over both parts, from a seed that nobody outside knows. */
static uint64_t
hash_key(uint64_t seed, const char *queue_id, const char *domain)
{
	uint64_t h = seed ^ 0xcbf29ce484222325u;
	const char *s;

	for (s = queue_id; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	h = (h ^ '/') * 0x100000001b3u;
	for (s = domain; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return h ^ (h >> 32);
}

struct binding_table *
binding_table_new(const struct clock *clock, size_t max, uint64_t seed)
{
	struct binding_table *t = xcalloc(1, sizeof(*t));

	pthread_mutex_init(&t->lock, NULL);
	t->clock = clock;
	t->max = max;
	t->seed = seed;
	t->nbuckets = BUCKETS_MIN;
	t->bucket = xcalloc(t->nbuckets, sizeof(*t->bucket));
	TAILQ_INIT(&t->ages);
	return t;
}

/* Where the pointer to e stands in its bucket. */
static struct entry **
slot_of(struct binding_table *t, const struct entry *e)
{
	struct entry **p = &t->bucket[e->hash & (t->nbuckets - 1)];

	while (*p != e)
		p = &(*p)->next;
	return p;
}

static void
drop(struct binding_table *t, struct entry *e)
{
	*slot_of(t, e) = e->next;
	TAILQ_REMOVE(&t->ages, e, age);
	t->n--;
	free(e);
}

void
binding_table_free(struct binding_table *t)
{
	if (t == NULL)
		return;
	while (!TAILQ_EMPTY(&t->ages))
		drop(t, TAILQ_FIRST(&t->ages));
	free(t->bucket);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static void
grow(struct binding_table *t)
{
	struct entry *e;
	size_t at;

	free(t->bucket);
	t->nbuckets *= 2;
	t->bucket = xcalloc(t->nbuckets, sizeof(*t->bucket));
	TAILQ_FOREACH(e, &t->ages, age) {
		at = e->hash & (t->nbuckets - 1);
		e->next = t->bucket[at];
		t->bucket[at] = e;
	}
}

static struct entry *
find(struct binding_table *t, uint64_t hash, const char *queue_id,
    const char *domain)
{
	size_t len = strlen(queue_id);
	struct entry *e;

	for (e = t->bucket[hash & (t->nbuckets - 1)]; e != NULL; e = e->next)
		if (e->hash == hash && e->id_len == len &&
		    memcmp(e->key, queue_id, len) == 0 &&
		    strcmp(e->key + len + 1, domain) == 0)
			return e;
	return NULL;
}

static void
expire(struct binding_table *t, int64_t now)
{
	struct entry *e;

	while ((e = TAILQ_FIRST(&t->ages)) != NULL && e->until_ms <= now)
		drop(t, e);
}

/* Makes an entry of all its texts in one block. */
static struct entry *
make(const char *queue_id, const char *domain, const struct binding *b)
{
	size_t id = strlen(queue_id), dom = strlen(domain);
	size_t strategy = strlen(b->strategy), hop = strlen(b->hop);
	struct entry *e =
	    xcalloc(1, sizeof(*e) + id + dom + strategy + hop + 4);

	e->exempt = b->exempt;
	e->tls_required_no = b->tls_required_no;
	e->id_len = id;
	memcpy(e->key, queue_id, id);
	e->key[id] = '/';
	memcpy(e->key + id + 1, domain, dom + 1);
	e->strategy_at = id + dom + 2;
	memcpy(e->key + e->strategy_at, b->strategy, strategy + 1);
	e->hop_at = e->strategy_at + strategy + 1;
	memcpy(e->key + e->hop_at, b->hop, hop + 1);
	return e;
}

void
binding_put(struct binding_table *t, const char *queue_id, const char *domain,
    const struct binding *b, int64_t lifetime_ms)
{
	int64_t now = clock_mono_ms(t->clock);
	struct entry *e, **p;

	pthread_mutex_lock(&t->lock);
	expire(t, now);
	e = find(t, hash_key(t->seed, queue_id, domain), queue_id, domain);
	if (e != NULL)
		drop(t, e);
	while (t->n > 0 && t->n >= t->max)
		drop(t, TAILQ_FIRST(&t->ages));
	if (t->n >= t->nbuckets)
		grow(t);
	e = make(queue_id, domain, b);
	e->hash = hash_key(t->seed, queue_id, domain);
	e->until_ms = now + lifetime_ms;
	p = &t->bucket[e->hash & (t->nbuckets - 1)];
	e->next = *p;
	*p = e;
	TAILQ_INSERT_TAIL(&t->ages, e, age);
	t->n++;
	pthread_mutex_unlock(&t->lock);
}

static void
copy_out(const struct entry *e, struct binding *b)
{
	memset(b, 0, sizeof(*b));
	b->exempt = e->exempt;
	b->tls_required_no = e->tls_required_no;
	(void)text_copy(b->strategy, sizeof(b->strategy),
	    e->key + e->strategy_at);
	(void)text_copy(b->hop, sizeof(b->hop), e->key + e->hop_at);
}

bool
binding_get(struct binding_table *t, const char *queue_id, const char *domain,
    struct binding *b)
{
	int64_t now = clock_mono_ms(t->clock);
	struct entry *e;
	bool found;

	pthread_mutex_lock(&t->lock);
	expire(t, now);
	e = find(t, hash_key(t->seed, queue_id, domain), queue_id, domain);
	/* one that lives shorter may stand behind one that lives longer */
	found = e != NULL && e->until_ms > now;
	if (found)
		copy_out(e, b);
	pthread_mutex_unlock(&t->lock);
	return found;
}

size_t
binding_count(struct binding_table *t)
{
	size_t n;

	pthread_mutex_lock(&t->lock);
	expire(t, clock_mono_ms(t->clock));
	n = t->n;
	pthread_mutex_unlock(&t->lock);
	return n;
}
