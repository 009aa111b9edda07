/* sts_cache: MTA-STS policies: discovery and keeping - see sts_cache.h */
#include "config.h"

#include "share/policy/sts_cache.h"
#include "share/base/xmem.h"
#include "share/policy/sts_answer.h"
#include "share/policy/sts_entry.h"
#include "share/policy/sts_renew.h"

#include <stdlib.h>
#include <string.h>

/* ---- questions ---- */

static struct sts_query *
wait_for(struct sts_entry *en, sts_callback *cb, void *arg)
{
	struct sts_query *q = xcalloc(1, sizeof(*q));

	q->entry = en;
	q->cb = cb;
	q->arg = arg;
	q->next = en->waiting;
	en->waiting = q;
	return q;
}

/* Whether q still waits; compares only, never looks into q. */
static bool
still_waits(const struct sts_entry *en, const struct sts_query *q)
{
	const struct sts_query *at = en->waiting;

	while (at != NULL && at != q)
		at = at->next;
	return at != NULL;
}

struct sts_query *
sts_cache_ask(struct sts_cache *c, const char *domain, int64_t fetch_ms,
    sts_callback *cb, void *arg)
{
	struct sts_entry *en = sts_entry_find(c, domain);
	struct sts_query *q;
	bool asking;

	if (en == NULL)
		en = sts_entry_add(c, domain);
	asking = en->asking;
	en->asking = true;
	sts_entry_drop_expired(en);
	en->fetch_ms = fetch_ms;
	q = wait_for(en, cb, arg);
	if (en->policy != NULL) {
		/* Serves at once; what is due is done in the background. */
		bool due = sts_answer_due(en);

		sts_answer_all(en, FACTS_STS_POLICY);
		if (due)
			sts_renew_start(en);
	} else if (en->phase == STS_IDLE) {
		sts_renew_start(en);
	} else if (en->phase == STS_FETCHING && en->patience == NULL) {
		/* Others have waited for this fetch long enough. */
		sts_answer_all(en, FACTS_STS_PENDING);
	}
	if (!still_waits(en, q))
		q = NULL;
	en->asking = asking;
	sts_entry_tidy(en);
	return q;
}

void
sts_cache_cancel(struct sts_query *q)
{
	struct sts_query **at;

	if (q == NULL)
		return;
	for (at = &q->entry->waiting; *at != q; at = &(*at)->next)
		;
	*at = q->next;
	free(q);
}

/* ---- what operators ask for ---- */

int
sts_cache_forget(struct sts_cache *c, const char *domain, bool with_policy,
    struct sts_forgotten *out, struct err *e)
{
	struct store *store = c->env->store;
	struct sts_entry *en = sts_entry_find(c, domain);

	memset(out, 0, sizeof(*out));
	if (en == NULL)
		en = sts_entry_add(c, domain); /* what the store has counts */
	sts_entry_drop_expired(en);
	out->policy = with_policy && en->policy != NULL;
	if (with_policy && store->remove(store->ctx, domain, e) == -1) {
		sts_entry_tidy(en);
		return -1;
	}
	out->failure = en->failures > 0;
	en->failures = 0;
	en->retry_ms = 0;
	en->failed_id[0] = '\0';
	en->fetched_once = false;
	en->txt_due_ms = 0;
	if (with_policy) {
		sts_policy_unref(en->policy);
		en->policy = NULL;
	}
	sts_entry_tidy(en);
	c->tell.changed(c->tell.arg, domain, false);
	return 0;
}

static int
import(struct sts_entry *en, struct sts_policy *p, enum sts_import *result,
    struct err *e)
{
	sts_entry_drop_expired(en);
	*result = STS_IMPORT_KEPT;
	if (sts_policy_expires(p) <= sts_entry_wall(en))
		*result = STS_IMPORT_EXPIRED;
	else if (en->policy != NULL && en->policy->fetched_ms >= p->fetched_ms)
		*result = STS_IMPORT_OLDER;
	if (*result != STS_IMPORT_KEPT)
		return 0;
	if (sts_renew_store(en->cache, p, e) == -1)
		return -1;
	sts_policy_unref(en->policy);
	en->policy = sts_policy_ref(p);
	en->failures = 0;
	en->retry_ms = 0;
	en->txt_due_ms = 0; /* is its id still the one in the record? */
	return 0;
}

