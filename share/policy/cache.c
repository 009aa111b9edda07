/* cache: verdicts by next hop and strategy - see cache.h */
#include "config.h"

#include "share/policy/cache.h"
#include "share/base/map.h"
#include "share/base/xmem.h"
#include "share/policy/verdict_reply.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct map_node node; /* under the hash of the name alone */
	struct verdict *verdict;
	int64_t decided_ms;
	/* Counted from decided_ms; none is much more than a day. */
	uint32_t fresh_ms;
	uint32_t stale_ms;   /* past its TTL it is served until then */
	uint32_t refresh_ms; /* a reader is told to refresh from then on */
	uint16_t strategy;
	uint16_t read_min; /* minute of the last reading, of mono, cut */
	bool used;         /* read since the eviction hand passed */
	char key[];        /* canonical key */
};

struct cache {
	const struct clock *clock;
	pthread_mutex_t lock; /* guards all below */
	struct map map;
	size_t max;
	size_t hand; /* bucket where eviction goes on */
};

struct cache *
cache_new(const struct clock *clock, size_t max)
{
	struct cache *c = xcalloc(1, sizeof(*c));

	c->clock = clock;
	c->max = max;
	pthread_mutex_init(&c->lock, NULL);
	map_init(&c->map);
	return c;
}

static void
drop(struct cache *c, struct entry *en)
{
	map_remove(&c->map, &en->node);
	verdict_unref(en->verdict);
	free(en);
}

static void
drop_node(void *arg, struct map_node *node)
{
	drop(arg, MAP_ENTRY(node, struct entry, node));
}

