/* sts_cache: MTA-STS policies: discovery and keeping - see sts_cache.h */
#include "config.h"

#include "share/policy/sts_cache.h"
#include "share/base/map.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/policy/sts_fetch.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define RETRY_FIRST_MS (5 * MINUTE_MS)
#define RETRY_MAX_MS (12 * HOUR_MS)
#define FETCH_GAP_MS MINUTE_MS /* between fetches of one domain */
#define UNKNOWN_TTL 30         /* seconds until what failed is asked again */

enum phase { IDLE, ASKING_TXT, FETCHING };

struct sts_query {
	struct sts_query *next;
	struct entry *entry;
	sts_callback *cb;
	void *arg;
};

/* One policy domain with a policy, a failure or somebody who asks. */
struct entry {
	struct map_node node;
	struct sts_cache *cache;
	enum phase phase;
	struct sts_policy *policy; /* unexpired when last looked at */
	struct sts_query *waiting;
	struct dns_query *txt_query;
	const struct dns_resolver *txt_dns; /* who was asked */
	struct sts_fetch *fetch;
	struct timer *patience; /* of those who wait for the fetch */
	int64_t fetch_ms;       /* how long a fetch may take */
	int64_t txt_due_ms;     /* clock that never jumps */
	int64_t retry_ms;       /* no fetch of failed_id before */
	int64_t last_fetch_ms;
	bool fetched_once;
	unsigned failures;
	char id[STS_ID_SIZE]; /* seen in the TXT record */
	char failed_id[STS_ID_SIZE];
	char why[ERR_TEXT_MAX]; /* of the last failure */
	char *txt_text;         /* of the record last seen, or NULL */
	enum dns_security txt_security;
	uint32_t txt_ttl;
	bool txt_no_server; /* nobody answered that question */
	bool asking;        /* inside a call that may answer at once */
	char domain[HOSTNAME_SIZE];
};

/*
 * A domain of which all that matters is its policy. Most are: an entry is
 * made of it for as long as somebody asks.
 */
struct kept {
	struct map_node node; /* the policy knows the domain */
	struct sts_policy *policy;
	char *txt_text;   /* NULL: the usual record with the policy's id */
	uint32_t txt_due; /* seconds of the clock that never jumps */
	uint32_t txt_ttl : 29;
	unsigned txt_status : 3; /* enum dns_security; or TXT_NOT_SEEN */
};

#define TXT_NOT_SEEN 7
#define TXT_TTL_MAX ((UINT32_C(1) << 29) - 1)

struct sts_cache {
	const struct env *env;
	struct map map;  /* of entries */
	struct map kept; /* never of a domain that has an entry */
	struct sts_cache_tell tell;
	struct sts_gate *gate;
	struct timer *sweep;
	int64_t store_said_ms; /* when the store's trouble was logged last */
	/* Written on the resolver loop, read by every thread. */
	struct {
		_Atomic uint64_t fetches, failures, entries;
		_Atomic uint64_t failed[STS_FETCH_RESULTS];
		atomic_bool store_ok;
	} stats;
};

