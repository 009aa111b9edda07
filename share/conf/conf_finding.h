/*
 * conf_finding: what the config's reader has to say, each with its place.
 *
 * Part of conf. Findings are collected in any order and given out sorted by
 * their place. Thread safety: one list belongs to one thread.
 * Limits: CONF_MISTAKES_MAX lines and one that counts the rest.
 * Tests: t/unit/conf.c
 */
#ifndef CONF_FINDING_H
#define CONF_FINDING_H

#include "share/conf/conf.h"
#include "share/conf/toml_doc.h"

struct conf_finding {
	struct toml_doc_place at;
	char *text;
};

struct conf_findings {
	struct conf_finding *item;
	size_t n;
	size_t more; /* found beyond the limit */
};

/* Adds one (printf-like, cut at ERR_TEXT_MAX); f may be NULL: nothing. */
void conf_finding_add(struct conf_findings *f, struct toml_doc_place at,
    const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Adds: WHAT "WORD" (did you mean "..."?), the nearest of n known words if
 * one is near. what says that the word is wrong.
 */
void conf_finding_unknown(struct conf_findings *f, struct toml_doc_place at,
    const char *what, const char *word, const char *const *known, size_t n);

/* Fills out (when not NULL) with the sorted lines and empties f. */
void conf_finding_give(struct conf_findings *f, const char *name,
    struct conf_mistakes *out);

#endif
