/*
 * hosts: the other hosts of a site, whose sessions are imported and reported
 * here.
 *
 * An export of one host is known by host, day and sequence (1, 2, ... of that
 * host and day), and says until when it is complete: every session of the host
 * that began before is in it or in one of a lower sequence. What was imported
 * is noted in report.db, in the transaction that adds its rows; so the second
 * import of the same changes nothing, and the order of imports does not count.
 *
 * A period is whole when of each host of [report.tls.aggregate] hosts, and each
 * day that the period touches, the exports 1 to n are there and the last one is
 * complete until the end of the period or the day. Names of hosts are compared
 * in lower case.
 *
 * Thread safety: that of the connection. Limits: HOSTS_SEQUENCE_MAX exports of
 * a host and day. Tests: t/unit/hosts.c,
 * t/system/hosts.t
 */
#ifndef HOSTS_H
#define HOSTS_H

#include "share/base/buf.h"
#include "share/conf/conf.h"
#include "share/store/report_db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOSTS_SEQUENCE_MAX 9999

/* What one export is known by. */
struct hosts_export {
	const char *host;
	int64_t day_s;      /* first second of the UTC day */
	int64_t sequence;   /* from 1 */
	int64_t complete_s; /* nothing before this is missing */
};

/* Whether that export was imported before; complete_s is not looked at. */
int hosts_has(struct report_db *db, const struct hosts_export *x, bool *has,
    struct err *e) MUST_CHECK;

/*
 * Notes that it was imported; within report_db_begin(). ERR_SYNTAX when it is
 * none: no host name, no day, a sequence out of range.
 */
int hosts_note(struct report_db *db, const struct hosts_export *x,
    struct err *e) MUST_CHECK;

/*
 * Appends the names of hosts that are missing for [begin, end), ", " between
 * them, and counts them in *n. Without other hosts: none.
 */
int hosts_missing(struct report_db *db, const struct conf *c, int64_t begin,
    int64_t end, struct buf *names, size_t *n, struct err *e) MUST_CHECK;

#endif
