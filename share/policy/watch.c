/* watch: what domains had yesterday and have no more - see watch.h */
#include "config.h"

#include "share/policy/watch.h"
#include "share/base/map.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (24 * INT64_C(3600000))
#define FLUSH_MS 5000
#define PENDING_MAX 1024
#define TIME_SIZE 32

/* A history that is not on disk yet. */
struct pending {
	struct map_node node;
	struct store_history h;
};

struct watch {
	const struct env *env;
	struct map pending;
	struct timer *flush;
	struct timer *tidy;
	bool store_failed; /* which was said */
	uint64_t count[WATCH_WHATS];
};

const char *
watch_what_name(enum watch_what what)
{
	static const char *const names[] = {
		[WATCH_DANE_LOST] = "dane-lost",
		[WATCH_STS_LOST] = "mta-sts-lost",
		[WATCH_STS_WEAKENED] = "mta-sts-weakened",
		[WATCH_POLICY_DRIFT] = "policy-drift",
	};

	return names[what];
}

/* Said once: what it means is small, and the policies say the rest. */
static void
store_result(struct watch *w, int rc, const struct err *e)
{
	if (rc == -1 && !w->store_failed)
		log_write(w->env->log, LOG_LEVEL_WARN,
		    "downgrades may be missed, the store fails: %s", e->text);
	w->store_failed = rc == -1;
}

/* ---- memory ---- */

static struct pending *
find(const struct watch *w, const char *domain)
{
	uint64_t hash = map_hash(&w->pending, domain, strlen(domain));
	struct map_node *node = map_first(&w->pending, hash);

	for (; node != NULL; node = map_next(node)) {
		struct pending *p = MAP_ENTRY(node, struct pending, node);

		if (strcmp(p->h.domain, domain) == 0)
			return p;
	}
	return NULL;
}

/* What is known of domain; false where that can't be told. */
static bool
recall(struct watch *w, const char *domain, struct store_history *h)
{
	struct store *store = w->env->store;
	struct pending *p = find(w, domain);
	struct err e = { 0 };
	int rc;

	if (p != NULL) {
		*h = p->h;
		return true;
	}
	rc = store->history_get(store->ctx, domain, h, &e);
	store_result(w, rc, &e);
	if (rc == 0)
		(void)text_copy(h->domain, sizeof(h->domain), domain);
	return rc != -1;
}

struct batch {
	struct watch *w;
	struct store_history *item;
	size_t n;
};

static void
move(void *arg, struct map_node *node)
{
	struct batch *b = arg;
	struct pending *p = MAP_ENTRY(node, struct pending, node);

	b->item[b->n++] = p->h;
	map_remove(&b->w->pending, node);
	free(p);
}

static void
write_pending(struct watch *w)
{
	struct store *store = w->env->store;
	struct batch b = { w, NULL, 0 };
	struct err e = { 0 };

	if (w->pending.n == 0)
		return;
	b.item = xcalloc(w->pending.n, sizeof(*b.item));
	map_each(&w->pending, move, &b);
	store_result(w, store->history_put(store->ctx, b.item, b.n, &e), &e);
	free(b.item);
}

static void
on_flush(void *arg)
{
	struct watch *w = arg;

	w->flush = NULL;
	write_pending(w);
}

static void
remember(struct watch *w, const struct store_history *h)
{
	struct pending *p = find(w, h->domain);

	if (p == NULL) {
		p = xcalloc(1, sizeof(*p));
		map_insert(&w->pending, &p->node,
		    map_hash(&w->pending, h->domain, strlen(h->domain)));
	}
	p->h = *h;
	if (w->pending.n >= PENDING_MAX)
		write_pending(w);
	else if (w->flush == NULL)
		w->flush = w->env->timers.set(w->env->timers.ctx, FLUSH_MS,
		    on_flush, w);
}

/* ---- events ---- */

static void
keep(struct watch *w, const char *domain, enum watch_what what, int64_t had_ms,
    const char *detail)
{
	struct store *store = w->env->store;
	struct store_downgrade d = { .had_ms = had_ms };
	struct err e = { 0 };

	(void)__atomic_add_fetch(&w->count[what], 1, __ATOMIC_RELAXED);
	d.when_ms = clock_wall_ms(w->env->clock);
	(void)text_copy(d.domain, sizeof(d.domain), domain);
	(void)text_copy(d.what, sizeof(d.what), watch_what_name(what));
	(void)snprintf(d.detail, sizeof(d.detail), "%s", detail);
	store_result(w, store->downgrade_put(store->ctx, &d, &e), &e);
}

static void
tell(struct watch *w, const char *domain, enum watch_what what, int64_t had_ms,
    const char *detail)
{
	static const char *const text[] = {
		[WATCH_DANE_LOST] = "DANE is gone",
		[WATCH_STS_LOST] = "MTA-STS is gone",
		[WATCH_STS_WEAKENED] = "MTA-STS is no longer enforced",
	};
	char had[TIME_SIZE];

	keep(w, domain, what, had_ms, detail);
	log_write(w->env->log, LOG_LEVEL_WARN,
	    "domain=%s downgrade=%s: %s, it was there on %s%s%s", domain,
	    watch_what_name(what), text[what],
	    text_rfc3339(had, sizeof(had), had_ms / 1000),
	    detail[0] != '\0' ? " " : "", detail);
}

