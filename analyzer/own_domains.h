/*
 * own_domains: which domains are this site's: [server] domains.
 *
 * Entries are domains, globs ("*.example.org"), "file:/PATH" (one of those a
 * line, "#" begins a comment) and "postfix" (mydestination,
 * virtual_mailbox_domains, virtual_alias_domains and relay_domains of the
 * host's Postfix, as far as they are lists: what is in lookup tables stays
 * unknown). No entry at all: every domain is ours.
 *
 * Thread safety: a filled list is only read. Limits: OWN_DOMAINS_MAX entries.
 * Tests: t/unit/own_domains.c
 */
#ifndef OWN_DOMAINS_H
#define OWN_DOMAINS_H

#include "share/base/err.h"
#include "share/conf/conf.h"

#include <stdbool.h>
#include <stddef.h>

#define OWN_DOMAINS_MAX 1000000

struct own_domains {
	char **glob; /* lower case */
	size_t n, room;
	bool any; /* all are ours */
};

/* Fills the list; -1 and e where a file cannot be read, or postconf(1) run. */
int own_domains_init(struct own_domains *o, const struct conf *c,
    struct err *e) MUST_CHECK;

/* Adds the domains of Postfix's parameter values: a list, tables left out. */
void own_domains_add_postfix(struct own_domains *o, const char *list);

/* Frees what it holds. */
void own_domains_clear(struct own_domains *o);

/* Whether a domain (normal form) is ours. */
bool own_domains_has(const struct own_domains *o, const char *domain);

#endif
