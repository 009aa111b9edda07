/*
 * report_outbox: reports that were made, and what became of each destination,
 * in report.db.
 *
 * A report is there, gzipped and with its final report-id, before the first
 * try to send it, and its rows are gone in the same transaction. A destination
 * (one rua URI) has a state of its own and is marked sent after the transport
 * accepted the report: after a crash in between it goes out again with the
 * same Report-ID and Message-ID.
 *
 * Thread safety: that of the connection. Limits: OUTBOX_URIS_MAX destinations
 * of a report. Tests: t/unit/report_outbox.c
 */
#ifndef REPORT_OUTBOX_H
#define REPORT_OUTBOX_H

#include "share/base/err.h"
#include "share/store/report_db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOX_URIS_MAX 16

enum outbox_state {
	OUTBOX_NEW,       /* destinations are not known yet */
	OUTBOX_GOING,     /* at least one destination is pending */
	OUTBOX_SENT,      /* every destination is settled, one took it */
	OUTBOX_FAILED,    /* every destination is settled, none took it */
	OUTBOX_WITHDRAWN, /* the domain wants none any more */
	OUTBOX_HELD,      /* an operator holds it back */
	OUTBOX_STATES
};

struct outbox_report {
	int64_t number; /* in this file; 0 before it is added */
	const char *id; /* report-id, unique */
	const char *domain;
	const char *submitter;
	const char *record; /* TLSRPT record as seen at delivery */
	int64_t begin, end;
	unsigned part;  /* as in struct report_key */
	int64_t made_s; /* Date of the mail */
	int64_t due_s;  /* not sent before */
	int64_t success, failure;
	const char *missing; /* hosts that were waited for, or "" */
	enum outbox_state state;
	const void *packed; /* gzipped JSON; NULL once it was forgotten */
	size_t packed_len;
};

enum outbox_fate {
	OUTBOX_PENDING,
	OUTBOX_ACCEPTED,
	OUTBOX_REFUSED,    /* for good, or the time for trying is over */
	OUTBOX_SUPPRESSED, /* the address is on the list */
	OUTBOX_CAPPED,     /* too many to this address or host that day */
	OUTBOX_FATES
};

struct outbox_destination {
	int64_t report;     /* number */
	const char *uri;    /* "mailto:a@b" or "https://..." */
	const char *target; /* normal address, or host: what caps count */
	enum outbox_fate fate;
	int tries;
	int64_t first_s, next_s, settled_s; /* 0: not yet */
	const char *error;                  /* of the last try, or "" */
};

/*
 * Adds a report; within report_db_begin(). Its number comes back in it, and
 * OUTBOX_HELD for OUTBOX_NEW where its domain is held back.
 */
int outbox_add(struct report_db *db, struct outbox_report *r,
    struct err *e) MUST_CHECK;

/* The largest part of a report on that range; -1 when there is none. */
int outbox_last_part(struct report_db *db, const char *domain, int64_t begin,
    int64_t end, int *part, struct err *e) MUST_CHECK;

/*
 * Calls each() (r borrowed during the call, without packed) for reports that
 * fit: domain NULL any, range overlaps [from, to), states a set of bits 1 <<
 * enum outbox_state. By range and domain.
 */
int outbox_each(struct report_db *db, const char *domain, int64_t from,
    int64_t to, unsigned states,
    bool (*each)(void *arg, const struct outbox_report *r), void *arg,
    struct err *e) MUST_CHECK;

/*
 * Calls with() for the report of that number, its packed octets included,
 * borrowed during the call. ERR_NOENT when there is none.
 */
int outbox_with(struct report_db *db, int64_t number,
    int (*with)(void *arg, const struct outbox_report *r, struct err *e),
    void *arg, struct err *e) MUST_CHECK;

/* Numbers of reports with something due at now_s, the earliest first. */
int outbox_due(struct report_db *db, int64_t now_s, int64_t *numbers,
    size_t max, size_t *n, struct err *e) MUST_CHECK;

/* When the next one is due; INT64_MAX when none is. */
int outbox_next_due(struct report_db *db, int64_t *at_s,
    struct err *e) MUST_CHECK;

/* The number of the report with that report-id; ERR_NOENT without one. */
int outbox_find(struct report_db *db, const char *id, int64_t *number,
    struct err *e) MUST_CHECK;

/* Puts a report into a state at now_s; some of them settle it. */
int outbox_set_state(struct report_db *db, int64_t number,
    enum outbox_state state, int64_t now_s, struct err *e) MUST_CHECK;

/* Puts off a report without destinations until due_s. */
int outbox_put_off(struct report_db *db, int64_t number, int64_t due_s,
    struct err *e) MUST_CHECK;

/* Makes a report and its pending destinations due at now_s at the latest. */
int outbox_hurry(struct report_db *db, int64_t number, int64_t now_s,
    struct err *e) MUST_CHECK;

/* Adds or replaces a destination of a report; ERR_LIMIT beyond the limit. */
int outbox_put_destination(struct report_db *db,
    const struct outbox_destination *d, struct err *e) MUST_CHECK;

/* Calls each() for the destinations of a report, in their order. */
int outbox_destinations(struct report_db *db, int64_t number,
    bool (*each)(void *arg, const struct outbox_destination *d), void *arg,
    struct err *e) MUST_CHECK;

/* How many were accepted by target since since_s. */
int outbox_count_target(struct report_db *db, const char *target,
    int64_t since_s, int64_t *n, struct err *e) MUST_CHECK;

/*
 * Calls each() for every URI that accepted reports since since_s, with how
 * many.
 */
int outbox_count_each(struct report_db *db, int64_t since_s,
    void (*each)(void *arg, const char *uri, const char *target, int64_t n),
    void *arg, struct err *e) MUST_CHECK;

/* Forgets the octets of reports settled before before_s, and older ones. */
int outbox_expire(struct report_db *db, int64_t packed_before_s,
    int64_t all_before_s, struct err *e) MUST_CHECK;

/* An address or host that gets nothing until then. */
struct outbox_suppressed {
	const char *target;
	int64_t until_s;
	const char *why;
	int64_t since_s;
};

/* Adds or replaces one. */
int outbox_suppress(struct report_db *db, const struct outbox_suppressed *s,
    struct err *e) MUST_CHECK;

/* Removes one; 0 also when it was not there. */
int outbox_unsuppress(struct report_db *db, const char *target,
    struct err *e) MUST_CHECK;

/* Whether target gets nothing at now_s. */
int outbox_is_suppressed(struct report_db *db, const char *target,
    int64_t now_s, bool *suppressed, struct err *e) MUST_CHECK;

/* Calls each() for all, by target. */
int outbox_suppressed_each(struct report_db *db,
    bool (*each)(void *arg, const struct outbox_suppressed *s), void *arg,
    struct err *e) MUST_CHECK;

/*
 * Holds a domain's reports ("*": all) back, those to come too, or not any
 * more. Begins a transaction unless there is one.
 */
int outbox_hold(struct report_db *db, const char *domain, bool held,
    struct err *e) MUST_CHECK;

/* Calls each() for every domain that is held back, "*" too. */
int outbox_held_each(struct report_db *db,
    void (*each)(void *arg, const char *domain), void *arg,
    struct err *e) MUST_CHECK;

/* Whether a domain is held back, itself or by "*". */
int outbox_is_held(struct report_db *db, const char *domain, bool *held,
    struct err *e) MUST_CHECK;

#endif
