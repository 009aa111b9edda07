/* expr_parse: from an expression's text to its nodes - see expr.h */
#include "config.h"

#include "share/conf/expr_lex.h"
#include "share/conf/expr_node.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char *const var_names[EXPR_VARS] = {
	[EXPR_RCPT] = "rcpt",
	[EXPR_RCPT_DOMAIN] = "rcpt_domain",
	[EXPR_SENDER] = "sender",
	[EXPR_SENDER_DOMAIN] = "sender_domain",
	[EXPR_AUTHENTICATED_AS] = "authenticated_as",
	[EXPR_REMOTE_IP] = "remote_ip",
	[EXPR_MX] = "mx",
	[EXPR_QUEUE_ID] = "queue_id",
	[EXPR_RETRY_NUM] = "retry_num",
	[EXPR_LAST_ERROR] = "last_error",
};

static const char *const call_names[] = { "starts_with", "ends_with",
	"contains", "matches" };
static const enum expr_op call_ops[] = { EXPR_STARTS_WITH, EXPR_ENDS_WITH,
	EXPR_CONTAINS, EXPR_MATCHES };

struct parse {
	struct expr_lex lex;
	struct expr *x;
	unsigned depth;
	size_t at; /* place of the mistake */
	struct err *e;
};

static int parse_or(struct parse *p, unsigned *node) MUST_CHECK;
static int parse_term(struct parse *p, unsigned *node) MUST_CHECK;

const char *
expr_var_name(enum expr_var var)
{
	return var_names[var];
}

static int
next(struct parse *p)
{
	int rc = expr_lex_next(&p->lex, p->e);

	p->at = p->lex.at;
	return rc;
}

/* The present word as text for a message. */
static const char *
shown(struct parse *p, char *dst, size_t size)
{
	char word[64];

	if (p->lex.word == EXPR_W_END)
		return "the end";
	(void)text_escape(word, sizeof(word), p->lex.source + p->lex.at,
	    p->lex.len);
	(void)snprintf(dst, size, "\"%s\"", word);
	return dst;
}

/* The present word must be this one and is passed over. */
static int
expect(struct parse *p, enum expr_word word, const char *what)
{
	char got[80];

	if (p->lex.word != word)
		return err_set(p->e, ERR_SYNTAX, "expected %s, not %s", what,
		    shown(p, got, sizeof(got)));
	return next(p);
}

static int
new_node(struct parse *p, enum expr_op op, enum expr_type type, size_t at,
    unsigned *node)
{
	struct expr *x = p->x;

	if (x->n == EXPR_NODES_MAX)
		return err_set(p->e, ERR_LIMIT,
		    "expression of more than %d parts", EXPR_NODES_MAX);
	if ((x->n & (x->n - 1)) == 0)
		x->node = xreallocarray(x->node, x->n == 0 ? 1 : 2 * x->n,
		    sizeof(*x->node));
	x->node[x->n] = (struct expr_node){ .op = op,
		.type = type,
		.at = at,
		.first = EXPR_NO_NODE,
		.next = EXPR_NO_NODE };
	*node = (unsigned)x->n++;
	return 0;
}

static struct expr_node *
at(struct parse *p, unsigned node)
{
	return &p->x->node[node];
}

static const char *
type_name(enum expr_type type)
{
	static const char *const names[] = { "a string", "a number",
		"true or false", "a list of strings", "a list of numbers" };

	return names[type];
}

/* The node must be of this type; what takes it is named. */
static int
need(struct parse *p, unsigned node, enum expr_type type, const char *what)
{
	if (at(p, node)->type == type)
		return 0;
	p->at = at(p, node)->at;
	return err_set(p->e, ERR_SYNTAX, "%s takes %s, not %s", what,
	    type_name(type), type_name(at(p, node)->type));
}

