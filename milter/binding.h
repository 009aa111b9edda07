/*
 * binding: (queue id, recipient domain) -> what that delivery requires.
 *
 * Made at the end of a message, asked for by delivery stages whose lookup
 * carries the queue id: Sendmail's. What a lookup by domain would not find out
 * outlives a restart by milter/binding_keeper.h. An entry ends with the
 * lifetime of the MTA's queue, or earlier, oldest first, when the table is
 * full.
 *
 * Thread safety: every function but new and free from every thread.
 * Limits: as given to binding_table_new(). Tests: t/unit/binding.c
 */
#ifndef BINDING_H
#define BINDING_H

#include "share/base/clock.h"
#include "share/policy/nexthop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BINDING_MAX 200000
#define BINDING_STRATEGY_SIZE 65

/* The requirement; the decision itself is looked up when it is asked for. */
struct binding {
	char strategy[BINDING_STRATEGY_SIZE];
	/* Key of the next hop where it is not the domain itself, else "". */
	char hop[NEXTHOP_KEY_SIZE];
	bool exempt;          /* our own report: TLS where offered */
	bool tls_required_no; /* RFC 8689: the sender prefers delivery */
};

struct binding_table;

/*
 * Makes a table for at most max entries; seed makes its hash unguessable.
 * clock is borrowed. Never NULL.
 */
struct binding_table *binding_table_new(const struct clock *clock, size_t max,
    uint64_t seed);

/* Frees; NULL is fine. */
void binding_table_free(struct binding_table *t);

/* Binds for lifetime_ms; what was bound to the pair before is replaced. */
void binding_put(struct binding_table *t, const char *queue_id,
    const char *domain, const struct binding *b, int64_t lifetime_ms);

/* Copies what is bound to *b; false when nothing is, or not any more. */
bool binding_get(struct binding_table *t, const char *queue_id,
    const char *domain, struct binding *b);

/* How many entries there are. */
size_t binding_count(struct binding_table *t);

#endif
