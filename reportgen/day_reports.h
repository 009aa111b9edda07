/*
 * day_reports: every report on a time, those in the outbox and those that the
 * collected sessions would make now.
 *
 * Thread safety: that of the connection. Tests: t/unit/report_make.c
 */
#ifndef DAY_REPORTS_H
#define DAY_REPORTS_H

#include "reportgen/report_plan.h"
#include "share/conf/conf.h"
#include "share/store/report_db.h"
#include "share/store/report_outbox.h"

#include <stdint.h>

/*
 * Takes one report, borrowed; packed is NULL when its octets were forgotten.
 * job is NULL for one of the outbox, else what it would be made of: it has no
 * number then. -1 and e ends the whole.
 */
typedef int day_reports_take(void *arg, const struct outbox_report *r,
    const struct report_job *job, struct err *e);

/*
 * Calls take() for all reports that overlap [from, to) on domain, NULL: on all;
 * first those of the outbox. Reports that could not be made by their size are
 * passed over and counted in *failed. now_s is when those would be made.
 */
int day_reports_each(struct report_db *db, const struct conf *c,
    const char *domain, int64_t from, int64_t to, int64_t now_s,
    day_reports_take *take, void *arg, uint64_t *failed,
    struct err *e) MUST_CHECK;

#endif
