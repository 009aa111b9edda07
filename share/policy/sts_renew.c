/* sts_renew: records looked at and policies fetched - see sts_renew.h */
#include "config.h"

#include "share/policy/sts_renew.h"
#include "share/base/text.h"
#include "share/policy/sts_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_FIRST_MS (5 * STS_MINUTE_MS)
#define RETRY_MAX_MS (12 * STS_HOUR_MS)

static void
bump(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* ---- the policy file ---- */

int
sts_renew_store(struct sts_cache *c, const struct sts_policy *p, struct err *e)
{
	struct store_policy stored = { 0 };
	struct buf body;
	int rc;

	buf_init(&body, STS_TEXT_MAX);
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
keep(struct sts_entry *en, const struct sts_policy *p)
{
	struct sts_cache *c = en->cache;
	struct err e = { 0 };
	int64_t now = clock_mono_ms(c->env->clock);

	if (sts_renew_store(c, p, &e) == 0 ||
	    (c->store_said_ms != 0 && now - c->store_said_ms < STS_MINUTE_MS))
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
	int64_t half = (int64_t)p->max_age * STS_SECOND_MS / 2;

	if (half > STS_DAY_MS)
		return STS_DAY_MS;
	return half > STS_FETCH_GAP_MS ? half : STS_FETCH_GAP_MS;
}

static void
log_policy(const struct sts_entry *en, const struct sts_policy *old,
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
watch_policy(const struct sts_entry *en)
{
	const struct sts_policy *p = en->policy;
	bool holds = p->mode != STS_NONE && p->max_age > 0;

	watch_sts(en->cache->tell.watch, en->domain,
	    holds ? sts_mode_name(p->mode) : NULL);
}

/* Nothing is asked for until this is over, longer each time. */
static void
back_off(struct sts_entry *en, const char *why)
{
	int64_t wait = RETRY_FIRST_MS;

	for (unsigned i = 0; i < en->failures && wait < RETRY_MAX_MS; i++)
		wait *= 2;
	en->failures++;
	en->retry_ms =
	    sts_entry_mono(en) + (wait < RETRY_MAX_MS ? wait : RETRY_MAX_MS);
	memcpy(en->failed_id, en->id, sizeof(en->failed_id));
	(void)snprintf(en->why, sizeof(en->why), "%s", why);
}

/* A policy with max_age 0 holds nobody to anything, and ends the old one. */
static void
fetched_nothing(struct sts_entry *en)
{
	bool enforce = en->policy->mode == STS_ENFORCE;

	back_off(en, "the policy is over as soon as it is fetched (max_age 0)");
	if (enforce)
		sts_entry_drop_expired(en);
	sts_answer_all(en, enforce ? FACTS_STS_FAILED : FACTS_STS_POLICY);
	sts_entry_drop_expired(en);
}

static void
fetch_succeeded(struct sts_entry *en, struct sts_policy *p)
{
	struct sts_policy *old = en->policy;
	bool differs;

	p = sts_policy_stamp(p, en->domain, en->id, sts_entry_wall(en));
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
		sts_answer_all(en, FACTS_STS_POLICY);
}

static void
report_failure(struct sts_entry *en, enum sts_fetch_result result,
    const char *why)
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
fetch_failed(struct sts_entry *en, enum sts_fetch_result result,
    const char *why)
{
	back_off(en, why);
	bump(&en->cache->stats.failures);
	bump(&en->cache->stats.failed[result]);
	log_write(en->cache->env->log, LOG_LEVEL_WARN,
	    "domain=%s MTA-STS policy not fetched: %s (%s)%s", en->domain, why,
	    sts_fetch_result_name(result),
	    en->policy != NULL ? "; the policy that is cached goes on" : "");
	report_failure(en, result, why);
	sts_answer_all(en,
	    en->policy != NULL ? FACTS_STS_POLICY : FACTS_STS_FAILED);
}

static void
on_fetched(void *arg, enum sts_fetch_result result, struct sts_policy *policy,
    const char *why)
{
	struct sts_entry *en = arg;

	en->fetch = NULL;
	en->phase = STS_IDLE;
	sts_entry_stop_patience(en);
	if (result == STS_FETCH_OK)
		fetch_succeeded(en, policy);
	else
		fetch_failed(en, result, why);
}

static void
on_patience(void *arg)
{
	struct sts_entry *en = arg;

	en->patience = NULL;
	sts_answer_all(en, FACTS_STS_PENDING);
}

static void
start_fetch(struct sts_entry *en)
{
	const struct env *env = en->cache->env;
	struct sts_fetch_with with = { env, en->cache->gate };
	struct sts_fetch *fetch;

	en->phase = STS_FETCHING;
	en->last_fetch_ms = sts_entry_mono(en);
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
note_txt(struct sts_entry *en, const struct dns_answer *a)
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
next_txt(struct sts_entry *en, int64_t wait_ms)
{
	if (wait_ms > STS_HOUR_MS)
		wait_ms = STS_HOUR_MS;
	if (wait_ms < STS_MINUTE_MS / 2)
		wait_ms = STS_MINUTE_MS / 2;
	en->txt_due_ms = sts_entry_mono(en) + wait_ms;
}

/* May the id that was just seen be fetched now? */
static bool
may_fetch(const struct sts_entry *en)
{
	int64_t now = sts_entry_mono(en);

	if (en->fetched_once && (en->failures > 0 || en->policy != NULL) &&
	    now - en->last_fetch_ms < STS_FETCH_GAP_MS)
		return false;
	return en->failures == 0 || now >= en->retry_ms ||
	    strcmp(en->id, en->failed_id) != 0;
}

/* Whether the policy at hand should be fetched again. */
static bool
wants_refresh(const struct sts_entry *en)
{
	const struct sts_policy *p = en->policy;
	int64_t age = sts_entry_wall(en) - p->fetched_ms;

	/* Below 0: the clock was set back, and the policy's end is wrong. */
	return strcmp(sts_policy_id(p), en->id) != 0 || age < 0 ||
	    age >= refresh_after(p);
}

static void
txt_has_id(struct sts_entry *en)
{
	if (en->policy != NULL && !wants_refresh(en)) {
		watch_policy(en);
		sts_answer_all(en, FACTS_STS_POLICY);
	} else if (may_fetch(en))
		start_fetch(en);
	else
		sts_answer_all(en,
		    en->policy != NULL     ? FACTS_STS_POLICY
			: en->failures > 0 ? FACTS_STS_FAILED
					   : FACTS_STS_PENDING);
}

/* Nothing there: an unexpired policy goes on all the same. */
static void
txt_has_none(struct sts_entry *en, enum facts_sts state)
{
	if (state != FACTS_STS_UNKNOWN)
		watch_sts(en->cache->tell.watch, en->domain, NULL);
	sts_answer_all(en, en->policy != NULL ? FACTS_STS_POLICY : state);
}

static void
on_txt(void *arg, const struct dns_answer *a)
{
	struct sts_entry *en = arg;

	en->txt_query = NULL;
	en->phase = STS_IDLE;
	sts_entry_drop_expired(en);
	note_txt(en, a);
	next_txt(en, (int64_t)a->ttl * STS_SECOND_MS);
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

void
sts_renew_start(struct sts_entry *en)
{
	const struct dns_resolver *dns = en->cache->env->dns;
	char name[HOSTNAME_SIZE + 16];
	struct dns_query *q;

	if (snprintf(name, sizeof(name), "_mta-sts.%s", en->domain) >
	    HOSTNAME_MAX) {
		next_txt(en, STS_HOUR_MS);
		txt_has_none(en, FACTS_STS_ABSENT); /* there is no such name */
		return;
	}
	en->phase = STS_ASKING_TXT;
	en->txt_dns = dns;
	q = dns->ask(dns->ctx, name, DNS_TXT, on_txt, en);
	if (q != NULL)
		en->txt_query = q;
}
