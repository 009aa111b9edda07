/*
 * delivery: brings the reports of the outbox to their destinations.
 *
 * For each report that is due the domain's record is asked for again: it says
 * where the report goes now. A domain that wants none any more gets none, one
 * that cannot be asked gets it where the record seen at delivery says. Then
 * each destination that is due is tried, all at once and each on its own
 * account, and what became of it is written before the next report is begun:
 * accepted, after the transport said so. Whenever the process dies, the same
 * report goes out again, never another in its place, and none is lost.
 *
 * Thread safety: belongs to the thread of the transports. Limits:
 * DELIVERY_AT_ONCE reports at a time, so that servers which hang do not hold up
 * the rest; fewer when they are large (DELIVERY_OCTETS).
 * Tests: t/unit/delivery.c, t/system/deliver.t
 */
#ifndef DELIVERY_H
#define DELIVERY_H

#include "reportgen/shared.h"
#include "reportgen/transport.h"
#include "share/base/timer.h"

#include <stddef.h>

#define DELIVERY_AT_ONCE 256
#define DELIVERY_OCTETS (64u << 20) /* gzipped, of all under way */
#define DELIVERY_LOOK_MS 60000      /* at the latest, it looks again */

/* The world; everything is borrowed. */
struct delivery_env {
	struct report_db *db;
	const struct conf *conf;
	const struct dns_resolver *dns;
	const struct clock *clock;
	const struct timers *timers;
	const struct log *log;
	struct shared *shared; /* NULL: nobody counts */
	const struct transport *mail, *https;
	/* A mail to that domain is about to be handed over. May be NULL. */
	void (*own)(void *ctx, const char *domain);
	/* Something was settled or put off. May be NULL. */
	void (*step)(void *ctx);
	void *ctx;
};

/* What was done so far. */
struct delivery_stats {
	size_t sent, failed, withdrawn; /* reports */
	size_t accepted, refused;       /* destinations */
	size_t later;                   /* tries that will be made again */
};

struct delivery;

/* Makes one; it begins with delivery_look(). Never NULL. */
struct delivery *delivery_new(const struct delivery_env *env);

/* Begins what is due, and goes on from then by itself. */
void delivery_look(struct delivery *d);

/* Begins nothing any more; what is under way goes on. */
void delivery_pause(struct delivery *d);

/* How many reports are under way. */
size_t delivery_busy(const struct delivery *d);

/* What was done since delivery_new(). */
const struct delivery_stats *delivery_stats(const struct delivery *d);

/* Frees; tries that are under way are given up. NULL is fine. */
void delivery_free(struct delivery *d);

#endif
