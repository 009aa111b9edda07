/*
 * conf_read: from the tree of a config file to a struct conf.
 *
 * Part of conf. Four steps, each adding its findings and none ending the
 * next: the ids of strategies and signatures (conf_read.c), each key's value
 * (conf_read.c, conf_value.c), rules and negative trust anchors
 * (conf_rules.c, conf_nta.c), what keys say together (conf_judge.c).
 *
 * Thread safety: one reader belongs to one thread.
 * Tests: t/unit/conf.c, t/fuzz/fuzz_conf.c
 */
#ifndef CONF_READ_H
#define CONF_READ_H

#include "share/conf/conf_finding.h"
#include "share/conf/conf_table.h"

/* A key that stands in the file. */
struct conf_seen {
	const struct conf_key *k;
	size_t index; /* of the strategy or signature; else 0 */
	const struct toml_doc_node *n;
};

struct conf_reader {
	struct conf *c;
	struct conf_findings mistakes;
	struct conf_findings notices;
	struct conf_seen *seen;
	size_t nseen;
	struct toml_doc_place *strategy_at;  /* one per strategy */
	struct toml_doc_place *signature_at; /* one per signature */
};

/* Reads the whole tree into r->c, which holds the defaults. */
void conf_read_file(struct conf_reader *r, const struct toml_doc_node *root);

/* The node of a key that stands in the file, or NULL. Borrowed. */
const struct toml_doc_node *conf_read_seen(const struct conf_reader *r,
    const char *section, const char *key, size_t index);

/* Gives a config of defaults with one reference. */
struct conf *conf_new(void) MUST_CHECK;

/* The struct that a row's field lies in; index as in struct conf_seen. */
void *conf_read_base(const struct conf *c, const struct conf_key *k,
    size_t index);

/* Adds a strategy with the defaults; gives its index. */
size_t conf_read_add_strategy(struct conf *c, const char *id);

/* The index of the strategy called id; nstrategies: none. */
size_t conf_read_strategy(const struct conf *c, const char *id);

/* Adds "unknown strategy" with the nearest one. */
void conf_read_unknown_strategy(struct conf_reader *r, struct toml_doc_place at,
    const char *where, const char *id);

/* Reads [queue.strategy] tls and [report.tls.aggregate] send. */
void conf_rules_read(struct conf_reader *r);

/* Frees the rules of c. */
void conf_rules_clear(struct conf *c);

/* Reads [dns] negative-trust-anchors. */
void conf_nta_read(struct conf_reader *r, const struct toml_doc_node *n);

/* Frees the negative trust anchors of c. */
void conf_nta_clear(struct conf *c);

/* Judges what the keys say together: contradictions and notices. */
void conf_judge(struct conf_reader *r);

#endif
