/*
 * override: an operator's word that outranks what was decided for a domain.
 *
 * For the hour in which a partner's certificate has expired: deliver with
 * "may", "encrypt" or "none" until then, whatever the partner published.
 * Always ends (OVERRIDE_MAX_MS at most), outlives restarts, and is said in
 * the log when it is set, once an hour while it is used, and when it ends. A
 * strategy's "require" is not outranked unless the override is forced. It
 * holds for every form and port of a next hop of that name, not for names
 * below it. What was decided stays known beside it, so that outcomes are
 * reported under the true policy.
 *
 * Thread safety: belongs to the resolver loop's thread (every thread goes
 * through share/policy/service.h). Limits: OVERRIDES_MAX.
 * Tests: t/policy/override.scn, t/unit/override.c
 */
#ifndef OVERRIDE_H
#define OVERRIDE_H

#include "share/conf/strategy.h"
#include "share/policy/decision.h"
#include "share/policy/env.h"

#define OVERRIDE_MAX_MS (30 * 24 * INT64_C(3600000))
#define OVERRIDE_MIN_MS INT64_C(60000)
#define OVERRIDE_REASON_SIZE 256
#define OVERRIDE_BY_SIZE 64
#define OVERRIDES_MAX 10000

struct override {
	char domain[HOSTNAME_SIZE]; /* normal form */
	enum decision_level level;  /* LEVEL_NONE, _MAY or _ENCRYPT */
	bool force;                 /* outranks a strategy's "require" too */
	int64_t created_ms;         /* wall clock, since 1970 */
	int64_t expires_ms;
	char reason[OVERRIDE_REASON_SIZE];
	char by[OVERRIDE_BY_SIZE]; /* who set it, "" where unknown */
	uint64_t uses; /* decisions it has outranked since the start */
};

/* Overrides by domain; free item with free(). */
struct override_list {
	size_t n;
	struct override *item;
};

struct overrides;

/* Told when domain's override was set, removed or has ended. */
typedef void override_changed(void *arg, const char *domain);

/* Makes the table from what the store has; env is borrowed for its life. */
struct overrides *overrides_new(const struct env *env,
    override_changed *changed, void *arg);

/* Frees; NULL is fine. */
void overrides_free(struct overrides *t);

/*
 * Sets o (domain in any form, level, force, reason, by are read) for for_ms
 * from now, in place of the domain's last one. It is durable at 0. -1 and e:
 * ERR_SYNTAX no host name, level or reason; ERR_LIMIT for_ms is out of range
 * or there are too many; else the store's.
 */
int overrides_add(struct overrides *t, const struct override *o, int64_t for_ms,
    struct err *e) MUST_CHECK;

/* Removes domain's; ERR_NOENT when there is none, else the store's. */
int overrides_remove(struct overrides *t, const char *domain,
    struct err *e) MUST_CHECK;

/* The one of a name in normal form that has not ended, borrowed; or NULL. */
const struct override *overrides_find(const struct overrides *t,
    const char *domain);

/* Whether o outranks what is decided under s. */
bool override_applies(const struct override *o, const struct strategy *s);

/* Counts that o was applied to a decision of level; logs it once an hour. */
void overrides_used(struct overrides *t, const struct override *o,
    enum decision_level level);

/* Copies all of them, by domain. */
void overrides_list(struct overrides *t, struct override_list *out);

/* How many there are; from every thread. */
size_t overrides_count(const struct overrides *t);

#endif
