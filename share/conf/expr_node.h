/*
 * expr_node: a parsed expression as its parser makes and its evaluator reads
 * it. Part of expr; nobody else includes this.
 *
 * Nodes live in one array and name each other by index, so that freeing
 * needs no recursion. Thread safety: constant once parsed.
 * Tests: t/unit/expr.c
 */
#ifndef EXPR_NODE_H
#define EXPR_NODE_H

#include "share/conf/expr.h"

#include <regex.h>

enum expr_op {
	/* two or more operands */
	EXPR_OR,
	EXPR_AND,
	/* one or two operands */
	EXPR_NOT,
	EXPR_EQ,
	EXPR_NE,
	EXPR_LT,
	EXPR_LE,
	EXPR_GT,
	EXPR_GE,
	EXPR_IN,
	EXPR_STARTS_WITH,
	EXPR_ENDS_WITH,
	EXPR_CONTAINS,
	EXPR_MATCHES,
	/* leaves */
	EXPR_STRING,
	EXPR_NUMBER,
	EXPR_BOOL,
	EXPR_LIST,
	EXPR_VARIABLE
};

enum expr_type {
	EXPR_T_STRING,
	EXPR_T_NUMBER,
	EXPR_T_BOOL,
	EXPR_T_STRINGS,
	EXPR_T_NUMBERS
};

#define EXPR_NO_NODE 0xffffu

struct expr_node {
	enum expr_op op;
	enum expr_type type;
	size_t at;      /* place in the source, from 0 */
	unsigned first; /* first operand or item, EXPR_NO_NODE: none */
	unsigned next;  /* next operand of the same node */
	char *string;   /* of a string. Owned */
	int64_t number; /* of a number or bool; which variable */
	regex_t *regex; /* of matches(). Owned */
};

struct expr {
	struct expr_node *node;
	size_t n;
	unsigned root;
	unsigned reads; /* bits of the variables */
};

/* Compiles a regex within the limits of expr.h. Gives, or NULL and e. */
regex_t *expr_regex_new(const char *pattern, struct err *e) MUST_CHECK;

/* Frees; NULL is fine. */
void expr_regex_free(regex_t *r);

#endif
