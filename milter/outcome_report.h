/*
 * outcome_report: hands what the policy engine saw fail to the collector.
 *
 * Joins share/policy/outcome.h and share/rpt/datagram.h, folders of one layer
 * that do not know each other. That nobody collects is no fault: reports
 * need not be set up. Any other loss is said, once an hour.
 *
 * Thread safety: the resolver loop's thread, but for _init().
 * Tests: t/system/outcomes.t
 */
#ifndef OUTCOME_REPORT_H
#define OUTCOME_REPORT_H

#include "share/base/log.h"
#include "share/policy/outcome.h"

struct outcome_report {
	struct outcome_sink sink;
	const struct log *log;
	int64_t said_ms; /* when a loss was logged last, 0: never */
};

/* Fills r; log is borrowed for r's life. */
void outcome_report_init(struct outcome_report *r, const struct log *log);

#endif
