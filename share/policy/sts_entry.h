/*
 * sts_entry: what is known of one policy domain; sts_cache's inside.
 *
 * An entry is there while somebody asks, something is under way or a failure
 * is remembered. A domain of which nothing but a policy matters, as most, is
 * "kept" in less memory, and an entry again when it is asked about.
 *
 * For sts_cache.c, sts_answer.c and sts_renew.c alone.
 * Thread safety: belongs to the resolver loop's thread, but for the counters.
 * Tests: t/policy
 */
#ifndef STS_ENTRY_H
#define STS_ENTRY_H

#include "share/base/map.h"
#include "share/policy/sts_cache.h"
#include "share/policy/sts_fetch.h"

#include <stdatomic.h>

#define STS_SECOND_MS INT64_C(1000)
#define STS_MINUTE_MS (60 * STS_SECOND_MS)
#define STS_HOUR_MS (60 * STS_MINUTE_MS)
#define STS_DAY_MS (24 * STS_HOUR_MS)
#define STS_FETCH_GAP_MS STS_MINUTE_MS /* between fetches of one domain */

enum sts_phase { STS_IDLE, STS_ASKING_TXT, STS_FETCHING };

struct sts_query {
	struct sts_query *next;
	struct sts_entry *entry;
	sts_callback *cb;
	void *arg;
};

/* One policy domain with a policy, a failure or somebody who asks. */
struct sts_entry {
	struct map_node node;
	struct sts_cache *cache;
	enum sts_phase phase;
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
struct sts_kept {
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

/* Now, in ms of the clock that never jumps. */
int64_t sts_entry_mono(const struct sts_entry *en);

/* Now, in ms of the wall clock. */
int64_t sts_entry_wall(const struct sts_entry *en);

/* The entry of domain, or NULL; it may be kept all the same. */
struct sts_entry *sts_entry_find(struct sts_cache *c, const char *domain);

/* Makes domain's entry of what is kept or in the store, or an empty one. */
struct sts_entry *sts_entry_add(struct sts_cache *c, const char *domain);

/* Ends what is under way and frees; who waits is never told. */
void sts_entry_free(struct sts_entry *en);

/* Lets go of an entry with nothing more than a policy and nobody waiting. */
void sts_entry_tidy(struct sts_entry *en);

/* Drops the policy if its max_age is over. */
void sts_entry_drop_expired(struct sts_entry *en);

/* Nobody waits for the fetch any longer. */
void sts_entry_stop_patience(struct sts_entry *en);

/* Frees what is kept of a domain. */
void sts_entry_free_kept(struct sts_cache *c, struct sts_kept *k);

/* Counts the domains of which something is known, for other threads. */
void sts_entry_count(struct sts_cache *c);

#endif
