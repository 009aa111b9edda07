/* reload: SIGHUP, puts a changed config file in force - see reload.h */
#include "config.h"

#include "milter/reload.h"

#include <stdbool.h>
#include <string.h>

static void
log_lines(const struct log *log, enum log_level level,
    const struct conf_mistakes *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		log_write(log, level, "reload: %s", m->line[i]);
}

static bool
same_list(const struct conf_list *a, const struct conf_list *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->item[i], b->item[i]) != 0)
			return false;
	return true;
}

static void
need_restart(const struct log *log, const char *key, bool same)
{
	if (!same)
		log_write(log, LOG_LEVEL_WARN,
		    "reload: %s has changed, which takes a restart", key);
}

/* Sockets are bound as root, libmilter's once per process. */
static void
compare(const struct conf *a, const struct conf *b, const struct log *log)
{
	need_restart(log, "[server] state-dir",
	    strcmp(a->server.state_dir, b->server.state_dir) == 0);
	need_restart(log, "[server] user",
	    strcmp(a->server.user, b->server.user) == 0);
	need_restart(log, "[server] group",
	    strcmp(a->server.group, b->server.group) == 0);
	need_restart(log, "[log] to", a->log.to == b->log.to);
	need_restart(log, "[control] socket",
	    strcmp(a->control_socket, b->control_socket) == 0);
	need_restart(log, "[milter] listen",
	    strcmp(a->milter.listen, b->milter.listen) == 0);
	need_restart(log, "[policy] listen",
	    same_list(&a->policy.listen, &b->policy.listen));
}

void
reload_conf(struct service *s, const char *path, struct conf **c,
    struct log *log)
{
	struct conf_mistakes mistakes, notices;
	struct conf *fresh;
	struct err e;

	memset(&mistakes, 0, sizeof(mistakes));
	memset(&notices, 0, sizeof(notices));
	fresh = conf_load(path, &mistakes, &notices);
	if (fresh == NULL) {
		log_lines(log, LOG_LEVEL_ERROR, &mistakes);
		log_write(log, LOG_LEVEL_ERROR,
		    "reload: %s is refused, the config in force stays", path);
	} else if (service_reload(s, fresh, &e) == -1) {
		log_write(log, LOG_LEVEL_ERROR,
		    "reload: %s; the config in force stays", e.text);
		conf_unref(fresh);
	} else {
		log_lines(log, LOG_LEVEL_WARN, &notices);
		compare(*c, fresh, log);
		log_set_level(log, (enum log_level)fresh->log.level);
		conf_unref(*c);
		*c = fresh;
		log_write(log, LOG_LEVEL_INFO, "reload: %s is in force", path);
	}
	conf_mistakes_clear(&mistakes);
	conf_mistakes_clear(&notices);
}
