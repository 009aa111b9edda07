/*
 * ask: what commands want of the daemon, by signals to the process that its
 * pid file names.
 *
 * The daemon runs while the file STATE/reportgen.pid is locked (flock).
 *
 * Thread safety: one thread at a time; what a daemon that starts meanwhile
 * would do is held up. Tests: t/system/collect.t
 */
#ifndef ASK_H
#define ASK_H

#include "share/conf/conf.h"
#include "share/store/report_db.h"

#include <stdbool.h>

/* Whether the daemon runs on the state directory of c. */
bool ask_running(const struct conf *c);

/*
 * Has all that was received put into report.db: by the daemon, which is waited
 * for up to five seconds, or from its journals here when it does not run. -1
 * and e (ERR_TEMP: in vain, figures may be ten seconds old; else why not) are
 * worth a notice only.
 */
int ask_checkpoint(const struct conf *c, struct err *e) MUST_CHECK;

/* Has the daemon look at the outbox now; ERR_NOENT when it does not run. */
int ask_look(const struct conf *c, struct err *e) MUST_CHECK;

/* Has the daemon read its config again; ERR_NOENT when it does not run. */
int ask_reload(const struct conf *c, struct err *e) MUST_CHECK;

/* The path of report.db; the caller frees it. */
char *ask_db_path(const struct conf *c);

#endif
