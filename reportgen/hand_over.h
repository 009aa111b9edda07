/*
 * hand_over: has reports go out now and waits until each was tried: by the
 * daemon where it runs, else from here.
 *
 * From here the process becomes [server] user first, for good, when it is root.
 *
 * Thread safety: of one thread. Limits: HAND_OVER_MS. Tests:
 * t/system/deliver.t
 */
#ifndef HAND_OVER_H
#define HAND_OVER_H

#include "share/conf/conf.h"
#include "share/store/report_outbox.h"

#include <jansson.h>
#include <stddef.h>

#define HAND_OVER_MS 600000 /* then the rest goes on without us */
#define HAND_OVER_LOOK_MS 100

/* Numbers of reports, grown by hand_over_add(). */
struct hand_over {
	int64_t *number; /* in ascending order once it was sorted */
	size_t n, cap;
};

/* Adds a report. */
void hand_over_add(struct hand_over *h, int64_t number);

/*
 * Makes them due and waits for the end of one try of each; those that were due
 * anyway go out as well. ERR_TEMP: not all had an end in time.
 */
int hand_over_run(struct hand_over *h, const struct conf *c,
    struct report_db *db, struct err *e) MUST_CHECK;

/*
 * Prints what became of them, as JSON too; an exit status: 75 when one has to
 * be tried again, 69 when one was not accepted by anybody.
 */
int hand_over_print(const struct hand_over *h, struct report_db *db, bool json);

/* Frees what it holds. */
void hand_over_clear(struct hand_over *h);

#endif
