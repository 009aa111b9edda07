/* memory_state: overrides, history, downgrades in memory - memory_store.h */
#include "config.h"

#include "share/base/xmem.h"
#include "t/policy/memory_store.h"

#include <stdlib.h>
#include <string.h>

static int
broken(const struct memory_store *m, struct err *e)
{
	return m->broken ? err_set(e, ERR_SYS, "the disk is gone") : 0;
}

/* ---- overrides ---- */

static int
override_remove(void *ctx, const char *domain, struct err *e)
{
	struct memory_store *m = ctx;
	struct memory_override **at = &m->overrides, *gone;

	if (broken(m, e) == -1)
		return -1;
	while (*at != NULL && strcmp((*at)->override.domain, domain) != 0)
		at = &(*at)->next;
	gone = *at;
	if (gone != NULL)
		*at = gone->next;
	free(gone);
	return 0;
}

static int
override_put(void *ctx, const struct store_override *o, struct err *e)
{
	struct memory_store *m = ctx;
	struct memory_override *new;

	if (override_remove(ctx, o->domain, e) == -1)
		return -1;
	new = xcalloc(1, sizeof(*new));
	new->override = *o;
	new->next = m->overrides;
	m->overrides = new;
	return 0;
}

static int
override_each(void *ctx,
    bool (*each)(void *arg, const struct store_override *o), void *arg,
    struct err *e)
{
	struct memory_store *m = ctx;

	if (broken(m, e) == -1)
		return -1;
	for (struct memory_override *o = m->overrides; o != NULL; o = o->next)
		if (!each(arg, &o->override))
			break;
	return 0;
}

/* ---- history ---- */

static struct memory_history *
find_history(const struct memory_store *m, const char *domain)
{
	struct memory_history *h = m->history;

	while (h != NULL && strcmp(h->history.domain, domain) != 0)
		h = h->next;
	return h;
}

static int
history_get(void *ctx, const char *domain, struct store_history *out,
    struct err *e)
{
	const struct memory_history *h = find_history(ctx, domain);

	memset(out, 0, sizeof(*out));
	if (broken(ctx, e) == -1)
		return -1;
	if (h == NULL)
		return 0;
	*out = h->history;
	return 1;
}

static int
history_put(void *ctx, const struct store_history *list, size_t n,
    struct err *e)
{
	struct memory_store *m = ctx;

	if (broken(m, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct memory_history *h = find_history(m, list[i].domain);

		if (h == NULL) {
			h = xcalloc(1, sizeof(*h));
			h->next = m->history;
			m->history = h;
		}
		h->history = list[i];
	}
	m->histories_put++;
	return 0;
}

/* ---- downgrades ---- */

static int
downgrade_put(void *ctx, const struct store_downgrade *d, struct err *e)
{
	struct memory_store *m = ctx;
	struct memory_downgrade **at = &m->downgrades, *new;

	if (broken(m, e) == -1)
		return -1;
	while (*at != NULL &&
	    (strcmp((*at)->downgrade.domain, d->domain) != 0 ||
		strcmp((*at)->downgrade.what, d->what) != 0))
		at = &(*at)->next;
	new = *at;
	if (new != NULL)
		*at = new->next;
	else
		new = xcalloc(1, sizeof(*new));
	new->downgrade = *d;
	new->next = m->downgrades;
	m->downgrades = new;
	return 0;
}

static int
downgrade_each(void *ctx,
    bool (*each)(void *arg, const struct store_downgrade *d), void *arg,
    struct err *e)
{
	struct memory_store *m = ctx;

	if (broken(m, e) == -1)
		return -1;
	for (struct memory_downgrade *d = m->downgrades; d != NULL; d = d->next)
		if (!each(arg, &d->downgrade))
			break;
	return 0;
}

/* Nothing in a scenario lasts as long as that. */
static int
forget(void *ctx, int64_t before_ms, struct err *e)
{
	(void)before_ms;
	return broken(ctx, e);
}

void
memory_state_init(struct store *s)
{
	s->override_put = override_put;
	s->override_remove = override_remove;
	s->override_each = override_each;
	s->history_get = history_get;
	s->history_put = history_put;
	s->downgrade_put = downgrade_put;
	s->downgrade_each = downgrade_each;
	s->forget = forget;
}

void
memory_state_clear(struct memory_store *m)
{
	while (m->overrides != NULL) {
		struct memory_override *next = m->overrides->next;

		free(m->overrides);
		m->overrides = next;
	}
	while (m->history != NULL) {
		struct memory_history *next = m->history->next;

		free(m->history);
		m->history = next;
	}
	while (m->downgrades != NULL) {
		struct memory_downgrade *next = m->downgrades->next;

		free(m->downgrades);
		m->downgrades = next;
	}
}
