/*
 * control_change: commands of the control socket that change something:
 * "purge", "import", "override-add", "override-remove", "reload".
 *
 * What comes in is taken for hostile: a policy of "import" passes the parser
 * that one from the network passes, and its time of fetching may not lie in
 * the future. They wait for the resolver loop, and for the disk.
 *
 * arg is the struct control_view.
 *
 * Thread safety: the admin loop's thread. Tests: t/system/control.t,
 * t/unit/policy_line.c
 */
#ifndef CONTROL_CHANGE_H
#define CONTROL_CHANGE_H

#include "milter/control_view.h"

/* "DOMAIN" or "DOMAIN policy": forgets verdicts, also the policy. */
char *control_purge(void *arg, const struct control_call *call, struct err *e);

/* One line of "export". */
char *control_import(void *arg, const struct control_call *call, struct err *e);

/* {"domain", "level", "for_ms", "reason", "force"} */
char *control_override_add(void *arg, const struct control_call *call,
    struct err *e);

/* "DOMAIN" */
char *control_override_remove(void *arg, const struct control_call *call,
    struct err *e);

/* Reads the config file again and reports on it. */
char *control_reload(void *arg, const struct control_call *call, struct err *e);

#endif
