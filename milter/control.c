/* control: the daemon's control socket - see control.h */
#include "config.h"

#include "milter/control.h"

#include "milter/control_change.h"
#include "milter/control_json.h"
#include "milter/control_list.h"
#include "milter/control_stats.h"
#include "share/base/buf.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct control {
	const struct control_view *view;
	struct socketmap_server *server;
};

/* Who may. */
enum who {
	READER, /* whoever may connect */
	OWNER   /* root, and the user that the daemon runs as */
};

/* A new command is one row. run gives JSON text, freed; or NULL and e. */
static const struct command {
	const char *name;
	enum who who;
	char *(*run)(const struct control_call *call, struct err *e);
} commands[] = {
	{ "stats", READER, control_stats },
	{ "dump", READER, control_dump },
	{ "list", READER, control_policies },
	{ "export", READER, control_export },
	{ "downgrades", READER, control_downgrades },
	{ "override-list", READER, control_overrides },
	{ "override-add", OWNER, control_override_add },
	{ "override-remove", OWNER, control_override_remove },
	{ "purge", OWNER, control_purge },
	{ "import", OWNER, control_import },
	{ "reload", OWNER, control_reload },
};

static const struct command *
find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* Runs the command, or says why not; gives JSON text. */
static char *
run(const char *name, const struct control_call *call, struct err *e)
{
	const struct command *command = find(name);

	if (command == NULL) {
		(void)err_set(e, ERR_PERM, "unknown command");
		return NULL;
	}
	if (command->who == OWNER && call->who != 0 && call->who != geteuid()) {
		(void)err_set(e, ERR_PERM,
		    CONTROL_DENIED ": for root and the daemon's user only");
		return NULL;
	}
	return command->run(call, e);
}

static void
on_request(void *arg, struct socketmap_request *req, const char *map,
    const char *key)
{
	struct control *c = arg;
	struct control_call call = { c->view, key, (uid_t)-1 };
	struct err e = { 0 };
	struct buf reply;
	char *text;

	if (socketmap_request_peer(req, &call.who) == -1)
		call.who = (uid_t)-1;
	text = run(map, &call, &e);
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
control_new(struct loop *loop, const struct control_view *view, int fd)
{
	struct control *c = xcalloc(1, sizeof(*c));

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
