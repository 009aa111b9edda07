/*
 * delivery_round: one report on its way: its record, its destinations, their
 * tries, until all that was due has an end for now and is written down.
 *
 * Only delivery.c and delivery_round.c include this.
 *
 * Thread safety: as delivery.h. Tests: t/unit/delivery.c
 */
#ifndef DELIVERY_ROUND_H
#define DELIVERY_ROUND_H

#include "reportgen/caps.h"
#include "reportgen/delivery.h"
#include "reportgen/destination.h"

#include <sys/queue.h>

struct delivery_round;

/* One try to bring the report to one destination. */
struct delivery_try {
	struct delivery_round *round;
	struct destination *to;
	const struct transport *via;
	void *handle; /* of the transport; NULL: ended */
	bool starting;
};

struct delivery_round {
	struct delivery *owner;
	struct outbox_report report; /* its texts and octets are ours */
	struct destinations to;
	struct dns_query *query;
	struct delivery_try try[OUTBOX_URIS_MAX];
	size_t ntries, open;     /* made in this round; not ended yet */
	enum outbox_state state; /* to be written */
	bool decided;            /* state is not what destinations say */
	struct timer *again;     /* to write it, when that failed */
	LIST_ENTRY(delivery_round) next;
};

LIST_HEAD(delivery_rounds, delivery_round);

struct delivery {
	struct delivery_env env;
	struct delivery_stats stats;
	struct caps caps;
	struct delivery_rounds rounds;
	size_t nrounds, octets; /* under way */
	/* numbers of reports that were due at the last look */
	int64_t queue[2 * DELIVERY_AT_ONCE];
	size_t nqueue, next_queue;
	bool paused, rested;
	struct timer *timer;
};

/*
 * Begins a round for a report, unless it is not to be sent any more; it may
 * have ended when this returns.
 */
int delivery_round_start(struct delivery *d, int64_t number,
    struct err *e) MUST_CHECK;

/* Gives it up: what is under way may happen, or not. */
void delivery_round_cancel(struct delivery_round *r);

/* A round has ended and is freed. */
void delivery_round_ended(struct delivery *d);

#endif
