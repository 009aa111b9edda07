/*
 * control_view: what the milter's control commands and metrics look at, and
 * the table of those commands (share/app/control.h).
 *
 * Thread safety: the admin loop's thread. Tests: t/system/control.t
 */
#ifndef CONTROL_VIEW_H
#define CONTROL_VIEW_H

#include "milter/binding.h"
#include "milter/counters.h"
#include "milter/front.h"
#include "milter/reload.h"
#include "share/app/control.h"
#include "share/net/loop.h"
#include "share/policy/service.h"

#include <stdbool.h>
#include <time.h>

/* What commands and metrics look at; everything is borrowed. */
struct control_view {
	struct service *service;
	struct front *front;
	struct counters *counters;
	struct binding_table *bindings;
	const struct log *log;
	time_t started;
	/* Reads the config file again; clear out's lists afterwards. */
	void (*reload)(void *arg, struct reload_report *out);
	void *reload_arg;
	bool reload_failed; /* the last one did; before any, false */
};

/* Serves fd (listening, taken over) on loop; view is borrowed. Never NULL. */
struct control *control_view_serve(struct loop *loop, struct control_view *view,
    int fd);

#endif
