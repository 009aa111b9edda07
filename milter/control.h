/*
 * control: the daemon's control socket, [control] socket.
 *
 * The framing is the one of the lookup sockets: the request's map name is
 * the command, its key the argument, the reply "OK {json}" or "PERM why".
 * Mode 0660: the group may ask. All commands so far only read.
 *
 * Thread safety: the front loop's thread. Limits: CONTROL_CONNECTIONS.
 * Tests: t/system/milter_protocol.t
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "milter/binding.h"
#include "milter/counters.h"
#include "milter/front.h"
#include "share/net/loop.h"
#include "share/policy/service.h"

#include <time.h>

#define CONTROL_CONNECTIONS 32

/* What commands look at; everything is borrowed. */
struct control_view {
	struct service *service;
	struct front *front;
	struct counters *counters;
	struct binding_table *bindings;
	time_t started;
};

struct control;

/* Serves fd (listening, taken over) on loop. Never NULL. */
struct control *control_new(struct loop *loop, const struct control_view *view,
    int fd);

/* Frees; NULL is fine. */
void control_free(struct control *c);

#endif
