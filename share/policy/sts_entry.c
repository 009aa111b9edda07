/* sts_entry: what is known of one policy domain - see sts_entry.h */
#include "config.h"

#include "share/policy/sts_entry.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

int64_t
sts_entry_mono(const struct sts_entry *en)
{
	return clock_mono_ms(en->cache->env->clock);
}

int64_t
sts_entry_wall(const struct sts_entry *en)
{
	return clock_wall_ms(en->cache->env->clock);
}

void
sts_entry_count(struct sts_cache *c)
{
	c->stats.entries = c->map.n + c->kept.n;
}

static struct sts_kept *
find_kept(struct sts_cache *c, const char *domain)
{
	uint64_t hash = map_hash(&c->kept, domain, strlen(domain));
	struct map_node *node = map_first(&c->kept, hash);

	for (; node != NULL; node = map_next(node)) {
		struct sts_kept *k = MAP_ENTRY(node, struct sts_kept, node);

		if (strcmp(sts_policy_domain(k->policy), domain) == 0)
			return k;
	}
	return NULL;
}

void
sts_entry_free_kept(struct sts_cache *c, struct sts_kept *k)
{
	map_remove(&c->kept, &k->node);
	sts_policy_unref(k->policy);
	free(k->txt_text);
	free(k);
}

/* The text of the record that most domains with a policy have. */
static char *
usual_txt(const struct sts_policy *p)
{
	return xasprintf("\"v=STSv1; id=%s;\"", sts_policy_id(p));
}

/* Keeps what matters of an entry that goes. */
static void
keep_entry(struct sts_entry *en)
{
	struct sts_cache *c = en->cache;
	struct sts_kept *k = xcalloc(1, sizeof(*k));
	char *usual = usual_txt(en->policy);
	const char *domain = en->domain;

	k->policy = sts_policy_ref(en->policy);
	k->txt_due = (uint32_t)(en->txt_due_ms / STS_SECOND_MS);
	k->txt_ttl = en->txt_ttl < TXT_TTL_MAX ? en->txt_ttl : TXT_TTL_MAX;
	k->txt_status =
	    en->txt_text != NULL ? (unsigned)en->txt_security : TXT_NOT_SEEN;
	if (en->txt_text != NULL && strcmp(en->txt_text, usual) != 0)
		k->txt_text = xstrdup(en->txt_text);
	free(usual);
	map_insert(&c->kept, &k->node,
	    map_hash(&c->kept, domain, strlen(domain)));
}

/* Makes a kept domain's entry of it again; false where none is kept. */
static bool
take_kept(struct sts_entry *en)
{
	struct sts_cache *c = en->cache;
	struct sts_kept *k = find_kept(c, en->domain);
	int64_t age;

	if (k == NULL)
		return false;
	en->policy = sts_policy_ref(k->policy);
	en->txt_due_ms = k->txt_due * STS_SECOND_MS;
	en->txt_ttl = k->txt_ttl;
	if (k->txt_status != TXT_NOT_SEEN) {
		en->txt_security = (enum dns_security)k->txt_status;
		en->txt_text =
		    k->txt_text != NULL ? k->txt_text : usual_txt(k->policy);
		k->txt_text = NULL;
	}
	age = sts_entry_wall(en) - k->policy->fetched_ms;
	en->fetched_once = true;
	/* below 0: the clock was set back, and nobody knows */
	en->last_fetch_ms =
	    sts_entry_mono(en) - (age >= 0 ? age : STS_FETCH_GAP_MS);
	sts_entry_free_kept(c, k);
	return true;
}

struct sts_entry *
sts_entry_find(struct sts_cache *c, const char *domain)
{
	uint64_t hash = map_hash(&c->map, domain, strlen(domain));
	struct map_node *node = map_first(&c->map, hash);

	for (; node != NULL; node = map_next(node)) {
		struct sts_entry *en = MAP_ENTRY(node, struct sts_entry, node);

		if (strcmp(en->domain, domain) == 0)
			return en;
	}
	return NULL;
}

/* Reads the policy of an earlier life of this process, if any. */
static void
load(struct sts_entry *en)
{
	struct store *store = en->cache->env->store;
	struct store_policy stored;
	struct err e = { 0 };
	int rc = store->get(store->ctx, en->domain, &stored, &e);

	if (rc == -1)
		log_write(en->cache->env->log, LOG_LEVEL_WARN,
		    "domain=%s "
		    "policy store cannot be read: %s",
		    en->domain, e.text);
	if (rc != 1)
		return;
	if (stored.expires_ms > sts_entry_wall(en)) {
		en->policy =
		    sts_policy_parse(stored.body, strlen(stored.body), &e);
		if (en->policy != NULL)
			en->policy = sts_policy_stamp(en->policy, en->domain,
			    stored.id, stored.fetched_ms);
	}
	free(stored.body);
}

struct sts_entry *
sts_entry_add(struct sts_cache *c, const char *domain)
{
	struct sts_entry *en = xcalloc(1, sizeof(*en));

	en->cache = c;
	(void)text_copy(en->domain, sizeof(en->domain), domain);
	map_insert(&c->map, &en->node,
	    map_hash(&c->map, domain, strlen(domain)));
	if (!take_kept(en))
		load(en);
	sts_entry_count(c);
	return en;
}

void
sts_entry_stop_patience(struct sts_entry *en)
{
	const struct timers *timers = &en->cache->env->timers;

	if (en->patience != NULL)
		timers->cancel(timers->ctx, en->patience);
	en->patience = NULL;
}

void
sts_entry_free(struct sts_entry *en)
{
	if (en->txt_query != NULL)
		en->txt_dns->cancel(en->txt_dns->ctx, en->txt_query);
	sts_fetch_cancel(en->fetch);
	sts_entry_stop_patience(en);
	while (en->waiting != NULL) {
		struct sts_query *q = en->waiting;

		en->waiting = q->next;
		free(q);
	}
	sts_policy_unref(en->policy);
	free(en->txt_text);
	map_remove(&en->cache->map, &en->node);
	sts_entry_count(en->cache);
	free(en);
}

/* Lets go of an entry with nothing more than a policy and nobody waiting. */
void
sts_entry_tidy(struct sts_entry *en)
{
	if (en->failures > 0 || en->phase != STS_IDLE || en->waiting != NULL ||
	    en->asking)
		return;
	if (en->policy != NULL)
		keep_entry(en);
	sts_entry_free(en);
}

void
sts_entry_drop_expired(struct sts_entry *en)
{
	if (en->policy == NULL ||
	    sts_policy_expires(en->policy) > sts_entry_wall(en))
		return;
	sts_policy_unref(en->policy);
	en->policy = NULL;
}
