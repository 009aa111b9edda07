/* override: an operator's word that outranks a decision - see override.h */
#include "config.h"

#include "share/policy/override.h"
#include "share/base/map.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define SAY_EVERY_MS INT64_C(3600000)
#define TIME_SIZE 32

struct entry {
	struct map_node node;
	struct overrides *table;
	struct override o;
	struct timer *end;
	int64_t said_ms; /* when its use was logged last, 0: never */
};

struct overrides {
	const struct env *env;
	struct map map;
	size_t count; /* of map, for other threads */
	override_changed *changed;
	void *arg;
};

static const char *
when(int64_t ms, char text[TIME_SIZE])
{
	return text_rfc3339(text, TIME_SIZE, ms / 1000);
}

static struct entry *
find(const struct overrides *t, const char *domain)
{
	uint64_t hash = map_hash(&t->map, domain, strlen(domain));
	struct map_node *node = map_first(&t->map, hash);

	for (; node != NULL; node = map_next(node)) {
		struct entry *en = MAP_ENTRY(node, struct entry, node);

		if (strcmp(en->o.domain, domain) == 0)
			return en;
	}
	return NULL;
}

static void
count_anew(struct overrides *t)
{
	__atomic_store_n(&t->count, t->map.n, __ATOMIC_RELAXED);
}

static void
release(struct entry *en)
{
	const struct timers *timers = &en->table->env->timers;

	if (en->end != NULL)
		timers->cancel(timers->ctx, en->end);
	map_remove(&en->table->map, &en->node);
	count_anew(en->table);
	free(en);
}

/* ---- the end ---- */

/* A row that cannot be removed has ended all the same: it is not loaded. */
static void
remove_stored(struct overrides *t, const char *domain)
{
	struct err e = { 0 };

	if (t->env->store->override_remove(t->env->store->ctx, domain, &e) ==
	    -1)
		log_write(t->env->log, LOG_LEVEL_WARN,
		    "domain=%s override that has ended cannot be removed from "
		    "the store: %s",
		    domain, e.text);
}

static void
log_end(const struct overrides *t, const struct override *o)
{
	log_write(t->env->log, LOG_LEVEL_WARN,
	    "domain=%s override has ended: level=%s by=%s reason=%s", o->domain,
	    decision_level_name(o->level), o->by, o->reason);
}

static void on_end(void *arg);

static void
set_end(struct entry *en)
{
	const struct env *env = en->table->env;
	int64_t left = en->o.expires_ms - clock_wall_ms(env->clock);

	en->end =
	    env->timers.set(env->timers.ctx, left > 0 ? left : 0, on_end, en);
}

static void
on_end(void *arg)
{
	struct entry *en = arg;
	struct overrides *t = en->table;
	struct override o = en->o;

	en->end = NULL;
	/* The clock may have been set back meanwhile. */
	if (o.expires_ms > clock_wall_ms(t->env->clock)) {
		set_end(en);
		return;
	}
	release(en);
	remove_stored(t, o.domain);
	log_end(t, &o);
	t->changed(t->arg, o.domain);
}

/* ---- the table ---- */

static void
insert(struct overrides *t, const struct override *o)
{
	struct entry *en = xcalloc(1, sizeof(*en));

	en->table = t;
	en->o = *o;
	map_insert(&t->map, &en->node,
	    map_hash(&t->map, o->domain, strlen(o->domain)));
	count_anew(t);
	set_end(en);
}

/* LEVELS where name is none that an override may have. */
static enum decision_level
level_of(const char *name)
{
	static const enum decision_level allowed[] = { LEVEL_NONE, LEVEL_MAY,
		LEVEL_ENCRYPT };

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (strcmp(decision_level_name(allowed[i]), name) == 0)
			return allowed[i];
	return LEVELS;
}

/* Ended ones are inserted too: their timer says so, and removes them. */
static bool
load_one(void *arg, const struct store_override *stored)
{
	struct overrides *t = arg;
	struct override o = { .force = stored->force,
		.created_ms = stored->created_ms,
		.expires_ms = stored->expires_ms };

	o.level = level_of(stored->level);
	if (o.level == LEVELS)
		return true;
	(void)text_copy(o.domain, sizeof(o.domain), stored->domain);
	(void)text_copy(o.reason, sizeof(o.reason), stored->reason);
	(void)text_copy(o.by, sizeof(o.by), stored->by);
	insert(t, &o);
	return true;
}

struct overrides *
overrides_new(const struct env *env, override_changed *changed, void *arg)
{
	struct overrides *t = xcalloc(1, sizeof(*t));
	struct err e = { 0 };

	t->env = env;
	t->changed = changed;
	t->arg = arg;
	map_init(&t->map);
	if (env->store->override_each(env->store->ctx, load_one, t, &e) == -1)
		log_write(env->log, LOG_LEVEL_ERROR,
		    "overrides cannot be read from the store: %s", e.text);
	return t;
}

static void
free_entry(void *arg, struct map_node *node)
{
	(void)arg;
	release(MAP_ENTRY(node, struct entry, node));
}

void
overrides_free(struct overrides *t)
{
	if (t == NULL)
		return;
	map_each(&t->map, free_entry, NULL);
	map_clear(&t->map);
	free(t);
}

/* ---- setting and removing ---- */

