/* sessions: which sessions Sendmail has open - see sessions.h */
#include "config.h"

#include "milter/sessions.h"

#include "share/base/map.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct open_session {
	struct map_node node;
	TAILQ_ENTRY(open_session) age; /* oldest first */
	int64_t until_ms;
	char queue_id[SESSION_QUEUE_ID_SIZE];
	char mx[HOSTNAME_SIZE];
	char address[SESSION_ADDRESS_SIZE];
	char sender[SESSION_ADDRESS_SIZE];
	uint64_t *claimed; /* hashes of domains */
	size_t nclaimed, cap;
};

TAILQ_HEAD(ages, open_session);

struct sessions {
	const struct clock *clock;
	struct map map;
	struct ages ages;
};

struct sessions *
sessions_new(const struct clock *clock)
{
	struct sessions *t = xcalloc(1, sizeof(*t));

	t->clock = clock;
	map_init(&t->map);
	TAILQ_INIT(&t->ages);
	return t;
}

static void
forget(struct sessions *t, struct open_session *o)
{
	map_remove(&t->map, &o->node);
	TAILQ_REMOVE(&t->ages, o, age);
	free(o->claimed);
	free(o);
}

void
sessions_free(struct sessions *t)
{
	if (t == NULL)
		return;
	while (!TAILQ_EMPTY(&t->ages))
		forget(t, TAILQ_FIRST(&t->ages));
	map_clear(&t->map);
	free(t);
}

static uint64_t
hash_of(const struct sessions *t, const struct session *s)
{
	return map_hash(&t->map, s->queue_id, strlen(s->queue_id));
}

static struct open_session *
find(const struct sessions *t, const struct session *s)
{
	struct map_node *n = map_first(&t->map, hash_of(t, s));

	for (; n != NULL; n = map_next(n)) {
		struct open_session *o =
		    MAP_ENTRY(n, struct open_session, node);

		if (strcmp(o->queue_id, s->queue_id) == 0 &&
		    strcmp(o->mx, s->mx) == 0 &&
		    strcmp(o->address, s->address) == 0)
			return o;
	}
	return NULL;
}

static void
expire(struct sessions *t, int64_t now)
{
	struct open_session *o;

	while ((o = TAILQ_FIRST(&t->ages)) != NULL && o->until_ms <= now)
		forget(t, o);
}

void
sessions_open(struct sessions *t, const struct session *s)
{
	int64_t now = clock_mono_ms(t->clock);
	struct open_session *o = find(t, s);

	if (o != NULL)
		forget(t, o); /* a later attempt is another session */
	expire(t, now);
	if (t->map.n >= SESSIONS_MAX)
		forget(t, TAILQ_FIRST(&t->ages));
	o = xcalloc(1, sizeof(*o));
	o->until_ms = now + SESSIONS_LIFE_MS;
	(void)text_copy(o->queue_id, sizeof(o->queue_id), s->queue_id);
	(void)text_copy(o->mx, sizeof(o->mx), s->mx);
	(void)text_copy(o->address, sizeof(o->address), s->address);
	(void)text_copy(o->sender, sizeof(o->sender), s->sender);
	map_insert(&t->map, &o->node, hash_of(t, s));
	TAILQ_INSERT_TAIL(&t->ages, o, age);
}

bool
sessions_owns(struct sessions *t, const struct session *s)
{
	expire(t, clock_mono_ms(t->clock));
	return find(t, s) != NULL;
}

bool
sessions_claim(struct sessions *t, struct session *s, const char *domain)
{
	uint64_t hash = map_hash(&t->map, domain, strlen(domain));
	struct open_session *o;

	expire(t, clock_mono_ms(t->clock));
	o = find(t, s);
	if (o == NULL || o->nclaimed == SESSION_DOMAINS_MAX)
		return false;
	for (size_t i = 0; i < o->nclaimed; i++)
		if (o->claimed[i] == hash)
			return false;
	if (o->nclaimed == o->cap) {
		o->cap = o->cap == 0 ? 2 : o->cap * 2;
		o->claimed =
		    xreallocarray(o->claimed, o->cap, sizeof(*o->claimed));
	}
	o->claimed[o->nclaimed++] = hash;
	(void)text_copy(s->sender, sizeof(s->sender), o->sender);
	return true;
}

size_t
sessions_count(const struct sessions *t)
{
	return t->map.n;
}
