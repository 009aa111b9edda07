/*
 * expr_lex: the words of an expression, one after the other.
 *
 * Part of expr. Thread safety: one lexer belongs to one thread.
 * Limits: EXPR_SOURCE_MAX octets of source (see expr.h).
 * Tests: t/unit/expr.c, t/fuzz/fuzz_expr.c
 */
#ifndef EXPR_LEX_H
#define EXPR_LEX_H

#include "share/base/err.h"

#include <stddef.h>
#include <stdint.h>

enum expr_word {
	EXPR_W_END,
	EXPR_W_STRING,
	EXPR_W_NUMBER,
	EXPR_W_NAME,
	EXPR_W_AND,
	EXPR_W_OR,
	EXPR_W_NOT,
	EXPR_W_EQ,
	EXPR_W_NE,
	EXPR_W_LT,
	EXPR_W_LE,
	EXPR_W_GT,
	EXPR_W_GE,
	EXPR_W_OPEN,
	EXPR_W_CLOSE,
	EXPR_W_LIST,
	EXPR_W_LIST_END,
	EXPR_W_COMMA
};

struct expr_lex {
	const char *source; /* borrowed */
	size_t next;        /* where the next word is looked for */
	enum expr_word word;
	size_t at;      /* where the present word begins */
	size_t len;     /* its length in the source */
	char *string;   /* of a string: unescaped; else NULL. Owned */
	int64_t number; /* of a number */
};

/* Starts before the first word of source; call expr_lex_next() for it. */
void expr_lex_init(struct expr_lex *l, const char *source);

/* Frees what the lexer holds. */
void expr_lex_clear(struct expr_lex *l);

/* Moves to the next word; -1 and e (l->at is the place) on a mistake. */
int expr_lex_next(struct expr_lex *l, struct err *e) MUST_CHECK;

/* Takes the present string; the lexer no longer owns it. */
char *expr_lex_take(struct expr_lex *l) MUST_CHECK;

#endif