/* A string, number, true or false. */
static int
parse_constant(struct parse *p, unsigned *node)
{
	char got[80];
	bool yes = false;

	if (p->lex.word == EXPR_W_STRING) {
		if (new_node(p, EXPR_STRING, EXPR_T_STRING, p->lex.at, node) ==
		    -1)
			return -1;
		at(p, *node)->string = expr_lex_take(&p->lex);
		return next(p);
	}
	if (p->lex.word == EXPR_W_NUMBER) {
		if (new_node(p, EXPR_NUMBER, EXPR_T_NUMBER, p->lex.at, node) ==
		    -1)
			return -1;
		at(p, *node)->number = p->lex.number;
		return next(p);
	}
	if (p->lex.word == EXPR_W_NAME) {
		const char *word = p->lex.source + p->lex.at;

		yes = p->lex.len == 4 && strncmp(word, "true", 4) == 0;
		if (yes ||
		    (p->lex.len == 5 && strncmp(word, "false", 5) == 0)) {
			if (new_node(p, EXPR_BOOL, EXPR_T_BOOL, p->lex.at,
				node) == -1)
				return -1;
			at(p, *node)->number = yes;
			return next(p);
		}
	}
	return err_set(p->e, ERR_SYNTAX, "expected a constant, not %s",
	    shown(p, got, sizeof(got)));
}

/* At "[": constants of one type, strings or numbers. */
static int
parse_list(struct parse *p, unsigned *node)
{
	unsigned item, last = EXPR_NO_NODE;
	enum expr_type type;

	if (new_node(p, EXPR_LIST, EXPR_T_STRINGS, p->lex.at, node) == -1 ||
	    next(p) == -1)
		return -1;
	while (p->lex.word != EXPR_W_LIST_END) {
		if (last != EXPR_NO_NODE &&
		    expect(p, EXPR_W_COMMA, "\",\" or \"]\"") == -1)
			return -1;
		if (p->lex.word == EXPR_W_LIST_END)
			break;
		if (parse_constant(p, &item) == -1)
			return -1;
		if (last == EXPR_NO_NODE) {
			if (at(p, item)->type == EXPR_T_NUMBER)
				at(p, *node)->type = EXPR_T_NUMBERS;
			at(p, *node)->first = item;
		} else {
			at(p, last)->next = item;
		}
		type = at(p, *node)->type == EXPR_T_NUMBERS ? EXPR_T_NUMBER
							    : EXPR_T_STRING;
		if (need(p, item, type, "this list") == -1)
			return -1;
		last = item;
	}
	return next(p);
}

/* contains() takes a string or a list before what is looked for. */
static int
check_contains(struct parse *p, unsigned a, unsigned b)
{
	if (at(p, a)->type == EXPR_T_NUMBERS)
		return need(p, b, EXPR_T_NUMBER, "this contains()");
	if (at(p, a)->type != EXPR_T_STRINGS &&
	    need(p, a, EXPR_T_STRING, "contains()") == -1)
		return -1;
	return need(p, b, EXPR_T_STRING, "contains()");
}

static int
check_call(struct parse *p, enum expr_op op, const char *name, unsigned node,
    unsigned a, unsigned b)
{
	if (op == EXPR_CONTAINS)
		return check_contains(p, a, b);
	if (need(p, a, EXPR_T_STRING, name) == -1 ||
	    need(p, b, EXPR_T_STRING, name) == -1)
		return -1;
	if (op != EXPR_MATCHES)
		return 0;
	if (at(p, b)->op == EXPR_STRING)
		at(p, node)->regex = expr_regex_new(at(p, b)->string, p->e);
	else
		(void)err_set(p->e, ERR_SYNTAX,
		    "the regex of matches() must be a string constant");
	if (at(p, node)->regex != NULL)
		return 0;
	p->at = at(p, b)->at;
	return -1;
}

/* At "(" after the name of a function. */
static int
parse_call(struct parse *p, size_t which, size_t place, unsigned *node)
{
	unsigned a, b;

	if (++p->depth > EXPR_DEPTH_MAX)
		return err_set(p->e, ERR_LIMIT, "nested too deeply");
	if (new_node(p, call_ops[which], EXPR_T_BOOL, place, node) == -1 ||
	    expect(p, EXPR_W_OPEN, "\"(\"") == -1 || parse_term(p, &a) == -1 ||
	    expect(p, EXPR_W_COMMA, "\",\"") == -1 || parse_term(p, &b) == -1 ||
	    expect(p, EXPR_W_CLOSE, "\")\"") == -1)
		return -1;
	at(p, *node)->first = a;
	at(p, a)->next = b;
	p->depth--;
	return check_call(p, call_ops[which], call_names[which], *node, a, b);
}

