/* daemon: tlsherald-milter as a server - see daemon.h */
#include "config.h"

#include "milter/daemon.h"

#include "milter/background.h"
#include "milter/control.h"
#include "milter/filter.h"
#include "milter/front.h"
#include "milter/outcome_report.h"
#include "milter/privilege.h"
#include "milter/reload.h"
#include "share/base/xmem.h"
#include "share/net/listener.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#define SIGNALS 3

struct daemon {
	struct conf *conf; /* in force; a reference */
	char *path;        /* absolute: the working directory changes */
	struct log log;
	struct privilege who;
	size_t files;   /* descriptors we may have */
	int control_fd; /* listening, until handed on */
	int *policy_fd;
	size_t npolicy;
	struct loop *loop;
	struct service *service;
	struct front *front;
	struct control *control;
	struct counters counters;
	struct outcome_report outcomes;
	struct binding_table *bindings;
	struct event *signal[SIGNALS];
	bool stopping;
	int status;
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
bind_one(const char *text, struct err *e)
{
	struct listener_spec spec;
	int fd;

	if (listener_parse(text, &spec, e) == -1)
		return -1;
	fd = listener_bind(&spec, e);
	return fd;
}

static int
bind_sockets(struct daemon *d, struct err *e)
{
	const struct conf *c = d->conf;
	char *control;

	if (d->who.root)
		control = xasprintf("unix:%s,mode=0660,owner=%s,group=%s",
		    c->control_socket, c->server.user, c->server.group);
	else
		control = xasprintf("unix:%s,mode=0660", c->control_socket);
	d->control_fd = bind_one(control, e);
	free(control);
	if (d->control_fd == -1)
		return err_wrap(e, "[control] socket");
	d->policy_fd = xcalloc(c->policy.listen.n, sizeof(*d->policy_fd));
	for (; d->npolicy < c->policy.listen.n; d->npolicy++) {
		d->policy_fd[d->npolicy] =
		    bind_one(c->policy.listen.item[d->npolicy], e);
		if (d->policy_fd[d->npolicy] == -1)
			return err_wrap(e, "[policy] listen");
	}
	if (filter_open(c->milter.listen, d->who.uid, d->who.gid, e) == -1)
		return err_wrap(e, "[milter] listen");
	return 0;
}

/* All that needs root, if we are; an exit status. */
static int
start_privileged(struct daemon *d)
{
	struct err e;

	if (privilege_find(d->conf, &d->who, &e) == -1)
		return fail(d, EX_CONFIG, &e);
	if (privilege_make_dirs(d->conf, &d->who, &e) == -1)
		return fail(d, EX_CANTCREAT, &e);
	d->files = privilege_raise_files();
	if (bind_sockets(d, &e) == -1)
		return fail(d, EX_UNAVAILABLE, &e);
	if (privilege_drop(d->conf, &d->who, &e) == -1)
		return fail(d, EX_CANTCREAT, &e);
	return EX_OK;
}

/* The status that an error of the service's start means. */
static int
service_status(const struct err *e)
{
	switch (e->code) {
	case ERR_TEMP:
		return EX_TEMPFAIL;
	case ERR_SYS:
		return EX_CANTCREAT;
	default:
		return EX_CONFIG;
	}
}

static void
on_filter_end(void *arg)
{
	struct daemon *d = arg;

	if (d->stopping)
		return;
	log_write(&d->log, LOG_LEVEL_ERROR, "libmilter ended by itself");
	d->status = EX_TEMPFAIL;
	loop_stop(d->loop);
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct daemon *d = arg;

	(void)what;
	if (sig == SIGHUP) {
		reload_conf(d->service, d->path, &d->conf, &d->log);
		return;
	}
	log_write(&d->log, LOG_LEVEL_INFO, "stopping: signal %d", (int)sig);
	d->stopping = true;
	loop_stop(d->loop);
}

static int
watch_signals(struct daemon *d, struct err *e)
{
	static const int which[SIGNALS] = { SIGHUP, SIGTERM, SIGINT };
	int i;

	for (i = 0; i < SIGNALS; i++) {
		d->signal[i] =
		    evsignal_new(loop_base(d->loop), which[i], on_signal, d);
		if (d->signal[i] == NULL || event_add(d->signal[i], NULL) == -1)
			return err_set(e, ERR_SYS, "cannot watch signals");
	}
	(void)signal(SIGPIPE, SIG_IGN);
	return 0;
}

/* How many lookup connections leave room for files and the milter. */
static size_t
max_connections(const struct daemon *d)
{
	size_t n = d->files / 4 * 3;

	return n < 16 ? 16 : n;
}

static void
make_servers(struct daemon *d)
{
	struct control_view view;
	uint64_t seed = 0;
	size_t i;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed ^= (uint64_t)getpid(); /* only makes collisions dearer */
	d->bindings = binding_table_new(clock_system(), BINDING_MAX,
	    BINDING_LIFETIME_MS, seed);
	d->front = front_new(d->loop, d->service, &d->log, max_connections(d));
	for (i = 0; i < d->npolicy; i++)
		front_add(d->front, d->policy_fd[i]);
	d->npolicy = 0;
	memset(&view, 0, sizeof(view));
	view.service = d->service;
	view.front = d->front;
	view.counters = &d->counters;
	view.bindings = d->bindings;
	view.started = (time_t)(clock_wall_ms(clock_system()) / 1000);
	d->control = control_new(d->loop, &view, d->control_fd);
	d->control_fd = -1;
}

/* What runs as the user; an exit status. */
static int
start_unprivileged(struct daemon *d)
{
	sigset_t all, old;
	struct filter f;
	struct err e;
	int rc;

	err_clear(&e);
	d->loop = loop_new(&e);
	if (d->loop == NULL)
		return fail(d, EX_OSERR, &e);
	d->service = service_new(d->conf, &d->log, NULL, &e);
	if (d->service == NULL)
		return fail(d, service_status(&e), &e);
	outcome_report_init(&d->outcomes, &d->log);
	service_set_outcomes(d->service, &d->outcomes.sink);
	make_servers(d);
	if (watch_signals(d, &e) == -1)
		return fail(d, EX_OSERR, &e);
	/* signals are for the main thread alone */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = service_start(d->service, &e);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == -1)
		return fail(d, EX_OSERR, &e);
	f.service = d->service;
	f.log = &d->log;
	f.bindings = d->bindings;
	f.counters = &d->counters;
	if (filter_start(&f, on_filter_end, d, &e) == -1)
		return fail(d, EX_OSERR, &e);
	return EX_OK;
}

