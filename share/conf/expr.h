/*
 * expr: the expression language of rules, parsed once and evaluated often.
 *
 *   or    = and { "||" and }           and = not { "&&" not }
 *   not   = "!" not | compare
 *   compare = term [ ( == != < <= > >= in ) term ]
 *   term  = string | number | true | false | list | variable | call | ( or )
 *   call  = starts_with(x, y) | ends_with(x, y) | contains(x, y) |
 *           matches(x, 'POSIX extended regex')
 *   list  = "[" constant { "," constant } "]"
 *
 * Types are checked when parsing: the whole is true or false; == and != take
 * two of one type, < <= > >= two numbers, "in" a value and a list of its
 * type, contains() two strings or a list and a value. retry_num is a number,
 * every other variable a string. Strings are compared without regard to the
 * case of A-Z everywhere (mail domains are), regexes too.
 *
 * Strings stand in '' or "". A backslash escapes a quote or a backslash;
 * before anything else it stays, so that '\.' in a regex means a dot.
 *
 * An expression that reads a variable which the asker cannot know is unknown
 * as a whole, also under "!" and "!=" and beside a true "||": only a rule
 * that could be judged in full matches.
 *
 * Thread safety: a parsed expression is constant and may be evaluated by any
 * thread. Limits: EXPR_SOURCE_MAX octets, EXPR_DEPTH_MAX levels,
 * EXPR_NODES_MAX nodes; a regex has EXPR_REGEX_MAX octets at most and, with
 * its repetitions written out, EXPR_REPEAT_MAX parts; it has no
 * back-reference, and is tried on EXPR_SUBJECT_MAX octets at most (unknown
 * above).
 * Tests: t/unit/expr.c, t/fuzz/fuzz_expr.c
 */
#ifndef EXPR_H
#define EXPR_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPR_DEPTH_MAX 64
#define EXPR_NODES_MAX 1024
#define EXPR_SOURCE_MAX 16384
#define EXPR_REGEX_MAX 256
#define EXPR_REPEAT_MAX 1000
#define EXPR_SUBJECT_MAX 512

enum expr_var {
	EXPR_RCPT,
	EXPR_RCPT_DOMAIN,
	EXPR_SENDER,
	EXPR_SENDER_DOMAIN,
	EXPR_AUTHENTICATED_AS,
	EXPR_REMOTE_IP,
	EXPR_MX,
	EXPR_QUEUE_ID,
	EXPR_RETRY_NUM,
	EXPR_LAST_ERROR,
	EXPR_VARS /* how many there are */
};

/* What the asker knows: NULL is "cannot know", "" is a known empty value. */
struct expr_vars {
	const char *value[EXPR_VARS]; /* borrowed; numbers as decimal text */
};

enum expr_truth { EXPR_FALSE, EXPR_TRUE, EXPR_UNKNOWN };

struct expr;

/*
 * Parses source. On a mistake NULL, e, and *column (1-based, in octets of
 * source). Gives; free with expr_free().
 */
struct expr *expr_parse(const char *source, size_t *column,
    struct err *e) MUST_CHECK;

/* Frees; NULL is fine. */
void expr_free(struct expr *x);

/* Evaluates x against vars. */
enum expr_truth expr_eval(const struct expr *x, const struct expr_vars *vars);

/* A bit (1u << enum expr_var) for every variable that x reads. */
unsigned expr_reads(const struct expr *x);

/* The name of a variable as written in expressions. */
const char *expr_var_name(enum expr_var var);

/*
 * A setting's text that may be an expression constant: 'x' -> x, anything
 * else is taken as it is. key_get('default', 'hostname') becomes hostname;
 * another key_get() is an error. Gives the value, or NULL and e.
 */
char *expr_constant_string(const char *text, const char *hostname,
    struct err *e) MUST_CHECK;

/*
 * As above for "['a', 'b']" or "'a'", a list of one: gives n strings (free
 * each and the array), or -1 and e when text is neither.
 */
int expr_constant_list(const char *text, char ***list, size_t *n,
    struct err *e) MUST_CHECK;

#endif
