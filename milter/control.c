/* control: the daemon's control socket - see control.h */
#include "config.h"

#include "milter/control.h"

#include "milter/control_stats.h"
#include "share/base/buf.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

struct control {
	struct control_view view;
	struct socketmap_server *server;
};

/* A new command is one row. Each gives its JSON text, which is freed. */
static const struct command {
	const char *name;
	char *(*run)(const struct control_view *view, const char *arg);
} commands[] = {
	{ "stats", control_stats },
};

static void
on_request(void *arg, struct socketmap_request *req, const char *map,
    const char *key)
{
	static const char unknown[] = "PERM unknown command";
	struct control *c = arg;
	struct buf reply;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, map) == 0)
			break;
	if (i == sizeof(commands) / sizeof(commands[0])) {
		socketmap_answer(req, unknown, sizeof(unknown) - 1);
		return;
	}
	text = commands[i].run(&c->view, key);
	buf_init(&reply, SOCKETMAP_REPLY_MAX);
	buf_puts(&reply, "OK ");
	buf_puts(&reply, text);
	socketmap_answer(req, buf_str(&reply), reply.len);
	buf_clear(&reply);
	free(text);
}

struct control *
control_new(struct loop *loop, const struct control_view *view, int fd)
{
	struct control *c = xcalloc(1, sizeof(*c));

	c->view = *view;
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