/*
 * The milter's callbacks use the service, the service calls back into the
 * front: so they end in this order.
 */
static void
stop_all(struct daemon *d)
{
	size_t i;

	d->stopping = true;
	filter_stop();
	service_free(d->service);
	control_free(d->control);
	front_free(d->front);
	for (i = 0; i < SIGNALS; i++)
		if (d->signal[i] != NULL)
			event_free(d->signal[i]);
	loop_free(d->loop);
	binding_table_free(d->bindings);
	if (d->control_fd != -1)
		close(d->control_fd);
	for (i = 0; i < d->npolicy; i++)
		close(d->policy_fd[i]);
	free(d->policy_fd);
	conf_unref(d->conf);
	free(d->path);
	libevent_global_shutdown();
}

static bool
logs_to_stderr(const struct conf *c, bool foreground)
{
	return c->log.to == CONF_LOG_STDERR ||
	    (c->log.to == CONF_LOG_AUTO && foreground);
}

static void
run(struct daemon *d, int ready_fd)
{
	const struct conf *c = d->conf;

	log_write(&d->log, LOG_LEVEL_INFO,
	    "started version=%s mode=%s strategies=%zu milter=%s files=%zu",
	    PACKAGE_VERSION,
	    c->policy.mode == CONF_OBSERVE ? "observe" : "enforce",
	    c->nstrategies, c->milter.listen, d->files);
	if (ready_fd != -1)
		background_ready(ready_fd, !d->log.to_syslog);
	loop_run(d->loop);
}

int
daemon_main(struct conf *c, const char *path, bool foreground)
{
	struct daemon d;
	struct err e;
	int ready_fd = -1;

	memset(&d, 0, sizeof(d));
	d.conf = c;
	d.path = realpath(path, NULL);
	if (d.path == NULL)
		d.path = xstrdup(path);
	d.control_fd = -1;
	log_open(&d.log, "tlsherald-milter", !logs_to_stderr(c, foreground),
	    (enum log_level)c->log.level);
	/* glibc gives every thread its own arena: few threads allocate much */
	(void)mallopt(M_ARENA_MAX, 4);
	if (!foreground) {
		ready_fd = background_start(&e);
		if (ready_fd == -1) {
			d.status = fail(&d, EX_OSERR, &e);
			goto out;
		}
	}
	d.status = start_privileged(&d);
	if (d.status == EX_OK)
		d.status = start_unprivileged(&d);
	if (d.status == EX_OK)
		run(&d, ready_fd);
out:
	stop_all(&d);
	return d.status;
}
