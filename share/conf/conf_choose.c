/* conf_choose: questions asked of a loaded config - see conf.h */
#include "config.h"

#include "share/conf/conf.h"

#include <string.h>

const struct strategy *
conf_strategy(const struct conf *c, const char *id)
{
	for (size_t i = 0; i < c->nstrategies; i++)
		if (strcmp(c->strategies[i].id, id) == 0)
			return &c->strategies[i];
	return NULL;
}

const struct strategy *
conf_choose(const struct conf *c, const struct expr_vars *vars, size_t *rule)
{
	size_t i = 0;

	while (i < c->nrules && c->rules[i].expr != NULL &&
	    expr_eval(c->rules[i].expr, vars) != EXPR_TRUE)
		i++;
	if (rule != NULL)
		*rule = i;
	return &c->strategies[i < c->nrules ? c->rules[i].choice : 0];
}

enum conf_send
conf_send_for(const struct conf *c, const char *domain)
{
	struct expr_vars vars = { .value[EXPR_RCPT_DOMAIN] = domain };
	size_t i = 0;

	while (i < c->report.nsend_rules &&
	    c->report.send_rules[i].expr != NULL &&
	    expr_eval(c->report.send_rules[i].expr, &vars) != EXPR_TRUE)
		i++;
	return i < c->report.nsend_rules
	    ? (enum conf_send)c->report.send_rules[i].choice
	    : CONF_DAILY;
}

bool
conf_rule_needs_message(const struct conf *c, size_t i)
{
	return c->rules[i].expr != NULL &&
	    (expr_reads(c->rules[i].expr) & ~(1u << EXPR_RCPT_DOMAIN)) != 0;
}

bool
conf_may_refuse(const struct conf *c)
{
	for (size_t i = 0; i < c->nstrategies; i++)
		if (c->strategies[i].dane == STRATEGY_REQUIRE ||
		    c->strategies[i].mta_sts == STRATEGY_REQUIRE)
			return true;
	return false;
}

const char *
conf_metrics_listen(const struct conf *c, const char *program)
{
	const char *own = "";

	if (strcmp(program, "milter") == 0)
		own = c->metrics.milter;
	else if (strcmp(program, "reportgen") == 0)
		own = c->metrics.reportgen;
	else if (strcmp(program, "analyzer") == 0)
		own = c->metrics.analyzer;
	return *own == '\0' ? c->metrics_listen : own;
}