/* A name that is no variable, function or constant. */
static int
unknown_name(struct parse *p, const char *name, bool call)
{
	const char *known[EXPR_VARS + COUNT(call_names)];
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < EXPR_VARS && !call; i++)
		known[n++] = var_names[i];
	for (size_t i = 0; i < COUNT(call_names) && call; i++)
		known[n++] = call_names[i];
	near = text_nearest(name, known, n);
	if (near == NULL)
		return err_set(p->e, ERR_SYNTAX, "unknown %s \"%s\"%s",
		    call ? "function" : "variable", name,
		    call ? "" : " (a string stands in quotes)");
	return err_set(p->e, ERR_SYNTAX,
	    "unknown %s \"%s\" (did you mean \"%s\"?)",
	    call ? "function" : "variable", name, near);
}

static int
parse_name(struct parse *p, unsigned *node)
{
	size_t place = p->lex.at;
	char name[64];

	if (p->lex.len >= sizeof(name))
		return err_set(p->e, ERR_SYNTAX, "unknown word");
	memcpy(name, p->lex.source + place, p->lex.len);
	name[p->lex.len] = '\0';
	if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0)
		return parse_constant(p, node);
	for (unsigned i = 0; i < EXPR_VARS; i++) {
		if (strcmp(name, var_names[i]) != 0)
			continue;
		if (new_node(p, EXPR_VARIABLE,
			i == EXPR_RETRY_NUM ? EXPR_T_NUMBER : EXPR_T_STRING,
			place, node) == -1)
			return -1;
		at(p, *node)->number = i;
		p->x->reads |= 1u << i;
		return next(p);
	}
	if (next(p) == -1)
		return -1;
	for (size_t i = 0; i < COUNT(call_names); i++)
		if (strcmp(name, call_names[i]) == 0)
			return parse_call(p, i, place, node);
	p->at = place;
	return unknown_name(p, name, p->lex.word == EXPR_W_OPEN);
}

static int
parse_term(struct parse *p, unsigned *node)
{
	switch (p->lex.word) {
	case EXPR_W_OPEN:
		if (next(p) == -1 || parse_or(p, node) == -1)
			return -1;
		return expect(p, EXPR_W_CLOSE, "\")\"");
	case EXPR_W_LIST:
		return parse_list(p, node);
	case EXPR_W_NAME:
		return parse_name(p, node);
	default:
		return parse_constant(p, node);
	}
}

/* Which comparison the present word is; EXPR_LIST: none. */
static enum expr_op
comparison(struct parse *p)
{
	switch (p->lex.word) {
	case EXPR_W_EQ:
		return EXPR_EQ;
	case EXPR_W_NE:
		return EXPR_NE;
	case EXPR_W_LT:
		return EXPR_LT;
	case EXPR_W_LE:
		return EXPR_LE;
	case EXPR_W_GT:
		return EXPR_GT;
	case EXPR_W_GE:
		return EXPR_GE;
	case EXPR_W_NAME:
		if (p->lex.len == 2 &&
		    strncmp(p->lex.source + p->lex.at, "in", 2) == 0)
			return EXPR_IN;
		return EXPR_LIST;
	default:
		return EXPR_LIST;
	}
}

static int
check_comparison(struct parse *p, enum expr_op op, unsigned a, unsigned b)
{
	enum expr_type left = at(p, a)->type;

	if (op == EXPR_EQ || op == EXPR_NE) {
		if (left == EXPR_T_STRINGS || left == EXPR_T_NUMBERS) {
			p->at = at(p, a)->at;
			return err_set(p->e, ERR_SYNTAX,
			    "a list is compared by \"in\" or contains()");
		}
		return need(p, b, left, "this comparison");
	}
	if (op == EXPR_IN) {
		if (left != EXPR_T_NUMBER &&
		    need(p, a, EXPR_T_STRING, "\"in\"") == -1)
			return -1;
		return need(p, b,
		    left == EXPR_T_NUMBER ? EXPR_T_NUMBERS : EXPR_T_STRINGS,
		    "\"in\" here");
	}
	if (need(p, a, EXPR_T_NUMBER, "this comparison") == -1)
		return -1;
	return need(p, b, EXPR_T_NUMBER, "this comparison");
}