void
cache_flush(struct cache *c)
{
	pthread_mutex_lock(&c->lock);
	map_each(&c->map, drop_node, c);
	pthread_mutex_unlock(&c->lock);
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	cache_flush(c);
	map_clear(&c->map);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static struct entry *
find(struct cache *c, const struct nexthop *n, unsigned strategy)
{
	uint64_t hash = map_hash(&c->map, n->name, strlen(n->name));
	struct map_node *node = map_first(&c->map, hash);

	for (; node != NULL; node = map_next(node)) {
		struct entry *en = MAP_ENTRY(node, struct entry, node);

		if (en->strategy == strategy && strcmp(en->key, n->key) == 0)
			return en;
	}
	return NULL;
}

static int64_t
fresh_until(const struct entry *en)
{
	return en->decided_ms + en->fresh_ms;
}

static int64_t
stale_until(const struct entry *en)
{
	return en->decided_ms + en->stale_ms;
}

/* Whether the reader is to refresh; told once until the next answer. */
static bool
wants_refresh(struct entry *en, int64_t now)
{
	if (now < en->decided_ms + en->refresh_ms)
		return false;
	en->refresh_ms = (uint32_t)(now - en->decided_ms) + CACHE_RETRY_MS;
	return true;
}

/* Enough of it to tell hours apart. */
static uint16_t
minute(int64_t ms)
{
	return (uint16_t)(ms / 60000);
}

bool
cache_get(struct cache *c, const struct nexthop *n, unsigned strategy,
    enum dialect_id dialect, struct cache_hit *hit)
{
	int64_t now = clock_mono_ms(c->clock);
	struct entry *en;
	bool found = false;

	memset(hit, 0, sizeof(*hit));
	pthread_mutex_lock(&c->lock);
	en = find(c, n, strategy);
	if (en != NULL)
		en->read_min = minute(now);
	if (en != NULL && verdict_reply_has(en->verdict, dialect) &&
	    (now < fresh_until(en) || now < stale_until(en))) {
		found = true;
		en->used = true;
		hit->verdict = verdict_ref(en->verdict);
		hit->stale = now >= fresh_until(en);
		hit->refresh = wants_refresh(en, now);
	}
	pthread_mutex_unlock(&c->lock);
	return found;
}

/* A second chance for what was read since the hand passed. */
static void
evict_one(struct cache *c)
{
	for (;;) {
		struct map_node *node =
		    c->map.bucket[c->hand++ & (c->map.nbuckets - 1)];

		for (; node != NULL; node = node->next) {
			struct entry *en = MAP_ENTRY(node, struct entry, node);

			if (!en->used) {
				drop(c, en);
				return;
			}
			en->used = false;
		}
	}
}

static struct entry *
add(struct cache *c, const struct nexthop *n, unsigned strategy)
{
	size_t size = strlen(n->key) + 1;
	struct entry *en;

	if (c->map.n >= c->max)
		evict_one(c);
	/* without the padding behind the last member: a million of these */
	en = xcalloc(1, offsetof(struct entry, key) + size);
	en->strategy = (uint16_t)strategy;
	memcpy(en->key, n->key, size);
	map_insert(&c->map, &en->node,
	    map_hash(&c->map, n->name, strlen(n->name)));
	return en;
}

/* How long a failure is remembered; what holds is not served stale. */
static uint32_t
stale_for(const struct verdict *v)
{
	if (!v->decision.failure)
		return 0;
	return v->ttl_s * 1000 +
	    (v->no_server ? CACHE_DEAD_MS : CACHE_RETRY_MS);
}

void
cache_put(struct cache *c, const struct nexthop *n, unsigned strategy,
    struct verdict *v)
{
	int64_t now = clock_mono_ms(c->clock);
	uint32_t ttl = v->ttl_s * 1000;
	struct entry *en;

	pthread_mutex_lock(&c->lock);
	en = find(c, n, strategy);
	if (en == NULL) {
		en = add(c, n, strategy);
		en->read_min = minute(now);
	}
	verdict_unref(en->verdict);
	en->verdict = verdict_ref(v);
	en->decided_ms = now;
	en->fresh_ms = ttl;
	en->stale_ms = stale_for(v);
	/* A failure is asked again at its TTL, what holds before it ends. */
	en->refresh_ms = (v->decision.failure ? ttl : ttl / 4 * 3);
	pthread_mutex_unlock(&c->lock);
}

/* When the TTL ended or ends, whatever was made of it since. */
static int64_t
end_of(const struct entry *en)
{
	return en->decided_ms + (int64_t)en->verdict->ttl_s * 1000;
}

struct verdict *
cache_keep(struct cache *c, const struct nexthop *n, unsigned strategy)
{
	int64_t now = clock_mono_ms(c->clock);
	int64_t end, until = now + CACHE_DEAD_MS;
	struct verdict *v = NULL;
	struct entry *en;

	pthread_mutex_lock(&c->lock);
	en = find(c, n, strategy);
	end = en != NULL ? end_of(en) + CACHE_STALE_MAX_MS : 0;
	if (now < end && !en->verdict->decision.failure) {
		if (until > end)
			until = end;
		en->stale_ms = (uint32_t)(until - en->decided_ms);
		en->refresh_ms =
		    (uint32_t)(now - en->decided_ms) + CACHE_RETRY_MS;
		v = verdict_ref(en->verdict);
	}
	pthread_mutex_unlock(&c->lock);
	return v;
}

static bool
in_use(const struct entry *en, int64_t now)
{
	return !en->verdict->decision.failure &&
	    (uint16_t)(minute(now) - en->read_min) <= CACHE_IN_USE_MS / 60000;
}

bool
cache_due(struct cache *c, const struct nexthop *n, unsigned strategy)
{
	int64_t now = clock_mono_ms(c->clock);
	struct entry *en;
	bool due;

	pthread_mutex_lock(&c->lock);
	en = find(c, n, strategy);
	due = en != NULL && in_use(en, now) && wants_refresh(en, now);
	pthread_mutex_unlock(&c->lock);
	return due;
}

bool
cache_holds(struct cache *c, const struct nexthop *n, unsigned strategy)
{
	int64_t now = clock_mono_ms(c->clock);
	struct entry *en;
	bool holds;

	pthread_mutex_lock(&c->lock);
	en = find(c, n, strategy);
	holds = en != NULL && !en->verdict->decision.failure &&
	    now < fresh_until(en);
	pthread_mutex_unlock(&c->lock);
	return holds;
}

/* Whether en is of name in any form. */
static bool
is_of(const struct entry *en, const char *name, size_t len)
{
	const char *at = en->key + (en->key[0] == '[');

	return strncmp(at, name, len) == 0 && strchr(":]", at[len]) != NULL;
}

void
cache_invalidate(struct cache *c, const char *name)
{
	size_t len = strlen(name);
	struct map_node *node;

	pthread_mutex_lock(&c->lock);
	node = map_first(&c->map, map_hash(&c->map, name, len));
	for (; node != NULL; node = map_next(node)) {
		struct entry *en = MAP_ENTRY(node, struct entry, node);

		if (is_of(en, name, len)) {
			en->fresh_ms = 0;
			en->refresh_ms = 0;
			en->stale_ms = 0;
		}
	}
	pthread_mutex_unlock(&c->lock);
}

struct renewals {
	size_t n;
	struct {
		unsigned strategy;
		struct nexthop hop;
	} item[CACHE_RENEW_MAX];
};

static void
renew_entry(struct entry *en, int64_t now, struct renewals *r)
{
	if (!in_use(en, now) || now >= fresh_until(en)) {
		en->fresh_ms = 0;
		en->stale_ms = 0;
	} else if (r->n < CACHE_RENEW_MAX &&
	    nexthop_parse(en->key, &r->item[r->n].hop)) {
		r->item[r->n++].strategy = en->strategy;
	}
	en->refresh_ms = 0;
}

void
cache_renew(struct cache *c, const char *name, cache_renew_each *each,
    void *arg)
{
	int64_t now = clock_mono_ms(c->clock);
	size_t len = strlen(name);
	struct map_node *node;
	struct renewals r;

	r.n = 0;
	pthread_mutex_lock(&c->lock);
	node = map_first(&c->map, map_hash(&c->map, name, len));
	for (; node != NULL; node = map_next(node)) {
		struct entry *en = MAP_ENTRY(node, struct entry, node);

		if (is_of(en, name, len))
			renew_entry(en, now, &r);
	}
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < r.n; i++)
		each(arg, &r.item[i].hop, r.item[i].strategy);
}