/* Whether a loss is to be told: not so often of a domain that flaps. */
static bool
time_to_tell(struct watch *w, int64_t *told_ms)
{
	int64_t now = clock_wall_ms(w->env->clock);

	if (*told_ms != 0 && now - *told_ms < DAY_MS && now >= *told_ms)
		return false;
	*told_ms = now;
	return true;
}

/* Seen today already? Then nothing is written. */
static bool
seen_today(const struct watch *w, int64_t seen_ms)
{
	int64_t now = clock_wall_ms(w->env->clock);

	return seen_ms != 0 && now >= seen_ms && now - seen_ms < DAY_MS;
}

void
watch_dane(struct watch *w, const char *domain, bool has)
{
	struct store_history h;

	if (!recall(w, domain, &h) || (!has && h.dane_ms == 0) ||
	    (has && seen_today(w, h.dane_ms)))
		return;
	if (!has && time_to_tell(w, &h.dane_lost_ms))
		tell(w, domain, WATCH_DANE_LOST, h.dane_ms, "");
	h.dane_ms = has ? clock_wall_ms(w->env->clock) : 0;
	remember(w, &h);
}

static void
lose_sts(struct watch *w, struct store_history *h, const char *mode)
{
	char detail[32] = "";

	if (!time_to_tell(w, &h->sts_lost_ms))
		return;
	if (mode != NULL)
		(void)snprintf(detail, sizeof(detail), "mode=%s", mode);
	tell(w, h->domain, mode == NULL ? WATCH_STS_LOST : WATCH_STS_WEAKENED,
	    h->sts_ms, detail);
}

void
watch_sts(struct watch *w, const char *domain, const char *mode)
{
	struct store_history h;
	bool same, weaker;

	if (!recall(w, domain, &h))
		return;
	same = mode != NULL && strcmp(h.sts_mode, mode) == 0;
	weaker = h.sts_ms != 0 &&
	    (mode == NULL || (!same && strcmp(h.sts_mode, "enforce") == 0));
	if ((mode == NULL && h.sts_ms == 0) ||
	    (same && seen_today(w, h.sts_ms)))
		return;
	if (weaker)
		lose_sts(w, &h, mode);
	h.sts_ms = mode != NULL ? clock_wall_ms(w->env->clock) : 0;
	(void)text_copy(h.sts_mode, sizeof(h.sts_mode),
	    mode != NULL ? mode : "");
	remember(w, &h);
}

/* The line in the log is the MTA-STS cache's, with both policies. */
void
watch_drift(struct watch *w, const char *domain, const char *id)
{
	char detail[64];

	(void)snprintf(detail, sizeof(detail), "id=%s", id);
	keep(w, domain, WATCH_POLICY_DRIFT, 0, detail);
}

/* ---- the list ---- */

struct collect {
	struct downgrade_list *out;
	size_t max;
};

static bool
collect(void *arg, const struct store_downgrade *stored)
{
	struct collect *c = arg;
	struct downgrade_list *out = c->out;
	enum watch_what what = 0;
	struct downgrade *d;

	while (what < WATCH_WHATS &&
	    strcmp(watch_what_name(what), stored->what) != 0)
		what++;
	if (what == WATCH_WHATS)
		return true;
	if (out->n == c->max) {
		c->max = c->max * 2 + 16;
		out->item = xreallocarray(out->item, c->max, sizeof(*d));
	}
	d = &out->item[out->n++];
	memset(d, 0, sizeof(*d));
	d->what = what;
	d->when_ms = stored->when_ms;
	d->had_ms = stored->had_ms;
	(void)text_copy(d->domain, sizeof(d->domain), stored->domain);
	(void)text_copy(d->detail, sizeof(d->detail), stored->detail);
	return true;
}

int
watch_list(struct watch *w, struct downgrade_list *out, struct err *e)
{
	struct store *store = w->env->store;
	struct collect c = { out, 0 };

	memset(out, 0, sizeof(*out));
	if (store->downgrade_each(store->ctx, collect, &c, e) == 0)
		return 0;
	free(out->item);
	memset(out, 0, sizeof(*out));
	return -1;
}

uint64_t
watch_count(const struct watch *w, enum watch_what what)
{
	return __atomic_load_n(&w->count[what], __ATOMIC_RELAXED);
}

/* ---- life ---- */

static void
on_tidy(void *arg)
{
	struct watch *w = arg;
	struct store *store = w->env->store;
	int64_t before = clock_wall_ms(w->env->clock) - WATCH_KEEP_MS;
	struct err e = { 0 };

	store_result(w, store->forget(store->ctx, before, &e), &e);
	w->tidy = w->env->timers.set(w->env->timers.ctx, DAY_MS, on_tidy, w);
}

struct watch *
watch_new(const struct env *env)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->env = env;
	map_init(&w->pending);
	w->tidy = env->timers.set(env->timers.ctx, DAY_MS, on_tidy, w);
	return w;
}

void
watch_free(struct watch *w)
{
	const struct timers *timers;

	if (w == NULL)
		return;
	timers = &w->env->timers;
	write_pending(w);
	map_clear(&w->pending);
	timers->cancel(timers->ctx, w->tidy);
	if (w->flush != NULL)
		timers->cancel(timers->ctx, w->flush);
	free(w);
}
