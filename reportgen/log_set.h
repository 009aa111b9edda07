/*
 * log_set: a few short words, the oldest of which makes room for a new one.
 *
 * Thread safety: none. Limits: as many as log_set_init() says; looked through
 * one by one, so for thousands at most. Tests: t/unit/log_session.c
 */
#ifndef LOG_SET_H
#define LOG_SET_H

#include <stdbool.h>
#include <stddef.h>

struct log_set {
	char **item; /* the oldest first */
	size_t n, max;
};

/* Makes an empty set of at most max words. */
void log_set_init(struct log_set *s, size_t max);

/* Frees what it holds. */
void log_set_clear(struct log_set *s);

/* Whether word is in it. */
bool log_set_has(const struct log_set *s, const char *word);

/* Adds word (copied) unless it is there. */
void log_set_add(struct log_set *s, const char *word);

/* Removes word where it is there. */
void log_set_remove(struct log_set *s, const char *word);

#endif
