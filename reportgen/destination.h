/*
 * destination: where one report goes, by its domain's record, and how far each
 * of these destinations is.
 *
 * Every URI of the record is a destination with a fate of its own: that one
 * fails says nothing about another (RFC 8460 section 3). One that the record
 * does not name any more is given up while it is pending.
 *
 * Thread safety: that of the connection. Limits: OUTBOX_URIS_MAX.
 * Tests: t/unit/destination.c
 */
#ifndef DESTINATION_H
#define DESTINATION_H

#include "share/rpt/tlsrpt_record.h"
#include "share/store/report_outbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct destination {
	char *uri;    /* "mailto:a@b" in normal form, or an https URL */
	char *target; /* address, or host */
	bool https;
	bool changed; /* since it was read or saved */
	enum outbox_fate fate;
	int tries;
	int64_t first_s, next_s, settled_s;
	char *error; /* of the last try, or NULL */
};

struct destinations {
	struct destination at[OUTBOX_URIS_MAX];
	size_t n;
};

/* Reads those of a report into d, which is empty. */
int destinations_load(struct destinations *d, struct report_db *db,
    int64_t report, struct err *e) MUST_CHECK;

/* Writes those that have changed; within report_db_begin(). */
int destinations_save(const struct destinations *d, struct report_db *db,
    int64_t report, struct err *e) MUST_CHECK;

/* All are as they were written: nothing has changed any more. */
void destinations_saved(struct destinations *d);

/*
 * Makes d what the record says at now_s: new ones are pending, pending ones
 * that it does not name are refused. https: whether such are used.
 */
void destinations_update(struct destinations *d,
    const struct tlsrpt_record *record, bool https, int64_t now_s);

/* Settles one for good; why may be NULL. */
void destination_settle(struct destination *d, enum outbox_fate fate,
    const char *why, int64_t now_s);

/*
 * One try has failed for now: it is pending until backoff_next(), or refused
 * when its time is over. report is what the pause is made of, too.
 */
void destination_later(struct destination *d, const char *report,
    const char *why, int64_t now_s, int64_t retry_s);

/*
 * What the report is by its destinations: GOING while one is pending, else SENT
 * or FAILED.
 */
enum outbox_state destinations_state(const struct destinations *d);

/* The mail address, or the URL, to hand over to. */
const char *destination_to(const struct destination *d);

/* Frees what it holds; it is empty then. */
void destinations_clear(struct destinations *d);

#endif
