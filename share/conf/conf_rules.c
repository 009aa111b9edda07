/* conf_rules: the rules that choose by a condition - see conf_read.h */
#include "config.h"

#include "share/conf/conf_read.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/conf/conf_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES_MAX 1024

/* One key whose value is a list of rules. */
struct rules {
	const char *where;   /* for messages */
	const char *example; /* of a choice */
	const char *word;    /* what a choice is */
	/* Finds the choice called s; -1 with a mistake at its place. */
	int (*find)(struct conf_reader *r, const struct rules *k,
	    struct toml_doc_place at, const char *s, size_t *choice);
	unsigned reads; /* bits of the variables that are known; 0: all */
	struct conf_rule **rule;
	size_t *n;
};

static void
clear(struct conf_rule **rule, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		free((*rule)[i].source);
		expr_free((*rule)[i].expr);
	}
	free(*rule);
	*rule = NULL;
	*n = 0;
}

void
conf_rules_clear(struct conf *c)
{
	clear(&c->rules, &c->nrules);
	clear(&c->report.send_rules, &c->report.nsend_rules);
}

static int
find_strategy(struct conf_reader *r, const struct rules *k,
    struct toml_doc_place at, const char *s, size_t *choice)
{
	*choice = conf_read_strategy(r->c, s);
	if (*choice < r->c->nstrategies)
		return 0;
	conf_read_unknown_strategy(r, at, k->where, s);
	return -1;
}

static int
find_send(struct conf_reader *r, const struct rules *k,
    struct toml_doc_place at, const char *s, size_t *choice)
{
	/* in the order of enum conf_send */
	static const char *const names[] = { "hourly", "daily", "weekly",
		"never" };

	for (*choice = 0; *choice < 4; (*choice)++)
		if (strcmp(s, names[*choice]) == 0)
			return 0;
	conf_finding_unknown(&r->mistakes, at, k->where, s, names, 4);
	return -1;
}

/* What n chooses; -1 with a mistake. */
static int
read_choice(struct conf_reader *r, const struct rules *k,
    const struct toml_doc_node *n, size_t *choice)
{
	char *s =
	    conf_value_string(k->where, n, r->c->server.hostname, &r->mistakes);
	int rc;

	if (s == NULL)
		return -1;
	rc = k->find(r, k, n->at, s, choice);
	free(s);
	return rc;
}

/* The condition that n holds; NULL with a mistake at its very place. */
static struct expr *
read_condition(struct conf_reader *r, const struct rules *k,
    const struct toml_doc_node *n)
{
	struct toml_doc_place at = n->at;
	struct expr *x;
	struct err e;
	size_t column;

	if (n->type != TOML_DOC_STRING) {
		conf_finding_add(&r->mistakes, at,
		    "if: must be a string, not %s",
		    toml_doc_type_name(n->type));
		return NULL;
	}
	x = expr_parse(n->text, &column, &e);
	if (x != NULL && k->reads != 0 && (expr_reads(x) & ~k->reads) != 0)
		conf_finding_add(&r->mistakes, at,
		    "if: %s knows rcpt_domain alone", k->where);
	if (x != NULL)
		return x;
	if (!n->literal) {
		conf_finding_add(&r->mistakes, at,
		    "if: %s (at character %zu of the expression)", e.text,
		    column);
		return NULL;
	}
	/* the quote, and each character before the place */
	at.column++;
	for (size_t i = 0; i + 1 < column; i++)
		at.column += ((unsigned char)n->text[i] & 0xc0) != 0x80;
	conf_finding_add(&r->mistakes, at, "if: %s", e.text);
	return NULL;
}

static void
add_rule(const struct rules *k, const char *source, struct expr *x,
    size_t choice)
{
	*k->rule = xreallocarray(*k->rule, *k->n + 1, sizeof(**k->rule));
	(*k->rule)[(*k->n)++] = (struct conf_rule){ .source = xstrdup(source),
		.expr = x,
		.choice = choice };
}

static void
unknown_key(struct conf_reader *r, const struct rules *at,
    const struct toml_doc_node *k, const char *const *known)
{
	char what[64];

	(void)snprintf(what, sizeof(what), "%s: unknown key", at->where);
	conf_finding_unknown(&r->mistakes, k->key_at, what, k->key, known, 3);
}

