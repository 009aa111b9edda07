/*
 * store: what must outlive the process, behind a vtable: MTA-STS policies,
 * operators' overrides, what domains had, and what they lost; and what
 * messages in Sendmail's queue require.
 *
 * RFC 8461's protection is the cache, so a policy is durable before it is
 * first served, and kill -9 loses none. Reads by key, on a miss in memory
 * only. SQLite (WAL, synchronous FULL) is the embedded default; schema and
 * queries stay portable for another store to be one more file.
 *
 * A store that cannot be written is not fatal: put() fails, the caller goes
 * on from memory. A file that is damaged is put aside as
 * NAME.damaged-TIMESTAMP and a fresh one made; where that shows only while
 * it is open, the call that met it fails, with both in e's text, and the next
 * one finds the fresh file. What is at NAME counts: a file that was taken away
 * or replaced is left for the one that is there. Codes: ERR_TEMP somebody else
 * is writing, ERR_SYS otherwise.
 *
 * Thread safety: belongs to one thread. Tests: t/unit/store.c
 */
#ifndef STORE_H
#define STORE_H

#include "share/base/err.h"
#include "share/base/hostname.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_ID_SIZE 33 /* an MTA-STS id and its NUL */

struct store_policy {
	char domain[HOSTNAME_SIZE]; /* policy domain, normal form */
	char id[STORE_ID_SIZE];     /* TXT id it was fetched under */
	int64_t fetched_ms;         /* wall clock, since 1970 */
	int64_t expires_ms;
	char *body; /* canonical text of the policy; owned */
};

/* An operator's override; see share/policy/override.h. */
struct store_override {
	char domain[HOSTNAME_SIZE];
	char level[16]; /* "may", "encrypt", "none" */
	bool force;
	int64_t created_ms; /* wall clock, since 1970 */
	int64_t expires_ms;
	char reason[256];
	char by[64];
};

/* What a domain was last seen to have; see share/policy/watch.h. */
struct store_history {
	char domain[HOSTNAME_SIZE];
	int64_t dane_ms;      /* proven last; 0: not, or lost since */
	int64_t sts_ms;       /* the same of an MTA-STS policy */
	char sts_mode[8];     /* "enforce", "testing", "" */
	int64_t dane_lost_ms; /* when its loss was told last, 0: never */
	int64_t sts_lost_ms;
};

/* That a domain lost something; one of a kind is kept per domain. */
struct store_downgrade {
	char domain[HOSTNAME_SIZE];
	char what[24];
	int64_t when_ms;
	int64_t had_ms; /* seen to be there last, 0: unknown */
	char detail[128];
};

/* What a message's delivery requires; see milter/binding.h. */
struct store_binding {
	char queue_id[64];
	char domain[HOSTNAME_SIZE + 16];
	char strategy[65];
	char hop[HOSTNAME_SIZE + 16]; /* "": the domain */
	bool exempt;
	bool tls_required_no;
	int64_t expires_ms; /* wall clock, since 1970 */
};

struct store {
	/* 1 found (free p->body), 0 not there, -1 and e. */
	int (*get)(void *ctx, const char *domain, struct store_policy *p,
	    struct err *e);
	/* Writes or replaces; durable when it returns 0. */
	int (*put)(void *ctx, const struct store_policy *p, struct err *e);
	/* Removes; 0 also when it was not there. */
	int (*remove)(void *ctx, const char *domain, struct err *e);
	/* Removes what expired before now_ms; gives how many, or -1 and e. */
	int64_t (*expire)(void *ctx, int64_t now_ms, struct err *e);
	/*
	 * Calls each() for every policy (borrowed) of a domain behind after
	 * ("": from the first), by domain, until it says false; it must not
	 * call the store.
	 */
	int (*each)(void *ctx, const char *after,
	    bool (*each)(void *arg, const struct store_policy *p), void *arg,
	    struct err *e);
	/* Writes or replaces the one of its domain; durable at 0. */
	int (*override_put)(void *ctx, const struct store_override *o,
	    struct err *e);
	/* Removes; 0 also when it was not there. */
	int (*override_remove)(void *ctx, const char *domain, struct err *e);
	/* As each(), for overrides, by domain. */
	int (*override_each)(void *ctx,
	    bool (*each)(void *arg, const struct store_override *o), void *arg,
	    struct err *e);
	/* 1 found, 0 not there, -1 and e. */
	int (*history_get)(void *ctx, const char *domain,
	    struct store_history *h, struct err *e);
	/* Writes or replaces n of them, all or none. */
	int (*history_put)(void *ctx, const struct store_history *h, size_t n,
	    struct err *e);
	/* Writes or replaces the one of its domain and kind. */
	int (*downgrade_put)(void *ctx, const struct store_downgrade *d,
	    struct err *e);
	/* As each(), for downgrades, the latest first. */
	int (*downgrade_each)(void *ctx,
	    bool (*each)(void *arg, const struct store_downgrade *d), void *arg,
	    struct err *e);
	/*
	 * Removes history and downgrades that nothing was added to since
	 * before_ms.
	 */
	int (*forget)(void *ctx, int64_t before_ms, struct err *e);
	/* Writes or replaces n of them, all or none; durable at 0. */
	int (*binding_put)(void *ctx, const struct store_binding *b, size_t n,
	    struct err *e);
	/* As each(), for bindings, the one that ends first is first. */
	int (*binding_each)(void *ctx,
	    bool (*each)(void *arg, const struct store_binding *b), void *arg,
	    struct err *e);
	/* Removes those that expired before now_ms. */
	int (*binding_expire)(void *ctx, int64_t now_ms, struct err *e);
	/* Closes and frees. */
	void (*free)(void *ctx);
	void *ctx;
};

/*
 * Opens or makes path (mode 0600; its directory must be there). Fills s; -1
 * and e: ERR_PERM when a newer version wrote the file. When a damaged file
 * was put aside, 0 and a text in e that says so; else e is clear.
 */
int store_sqlite_open(const char *path, struct store *s,
    struct err *e) MUST_CHECK;

/* A store that keeps nothing: every get is "not there". */
void store_none(struct store *s);

#endif
