/*
 * outgoing: all that it takes to bring reports out: resolver, transports and
 * delivery, by one config.
 *
 * Whoever has one has the lock STATE/sender.lock, so that no report goes out
 * by two processes at once: the daemon's sending child, or the command "send"
 * while there is no daemon.
 *
 * Thread safety: belongs to the thread of the event_base.
 * Tests: t/system/deliver.t
 */
#ifndef OUTGOING_H
#define OUTGOING_H

#include "reportgen/delivery.h"
#include "share/dns/resolver_ub.h"

/* What it is made on; borrowed, but for conf, which is referenced. */
struct outgoing_env {
	struct event_base *base;
	struct report_db *db;
	struct conf *conf;
	struct keyring *keys;
	const struct log *log;
	struct shared *shared;
	void (*own)(void *ctx, const char *domain); /* as in delivery.h */
	void (*step)(void *ctx);
	void *ctx;
};

/* What is open; zero: nothing is. */
struct outgoing {
	struct conf *conf;
	struct resolver_ub *resolver;
	struct timers timers;
	struct transport mail, https;
	struct delivery *delivery;
};

/* Locks; a descriptor to hold. ERR_TEMP: somebody else is sending. */
int outgoing_lock(const struct conf *c, struct err *e) MUST_CHECK;

/* Opens everything; on -1 nothing is open. */
int outgoing_open(struct outgoing *o, const struct outgoing_env *env,
    struct err *e) MUST_CHECK;

/* Closes; what is under way is given up. */
void outgoing_close(struct outgoing *o);

#endif