size_t
cache_remove(struct cache *c, const char *name)
{
	size_t len = strlen(name), n = 0;
	struct map_node *node, *next;

	pthread_mutex_lock(&c->lock);
	node = map_first(&c->map, map_hash(&c->map, name, len));
	for (; node != NULL; node = next) {
		struct entry *en = MAP_ENTRY(node, struct entry, node);

		next = map_next(node);
		if (is_of(en, name, len)) {
			drop(c, en);
			n++;
		}
	}
	pthread_mutex_unlock(&c->lock);
	return n;
}

/* ---- walking ---- */

struct copies {
	struct cache_view *item;
	size_t n;
};

static void
copy_entry(struct copies *to, const struct entry *en, int64_t now)
{
	struct cache_view *v;

	to->item = xreallocarray(to->item, to->n + 1, sizeof(*to->item));
	v = &to->item[to->n++];
	v->key = xstrdup(en->key);
	v->strategy = en->strategy;
	v->verdict = verdict_ref(en->verdict);
	v->fresh_ms = fresh_until(en) - now;
}

/*
 * Counts in the table's bits from the highest down: a bucket that was split
 * when the table grew is not met again, and none is left out.
 */
static uint64_t
next_cursor(uint64_t cursor, uint64_t mask)
{
	uint64_t bit = (mask >> 1) + 1;

	while (bit != 0 && (cursor & bit) != 0) {
		cursor &= ~bit;
		bit >>= 1;
	}
	return bit == 0 ? 0 : cursor | bit;
}

/* Copies one bucket and moves on. */
static void
copy_bucket(struct cache *c, uint64_t *cursor, struct copies *to)
{
	int64_t now = clock_mono_ms(c->clock);
	struct map_node *node;
	uint64_t mask;

	pthread_mutex_lock(&c->lock);
	if (c->map.nbuckets == 0) {
		*cursor = 0;
	} else {
		mask = c->map.nbuckets - 1;
		node = c->map.bucket[*cursor & mask];
		for (; node != NULL; node = node->next)
			copy_entry(to, MAP_ENTRY(node, struct entry, node),
			    now);
		*cursor = next_cursor(*cursor & mask, mask);
	}
	pthread_mutex_unlock(&c->lock);
}

void
cache_walk(struct cache *c, uint64_t *cursor, cache_each *each, void *arg)
{
	bool more = true;

	do {
		struct copies copies = { NULL, 0 };

		copy_bucket(c, cursor, &copies);
		for (size_t i = 0; i < copies.n; i++) {
			if (!each(arg, &copies.item[i]))
				more = false;
			free((char *)(uintptr_t)copies.item[i].key);
			verdict_unref(copies.item[i].verdict);
		}
		free(copies.item);
	} while (more && *cursor != 0);
}

size_t
cache_count(struct cache *c)
{
	size_t n;

	pthread_mutex_lock(&c->lock);
	n = c->map.n;
	pthread_mutex_unlock(&c->lock);
	return n;
}