static void
bump(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static int64_t
mono(const struct entry *en)
{
	return clock_mono_ms(en->cache->env->clock);
}

static int64_t
wall(const struct entry *en)
{
	return clock_wall_ms(en->cache->env->clock);
}

/* ---- entries ---- */

static struct entry *
find(struct sts_cache *c, const char *domain)
{
	uint64_t hash = map_hash(&c->map, domain, strlen(domain));
	struct map_node *node = map_first(&c->map, hash);

	for (; node != NULL; node = map_next(node)) {
		struct entry *en = MAP_ENTRY(node, struct entry, node);

		if (strcmp(en->domain, domain) == 0)
			return en;
	}
	return NULL;
}

static void
count_entries(struct sts_cache *c)
{
	c->stats.entries = c->map.n + c->kept.n;
}

static struct kept *
find_kept(struct sts_cache *c, const char *domain)
{
	uint64_t hash = map_hash(&c->kept, domain, strlen(domain));
	struct map_node *node = map_first(&c->kept, hash);

	for (; node != NULL; node = map_next(node)) {
		struct kept *k = MAP_ENTRY(node, struct kept, node);

		if (strcmp(sts_policy_domain(k->policy), domain) == 0)
			return k;
	}
	return NULL;
}

static void
free_kept(struct sts_cache *c, struct kept *k)
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
keep_entry(struct entry *en)
{
	struct sts_cache *c = en->cache;
	struct kept *k = xcalloc(1, sizeof(*k));
	char *usual = usual_txt(en->policy);
	const char *domain = en->domain;

	k->policy = sts_policy_ref(en->policy);
	k->txt_due = (uint32_t)(en->txt_due_ms / SECOND_MS);
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
take_kept(struct entry *en)
{
	struct sts_cache *c = en->cache;
	struct kept *k = find_kept(c, en->domain);
	int64_t age;

	if (k == NULL)
		return false;
	en->policy = sts_policy_ref(k->policy);
	en->txt_due_ms = k->txt_due * SECOND_MS;
	en->txt_ttl = k->txt_ttl;
	if (k->txt_status != TXT_NOT_SEEN) {
		en->txt_security = (enum dns_security)k->txt_status;
		en->txt_text =
		    k->txt_text != NULL ? k->txt_text : usual_txt(k->policy);
		k->txt_text = NULL;
	}
	age = wall(en) - k->policy->fetched_ms;
	en->fetched_once = true;
	/* below 0: the clock was set back, and nobody knows */
	en->last_fetch_ms = mono(en) - (age >= 0 ? age : FETCH_GAP_MS);
	free_kept(c, k);
	return true;
}

/* Reads the policy of an earlier life of this process, if any. */
static void
load(struct entry *en)
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
	if (stored.expires_ms > wall(en)) {
		en->policy =
		    sts_policy_parse(stored.body, strlen(stored.body), &e);
		if (en->policy != NULL)
			en->policy = sts_policy_stamp(en->policy, en->domain,
			    stored.id, stored.fetched_ms);
	}
	free(stored.body);
}

static struct entry *
add(struct sts_cache *c, const char *domain)
{
	struct entry *en = xcalloc(1, sizeof(*en));

	en->cache = c;
	(void)text_copy(en->domain, sizeof(en->domain), domain);
	map_insert(&c->map, &en->node,
	    map_hash(&c->map, domain, strlen(domain)));
	if (!take_kept(en))
		load(en);
	count_entries(c);
	return en;
}

static void
stop_patience(struct entry *en)
{
	const struct timers *timers = &en->cache->env->timers;

	if (en->patience != NULL)
		timers->cancel(timers->ctx, en->patience);
	en->patience = NULL;
}

static void
release(struct entry *en)
{
	if (en->txt_query != NULL)
		en->txt_dns->cancel(en->txt_dns->ctx, en->txt_query);
	sts_fetch_cancel(en->fetch);
	stop_patience(en);
	while (en->waiting != NULL) {
		struct sts_query *q = en->waiting;

		en->waiting = q->next;
		free(q);
	}
	sts_policy_unref(en->policy);
	free(en->txt_text);
	map_remove(&en->cache->map, &en->node);
	count_entries(en->cache);
	free(en);
}

/* Lets go of an entry with nothing more than a policy and nobody waiting. */
static void
tidy(struct entry *en)
{
	if (en->failures > 0 || en->phase != IDLE || en->waiting != NULL ||
	    en->asking)
		return;
	if (en->policy != NULL)
		keep_entry(en);
	release(en);
}

static void
drop_expired(struct entry *en)
{
	if (en->policy == NULL || sts_policy_expires(en->policy) > wall(en))
		return;
	sts_policy_unref(en->policy);
	en->policy = NULL;
}

/* ---- answers ---- */

static void
fill_links(const struct entry *en, const struct sts_policy *p, char *name,
    size_t size, struct sts_answer *a)
{
	if (en->txt_text != NULL) {
		a->txt.type = "TXT";
		a->txt.status = dns_security_name(en->txt_security);
		a->txt.ttl = en->txt_ttl;
		a->txt.data = en->txt_text;
	}
	if (p == NULL && a->state != FACTS_STS_FAILED &&
	    a->state != FACTS_STS_PENDING)
		return;
	(void)snprintf(name, size, "https://mta-sts.%s/.well-known/mta-sts.txt",
	    en->domain);
	a->file.name = name;
	a->file.type = "HTTPS";
	a->file.status = p != NULL ? "secure" : "unknown";
}

static void
answer_one(struct sts_query *q, const struct sts_answer *a)
{
	sts_callback *cb = q->cb;
	void *arg = q->arg;

	free(q);
	cb(arg, a);
}

/* How long the record that was seen may be relied on. */
static int64_t
txt_ttl_ms(const struct entry *en)
{
	return (en->txt_ttl < FACTS_TTL_MAX ? en->txt_ttl : FACTS_TTL_MAX) *
	    SECOND_MS;
}

/*
 * Whether the record is to be looked at again: as early as the decisions
 * that rest on it are renewed.
 */
static bool
check_due(const struct entry *en)
{
	return en->phase == IDLE &&
	    mono(en) >= en->txt_due_ms - txt_ttl_ms(en) / 4;
}

static uint32_t
policy_ttl(const struct entry *en, const struct sts_policy *p)
{
	int64_t left = (sts_policy_expires(p) - wall(en)) / SECOND_MS;
	int64_t due = (en->txt_due_ms - mono(en)) / SECOND_MS;

	/* The record is looked at again at its own TTL, or just now. */
	if (check_due(en))
		due = txt_ttl_ms(en) / SECOND_MS;
	if (due < FACTS_TTL_MIN)
		due = FACTS_TTL_MIN;
	if (due < left)
		left = due;
	if (left > FACTS_TTL_MAX)
		left = FACTS_TTL_MAX;
	return left > 1 ? (uint32_t)left : 1;
}

static void
make_answer(struct entry *en, enum facts_sts state, char *name, size_t size,
    struct sts_answer *a)
{
	memset(a, 0, sizeof(*a));
	a->state = state;
	a->why = "";
	a->ttl = en->txt_ttl;
	if (state == FACTS_STS_POLICY) {
		a->policy = en->policy;
		a->ttl = policy_ttl(en, en->policy);
	} else if (state == FACTS_STS_FAILED) {
		a->why = en->why;
		a->ttl = UNKNOWN_TTL;
	} else if (state == FACTS_STS_PENDING || state == FACTS_STS_UNKNOWN) {
		a->ttl = UNKNOWN_TTL;
	}
	a->no_server = state == FACTS_STS_UNKNOWN && en->txt_no_server;
	fill_links(en, a->policy, name, size, a);
	if (state == FACTS_STS_FAILED)
		a->file.why = en->why;
	else if (state == FACTS_STS_PENDING)
		a->file.why = (char *)(uintptr_t) "still under way";
}

/* Answers everybody who waits. The entry may be gone afterwards. */
static void
answer_all(struct entry *en, enum facts_sts state)
{
	char name[HOSTNAME_SIZE + 64];
	struct sts_query *q = en->waiting;
	struct sts_answer a;
	bool asking = en->asking;

	en->waiting = NULL;
	en->asking = true; /* callbacks must not make us go away */
	make_answer(en, state, name, sizeof(name), &a);
	while (q != NULL) {
		struct sts_query *next = q->next;

		answer_one(q, &a);
		q = next;
	}
	en->asking = asking;
	tidy(en);
}

/* ---- the policy file ---- */

static int
store_policy(struct sts_cache *c, const struct sts_policy *p, struct err *e)
{
	struct store_policy stored = { 0 };
	struct buf body;
	int rc;

	buf_init(&body, STS_BODY_MAX * 2);
	sts_policy_write(p, &body);
	(void)text_copy(stored.domain, sizeof(stored.domain),
	    sts_policy_domain(p));
	(void)text_copy(stored.id, sizeof(stored.id), sts_policy_id(p));
	stored.fetched_ms = p->fetched_ms;
	stored.expires_ms = sts_policy_expires(p);
	stored.body = buf_take(&body);
	rc = c->env->store->put(c->env->store->ctx, &stored, e);
	c->stats.store_ok = rc == 0;
	free(stored.body);
	return rc;
}

/* RFC 8461's protection is the cache: on disk first, then served. */
static void
keep(struct entry *en, const struct sts_policy *p)
{
	struct sts_cache *c = en->cache;
	struct err e = { 0 };
	int64_t now = clock_mono_ms(c->env->clock);

	if (store_policy(c, p, &e) == 0 ||
	    (c->store_said_ms != 0 && now - c->store_said_ms < MINUTE_MS))
		return;
	c->store_said_ms = now;
	log_write(c->env->log, LOG_LEVEL_ERROR,
	    "policy store cannot be "
	    "written, policies are served from memory only: %s",
	    e.text);
}

static int64_t
refresh_after(const struct sts_policy *p)
{
	int64_t half = (int64_t)p->max_age * SECOND_MS / 2;

	if (half > DAY_MS)
		return DAY_MS;
	return half > FETCH_GAP_MS ? half : FETCH_GAP_MS;
}

static void
log_policy(const struct entry *en, const struct sts_policy *old,
    const struct sts_policy *p)
{
	const char *what = "fetched";

	/* RFC 8461 section 3.1: who changes a policy changes its id. */
	if (old != NULL)
		what = strcmp(sts_policy_id(old), sts_policy_id(p)) == 0
		    ? "changed under the same id"
		    : "replaced";
	log_write(en->cache->env->log, LOG_LEVEL_INFO,
	    "domain=%s MTA-STS policy %s: id=%s mode=%s max_age=%u mx=%u",
	    en->domain, what, sts_policy_id(p), sts_mode_name(p->mode),
	    p->max_age, p->nmx);
}

/* What the policy at hand, just fetched or confirmed, is to the watch. */
static void
watch_policy(const struct entry *en)
{
	const struct sts_policy *p = en->policy;
	bool holds = p->mode != STS_NONE && p->max_age > 0;

	watch_sts(en->cache->tell.watch, en->domain,
	    holds ? sts_mode_name(p->mode) : NULL);
}

/* Nothing is asked for until this is over, longer each time. */
static void
back_off(struct entry *en, const char *why)
{
	int64_t wait = RETRY_FIRST_MS;

	for (unsigned i = 0; i < en->failures && wait < RETRY_MAX_MS; i++)
		wait *= 2;
	en->failures++;
	en->retry_ms = mono(en) + (wait < RETRY_MAX_MS ? wait : RETRY_MAX_MS);
	memcpy(en->failed_id, en->id, sizeof(en->failed_id));
	(void)snprintf(en->why, sizeof(en->why), "%s", why);
}

/* A policy with max_age 0 holds nobody to anything, and ends the old one. */
static void
fetched_nothing(struct entry *en)
{
	bool enforce = en->policy->mode == STS_ENFORCE;

	back_off(en, "the policy is over as soon as it is fetched (max_age 0)");
	if (enforce)
		drop_expired(en);
	answer_all(en, enforce ? FACTS_STS_FAILED : FACTS_STS_POLICY);
	drop_expired(en);
}

static void
fetch_succeeded(struct entry *en, struct sts_policy *p)
{
	struct sts_policy *old = en->policy;
	bool differs;

	p = sts_policy_stamp(p, en->domain, en->id, wall(en));
	en->failures = 0;
	en->retry_ms = 0;
	keep(en, p);
	differs = old == NULL || !sts_policy_same(old, p);
	if (differs)
		log_policy(en, old, p);
	if (differs && old != NULL &&
	    strcmp(sts_policy_id(old), sts_policy_id(p)) == 0)
		watch_drift(en->cache->tell.watch, en->domain,
		    sts_policy_id(p));
	en->policy = p;
	watch_policy(en);
	sts_policy_unref(old);
	if (differs)
		en->cache->tell.changed(en->cache->tell.arg, en->domain,
		    p->mode == STS_ENFORCE && p->max_age > 0);
	if (p->max_age == 0)
		fetched_nothing(en);
	else
		answer_all(en, FACTS_STS_POLICY);
}

static void
report_failure(struct entry *en, enum sts_fetch_result result, const char *why)
{
	static const enum outcome_type types[] = {
		[STS_FETCH_ERROR] = OUTCOME_STS_FETCH_ERROR,
		[STS_FETCH_WEBPKI] = OUTCOME_STS_WEBPKI,
		[STS_FETCH_INVALID] = OUTCOME_STS_INVALID,
	};
	struct outcome o = { .type = types[result],
		.domain = en->domain,
		.policy_domain = en->domain,
		.mx = "",
		.why = why };

	outcomes_add(en->cache->tell.outcomes, &o);
}

static void
fetch_failed(struct entry *en, enum sts_fetch_result result, const char *why)
{
	back_off(en, why);
	bump(&en->cache->stats.failures);
	bump(&en->cache->stats.failed[result]);
	log_write(en->cache->env->log, LOG_LEVEL_WARN,
	    "domain=%s MTA-STS policy not fetched: %s (%s)%s", en->domain, why,
	    sts_fetch_result_name(result),
	    en->policy != NULL ? "; the policy that is cached goes on" : "");
	report_failure(en, result, why);
	answer_all(en,
	    en->policy != NULL ? FACTS_STS_POLICY : FACTS_STS_FAILED);
}

static void
on_fetched(void *arg, enum sts_fetch_result result, struct sts_policy *policy,
    const char *why)
{
	struct entry *en = arg;

	en->fetch = NULL;
	en->phase = IDLE;
	stop_patience(en);
	if (result == STS_FETCH_OK)
		fetch_succeeded(en, policy);
	else
		fetch_failed(en, result, why);
}

static void
on_patience(void *arg)
{
	struct entry *en = arg;

	en->patience = NULL;
	answer_all(en, FACTS_STS_PENDING);
}

static void
start_fetch(struct entry *en)
{
	const struct env *env = en->cache->env;
	struct sts_fetch_with with = { env, en->cache->gate };
	struct sts_fetch *fetch;

	en->phase = FETCHING;
	en->last_fetch_ms = mono(en);
	en->fetched_once = true;
	bump(&en->cache->stats.fetches);
	if (en->waiting != NULL)
		en->patience = env->timers.set(env->timers.ctx,
		    STS_FETCH_WAIT_MS, on_patience, en);
	fetch =
	    sts_fetch_start(&with, en->domain, en->fetch_ms, on_fetched, en);
	if (fetch != NULL)
		en->fetch = fetch;
}

/* ---- the TXT record ---- */

static void
note_txt(struct entry *en, const struct dns_answer *a)
{
	struct buf text;

	buf_init(&text, 1024);
	for (size_t i = 0; i < a->n; i++)
		buf_printf(&text, "%s\"%s\"", i > 0 ? " " : "",
		    a->u.txt[i].text);
	free(en->txt_text);
	en->txt_text = buf_take(&text);
	en->txt_security = a->security;
	en->txt_ttl = a->ttl;
	en->txt_no_server = a->security == DNS_UNKNOWN && a->no_server;
}

static void
next_txt(struct entry *en, int64_t wait_ms)
{
	if (wait_ms > HOUR_MS)
		wait_ms = HOUR_MS;
	if (wait_ms < MINUTE_MS / 2)
		wait_ms = MINUTE_MS / 2;
	en->txt_due_ms = mono(en) + wait_ms;
}

/* May the id that was just seen be fetched now? */
static bool
may_fetch(const struct entry *en)
{
	int64_t now = mono(en);

	if (en->fetched_once && (en->failures > 0 || en->policy != NULL) &&
	    now - en->last_fetch_ms < FETCH_GAP_MS)
		return false;
	return en->failures == 0 || now >= en->retry_ms ||
	    strcmp(en->id, en->failed_id) != 0;
}

/* Whether the policy at hand should be fetched again. */
static bool
wants_refresh(const struct entry *en)
{
	const struct sts_policy *p = en->policy;
	int64_t age = wall(en) - p->fetched_ms;

	/* Below 0: the clock was set back, and the policy's end is wrong. */
	return strcmp(sts_policy_id(p), en->id) != 0 || age < 0 ||
	    age >= refresh_after(p);
}

static void
txt_has_id(struct entry *en)
{
	if (en->policy != NULL && !wants_refresh(en)) {
		watch_policy(en);
		answer_all(en, FACTS_STS_POLICY);
	} else if (may_fetch(en))
		start_fetch(en);
	else
		answer_all(en,
		    en->policy != NULL     ? FACTS_STS_POLICY
			: en->failures > 0 ? FACTS_STS_FAILED
					   : FACTS_STS_PENDING);
}

/* Nothing there: an unexpired policy goes on all the same. */
static void
txt_has_none(struct entry *en, enum facts_sts state)
{
	if (state != FACTS_STS_UNKNOWN)
		watch_sts(en->cache->tell.watch, en->domain, NULL);
	answer_all(en, en->policy != NULL ? FACTS_STS_POLICY : state);
}

static void
on_txt(void *arg, const struct dns_answer *a)
{
	struct entry *en = arg;

	en->txt_query = NULL;
	en->phase = IDLE;
	drop_expired(en);
	note_txt(en, a);
	next_txt(en, (int64_t)a->ttl * SECOND_MS);
	if (a->security == DNS_UNKNOWN || a->security == DNS_BOGUS) {
		next_txt(en, RETRY_FIRST_MS);
		txt_has_none(en, FACTS_STS_UNKNOWN);
		return;
	}
	switch (sts_record_choose(a, en->id)) {
	case STS_RECORD_OK:
		txt_has_id(en);
		break;
	case STS_RECORD_NONE:
		en->failures = 0;
		txt_has_none(en, FACTS_STS_ABSENT);
		break;
	case STS_RECORD_MALFORMED:
		en->failures = 0;
		txt_has_none(en, FACTS_STS_MALFORMED);
		break;
	}
}

static void
start_txt(struct entry *en)
{
	const struct dns_resolver *dns = en->cache->env->dns;
	char name[HOSTNAME_SIZE + 16];
	struct dns_query *q;
	if (snprintf(name, sizeof(name), "_mta-sts.%s", en->domain) >
	    HOSTNAME_MAX) {
		next_txt(en, HOUR_MS);
		txt_has_none(en, FACTS_STS_ABSENT); /* there is no such name */
		return;
	}
	en->phase = ASKING_TXT;
	en->txt_dns = dns;
	q = dns->ask(dns->ctx, name, DNS_TXT, on_txt, en);
	if (q != NULL)
		en->txt_query = q;
}

/* ---- the interface ---- */

static struct sts_query *
wait_for(struct entry *en, sts_callback *cb, void *arg)
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
still_waits(const struct entry *en, const struct sts_query *q)
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
	struct entry *en = find(c, domain);
	struct sts_query *q;
	bool asking;

	if (en == NULL)
		en = add(c, domain);
	asking = en->asking;
	en->asking = true;
	drop_expired(en);
	en->fetch_ms = fetch_ms;
	q = wait_for(en, cb, arg);
	if (en->policy != NULL) {
		/* Serves at once; what is due is done in the background. */
		bool due = check_due(en);

		answer_all(en, FACTS_STS_POLICY);
		if (due)
			start_txt(en);
	} else if (en->phase == IDLE) {
		start_txt(en);
	} else if (en->phase == FETCHING && en->patience == NULL) {
		/* Others have waited for this fetch long enough. */
		answer_all(en, FACTS_STS_PENDING);
	}
	if (!still_waits(en, q))
		q = NULL;
	en->asking = asking;
	tidy(en);
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
	struct entry *en = find(c, domain);

	memset(out, 0, sizeof(*out));
	if (en == NULL)
		en = add(c, domain); /* what the store has counts */
	drop_expired(en);
	out->policy = with_policy && en->policy != NULL;
	if (with_policy && store->remove(store->ctx, domain, e) == -1) {
		tidy(en);
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
	tidy(en);
	c->tell.changed(c->tell.arg, domain, false);
	return 0;
}

static int
import(struct entry *en, struct sts_policy *p, enum sts_import *result,
    struct err *e)
{
	drop_expired(en);
	*result = STS_IMPORT_KEPT;
	if (sts_policy_expires(p) <= wall(en))
		*result = STS_IMPORT_EXPIRED;
	else if (en->policy != NULL && en->policy->fetched_ms >= p->fetched_ms)
		*result = STS_IMPORT_OLDER;
	if (*result != STS_IMPORT_KEPT)
		return 0;
	if (store_policy(en->cache, p, e) == -1)
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
	struct entry *en = find(c, sts_policy_domain(p));
	int rc;

	if (en == NULL)
		en = add(c, sts_policy_domain(p));
	rc = import(en, p, result, e);
	if (rc == 0 && *result == STS_IMPORT_KEPT)
		c->tell.changed(c->tell.arg, sts_policy_domain(p), false);
	tidy(en);
	sts_policy_unref(p);
	return rc;
}

/* ---- housekeeping ---- */

static void
sweep_entry(void *arg, struct map_node *node)
{
	struct entry *en = MAP_ENTRY(node, struct entry, node);

	(void)arg;
	if (en->phase != IDLE)
		return;
	drop_expired(en);
	if (en->failures > 0 && mono(en) > en->retry_ms + DAY_MS)
		en->failures = 0;
	tidy(en);
}

static void
sweep_kept(void *arg, struct map_node *node)
{
	struct sts_cache *c = arg;
	struct kept *k = MAP_ENTRY(node, struct kept, node);

	if (sts_policy_expires(k->policy) <= clock_wall_ms(c->env->clock))
		free_kept(c, k);
}

static void
on_sweep(void *arg)
{
	struct sts_cache *c = arg;
	struct store *store = c->env->store;
	struct err e = { 0 };

	map_each(&c->map, sweep_entry, c);
	map_each(&c->kept, sweep_kept, c);
	count_entries(c);
	if (store->expire(store->ctx, clock_wall_ms(c->env->clock), &e) == -1)
		log_write(c->env->log, LOG_LEVEL_WARN,
		    "policy store cannot be tidied: %s", e.text);
	c->sweep = c->env->timers.set(c->env->timers.ctx, HOUR_MS, on_sweep, c);
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
	c->sweep = env->timers.set(env->timers.ctx, HOUR_MS, on_sweep, c);
	return c;
}

static void
free_kept_node(void *arg, struct map_node *node)
{
	free_kept(arg, MAP_ENTRY(node, struct kept, node));
}

static void
free_entry(void *arg, struct map_node *node)
{
	(void)arg;
	release(MAP_ENTRY(node, struct entry, node));
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
