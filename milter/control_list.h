/*
 * control_list: commands of the control socket that list: "dump" (verdicts
 * in the cache), "list" and "export" (MTA-STS policies), "override-list",
 * "downgrades".
 *
 * Each gives a page; call->arg is the cursor, "" for the first page. Items
 * are described in tlsherald-json(7).
 *
 * arg is the struct control_view.
 *
 * Thread safety: the admin loop's thread. Tests: t/system/control.t
 */
#ifndef CONTROL_LIST_H
#define CONTROL_LIST_H

#include "milter/control_view.h"

/* Verdicts; what is there during the whole walk is in it. */
char *control_dump(void *arg, const struct control_call *call, struct err *e);

/* MTA-STS policies by domain: mode, id, times. */
char *control_policies(void *arg, const struct control_call *call,
    struct err *e);

/* The same as "import" takes them. */
char *control_export(void *arg, const struct control_call *call, struct err *e);

/* Overrides by domain. */
char *control_overrides(void *arg, const struct control_call *call,
    struct err *e);

/* What domains lost, the latest first. */
char *control_downgrades(void *arg, const struct control_call *call,
    struct err *e);

#endif
