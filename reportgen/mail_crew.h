/*
 * mail_crew: mails of many reports, written and signed by several threads.
 *
 * A signature costs milliseconds and nothing else of a mail does, so that
 * threads pay where thousands of mails are wanted at once. Each thread has keys
 * of its own. Mails come out in any order.
 *
 * Thread safety: one thread adds; what takes the mails is called by several.
 * Limits: CREW_WAITING reports wait, then adding waits. Tests:
 * t/unit/mail_crew.c
 */
#ifndef MAIL_CREW_H
#define MAIL_CREW_H

#include "share/base/buf.h"
#include "share/conf/conf.h"
#include "share/store/report_outbox.h"

#include <stddef.h>
#include <stdint.h>

#define MAIL_CREW_MAX 16
#define MAIL_CREW_WAITING 32

/*
 * Takes one mail for the address to; all borrowed. i is the address's place
 * among those of the report. -1 and e ends the whole.
 */
typedef int mail_crew_take(void *ctx, const struct outbox_report *r,
    const char *to, size_t i, const struct buf *mail, struct err *e);

struct mail_crew;

/*
 * Starts threads (0: as many as there are processors) that sign at now_s. NULL
 * and e: as keyring_load(). c is referenced.
 */
struct mail_crew *mail_crew_start(struct conf *c, size_t threads, int64_t now_s,
    mail_crew_take *take, void *ctx, struct err *e) MUST_CHECK;

/*
 * Adds a report, which is copied; a mail is made for each mailto address of its
 * record. -1 and e once something failed: mail_crew_end() is next then.
 */
int mail_crew_add(struct mail_crew *crew, const struct outbox_report *r,
    struct err *e) MUST_CHECK;

/*
 * Waits until all is done, and frees. -1 and e: the first failure. *mails (may
 * be NULL) becomes how many were taken.
 */
int mail_crew_end(struct mail_crew *crew, size_t *mails,
    struct err *e) MUST_CHECK;

#endif
