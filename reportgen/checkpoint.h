/*
 * checkpoint: from memory and journals into report.db, in a thread of its own.
 *
 * The receiver hands over what it has counted, with the number of the journal
 * that has the same; one transaction adds the rows, notes that journal and the
 * positions of log sources, and then the journals up to that one go. What a
 * process that died left in journals is added first, one journal per
 * transaction. So each record is in report.db exactly once, whenever anything
 * dies.
 *
 * A report.db that takes nothing now is tried again; meanwhile nothing else
 * can be handed over and the receiver goes on in memory and journal.
 *
 * The thread also has the journal's data written to the disk once a second.
 *
 * Numbers in report.db: "journal" the last one that is in it, "checkpoint" how
 * often this was done, "sessions" all that were ever counted.
 *
 * Thread safety: functions are for the receiver's thread. Tests:
 * t/unit/checkpoint.c, t/system/collect.t
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "reportgen/aggregate.h"
#include "reportgen/filter.h"
#include "reportgen/intake.h"
#include "reportgen/journal.h"
#include "reportgen/position.h"
#include "reportgen/shared.h"
#include "share/base/log.h"
#include "share/conf/conf.h"
#include "share/store/report_db.h"

#include <stdbool.h>
#include <stdint.h>

/* Adds an aggregate to report.db; within report_db_begin(). */
int checkpoint_add(struct report_db *db, struct aggregate *a,
    struct err *e) MUST_CHECK;

/*
 * Adds the journals of a directory with numbers below before, if they are not
 * in report.db yet, and removes them. set gets the positions of log sources.
 * f, unless NULL, gets the credits that are left. *found: how many there were.
 */
int checkpoint_replay(struct report_db *db, const char *dir, uint64_t before,
    const struct conf *c, struct position_set *set, struct filter *f,
    size_t *found, struct err *e) MUST_CHECK;

struct checkpoint;

/*
 * Starts the thread. dir has the journals; those below before are to be
 * replayed first. conf is referenced, shared and log are borrowed. wake_fd is
 * an eventfd that is written to when something was done.
 */
struct checkpoint *checkpoint_start(const char *dir, uint64_t before,
    struct conf *c, struct shared *shared, const struct log *log, int wake_fd,
    struct err *e) MUST_CHECK;

/*
 * Whether the journals that were there at the start are in. The first time,
 * set and f get what they left, as checkpoint_replay() does.
 */
bool checkpoint_is_ready(struct checkpoint *cp, struct position_set *set,
    struct filter *f);

/* Whether something can be handed over. */
bool checkpoint_is_idle(struct checkpoint *cp);

/*
 * Hands an aggregate over, which holds what journals up to number have, with
 * the figures and positions that belong to it; asked: because somebody asked.
 */
void checkpoint_give(struct checkpoint *cp, struct aggregate *a,
    uint64_t number, const struct position_set *set,
    const struct intake_counts *counts, bool asked);

/* From now on this journal's data is written to the disk; takes fd, or -1. */
void checkpoint_sync(struct checkpoint *cp, int fd);

/*
 * Waits for what was handed over, at most wait_ms; ends the thread, frees.
 * False when it was in vain: the journals stay.
 */
bool checkpoint_stop(struct checkpoint *cp, int64_t wait_ms);

#endif
