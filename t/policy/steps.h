/*
 * steps: what a line of a scenario does: t/policy/README lists them.
 *
 * Thread safety: none. Tests: every scenario of t/policy.
 */
#ifndef STEPS_H
#define STEPS_H

#include "t/policy/script.h"
#include "t/policy/world.h"

/* A line as its step sees it. */
struct step_line {
	const struct script_words *words; /* [0] is the step's own name */
	const char *rest;                 /* the line after that name */
	const char *block;
};

/* Does it; -1 and e: the line is wrong, or what it expects is not so. */
typedef int step_run(struct world *w, const struct step_line *l, struct err *e);

struct step {
	const char *name;
	size_t min; /* words after the name */
	step_run *run;
};

/* A list of steps, ended by a name that is NULL. */
extern const struct step steps_dns[], steps_world[], steps_expect[],
    steps_state[];

/* Does one line. */
int steps_run(struct world *w, const struct script_line *l,
    struct err *e) MUST_CHECK;

/* A duration that is not negative; -1 and e otherwise. */
int64_t steps_duration(const char *word, struct err *e);

/* A number that is not negative; -1 and e otherwise. */
int64_t steps_number(const char *word, struct err *e);

#endif
