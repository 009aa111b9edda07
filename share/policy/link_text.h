/*
 * link_text: answers as links of the trail that explain prints.
 *
 * Thread safety: no state. Tests: t/policy
 */
#ifndef LINK_TEXT_H
#define LINK_TEXT_H

#include "share/policy/facts.h"
#include "share/policy/sts_cache.h"

/* Adds what an answer to (name, type) held. Nothing when no trail is kept. */
void link_add_answer(struct facts *f, const char *name, enum dns_type type,
    const struct dns_answer *a);

/* Adds how the MTA-STS record and policy were had. */
void link_add_sts(struct facts *f, const struct sts_answer *a);

#endif
