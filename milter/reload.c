/* reload: puts a changed config file in force - see reload.h */
#include "config.h"

#include "milter/reload.h"

#include "share/base/xmem.h"

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
add_line(struct conf_mistakes *m, char *line)
{
	m->line = xreallocarray(m->line, m->n + 1, sizeof(*m->line));
	m->line[m->n++] = line;
}

static void
need_restart(struct conf_mistakes *notices, const char *key, bool same)
{
	if (!same)
		add_line(notices,
		    xasprintf("%s has changed, which takes a restart", key));
}

/* Sockets are bound as root, libmilter's once per process. */
static void
compare(const struct conf *a, const struct conf *b, struct conf_mistakes *m)
{
	need_restart(m, "[server] state-dir",
	    strcmp(a->server.state_dir, b->server.state_dir) == 0);
	need_restart(m, "[server] user",
	    strcmp(a->server.user, b->server.user) == 0);
	need_restart(m, "[server] group",
	    strcmp(a->server.group, b->server.group) == 0);
	need_restart(m, "[log] to", a->log.to == b->log.to);
	need_restart(m, "[control] socket",
	    strcmp(a->control_socket, b->control_socket) == 0);
	need_restart(m, "[metrics] listen",
	    strcmp(conf_metrics_listen(a, "milter"),
		conf_metrics_listen(b, "milter")) == 0);
	need_restart(m, "[milter] listen",
	    strcmp(a->milter.listen, b->milter.listen) == 0);
	need_restart(m, "[policy] listen",
	    same_list(&a->policy.listen, &b->policy.listen));
}

void
reload_conf(struct service *s, const char *path, struct conf **c,
    struct log *log, struct reload_report *report)
{
	struct conf *fresh;
	struct err e;

	memset(report, 0, sizeof(*report));
	fresh = conf_load(path, &report->mistakes, &report->notices);
	if (fresh == NULL) {
		log_lines(log, LOG_LEVEL_ERROR, &report->mistakes);
		log_write(log, LOG_LEVEL_ERROR,
		    "reload: %s is refused, the config in force stays", path);
		return;
	}
	if (service_reload(s, fresh, &e) == -1) {
		log_write(log, LOG_LEVEL_ERROR,
		    "reload: %s; the config in force stays", e.text);
		add_line(&report->mistakes, xstrdup(e.text));
		conf_unref(fresh);
		return;
	}
	compare(*c, fresh, &report->notices);
	log_lines(log, LOG_LEVEL_WARN, &report->notices);
	log_set_level(log, (enum log_level)fresh->log.level);
	conf_unref(*c);
	*c = fresh;
	report->in_force = true;
	log_write(log, LOG_LEVEL_INFO, "reload: %s is in force", path);
}
