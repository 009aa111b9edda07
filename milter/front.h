/*
 * front: answers the MTA's policy lookups from [policy] listen.
 *
 * Runs on the front loop. Map names are those of share/policy/dialect.h; an
 * unknown map or strategy is answered TEMP and logged, at most once a
 * minute. The strategy is the forced one or what the rules choose when the
 * next hop's name is all that is known.
 *
 * Thread safety: the front loop's thread. Limits: connections as given.
 * Tests: t/system/milter_protocol.t
 */
#ifndef FRONT_H
#define FRONT_H

#include "milter/delivery.h"
#include "share/base/histogram.h"
#include "share/base/log.h"
#include "share/net/loop.h"
#include "share/net/socketmap.h"
#include "share/policy/service.h"

#include <stddef.h>

struct front;

/* How a lookup was answered. */
enum front_latency {
	FRONT_CACHED,   /* at once; one in FRONT_SAMPLE is timed */
	FRONT_RESOLVED, /* later; each is timed */
	FRONT_LATENCIES
};

#define FRONT_SAMPLE 64

/*
 * Makes it; everything is borrowed. delivery answers Sendmail's lookups.
 * Never NULL.
 */
struct front *front_new(struct loop *loop, struct service *service,
    struct delivery *delivery, const struct log *log, size_t max_connections);

/* Serves the listening descriptor fd (taken over) too. */
void front_add(struct front *f, int fd);

/* Closes the listening sockets; connections go on. */
void front_stop(struct front *f);

/* Frees; the service must be freed before. NULL is fine. */
void front_free(struct front *f);

/* How long lookups took; borrowed. */
const struct histogram *front_latency(const struct front *f,
    enum front_latency which);

/* Counters of the lookup sockets; from every thread. */
void front_stats(const struct front *f, struct socketmap_stats *out);

#endif
