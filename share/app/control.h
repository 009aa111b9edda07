/*
 * control: a daemon's control socket, where operators ask.
 *
 * The framing is the one of the lookup sockets: the request's map name is
 * the command, its key the argument, the reply "OK {json}", "PERM why" or
 * "TEMP why". A reply is bounded, so long lists come in pages
 * (control_json.h). Mode 0660: the group may ask what only reads; what
 * changes something is for root and the daemon's own user, by the peer's
 * credentials.
 *
 * Thread safety: the loop's thread. Limits: CONTROL_CONNECTIONS.
 * Tests: t/system/control.t
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "share/base/err.h"
#include "share/net/loop.h"

#include <stddef.h>
#include <sys/types.h>

#define CONTROL_CONNECTIONS 32

/* Who may. */
enum control_who {
	CONTROL_READER, /* whoever may connect */
	CONTROL_OWNER   /* root, and the user that the daemon runs as */
};

/* One request. */
struct control_call {
	const char *arg; /* "" where there is none */
	uid_t who;       /* asks; (uid_t)-1: not known */
};

/*
 * A command. run gives JSON text, which is freed; or NULL and e: TEMP and SYS
 * are answered as TEMP, the rest as PERM. view is what control_new() was given.
 */
struct control_command {
	const char *name;
	enum control_who who;
	char *(
	    *run)(void *view, const struct control_call *call, struct err *e);
};

struct control;

/*
 * Serves fd (listening, taken over) on loop with n commands; they and view
 * are borrowed. Never NULL.
 */
struct control *control_new(struct loop *loop,
    const struct control_command *commands, size_t n, void *view, int fd);

/* Frees; NULL is fine. */
void control_free(struct control *c);

#endif
