/* conf_rules: the rules that choose a strategy - see conf_read.h */
#include "config.h"

#include "share/conf/conf_read.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/conf/conf_value.h"

#include <stdlib.h>
#include <string.h>

#define RULES_MAX 1024
#define WHERE "[queue.strategy] tls"

void
conf_rules_clear(struct conf *c)
{
	for (size_t i = 0; i < c->nrules; i++) {
		free(c->rules[i].source);
		expr_free(c->rules[i].expr);
	}
	free(c->rules);
	c->rules = NULL;
	c->nrules = 0;
}

/* The strategy that n names; -1 with a mistake. */
static int
read_strategy(struct conf_reader *r, const struct toml_doc_node *n,
    size_t *strategy)
{
	char *id =
	    conf_value_string(WHERE, n, r->c->server.hostname, &r->mistakes);
	int rc = -1;

	if (id == NULL)
		return -1;
	*strategy = conf_read_strategy(r->c, id);
	if (*strategy < r->c->nstrategies)
		rc = 0;
	else
		conf_read_unknown_strategy(r, n->at, WHERE, id);
	free(id);
	return rc;
}

/* The condition that n holds; NULL with a mistake at its very place. */
static struct expr *
read_condition(struct conf_reader *r, const struct toml_doc_node *n)
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
add_rule(struct conf *c, const char *source, struct expr *x, size_t strategy)
{
	c->rules = xreallocarray(c->rules, c->nrules + 1, sizeof(*c->rules));
	c->rules[c->nrules++] = (struct conf_rule){ .source = xstrdup(source),
		.expr = x,
		.strategy = strategy };
}

/* Keys of a rule that are neither if, then nor else. */
static void
check_rule_keys(struct conf_reader *r, const struct toml_doc_node *n)
{
	static const char *const known[] = { "if", "then", "else" };

	for (size_t i = 0; i < n->nchildren; i++) {
		const struct toml_doc_node *k = &n->child[i];

		if (strcmp(k->key, "if") != 0 && strcmp(k->key, "then") != 0 &&
		    strcmp(k->key, "else") != 0)
			conf_finding_unknown(&r->mistakes, k->key_at,
			    WHERE ": unknown key", k->key, known, 3);
	}
}

/* { else = "'x'" }, which is the last rule. */
static void
read_else(struct conf_reader *r, const struct toml_doc_node *rule,
    const struct toml_doc_node *n, bool last)
{
	size_t strategy;

	if (rule->nchildren > 1)
		conf_finding_add(&r->mistakes, n->key_at,
		    "else: stands alone in the last rule");
	else if (!last)
		conf_finding_add(&r->mistakes, n->key_at,
		    "else: the rules behind it could never match");
	if (read_strategy(r, n, &strategy) == 0)
		add_rule(r->c, NULL, NULL, strategy);
}

static void
read_rule(struct conf_reader *r, const struct toml_doc_node *n, bool last)
{
	const struct toml_doc_node *condition, *then, *otherwise;
	struct expr *x = NULL;
	size_t strategy;

	if (n->type != TOML_DOC_TABLE) {
		conf_finding_add(&r->mistakes, n->at,
		    WHERE ": a rule is { if = \"...\", then = \"'ID'\" } or "
			  "{ else = \"'ID'\" }, not %s",
		    toml_doc_type_name(n->type));
		return;
	}
	condition = toml_doc_get(n, "if");
	then = toml_doc_get(n, "then");
	otherwise = toml_doc_get(n, "else");
	check_rule_keys(r, n);
	if (otherwise != NULL) {
		read_else(r, n, otherwise, last);
		return;
	}
	if (condition == NULL || then == NULL)
		conf_finding_add(&r->mistakes, n->at,
		    WHERE ": this rule lacks \"%s\"",
		    condition == NULL ? "if" : "then");
	if (condition != NULL)
		x = read_condition(r, condition);
	if (then != NULL && read_strategy(r, then, &strategy) == 0 && x != NULL)
		add_rule(r->c, condition->text, x, strategy);
	else
		expr_free(x);
}

void
conf_rules_read(struct conf_reader *r, const struct toml_doc_node *n)
{
	size_t strategy;

	if (n->type == TOML_DOC_STRING) {
		if (read_strategy(r, n, &strategy) == 0)
			add_rule(r->c, NULL, NULL, strategy);
		return;
	}
	if (n->type != TOML_DOC_ARRAY) {
		conf_finding_add(&r->mistakes, n->at,
		    WHERE ": must be a list of rules or the name of a "
			  "strategy, not %s",
		    toml_doc_type_name(n->type));
		return;
	}
	if (n->nchildren > RULES_MAX) {
		conf_finding_add(&r->mistakes, n->at,
		    WHERE ": more than %d rules", RULES_MAX);
		return;
	}
	for (size_t i = 0; i < n->nchildren; i++)
		read_rule(r, &n->child[i], i + 1 == n->nchildren);
}
