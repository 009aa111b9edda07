/*
 * sts_cache: MTA-STS policies: discovery, fetching and keeping them.
 *
 * RFC 8461 sections 3.1, 3.3 and 5.1. A policy is kept until its max_age is
 * over; a failed refresh, a vanished record or a bad certificate never
 * remove it. While it serves, its TXT id is looked at again at the record's
 * TTL, at least hourly while in use, and it is fetched again daily and well
 * before it expires, all in the background. A policy is in the store before
 * it is first served. Failures are remembered per policy domain: first retry
 * after 5 minutes, backing off; an id not tried yet is tried at once, at
 * most once a minute.
 *
 * Thread safety: belongs to the resolver loop's thread.
 * Tests: t/policy
 */
#ifndef STS_CACHE_H
#define STS_CACHE_H

#include "share/policy/env.h"
#include "share/policy/facts.h"
#include "share/policy/sts_fetch.h"
#include "share/policy/outcome.h"
#include "share/policy/sts_policy.h"
#include "share/policy/watch.h"

#define STS_FETCH_WAIT_MS 2000 /* a lookup waits no longer for a policy */

struct sts_cache;
struct sts_query;

/* What is known of a domain; borrowed during the call. */
struct sts_answer {
	enum facts_sts state;      /* never FACTS_STS_DISABLED */
	struct sts_policy *policy; /* with FACTS_STS_POLICY */
	const char *why;           /* fixed words of ours, "" where none */
	uint32_t ttl;              /* seconds this may be relied on */
	bool no_server; /* FACTS_STS_UNKNOWN: no name server answered */
	/* How the record was seen, for the trail; type NULL: not asked. */
	struct facts_link txt;
	/* How the policy file was had; type NULL: not asked. */
	struct facts_link file;
};

/* Told the answer to one lookup; a is borrowed for the call. */
typedef void sts_callback(void *arg, const struct sts_answer *a);

/*
 * Told when what is known of a domain has changed behind a lookup's back;
 * enforce: there is a policy to enforce, as there may have been before, so
 * that what was decided may be served until it is renewed.
 */
typedef void sts_changed(void *arg, const char *domain, bool enforce);

/* Counters since start. */
struct sts_cache_stats {
	uint64_t fetches, failures, entries;
	uint64_t failed[STS_FETCH_RESULTS]; /* failures by kind */
	bool store_ok;
};

/* Whom a cache tells; borrowed for its life. */
struct sts_cache_tell {
	struct watch *watch;
	struct outcomes *outcomes;
	sts_changed *changed;
	void *arg;
};

/* Makes a cache; env is borrowed for its life, tell is copied. */
struct sts_cache *sts_cache_new(const struct env *env,
    const struct sts_cache_tell *tell);

/* Frees; questions under way end without their callbacks. */
void sts_cache_free(struct sts_cache *c);

/*
 * Asks what holds for domain; a fetch takes at most fetch_ms. cb is called
 * once, possibly before this returns (then NULL).
 */
struct sts_query *sts_cache_ask(struct sts_cache *c, const char *domain,
    int64_t fetch_ms, sts_callback *cb, void *arg);

/* Forgets a question whose callback was not called yet. */
void sts_cache_cancel(struct sts_query *q);

/* What was known of a domain before sts_cache_forget(). */
struct sts_forgotten {
	bool policy;  /* an unexpired one, which is gone now */
	bool failure; /* and what failed is tried again */
};

/*
 * Forgets what failed for domain, so that it is asked again with the next
 * lookup; its policy too if with_policy is set, in memory and in the store.
 * That gives up what RFC 8461 protects by it, so it is for an operator only.
 * -1 and e when the store could not be written; the policy is there then.
 */
int sts_cache_forget(struct sts_cache *c, const char *domain, bool with_policy,
    struct sts_forgotten *out, struct err *e) MUST_CHECK;

enum sts_import {
	STS_IMPORT_KEPT,
	STS_IMPORT_OLDER,  /* what is here was fetched later or then, too */
	STS_IMPORT_EXPIRED /* its max_age is over */
};

/*
 * Takes in a policy (stamped; the reference passes to the cache) that was
 * fetched elsewhere. Durable when it returns STS_IMPORT_KEPT in *result. -1
 * and e when the store could not be written; nothing changed then.
 */
int sts_cache_import(struct sts_cache *c, struct sts_policy *p,
    enum sts_import *result, struct err *e) MUST_CHECK;

/* What happened so far; from every thread. */
void sts_cache_stats(const struct sts_cache *c, struct sts_cache_stats *out);

#endif
