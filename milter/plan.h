/*
 * plan: what becomes of a message at its end, before anything is done.
 *
 * Decides from the message and its conf alone, never from DNS.
 *
 * Thread safety: no state. Tests: t/unit/plan.c
 */
#ifndef PLAN_H
#define PLAN_H

#include "milter/counters.h"
#include "milter/message.h"
#include "milter/refusal.h"

#include <stdbool.h>

enum plan_verdict { PLAN_ACCEPT, PLAN_REJECT, PLAN_TEMPFAIL };

struct plan {
	enum plan_verdict verdict;
	struct reply reply;   /* unless PLAN_ACCEPT */
	const char *strategy; /* of X-TLS-Strategy, or NULL; of the conf */
	bool own; /* the recipients' own strategies act, else the plain ones */
	const char *note;      /* what happened, for the log, or NULL */
	const char *why;       /* and why, or NULL */
	bool counts[COUNTERS]; /* which counters go up by one */
};

/* Makes the plan for m. */
void plan_make(const struct message *m, struct plan *p);

#endif
