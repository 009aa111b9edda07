/*
 * counters: what the milter did since it started.
 *
 * Shown by "tlsherald-milter stats" and on the control socket under these
 * names. The would_ ones count what observe mode left undone.
 *
 * Thread safety: every function from every thread, without a lock.
 * Tests: t/system/milter_protocol.t
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

enum counter {
	COUNTER_SESSIONS,   /* connections of the MTA */
	COUNTER_MESSAGES,   /* messages that reached their end */
	COUNTER_RECIPIENTS, /* of them, accepted ones */
	COUNTER_OUTGOING,   /* of these, recipients that leave the host */
	COUNTER_REFUSED,    /* recipients refused: unsatisfiable */
	COUNTER_WOULD_REFUSE,
	COUNTER_REJECTED,    /* messages rejected at their end */
	COUNTER_TEMPFAILED,  /* messages put off at their end */
	COUNTER_UNSTEERABLE, /* judged so, whatever was done then */
	COUNTER_WOULD_UNSTEERABLE,
	COUNTER_WEAKER,          /* unsteerable and accepted none the less */
	COUNTER_STEERED,         /* sent to a strategy's transport */
	COUNTER_TLS_REQUIRED_NO, /* messages whose sender asked for it */
	COUNTER_EXEMPT,          /* our own reports */
	COUNTER_BOUND,           /* (queue id, domain) pairs remembered */
	COUNTER_TAGGED,          /* X-TLS-Requirement added */
	COUNTER_HEADERS_REMOVED, /* ours by name, not by origin */
	COUNTER_PENDING,         /* requirements unknown yet at the end */
	COUNTER_RELOADS,         /* of the config, put in force */
	COUNTER_RELOADS_REFUSED, /* the old one stayed */
	COUNTERS                 /* how many there are */
};

struct counters {
	_Atomic uint64_t value[COUNTERS];
};

/* Adds n to one counter. */
void counters_add(struct counters *c, enum counter which, uint64_t n);

/* The value of one counter. */
uint64_t counters_get(struct counters *c, enum counter which);

/* Its name in JSON; constant. */
const char *counters_name(enum counter which);

#endif
