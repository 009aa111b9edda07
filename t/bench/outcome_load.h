/*
 * outcome_load: outcomes as Postfix sends them, at a given rate.
 *
 * "Mixed": 1,000 domains, half of them with MTA-STS, a quarter each with DANE
 * and with no policy; one in ten is a failure, on one of two MX hosts. Each is
 * sent from a socket of its own, like libtlsrpt's in Postfix.
 *
 * Thread safety: none. Tests: it measures, it is not tested.
 */
#ifndef OUTCOME_LOAD_H
#define OUTCOME_LOAD_H

#include "share/base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Datagrams to send in turn. */
struct outcomes {
	struct buf *item;
	size_t n;
};

/* Makes mixed ones of so many domains. */
void outcomes_mixed(struct outcomes *o, size_t domains);

/* Makes those of a policy of 40 MX hosts with 20 failures, of 1,000 domains. */
void outcomes_large(struct outcomes *o);

/* Frees. */
void outcomes_clear(struct outcomes *o);

/*
 * Sends n to path by so many processes at once, each waiting for room; returns
 * when all are taken.
 */
void outcomes_send(const struct outcomes *o, const char *path, size_t n,
    int processes);

/*
 * Sends rate of them a second for so long, evenly, without waiting; returns
 * how many found no room, *sent how many were tried.
 */
uint64_t outcomes_rate(const struct outcomes *o, const char *path, double rate,
    double seconds, uint64_t *sent);

#endif