/* Keys of a rule that are neither if, then nor else. */
static void
check_rule_keys(struct conf_reader *r, const struct rules *at,
    const struct toml_doc_node *n)
{
	static const char *const known[] = { "if", "then", "else" };

	for (size_t i = 0; i < n->nchildren; i++) {
		const struct toml_doc_node *k = &n->child[i];

		if (strcmp(k->key, "if") != 0 && strcmp(k->key, "then") != 0 &&
		    strcmp(k->key, "else") != 0)
			unknown_key(r, at, k, known);
	}
}

/* { else = "'x'" }, which is the last rule. */
static void
read_else(struct conf_reader *r, const struct rules *k,
    const struct toml_doc_node *rule, const struct toml_doc_node *n, bool last)
{
	size_t choice;

	if (rule->nchildren > 1)
		conf_finding_add(&r->mistakes, n->key_at,
		    "else: stands alone in the last rule");
	else if (!last)
		conf_finding_add(&r->mistakes, n->key_at,
		    "else: the rules behind it could never match");
	if (read_choice(r, k, n, &choice) == 0)
		add_rule(k, NULL, NULL, choice);
}

static void
read_rule(struct conf_reader *r, const struct rules *k,
    const struct toml_doc_node *n, bool last)
{
	const struct toml_doc_node *condition, *then, *otherwise;
	struct expr *x = NULL;
	size_t choice;

	if (n->type != TOML_DOC_TABLE) {
		conf_finding_add(&r->mistakes, n->at,
		    "%s: a rule is { if = \"...\", then = \"'%s'\" } or "
		    "{ else = \"'%s'\" }, not %s",
		    k->where, k->example, k->example,
		    toml_doc_type_name(n->type));
		return;
	}
	condition = toml_doc_get(n, "if");
	then = toml_doc_get(n, "then");
	otherwise = toml_doc_get(n, "else");
	check_rule_keys(r, k, n);
	if (otherwise != NULL) {
		read_else(r, k, n, otherwise, last);
		return;
	}
	if (condition == NULL || then == NULL)
		conf_finding_add(&r->mistakes, n->at,
		    "%s: this rule lacks \"%s\"", k->where,
		    condition == NULL ? "if" : "then");
	if (condition != NULL)
		x = read_condition(r, k, condition);
	if (then != NULL && read_choice(r, k, then, &choice) == 0 && x != NULL)
		add_rule(k, condition->text, x, choice);
	else
		expr_free(x);
}

static void
read_rules(struct conf_reader *r, const struct rules *k,
    const struct toml_doc_node *n)
{
	size_t choice;

	if (n->type == TOML_DOC_STRING) {
		if (read_choice(r, k, n, &choice) == 0)
			add_rule(k, NULL, NULL, choice);
		return;
	}
	if (n->type != TOML_DOC_ARRAY) {
		conf_finding_add(&r->mistakes, n->at,
		    "%s: must be a list of rules or %s, not %s", k->where,
		    k->word, toml_doc_type_name(n->type));
		return;
	}
	if (n->nchildren > RULES_MAX) {
		conf_finding_add(&r->mistakes, n->at, "%s: more than %d rules",
		    k->where, RULES_MAX);
		return;
	}
	for (size_t i = 0; i < n->nchildren; i++)
		read_rule(r, k, &n->child[i], i + 1 == n->nchildren);
}

void
conf_rules_read(struct conf_reader *r)
{
	const struct rules strategy = {
		.where = "[queue.strategy] tls",
		.example = "ID",
		.word = "the name of a strategy",
		.find = find_strategy,
		.rule = &r->c->rules,
		.n = &r->c->nrules,
	};
	const struct rules send = {
		.where = "[report.tls.aggregate] send",
		.example = "daily",
		.word = "hourly, daily, weekly or never",
		.find = find_send,
		.reads = 1u << EXPR_RCPT_DOMAIN,
		.rule = &r->c->report.send_rules,
		.n = &r->c->report.nsend_rules,
	};
	const struct toml_doc_node *n;

	n = conf_read_seen(r, "queue.strategy", "tls", 0);
	if (n != NULL)
		read_rules(r, &strategy, n);
	n = conf_read_seen(r, "report.tls.aggregate", "send", 0);
	if (n != NULL)
		read_rules(r, &send, n);
}