static int
parse_compare(struct parse *p, unsigned *node)
{
	unsigned left, right;
	enum expr_op op;
	size_t place;

	if (parse_term(p, &left) == -1)
		return -1;
	op = comparison(p);
	if (op == EXPR_LIST) {
		*node = left;
		return 0;
	}
	place = p->lex.at;
	if (next(p) == -1 || parse_term(p, &right) == -1)
		return -1;
	if (check_comparison(p, op, left, right) == -1 ||
	    new_node(p, op, EXPR_T_BOOL, place, node) == -1)
		return -1;
	at(p, *node)->first = left;
	at(p, left)->next = right;
	return 0;
}

static int
parse_not(struct parse *p, unsigned *node)
{
	unsigned operand;
	size_t place = p->lex.at;

	if (p->lex.word != EXPR_W_NOT)
		return parse_compare(p, node);
	if (++p->depth > EXPR_DEPTH_MAX)
		return err_set(p->e, ERR_LIMIT, "nested too deeply");
	if (next(p) == -1 || parse_not(p, &operand) == -1)
		return -1;
	if (need(p, operand, EXPR_T_BOOL, "\"!\"") == -1 ||
	    new_node(p, EXPR_NOT, EXPR_T_BOOL, place, node) == -1)
		return -1;
	at(p, *node)->first = operand;
	p->depth--;
	return 0;
}

/* Operands joined by one operator become the operands of one node. */
static int
parse_joined(struct parse *p, enum expr_word word, enum expr_op op,
    const char *name, int (*operand)(struct parse *, unsigned *),
    unsigned *node)
{
	unsigned first, item, last;

	if (operand(p, &first) == -1)
		return -1;
	*node = first;
	if (p->lex.word != word)
		return 0;
	if (need(p, first, EXPR_T_BOOL, name) == -1 ||
	    new_node(p, op, EXPR_T_BOOL, p->lex.at, node) == -1)
		return -1;
	at(p, *node)->first = last = first;
	while (p->lex.word == word) {
		if (next(p) == -1 || operand(p, &item) == -1 ||
		    need(p, item, EXPR_T_BOOL, name) == -1)
			return -1;
		at(p, last)->next = item;
		last = item;
	}
	return 0;
}

static int
parse_and(struct parse *p, unsigned *node)
{
	return parse_joined(p, EXPR_W_AND, EXPR_AND, "\"&&\"", parse_not, node);
}

static int
parse_or(struct parse *p, unsigned *node)
{
	if (++p->depth > EXPR_DEPTH_MAX)
		return err_set(p->e, ERR_LIMIT, "nested too deeply");
	if (parse_joined(p, EXPR_W_OR, EXPR_OR, "\"||\"", parse_and, node) ==
	    -1)
		return -1;
	p->depth--;
	return 0;
}

static int
parse_all(struct parse *p)
{
	char got[80];

	if (strlen(p->lex.source) > EXPR_SOURCE_MAX)
		return err_set(p->e, ERR_LIMIT,
		    "expression longer than %d octets", EXPR_SOURCE_MAX);
	if (next(p) == -1 || parse_or(p, &p->x->root) == -1)
		return -1;
	if (p->lex.word != EXPR_W_END)
		return err_set(p->e, ERR_SYNTAX,
		    "expected an operator or the end, not %s",
		    shown(p, got, sizeof(got)));
	return need(p, p->x->root, EXPR_T_BOOL, "a rule");
}

struct expr *
expr_parse(const char *source, size_t *column, struct err *e)
{
	struct parse p = { .e = e };
	int rc;

	p.x = xcalloc(1, sizeof(*p.x));
	expr_lex_init(&p.lex, source);
	rc = parse_all(&p);
	expr_lex_clear(&p.lex);
	*column = p.at + 1;
	if (rc == 0)
		return p.x;
	expr_free(p.x);
	return NULL;
}