static int
check(const struct overrides *t, const struct override *o, int64_t for_ms,
    struct err *e)
{
	if (o->level != LEVEL_NONE && o->level != LEVEL_MAY &&
	    o->level != LEVEL_ENCRYPT)
		return err_set(e, ERR_SYNTAX,
		    "an override's level is may, encrypt or none");
	if (o->reason[0] == '\0')
		return err_set(e, ERR_SYNTAX, "an override needs a reason");
	if (for_ms < OVERRIDE_MIN_MS || for_ms > OVERRIDE_MAX_MS)
		return err_set(e, ERR_LIMIT,
		    "an override lasts a minute at least, 30 days at most");
	if (find(t, o->domain) == NULL && t->map.n >= OVERRIDES_MAX)
		return err_set(e, ERR_LIMIT, "there are %d overrides already",
		    OVERRIDES_MAX);
	return 0;
}

/* On disk before it is in force. */
static int
put_stored(struct overrides *t, const struct override *o, struct err *e)
{
	struct store_override stored = { .force = o->force,
		.created_ms = o->created_ms,
		.expires_ms = o->expires_ms };

	(void)text_copy(stored.domain, sizeof(stored.domain), o->domain);
	(void)text_copy(stored.level, sizeof(stored.level),
	    decision_level_name(o->level));
	(void)text_copy(stored.reason, sizeof(stored.reason), o->reason);
	(void)text_copy(stored.by, sizeof(stored.by), o->by);
	return t->env->store->override_put(t->env->store->ctx, &stored, e);
}

int
overrides_add(struct overrides *t, const struct override *o, int64_t for_ms,
    struct err *e)
{
	struct override add = *o;
	struct entry *old;
	char until[TIME_SIZE];

	if (hostname_normalize(o->domain, strlen(o->domain), add.domain, e) ==
		-1 ||
	    check(t, &add, for_ms, e) == -1)
		return -1;
	add.created_ms = clock_wall_ms(t->env->clock);
	add.expires_ms = add.created_ms + for_ms;
	add.uses = 0;
	if (put_stored(t, &add, e) == -1)
		return err_wrap(e, "override not set");
	old = find(t, add.domain);
	if (old != NULL)
		release(old);
	insert(t, &add);
	log_write(t->env->log, LOG_LEVEL_WARN,
	    "domain=%s override set: level=%s%s until=%s by=%s reason=%s",
	    add.domain, decision_level_name(add.level),
	    add.force ? " forced" : "", when(add.expires_ms, until), add.by,
	    add.reason);
	t->changed(t->arg, add.domain);
	return 0;
}

int
overrides_remove(struct overrides *t, const char *domain, struct err *e)
{
	char name[HOSTNAME_SIZE];
	struct entry *en;

	if (hostname_normalize(domain, strlen(domain), name, e) == -1)
		return -1;
	en = find(t, name);
	if (en == NULL)
		return err_set(e, ERR_NOENT, "%s has no override", name);
	if (t->env->store->override_remove(t->env->store->ctx, name, e) == -1)
		return err_wrap(e, "override not removed");
	log_write(t->env->log, LOG_LEVEL_WARN,
	    "domain=%s override removed: level=%s by=%s reason=%s", name,
	    decision_level_name(en->o.level), en->o.by, en->o.reason);
	release(en);
	t->changed(t->arg, name);
	return 0;
}

/* ---- using ---- */

const struct override *
overrides_find(const struct overrides *t, const char *domain)
{
	struct entry *en;

	if (t->map.n == 0)
		return NULL;
	en = find(t, domain);
	if (en == NULL || en->o.expires_ms <= clock_wall_ms(t->env->clock))
		return NULL;
	return &en->o;
}

bool
override_applies(const struct override *o, const struct strategy *s)
{
	return o->force ||
	    (s->dane != STRATEGY_REQUIRE && s->mta_sts != STRATEGY_REQUIRE &&
		s->starttls != STRATEGY_REQUIRE);
}

void
overrides_used(struct overrides *t, const struct override *o,
    enum decision_level level)
{
	struct entry *en = find(t, o->domain);
	int64_t now = clock_mono_ms(t->env->clock);
	char until[TIME_SIZE];

	en->o.uses++;
	if (en->said_ms != 0 && now - en->said_ms < SAY_EVERY_MS)
		return;
	en->said_ms = now;
	log_write(t->env->log, LOG_LEVEL_WARN,
	    "domain=%s override in use: level=%s decided=%s until=%s by=%s "
	    "reason=%s",
	    o->domain, decision_level_name(o->level),
	    decision_level_name(level), when(o->expires_ms, until), o->by,
	    o->reason);
}

static void
collect(void *arg, struct map_node *node)
{
	struct override_list *list = arg;

	list->item[list->n++] = MAP_ENTRY(node, struct entry, node)->o;
}

static int
by_domain(const void *a, const void *b)
{
	return strcmp(((const struct override *)a)->domain,
	    ((const struct override *)b)->domain);
}

void
overrides_list(struct overrides *t, struct override_list *out)
{
	out->n = 0;
	out->item = xcalloc(t->map.n, sizeof(*out->item));
	map_each(&t->map, collect, out);
	if (out->n > 0)
		qsort(out->item, out->n, sizeof(*out->item), by_domain);
}

size_t
overrides_count(const struct overrides *t)
{
	return __atomic_load_n(&t->count, __ATOMIC_RELAXED);
}
