/*
 * status: how collecting and reporting stand, period by period; the
 * sub-command "status".
 *
 * A period's figures are put together from what is collected and not reported
 * yet (reportgen/report_plan.h) and from the outbox. A domain that has a report
 * on a period and later sessions for another one counts once.
 *
 * Thread safety: that of the connection. Tests: t/unit/status.c
 */
#ifndef STATUS_H
#define STATUS_H

#include "share/conf/conf.h"
#include "share/store/report_db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATUS_DAYS 14

struct status_period {
	int64_t begin, end;
	size_t domains;
	int64_t success, failure; /* sessions */
	size_t waiting;           /* reports that are to be made */
	size_t pending, sent, failed, withdrawn, held; /* that were made */
	int64_t next_s; /* something is due; INT64_MAX: nothing is */
};

struct status {
	struct status_period *period; /* the latest first */
	size_t n;
	int64_t next_s; /* of all; INT64_MAX: none */
	size_t suppressed;
	bool all_held;
};

/* Fills s for periods that end after since_s; status_clear() it always. */
int status_read(struct report_db *db, const struct conf *c, int64_t since_s,
    struct status *s, struct err *e) MUST_CHECK;

/* Frees what is in it. */
void status_clear(struct status *s);

/* Runs the command; returns the exit status. */
int status_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
