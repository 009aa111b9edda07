/*
 * sts_answer: telling those who asked about a policy domain.
 *
 * For sts_cache.c and sts_renew.c alone.
 * Thread safety: belongs to the resolver loop's thread. Tests: t/policy
 */
#ifndef STS_ANSWER_H
#define STS_ANSWER_H

#include "share/policy/sts_entry.h"

#include <stdbool.h>

/*
 * Whether the record is to be looked at again: as early as the decisions
 * that rest on it are renewed.
 */
bool sts_answer_due(const struct sts_entry *en);

/* Answers everybody who waits. The entry may be gone afterwards. */
void sts_answer_all(struct sts_entry *en, enum facts_sts state);

#endif
