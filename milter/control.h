/*
 * control: the daemon's control socket, [control] socket.
 *
 * The framing is the one of the lookup sockets: the request's map name is
 * the command, its key the argument, the reply "OK {json}", "PERM why" or
 * "TEMP why". A reply is bounded, so long lists come in pages
 * (control_page.h). Mode 0660: the group may ask what only reads; what
 * changes something is for root and the daemon's own user, by the peer's
 * credentials.
 *
 * Thread safety: the admin loop's thread. Limits: CONTROL_CONNECTIONS.
 * Tests: t/system/control.t
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "milter/binding.h"
#include "milter/counters.h"
#include "milter/front.h"
#include "milter/reload.h"
#include "share/net/loop.h"
#include "share/policy/service.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#define CONTROL_CONNECTIONS 32

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

/* One request. */
struct control_call {
	const struct control_view *view;
	const char *arg; /* "" where there is none */
	uid_t who;       /* asks; (uid_t)-1: not known */
};

struct control;

/* Serves fd (listening, taken over) on loop; view is borrowed. Never NULL. */
struct control *control_new(struct loop *loop, const struct control_view *view,
    int fd);

/* Frees; NULL is fine. */
void control_free(struct control *c);

#endif
