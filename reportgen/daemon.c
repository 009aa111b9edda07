/* daemon: tlsherald-reportgen as a server - see daemon.h */
#include "config.h"

#include "reportgen/daemon.h"

#include "reportgen/collector.h"
#include "reportgen/log_source.h"
#include "reportgen/pid_file.h"
#include "reportgen/receiver.h"
#include "reportgen/sender.h"
#include "reportgen/side.h"
#include "reportgen/supervisor.h"
#include "share/app/background.h"
#include "share/app/privilege.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

/* A new kind of child is one row. */
static const struct child_kind kinds[] = {
	{ CHILD_RECEIVER, "receiver", receiver_main, NULL },
	{ CHILD_LOG, "log", log_source_run, log_source_wanted },
	{ CHILD_SENDER, "sender", sender_main, NULL },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct daemon {
	char *path; /* absolute: the working directory changes */
	struct log log;
	struct privilege who;
	struct activation handed; /* sockets, by systemd */
	struct notify notify;
	struct keyring keys;
	struct supervisor sup;
	int ready_fd;
};

/* Says what failed; returns status. */
static int
fail(const struct daemon *d, int status, const struct err *e)
{
	struct log to_stderr = { false, LOG_LEVEL_ERROR };

	log_write(&d->log, LOG_LEVEL_ERROR, "cannot start: %s", e->text);
	if (d->log.to_syslog)
		log_write(&to_stderr, LOG_LEVEL_ERROR, "cannot start: %s",
		    e->text);
	return status;
}

static int
open_metrics(struct daemon *d, const struct conf *c, struct err *e)
{
	const char *where = conf_metrics_listen(c, "reportgen");
	struct listener_spec spec;
	int *fd = &d->sup.child.metrics;
	char *text;
	int ret = 0;

	*fd = activation_take(&d->handed, "metrics");
	if (*fd != -1 || where[0] == '\0')
		return 0;
	text = xasprintf("inet:%s", where);
	if (listener_parse(text, &spec, e) == 0) {
		*fd = activation_take_bound(&d->handed, &spec);
		if (*fd == -1)
			*fd = listener_bind(&spec, e);
	}
	if (*fd == -1)
		ret = err_wrap(e, "[metrics] listen");
	free(text);
	return ret;
}

/* Without keys sessions are collected, and nothing is sent. */
static void
load_keys(struct daemon *d, struct conf *c)
{
	struct err e;

	if (keyring_load(&d->keys, c, &e) == -1)
		log_write(&d->log,
		    e.code == ERR_NOENT ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		    "no report can be signed: %s", e.text);
	d->sup.child.keys = &d->keys;
}

/* All that needs root, if we are; an exit status. */
static int
start_privileged(struct daemon *d)
{
	struct conf *c = d->sup.child.conf;
	struct child *child = &d->sup.child;
	int side[2];
	struct err e;

	if (privilege_find(c, &d->who, &e) == -1)
		return fail(d, EX_CONFIG, &e);
	d->who.may_gain = strncmp(c->report.deliver_via, "sendmail:", 9) == 0;
	if (privilege_make_state_dir(c, &d->who, &e) == -1)
		return fail(d, EX_CANTCREAT, &e);
	d->sup.lock = pid_file_lock(c, true, &e);
	if (d->sup.lock == -1)
		return fail(d, e.code == ERR_TEMP ? EX_TEMPFAIL : EX_CANTCREAT,
		    &e);
	/* who starts it without root later may write it, too */
	if (d->who.root && fchown(d->sup.lock, d->who.uid, d->who.gid) == -1)
		log_write(&d->log, LOG_LEVEL_WARN, "reportgen.pid: %m");
	child->shared = shared_new(&e);
	if (child->shared == NULL || side_open(side, &e) == -1)
		return fail(d, EX_OSERR, &e);
	child->side_in = side[0];
	child->side = side[1];
	child->collector =
	    collector_open(c, &d->who, &d->handed, child->shared, &d->log, &e);
	if (child->collector == -1 || open_metrics(d, c, &e) == -1)
		return fail(d, EX_UNAVAILABLE, &e);
	load_keys(d, c);
	/* else the receiver may come too late for what is not waited for */
	if (d->who.root &&
	    setpriority(PRIO_PROCESS, 0, SUPERVISOR_URGENT) == -1)
		log_write(&d->log, LOG_LEVEL_INFO,
		    "the receiver has no priority: %m");
	if (privilege_drop(c, &d->who, &e) == -1)
		return fail(d, EX_CANTCREAT, &e);
	return EX_OK;
}

static void
need_restart(const struct daemon *d, const char *key, const char *a,
    const char *b)
{
	if (strcmp(a, b) != 0)
		log_write(&d->log, LOG_LEVEL_WARN,
		    "reload: %s has changed, which takes a restart", key);
}

/* What was done as root stays as it is. */
static void
compare(const struct daemon *d, const struct conf *a, const struct conf *b)
{
	need_restart(d, "[server] state-dir", a->server.state_dir,
	    b->server.state_dir);
	need_restart(d, "[server] user", a->server.user, b->server.user);
	need_restart(d, "[metrics] listen", conf_metrics_listen(a, "reportgen"),
	    conf_metrics_listen(b, "reportgen"));
	need_restart(d, "[report.collect] socket", a->report_socket,
	    b->report_socket);
	need_restart(d, "[report.collect] mode", a->report.collect_mode,
	    b->report.collect_mode);
	need_restart(d, "[report.collect] owner", a->report.collect_owner,
	    b->report.collect_owner);
	need_restart(d, "[report.collect] group", a->report.collect_group,
	    b->report.collect_group);
}

static bool
reload(void *arg)
{
	struct daemon *d = arg;
	struct child *child = &d->sup.child;
	struct conf_mistakes mistakes, notices;
	struct conf *fresh = conf_load(d->path, &mistakes, &notices);

	for (size_t i = 0; i < mistakes.n; i++)
		log_write(&d->log, LOG_LEVEL_ERROR, "reload: %s",
		    mistakes.line[i]);
	for (size_t i = 0; i < notices.n; i++)
		log_write(&d->log, LOG_LEVEL_WARN, "reload: %s",
		    notices.line[i]);
	if (fresh != NULL) {
		compare(d, child->conf, fresh);
		conf_unref(child->conf);
		child->conf = fresh;
		log_set_level(&d->log, (enum log_level)fresh->log.level);
		log_write(&d->log, LOG_LEVEL_INFO, "reloaded");
	} else {
		log_write(&d->log, LOG_LEVEL_ERROR,
		    "reload: refused, the config in force stays");
	}
	conf_mistakes_clear(&mistakes);
	conf_mistakes_clear(&notices);
	return fresh != NULL;
}

static void
on_ready(void *arg)
{
	struct daemon *d = arg;

	log_write(&d->log, LOG_LEVEL_INFO, "started version=%s socket=%s",
	    PACKAGE_VERSION, d->sup.child.conf->report_socket);
	if (d->ready_fd != -1)
		background_ready(d->ready_fd, !d->log.to_syslog);
	d->ready_fd = -1;
	notify_send(&d->notify, "READY=1");
}

static bool
logs_to_stderr(const struct conf *c, bool foreground)
{
	return c->log.to == CONF_LOG_STDERR ||
	    (c->log.to == CONF_LOG_AUTO && foreground);
}

/* Before anything is opened; an exit status. */
static int
prepare(struct daemon *d, bool foreground)
{
	struct conf *c = d->sup.child.conf;
	struct err e;

	notify_init(&d->notify);
	log_open(&d->log, "tlsherald-reportgen", !logs_to_stderr(c, foreground),
	    (enum log_level)c->log.level);
	if (activation_init(&d->handed, &e) == -1)
		return fail(d, EX_UNAVAILABLE, &e);
	if (foreground)
		return EX_OK;
	d->ready_fd = background_start(&e);
	return d->ready_fd == -1 ? fail(d, EX_OSERR, &e) : EX_OK;
}

static void
close_one(int fd)
{
	if (fd != -1)
		close(fd);
}

static void
free_all(struct daemon *d)
{
	struct child *child = &d->sup.child;

	close_one(child->collector);
	close_one(child->side);
	close_one(child->side_in);
	close_one(child->metrics);
	close_one(d->sup.lock);
	keyring_clear(&d->keys);
	shared_free(child->shared);
	(void)activation_clear(&d->handed);
	notify_clear(&d->notify);
	conf_unref(child->conf);
	free(d->path);
}

int
daemon_main(struct conf *c, const char *path, bool foreground)
{
	struct daemon d;
	int status;

	memset(&d, 0, sizeof(d));
	d.path = realpath(path, NULL);
	if (d.path == NULL)
		d.path = xstrdup(path);
	d.ready_fd = -1;
	d.sup = (struct supervisor){
		.kinds = kinds,
		.nkinds = KINDS,
		.child = { .conf = c,
		    .conf_path = d.path,
		    .log = &d.log,
		    .side = -1,
		    .side_in = -1,
		    .collector = -1,
		    .metrics = -1 },
		.lock = -1,
		.notify = &d.notify,
		.reload = reload,
		.arg = &d,
	};
	status = prepare(&d, foreground);
	if (status == EX_OK)
		status = start_privileged(&d);
	if (status == EX_OK) {
		supervisor_block();
		supervisor_run(&d.sup, on_ready);
	}
	free_all(&d);
	return status;
}
