/*
 * err: what went wrong, told to the caller.
 *
 * A function that can fail takes a struct err * as its last parameter and
 * returns -1 or NULL. The code means an action, the text is for people. The
 * caller holds the struct by value; passing NULL is allowed where the text
 * is not wanted. A DNS or policy outcome is not an error: those are enums.
 *
 * Thread safety: no state of its own. Texts are cut at ERR_TEXT_MAX octets.
 * Tests: t/unit/err.c
 */
#ifndef ERR_H
#define ERR_H

#include <stddef.h>

#define ERR_TEXT_MAX 384

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err_code {
	ERR_NONE = 0,
	ERR_TEMP,   /* try again later */
	ERR_PERM,   /* will never work as asked */
	ERR_SYNTAX, /* the input is not of its form */
	ERR_LIMIT,  /* a stated limit was reached */
	ERR_NOENT,  /* what was asked for is not there */
	ERR_SYS,    /* the system refused; errno is in the text */
	ERR_BUG     /* an invariant of ours is broken */
};

struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX];
};

/* Sets code and text (printf-like); returns -1, so `return err_set(...)`. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* As err_set() with ERR_SYS; appends ": " and the text of errno. */
int err_sys(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts context and ": " before the text that is there; returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Forgets what was set. */
void err_clear(struct err *e);

#endif
