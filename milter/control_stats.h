/*
 * control_stats: the command "stats" of the control socket.
 *
 * {"schema": 1, "version", "started", "mode", "strategies", "milter": {...},
 * "bindings", "service": {...}, "socketmap": {...}}
 *
 * arg is the struct control_view.
 *
 * Thread safety: the admin loop's thread. Tests: t/system/milter_protocol.t
 */
#ifndef CONTROL_STATS_H
#define CONTROL_STATS_H

#include "milter/control_view.h"

/* Gives the JSON text. */
char *control_stats(void *arg, const struct control_call *call, struct err *e);

#endif
