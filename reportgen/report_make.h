/*
 * report_make: turns collected sessions into reports in the outbox.
 *
 * What is due (report_plan.h) is gathered (report_gather.h), fitted
 * (share/rpt/report_fit.h) and put into the outbox in the transaction that
 * takes the rows away: each session is in exactly one report, whenever the
 * process dies. A range that has a report already gets a further part, 002 the
 * first one. Success alone is reported too, as RFC 8460 section 4.2 wants it.
 *
 * Of a site's other hosts (hosts.h) what is missing is waited for until
 * [report.tls.aggregate] grace after the period's end, then named.
 *
 * Where reports cannot be made, sessions are kept for [report.collect] keep
 * after their period, then dropped and counted, in report.db as
 * "expired-sessions" too.
 *
 * Thread safety: that of the connection. Tests: t/unit/report_make.c,
 * t/unit/week.c (a simulated week)
 */
#ifndef REPORT_MAKE_H
#define REPORT_MAKE_H

#include "share/conf/conf.h"
#include "share/store/report_db.h"

#include <stdbool.h>
#include <stdint.h>

struct report_make_stats {
	uint64_t reports, parts, sessions; /* made, in this call */
	uint64_t waiting; /* domains whose hosts are waited for */
	uint64_t expired; /* sessions dropped for their age */
	uint64_t failed;  /* reports that cannot be made; their rows stay */
	struct err why;   /* of the last one that failed */
	int64_t next_s;   /* when to look again; INT64_MAX: nothing is there */
};

/*
 * Why reports cannot be sent at all by this config ("no contact-info", ...):
 * a text of ours, or NULL when they can. Sessions are kept meanwhile.
 */
const char *report_make_obstacle(const struct conf *c);

/*
 * Makes every report that is due at now_s, in transactions of a few dozen.
 * size_max is what the submission server takes of a whole mail (its SIZE), 0:
 * unknown. stats is overwritten, and right also after an error.
 */
int report_make_due(struct report_db *db, const struct conf *c, int64_t now_s,
    int64_t size_max, struct report_make_stats *stats,
    struct err *e) MUST_CHECK;

/*
 * Makes the reports of a day (its first second), due or not, of domain (NULL:
 * all) now: for "send DAY". The period may not have ended; of a weekly domain it
 * is the week around the day. ERR_PERM where report_make_obstacle() has one.
 */
int report_make_day(struct report_db *db, const struct conf *c, int64_t day_s,
    const char *domain, int64_t now_s, int64_t size_max,
    struct report_make_stats *stats, struct err *e) MUST_CHECK;

#endif
