/*
 * watchdog: tells the supervisor that the loops are alive.
 *
 * Each tick a job goes to the front loop and to the resolver loop; the
 * supervisor hears "WATCHDOG=1" (sd_watchdog_enabled(3)) when both came back
 * since the tick before. One that hangs ends that, and the supervisor starts
 * us anew.
 *
 * Thread safety: the admin loop's thread. Tests: t/unit/watchdog.c,
 * t/system/restart.t
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include "share/base/log.h"
#include "share/net/loop.h"
#include "share/net/notify.h"
#include "share/policy/service.h"

struct watchdog;

/*
 * Begins on loop; everything is borrowed. NULL where the supervisor wants no
 * word. Jobs come back as long as the loops run: free it after they ended.
 */
struct watchdog *watchdog_new(struct loop *loop, const struct notify *notify,
    struct loop *front, struct service *service, const struct log *log);

/* Frees; NULL is fine. */
void watchdog_free(struct watchdog *w);

#endif
