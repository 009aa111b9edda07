/*
 * memory_store: a store in memory that outlives a simulated restart.
 *
 * Implements share/store/store.h. It can be told to break.
 *
 * Thread safety: none. Tests: every scenario of t/policy.
 */
#ifndef MEMORY_STORE_H
#define MEMORY_STORE_H

#include "share/store/store.h"

struct memory_policy {
	struct memory_policy *next;
	struct store_policy policy;
};

struct memory_override {
	struct memory_override *next;
	struct store_override override;
};

struct memory_history {
	struct memory_history *next;
	struct store_history history;
};

struct memory_downgrade {
	struct memory_downgrade *next;
	struct store_downgrade downgrade;
};

struct memory_store {
	struct store iface;
	struct memory_policy *first;
	struct memory_override *overrides;
	struct memory_history *history;
	struct memory_downgrade *downgrades; /* the latest first */
	bool broken;                         /* reads and writes fail */
	unsigned puts;                       /* that succeeded */
	unsigned histories_put; /* calls of history_put() that succeeded */
};

/* Makes an empty store. */
void memory_store_init(struct memory_store *m);

/* Frees what is kept. */
void memory_store_clear(struct memory_store *m);

/* Fills in and frees what memory_state.c keeps. */
void memory_state_init(struct store *s);

/* See memory_state_init(). */
void memory_state_clear(struct memory_store *m);

/* What is kept for domain, or NULL. */
const struct store_policy *memory_store_find(const struct memory_store *m,
    const char *domain);

#endif
