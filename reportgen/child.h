/*
 * child: what the processes of the daemon get from their parent, and what
 * they owe it.
 *
 * A child is a function that the parent calls in a process forked for it; it
 * runs until SIGTERM and returns an exit status. Whatever else makes it return
 * or die, it is started again: at once the first time, then later and later.
 * What it must keep is in report.db, in struct shared, or in the sockets that
 * the parent holds.
 *
 * Signals. SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are blocked when it begins:
 * the child says what is to be done on each (libevent's evsignal_new() is
 * fine), then calls child_unblock(). SIGTERM: end soon, within seconds.
 * SIGHUP: read conf_path again; the parent has just found no mistake in it,
 * and a file that has one meanwhile is passed over. SIGUSR1: checkpoint now
 * (receiver). SIGUSR2: look at the outbox now (sender). SIGPIPE is ignored. A
 * child gets SIGTERM when its parent dies.
 *
 * A new kind of child is a row in the table of daemon.c.
 *
 * Thread safety: one thread to begin with. Tests: t/system/collect.t
 */
#ifndef CHILD_H
#define CHILD_H

#include "reportgen/keyring.h"
#include "reportgen/shared.h"
#include "share/base/log.h"
#include "share/conf/conf.h"

struct child {
	struct conf *conf; /* in force; the child's own reference */
	const char *conf_path;
	struct log *log;
	struct shared *shared;
	struct keyring *keys; /* sender: to sign with; others: empty */
	int side;             /* sender, log: for side_send(); else -1 */
	int side_in;          /* receiver: the other end; else -1 */
	int collector;        /* receiver: bound datagram socket; else -1 */
	int metrics;          /* sender: listening, or -1 */
};

/* What a child is for; struct shared counts restarts in this order. */
enum child_role { CHILD_RECEIVER, CHILD_SENDER, CHILD_LOG, CHILD_ROLES };

/* A kind of child. */
struct child_kind {
	enum child_role role;
	const char *name; /* in the log: "receiver" */
	int (*run)(struct child *c);
	bool (*wanted)(const struct conf *c); /* NULL: always */
};

/* Lets the signals through that were blocked when the child began. */
void child_unblock(void);

/*
 * Reads conf_path again and puts it into c->conf; false when it has a mistake
 * by now and the old one stays.
 */
bool child_reload(struct child *c);

#endif
