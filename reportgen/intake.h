/*
 * intake: what becomes of one datagram or side record: read, filtered, counted
 * in an aggregate.
 *
 * The same for what arrives and for what is read from the journal again, so
 * that a restart comes to the same counts. It does no I/O; the time is that of
 * the record.
 *
 * Thread safety: one thread per intake. Tests: t/unit/intake.c,
 * t/fuzz/fuzz_journal.c
 */
#ifndef INTAKE_H
#define INTAKE_H

#include "reportgen/aggregate.h"
#include "reportgen/filter.h"
#include "reportgen/position.h"
#include "reportgen/shared.h"
#include "share/conf/conf.h"
#include "share/rpt/datagram_read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Figures that were not added to struct shared yet. */
struct intake_counts {
	uint64_t datagrams, octets, sessions, folded;
	uint64_t fault[DATAGRAM_FAULTS];
	uint64_t dropped[SHARED_DROPPED];
};

struct intake {
	const struct conf *conf;        /* borrowed */
	struct aggregate *aggregate;    /* the caller's */
	struct datagram_reader *reader; /* its own, like the following */
	struct filter *filter;
	struct position_set positions;
	struct intake_counts counts;
	struct intake_counts unstored; /* those that were, but not in a file */
};

/* Makes one that counts in a, with a config that the caller keeps. */
void intake_init(struct intake *in, const struct conf *c, struct aggregate *a);

/* Frees all but conf and aggregate. */
void intake_clear(struct intake *in);

/* Puts another config into force. */
void intake_set_conf(struct intake *in, const struct conf *c);

/*
 * Takes a datagram of n octets that came at ms; cut: the kernel cut it. True
 * when it belongs into the journal: it is well-formed.
 */
bool intake_datagram(struct intake *in, int64_t ms, const char *data, size_t n,
    bool cut);

/* Takes a side record likewise. */
bool intake_side(struct intake *in, const char *data, size_t n);

/* Adds the counts to those of all, and begins anew. */
void intake_flush(struct intake *in, struct shared *shared);

/*
 * Adds figures to the numbers of report.db that outlive the process:
 * "collected-datagrams", "-octets", "-folded", "-fault-REASON",
 * "-dropped-REASON"; within report_db_begin().
 */
int intake_store(struct report_db *db, const struct intake_counts *c,
    struct err *e) MUST_CHECK;

#endif
