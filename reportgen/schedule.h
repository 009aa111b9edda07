/*
 * schedule: which period a moment belongs to, and when its report is due.
 *
 * Periods are UTC hours, days and weeks from Monday (RFC 8460 section 4.1
 * wants days); the host's time zone has no part in it. Reports go out spread
 * over the first hours after a period, at a delay that is a domain's own and
 * stable: SCHEDULE_GRACE_S after the end at the earliest, so that what was
 * under way is in.
 *
 * Thread safety: no state. Tests: t/unit/schedule.c
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "share/conf/conf.h"

#include <stdint.h>

#define SCHEDULE_GRACE_S 60

/* The length of the buckets in which sessions are kept: 3600 or 86400. */
int32_t schedule_bucket(enum conf_send send);

/* The period around a time; false for CONF_NEVER. */
bool schedule_period(enum conf_send send, int64_t at_s, int64_t *begin,
    int64_t *end);

/* When the report of a domain on a period that ends at end is due. */
int64_t schedule_due(const struct conf *c, enum conf_send send,
    const char *domain, int64_t end);

#endif
