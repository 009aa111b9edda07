/*
 * conf_value: one key's value, from a TOML node into its field.
 *
 * Part of conf. base is the struct that the row's offset counts from.
 * Thread safety: no state. Limits: CONF_LIST_MAX items.
 * Tests: t/unit/conf.c
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "share/conf/conf_finding.h"
#include "share/conf/conf_table.h"

/*
 * Stores what n says in the row's field, freeing what was there; hostname
 * is what key_get() gives. -1 with at least one finding in f (may be NULL)
 * when n is wrong: the field is then as before or, of a list, without the
 * wrong items. Not for RULES and NTAS.
 */
int conf_value_read(const struct conf_key *k, void *base,
    const struct toml_doc_node *n, const char *hostname,
    struct conf_findings *f);

/* Stores the row's default; NULL, "" or 0 where it has none. */
void conf_value_default(const struct conf_key *k, void *base);

/* Frees what the field holds. */
void conf_value_clear(const struct conf_key *k, void *base);

/*
 * The string that n says, constants resolved; NULL with a finding when it is
 * no string. The caller frees.
 */
char *conf_value_string(const char *key, const struct toml_doc_node *n,
    const char *hostname, struct conf_findings *f) MUST_CHECK;

/* Frees the items and forgets them. */
void conf_list_clear(struct conf_list *l);

#endif
