/* sockets: the daemon's listening sockets - see sockets.h */
#include "config.h"

#include "milter/sockets.h"

#include "share/base/xmem.h"

#include <stdlib.h>
#include <unistd.h>

void
sockets_init(struct sockets *s)
{
	s->control = -1;
	s->metrics = -1;
	s->npolicy = 0;
}

int
sockets_make_dirs(const struct conf *c, const struct privilege *who,
    struct err *e)
{
	size_t i;

	if (privilege_make_socket_dir(c->control_socket, who, e) == -1 ||
	    privilege_make_socket_dir(c->milter.listen, who, e) == -1)
		return -1;
	for (i = 0; i < c->policy.listen.n; i++)
		if (privilege_make_socket_dir(c->policy.listen.item[i], who,
			e) == -1)
			return -1;
	return 0;
}

/* The socket of text: handed over by name or address, or bound. */
static int
open_one(struct activation *a, const char *name, const char *text,
    struct err *e)
{
	struct listener_spec spec;
	int fd = name != NULL ? activation_take(a, name) : -1;

	if (fd != -1)
		return fd;
	if (listener_parse(text, &spec, e) == -1)
		return -1;
	fd = activation_take_bound(a, &spec);
	return fd != -1 ? fd : listener_bind(&spec, e);
}

static int
open_control(struct sockets *s, const struct conf *c,
    const struct privilege *who, struct activation *a, struct err *e)
{
	char *text;

	if (who->root)
		text = xasprintf("unix:%s,mode=0660,owner=%s,group=%s",
		    c->control_socket, c->server.user, c->server.group);
	else
		text = xasprintf("unix:%s,mode=0660", c->control_socket);
	s->control = open_one(a, "control", text, e);
	free(text);
	return s->control == -1 ? err_wrap(e, "[control] socket") : 0;
}

static int
open_metrics(struct sockets *s, const struct conf *c, struct activation *a,
    struct err *e)
{
	const char *where = conf_metrics_listen(c, "milter");
	char *text;

	if (where[0] == '\0') {
		s->metrics = activation_take(a, "metrics");
		return 0;
	}
	text = xasprintf("inet:%s", where);
	s->metrics = open_one(a, "metrics", text, e);
	free(text);
	return s->metrics == -1 ? err_wrap(e, "[metrics] listen") : 0;
}

/* Whether one of those handed over is bound there. */
static bool
have_policy(const struct sockets *s, const char *text)
{
	struct listener_spec spec;
	struct err e;
	size_t i;

	if (listener_parse(text, &spec, &e) == -1)
		return false;
	for (i = 0; i < s->npolicy; i++)
		if (listener_is_bound(&spec, s->policy[i]))
			return true;
	return false;
}

static int
open_policy(struct sockets *s, const struct conf *c, struct activation *a,
    struct err *e)
{
	size_t i;
	int fd;

	while ((fd = activation_take(a, "policy")) != -1)
		s->policy[s->npolicy++] = fd;
	for (i = 0; i < c->policy.listen.n; i++) {
		if (have_policy(s, c->policy.listen.item[i]))
			continue;
		if (s->npolicy == SOCKETS_POLICY_MAX)
			return err_set(e, ERR_LIMIT,
			    "[policy] listen: at most %d sockets",
			    SOCKETS_POLICY_MAX);
		fd = open_one(a, NULL, c->policy.listen.item[i], e);
		if (fd == -1)
			return err_wrap(e, "[policy] listen");
		s->policy[s->npolicy++] = fd;
	}
	return 0;
}

int
sockets_open(struct sockets *s, const struct conf *c,
    const struct privilege *who, struct activation *a, const struct log *log,
    struct err *e)
{
	size_t left;

	if (open_control(s, c, who, a, e) == -1 ||
	    open_metrics(s, c, a, e) == -1 || open_policy(s, c, a, e) == -1)
		return -1;
	left = activation_clear(a);
	if (left > 0)
		log_write(log, LOG_LEVEL_WARN,
		    "%zu sockets were handed over that no setting names: "
		    "closed",
		    left);
	return 0;
}

void
sockets_close(struct sockets *s)
{
	if (s->control != -1)
		close(s->control);
	if (s->metrics != -1)
		close(s->metrics);
	while (s->npolicy > 0)
		close(s->policy[--s->npolicy]);
	s->control = s->metrics = -1;
}
