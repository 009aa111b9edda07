/*
 * report_pack: the sessions of one job (report_plan.h) as reports ready to be
 * sent, in memory; nothing is changed.
 *
 * Names and times follow from config, job and the parts that are in the outbox
 * already: the first report on a range has no part number, later ones 002 and
 * on. A config that cannot send yet (report_mail.h) has reports too, by the
 * name of the host, for whoever only looks at them.
 *
 * Thread safety: that of the connection. Limits: those of report_gather.h and
 * report_fit.h. Tests: t/unit/report_make.c
 */
#ifndef REPORT_PACK_H
#define REPORT_PACK_H

#include "reportgen/report_plan.h"
#include "share/conf/conf.h"
#include "share/store/report_db.h"
#include "share/store/report_outbox.h"

#include <stddef.h>
#include <stdint.h>

struct report_packs {
	struct outbox_report *at; /* texts and octets are its own */
	size_t n, cap;
};

/*
 * Appends the parts of a job's report to packs, made and due at now_s, none
 * above max octets; missing names hosts (hosts.h). Nothing is appended when
 * there are no sessions any more. -1 and e: as the store says, or ERR_LIMIT
 * when the report cannot be made by its size; packs is as it was then.
 */
int report_pack(struct report_db *db, const struct conf *c,
    const struct report_job *job, int64_t now_s, size_t max,
    const char *missing, struct report_packs *packs, struct err *e) MUST_CHECK;

/* Frees all reports; packs is empty. */
void report_packs_clear(struct report_packs *packs);

/* The most that a report may take, gzipped; size_max as in report_make.h. */
size_t report_pack_max(const struct conf *c, int64_t size_max);

#endif
