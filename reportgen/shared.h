/*
 * shared: figures of all processes of tlsherald-reportgen, in memory they
 * share.
 *
 * The parent makes it before it forks and every child adds to it, so that a
 * child that dies takes no figure with it. Figures are of this run; those
 * that must outlive it are kept in report.db too (report_db_add_int()).
 *
 * Thread safety: every field is atomic. Tests: t/unit/shared.c
 */
#ifndef SHARED_H
#define SHARED_H

#include "share/base/err.h"
#include "share/rpt/datagram_read.h"

#include <stdint.h>

enum shared_dropped {
	SHARED_NEVER,     /* [report.tls.aggregate] send says never */
	SHARED_NO_RECORD, /* the datagram has no TLSRPT record */
	SHARED_TESTING,   /* success of a testing policy, unproven */
	SHARED_LOGGED,    /* the log tells of the same session */
	SHARED_OWN,       /* caused by a report of ours */
	SHARED_AGAIN,     /* the log source said it before */
	SHARED_NO_ROOM,   /* memory is full, and the disk takes nothing */
	SHARED_DROPPED
};

struct shared {
	_Atomic uint64_t datagrams;               /* received, of any kind */
	_Atomic uint64_t octets;                  /* of them */
	_Atomic uint64_t fault[DATAGRAM_FAULTS];  /* by reason */
	_Atomic uint64_t sessions;                /* counted */
	_Atomic uint64_t dropped[SHARED_DROPPED]; /* sessions not counted */
	_Atomic uint64_t folded; /* sessions whose details were folded */
	_Atomic uint64_t checkpoints, checkpoint_errors;
	_Atomic int64_t checkpoint_ms; /* wall clock of the last good one */
	_Atomic uint64_t journal_octets;
	_Atomic uint64_t memory_octets; /* of the aggregates */
	_Atomic uint64_t qlen;          /* of the socket */
	_Atomic uint64_t restarts[3];   /* of receiver, sender, log reader */
	_Atomic uint64_t log_lines, log_sessions, log_unclear;
	_Atomic uint64_t tlsrpt_lines; /* Postfix: "TLSRPT: status=" */
	_Atomic uint64_t tlsrpt_lost;  /* Postfix: "Could not report" */
	_Atomic uint64_t reports_made, mails_sent, posts_sent, tries_failed;
};

/* Makes it, shared with every child that is forked later. */
struct shared *shared_new(struct err *e) MUST_CHECK;

/* Unmaps; NULL is fine. */
void shared_free(struct shared *s);

/* "never", "no-record", ... */
const char *shared_dropped_name(enum shared_dropped d);

#endif
