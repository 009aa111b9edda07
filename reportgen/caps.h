/*
 * caps: how many reports an address and a host got on a day.
 *
 * A record may name anybody's address: a thousand domains whose records name
 * the same one would have every reporter send it a thousand mails. So an
 * address (over all policy domains) and the host behind it get only so many a
 * UTC day. The host of an address is its domain.
 *
 * Thread safety: one thread. What is counted lives in memory and is filled
 * from report.db at the first question of a day. Tests: t/unit/caps.c
 */
#ifndef CAPS_H
#define CAPS_H

#include "share/base/map.h"
#include "share/store/report_db.h"

#include <stdbool.h>
#include <stdint.h>

#define CAPS_DAY_S 86400

struct caps {
	int64_t per_uri, per_host;
	int64_t day_s; /* its first second; INT64_MIN: none yet */
	struct map map;
};

/* Makes one with these most numbers a day. */
void caps_init(struct caps *c, int64_t per_uri, int64_t per_host);

/* Frees what it holds. */
void caps_clear(struct caps *c);

/*
 * Counts one more to uri at host, on the day of now_s, before it is sent;
 * *fits says whether it may be.
 */
int caps_take(struct caps *c, struct report_db *db, const char *uri,
    const char *host, int64_t now_s, bool *fits, struct err *e) MUST_CHECK;

/* Takes one back that was not accepted. */
void caps_give_back(struct caps *c, const char *uri, const char *host);

/* The host of a target: an address's domain, or itself. */
const char *caps_host(const char *target);

#endif