int
sts_cache_import(struct sts_cache *c, struct sts_policy *p,
    enum sts_import *result, struct err *e)
{
	struct sts_entry *en = sts_entry_find(c, sts_policy_domain(p));
	int rc;

	if (en == NULL)
		en = sts_entry_add(c, sts_policy_domain(p));
	rc = import(en, p, result, e);
	if (rc == 0 && *result == STS_IMPORT_KEPT)
		c->tell.changed(c->tell.arg, sts_policy_domain(p), false);
	sts_entry_tidy(en);
	sts_policy_unref(p);
	return rc;
}

/* ---- housekeeping ---- */

static void
sweep_entry(void *arg, struct map_node *node)
{
	struct sts_entry *en = MAP_ENTRY(node, struct sts_entry, node);

	(void)arg;
	if (en->phase != STS_IDLE)
		return;
	sts_entry_drop_expired(en);
	if (en->failures > 0 && sts_entry_mono(en) > en->retry_ms + STS_DAY_MS)
		en->failures = 0;
	sts_entry_tidy(en);
}

static void
sweep_kept(void *arg, struct map_node *node)
{
	struct sts_cache *c = arg;
	struct sts_kept *k = MAP_ENTRY(node, struct sts_kept, node);

	if (sts_policy_expires(k->policy) <= clock_wall_ms(c->env->clock))
		sts_entry_free_kept(c, k);
}

static void
on_sweep(void *arg)
{
	struct sts_cache *c = arg;
	struct store *store = c->env->store;
	struct err e = { 0 };

	map_each(&c->map, sweep_entry, c);
	map_each(&c->kept, sweep_kept, c);
	sts_entry_count(c);
	if (store->expire(store->ctx, clock_wall_ms(c->env->clock), &e) == -1)
		log_write(c->env->log, LOG_LEVEL_WARN,
		    "policy store cannot be tidied: %s", e.text);
	c->sweep =
	    c->env->timers.set(c->env->timers.ctx, STS_HOUR_MS, on_sweep, c);
}

struct sts_cache *
sts_cache_new(const struct env *env, const struct sts_cache_tell *tell)
{
	struct sts_cache *c = xcalloc(1, sizeof(*c));

	c->env = env;
	c->tell = *tell;
	c->gate = sts_gate_new();
	c->stats.store_ok = true;
	map_init(&c->map);
	map_init(&c->kept);
	c->sweep = env->timers.set(env->timers.ctx, STS_HOUR_MS, on_sweep, c);
	return c;
}

static void
free_kept_node(void *arg, struct map_node *node)
{
	sts_entry_free_kept(arg, MAP_ENTRY(node, struct sts_kept, node));
}

static void
free_entry(void *arg, struct map_node *node)
{
	(void)arg;
	sts_entry_free(MAP_ENTRY(node, struct sts_entry, node));
}

void
sts_cache_free(struct sts_cache *c)
{
	if (c == NULL)
		return;
	sts_gate_close(c->gate);
	map_each(&c->map, free_entry, NULL);
	sts_gate_free(c->gate);
	map_each(&c->kept, free_kept_node, c);
	map_clear(&c->map);
	map_clear(&c->kept);
	c->env->timers.cancel(c->env->timers.ctx, c->sweep);
	free(c);
}

void
sts_cache_stats(const struct sts_cache *c, struct sts_cache_stats *out)
{
	out->fetches = c->stats.fetches;
	out->failures = c->stats.failures;
	for (int i = 0; i < STS_FETCH_RESULTS; i++)
		out->failed[i] = c->stats.failed[i];
	out->entries = c->stats.entries;
	out->store_ok = c->stats.store_ok;
}
