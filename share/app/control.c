/* control: a daemon's control socket - see control.h */
#include "config.h"

#include "share/app/control.h"

#include "share/app/control_json.h"
#include "share/base/buf.h"
#include "share/base/xmem.h"
#include "share/net/socketmap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct control {
	const struct control_command *commands;
	size_t ncommands;
	void *view;
	struct socketmap_server *server;
};

static const struct control_command *
find(const struct control *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->ncommands; i++)
		if (strcmp(c->commands[i].name, name) == 0)
			return &c->commands[i];
	return NULL;
}

/* Runs the command, or says why not; gives JSON text. */
static char *
run(const struct control *c, const char *name, const struct control_call *call,
    struct err *e)
{
	const struct control_command *command = find(c, name);

	if (command == NULL) {
		(void)err_set(e, ERR_PERM, "unknown command");
		return NULL;
	}
	if (command->who == CONTROL_OWNER && call->who != 0 &&
	    call->who != geteuid()) {
		(void)err_set(e, ERR_PERM,
		    CONTROL_DENIED ": for root and the daemon's user only");
		return NULL;
	}
	return command->run(c->view, call, e);
}

static void
on_request(void *arg, struct socketmap_request *req, const char *map,
    const char *key)
{
	struct control *c = arg;
	struct control_call call = { key, (uid_t)-1 };
	struct err e = { 0 };
	struct buf reply;
	char *text;

	if (socketmap_request_peer(req, &call.who) == -1)
		call.who = (uid_t)-1;
	text = run(c, map, &call, &e);
	buf_init(&reply, SOCKETMAP_REPLY_MAX);
	if (text != NULL)
		buf_printf(&reply, "OK %s", text);
	else if (e.code == ERR_TEMP || e.code == ERR_SYS)
		buf_printf(&reply, "TEMP %s", e.text);
	else
		buf_printf(&reply, "PERM %s", e.text);
	if (buf_full(&reply))
		buf_puts(&reply, "TEMP the answer is too long");
	socketmap_answer(req, buf_str(&reply), reply.len);
	buf_clear(&reply);
	free(text);
}

struct control *
control_new(struct loop *loop, const struct control_command *commands, size_t n,
    void *view, int fd)
{
	struct control *c = xcalloc(1, sizeof(*c));

	c->commands = commands;
	c->ncommands = n;
	c->view = view;
	c->server = socketmap_server_new(loop_base(loop), CONTROL_CONNECTIONS,
	    on_request, c);
	socketmap_server_add(c->server, fd);
	return c;
}

void
control_free(struct control *c)
{
	if (c == NULL)
		return;
	socketmap_server_free(c->server);
	free(c);
}
