/*
 * supervisor: forks the daemon's children and starts again what dies.
 *
 * At once the first time, then after 1, 2, 4 ... 30 seconds; a child that has
 * run for two seconds begins anew with that. The parent waits for signals only:
 * it does no work of its own.
 *
 * Thread safety: the parent's only thread. Tests: t/system/collect.t
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "reportgen/child.h"
#include "share/net/notify.h"

#include <stddef.h>
#include <sys/types.h>

/* The parent's niceness, which the receiver keeps; others become usual. */
#define SUPERVISOR_URGENT (-10)

struct supervisor {
	const struct child_kind *kinds;
	size_t nkinds;
	struct child child; /* what each gets a copy of; every descriptor */
	int lock;           /* of the pid file: held by children, too */
	const struct notify *notify;
	/* Reads the config again, into child.conf; false: it is refused. */
	bool (*reload)(void *arg);
	void *arg;
	struct {
		pid_t pid; /* 0: does not run */
		int64_t started_ms, due_ms, delay_ms;
	} state[CHILD_ROLES]; /* by kind's place */
	bool stopping;
};

/* Blocks the signals that the parent waits for; before anything is forked. */
void supervisor_block(void);

/*
 * Starts the children, calls ready() then, and runs until SIGTERM or SIGINT;
 * returns when all have ended.
 */
void supervisor_run(struct supervisor *s, void (*ready)(void *arg));

#endif
