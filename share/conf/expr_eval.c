/* expr_eval: what an expression says of a recipient - see expr.h */
#include "config.h"

#include "share/conf/expr_node.h"

#include "share/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One evaluation; unknown is set when a value turns out to be no value. */
struct eval {
	const struct expr *x;
	const struct expr_vars *vars;
	bool unknown;
};

static const char *
eval_string(const struct eval *v, const struct expr_node *n)
{
	return n->op == EXPR_VARIABLE ? v->vars->value[n->number] : n->string;
}

static int64_t
eval_number(struct eval *v, const struct expr_node *n)
{
	const char *s;
	char *end;
	long long number;

	if (n->op != EXPR_VARIABLE)
		return n->number;
	s = v->vars->value[n->number];
	errno = 0;
	number = strtoll(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0')
		v->unknown = true;
	return number;
}

static bool eval_node(struct eval *v, const struct expr_node *n);

static bool
eval_equal(struct eval *v, const struct expr_node *a, const struct expr_node *b)
{
	switch (a->type) {
	case EXPR_T_STRING:
		return text_equal_nocase(eval_string(v, a), eval_string(v, b));
	case EXPR_T_NUMBER:
		return eval_number(v, a) == eval_number(v, b);
	default:
		return eval_node(v, a) == eval_node(v, b);
	}
}

static bool
eval_in(struct eval *v, const struct expr_node *item,
    const struct expr_node *list)
{
	for (unsigned i = list->first; i != EXPR_NO_NODE;
	     i = v->x->node[i].next)
		if (eval_equal(v, item, &v->x->node[i]))
			return true;
	return false;
}

/* Whether s has part in it, the case of A-Z ignored. */
static bool
has_nocase(const char *s, const char *part)
{
	for (;; s++) {
		if (text_starts_nocase(s, part))
			return true;
		if (*s == '\0')
			return false;
	}
}

static bool
eval_matches(struct eval *v, const char *s, const regex_t *regex)
{
	if (strlen(s) > EXPR_SUBJECT_MAX) {
		v->unknown = true;
		return false;
	}
	return regexec(regex, s, 0, NULL, 0) == 0;
}

static bool
eval_two(struct eval *v, const struct expr_node *n, const struct expr_node *a,
    const struct expr_node *b)
{
	switch (n->op) {
	case EXPR_EQ:
		return eval_equal(v, a, b);
	case EXPR_NE:
		return !eval_equal(v, a, b);
	case EXPR_LT:
		return eval_number(v, a) < eval_number(v, b);
	case EXPR_LE:
		return eval_number(v, a) <= eval_number(v, b);
	case EXPR_GT:
		return eval_number(v, a) > eval_number(v, b);
	case EXPR_GE:
		return eval_number(v, a) >= eval_number(v, b);
	case EXPR_IN:
		return eval_in(v, a, b);
	case EXPR_STARTS_WITH:
		return text_starts_nocase(eval_string(v, a), eval_string(v, b));
	case EXPR_ENDS_WITH:
		return text_ends_nocase(eval_string(v, a), eval_string(v, b));
	case EXPR_CONTAINS:
		return a->op == EXPR_LIST
		    ? eval_in(v, b, a)
		    : has_nocase(eval_string(v, a), eval_string(v, b));
	default:
		return eval_matches(v, eval_string(v, a), n->regex);
	}
}

/* The recursion is as deep as the parser allowed. */
static bool
eval_node(struct eval *v, const struct expr_node *n)
{
	const struct expr_node *a = NULL;

	if (n->op == EXPR_BOOL)
		return n->number != 0;
	a = &v->x->node[n->first];
	if (n->op == EXPR_NOT)
		return !eval_node(v, a);
	if (n->op != EXPR_OR && n->op != EXPR_AND)
		return eval_two(v, n, a, &v->x->node[a->next]);
	for (unsigned i = n->first; i != EXPR_NO_NODE; i = v->x->node[i].next)
		if (eval_node(v, &v->x->node[i]) == (n->op == EXPR_OR))
			return n->op == EXPR_OR;
	return n->op == EXPR_AND;
}

enum expr_truth
expr_eval(const struct expr *x, const struct expr_vars *vars)
{
	struct eval v = { .x = x, .vars = vars };
	bool truth;

	for (unsigned i = 0; i < EXPR_VARS; i++)
		if ((x->reads & 1u << i) != 0 && vars->value[i] == NULL)
			return EXPR_UNKNOWN;
	truth = eval_node(&v, &x->node[x->root]);
	if (v.unknown)
		return EXPR_UNKNOWN;
	return truth ? EXPR_TRUE : EXPR_FALSE;
}

unsigned
expr_reads(const struct expr *x)
{
	return x->reads;
}

void
expr_free(struct expr *x)
{
	if (x == NULL)
		return;
	for (size_t i = 0; i < x->n; i++) {
		free(x->node[i].string);
		expr_regex_free(x->node[i].regex);
	}
	free(x->node);
	free(x);
}
