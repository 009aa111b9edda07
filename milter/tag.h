/*
 * tag: the text of the header X-TLS-Requirement.
 *
 *   summary   level=secure; source=mta-sts
 *   full      domain=a.example; level=secure; source=mta-sts; strategy=x
 *
 * A header never discloses Bcc: a domain, and a strategy that was chosen by
 * domain, are named only when every envelope recipient, local ones included,
 * is in that one domain. Otherwise full lists the distinct remaining facts,
 * strongest first. "level=pending" stands for what is not resolved yet, and
 * in summary it covers the rest: the strongest is not known then.
 *
 * Thread safety: no state. Limits: TAG_ENTRIES_MAX entries are listed, then
 * "more=N". Tests: t/unit/tag.c
 */
#ifndef TAG_H
#define TAG_H

#include "share/base/buf.h"
#include "share/conf/conf.h"
#include "share/policy/decision.h"

#include <stdbool.h>
#include <stddef.h>

#define TAG_ENTRIES_MAX 20
#define TAG_TEXT_MAX 8000

/* One requirement of a message; the strings are borrowed. */
struct tag_entry {
	const char *domain;
	const char *strategy;
	bool by_domain; /* the strategy was chosen by domain */
	bool known;     /* level and source are meant */
	enum decision_level level;
	enum decision_source source;
};

/*
 * Appends the header's value for n entries to out, nothing when n is 0 or
 * how is CONF_TAG_NONE. one_domain: every envelope recipient is in one
 * domain. observe: adds mode=observe. Lines are folded by "\n\t".
 */
void tag_compose(enum conf_tag how, const struct tag_entry *entry, size_t n,
    bool one_domain, bool observe, struct buf *out);

#endif
