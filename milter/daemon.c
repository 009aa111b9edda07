/* daemon: tlsherald-milter as a server - see daemon.h */
#include "config.h"

#include "milter/daemon.h"

#include "milter/admin.h"
#include "milter/filter.h"
#include "milter/front.h"
#include "milter/outcome_report.h"
#include "milter/sockets.h"
#include "share/app/background.h"
#include "share/app/privilege.h"
#include "share/base/xmem.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#define SIGNALS 3
#define DRAIN_LOOK_MS 5
#define DRAIN_MAX_MS 3000 /* longer than any lookup waits */

struct daemon {
	struct conf *conf; /* in force; a reference */
	char *path;        /* absolute: the working directory changes */
	struct log log;
	struct privilege who;
	size_t files;             /* descriptors we may have */
	struct activation handed; /* sockets, by the supervisor */
	struct notify notify;
	struct sockets sockets; /* until handed on */
	struct loop *loop;
	struct service *service;
	struct delivery *delivery; /* Sendmail's lookups */
	struct front *front;
	struct admin *admin;
	struct counters counters;
	struct outcome_report outcomes;
	struct binding_table *bindings;
	struct binding_keeper *keeper;
	struct event *signal[SIGNALS];
	struct event *drain; /* looks whether all is answered */
	int64_t drain_end_ms;
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

/* All that needs root, if we are; an exit status. */
static int
start_privileged(struct daemon *d)
{
	struct err e;

	if (privilege_find(d->conf, &d->who, &e) == -1)
		return fail(d, EX_CONFIG, &e);
	if (privilege_make_state_dir(d->conf, &d->who, &e) == -1 ||
	    sockets_make_dirs(d->conf, &d->who, &e) == -1)
		return fail(d, EX_CANTCREAT, &e);
	d->files = privilege_raise_files();
	if (sockets_open(&d->sockets, d->conf, &d->who, &d->handed, &d->log,
		&e) == -1)
		return fail(d, EX_UNAVAILABLE, &e);
	if (filter_open(d->conf->milter.listen, d->who.uid, d->who.gid, &e) ==
	    -1) {
		(void)err_wrap(&e, "[milter] listen");
		return fail(d, EX_UNAVAILABLE, &e);
	}
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

/*
 * Who asks from now on is left to the process that comes after us, where the
 * supervisor keeps the sockets; who has asked is answered first.
 */
static void
look_drained(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = { 0, DRAIN_LOOK_MS * 1000 };
	struct daemon *d = arg;
	struct socketmap_stats stats;

	(void)fd;
	(void)what;
	front_stats(d->front, &stats);
	if (stats.waiting == 0 ||
	    clock_mono_ms(clock_system()) >= d->drain_end_ms)
		loop_stop(d->loop);
	else
		(void)event_add(d->drain, &again);
}

static void
begin_drain(struct daemon *d)
{
	static const struct timeval soon = { 0, DRAIN_LOOK_MS * 1000 };

	notify_send(&d->notify, "STOPPING=1");
	front_stop(d->front);
	d->drain_end_ms = clock_mono_ms(clock_system()) + DRAIN_MAX_MS;
	d->drain = evtimer_new(loop_base(d->loop), look_drained, d);
	if (d->drain == NULL || event_add(d->drain, &soon) == -1)
		loop_stop(d->loop);
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct daemon *d = arg;

	(void)what;
	if (d->stopping)
		return;
	if (sig == SIGHUP) {
		admin_reload(d->admin);
		return;
	}
	log_write(&d->log, LOG_LEVEL_INFO, "stopping: signal %d", (int)sig);
	d->stopping = true;
	begin_drain(d);
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

/* What was bound before the last end is there before anybody asks. */
static void
make_keeper(struct daemon *d)
{
	char *path = xasprintf("%s/policy.db", d->conf->server.state_dir);
	struct err e = { 0 };

	d->keeper =
	    binding_keeper_new(path, d->bindings, clock_system(), &d->log, &e);
	if (d->keeper == NULL)
		log_write(&d->log, LOG_LEVEL_ERROR,
		    "bindings of messages will not outlive a restart: %s",
		    e.text);
	free(path);
}

static void
make_front(struct daemon *d)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed ^= (uint64_t)getpid(); /* only makes collisions dearer */
	d->bindings = binding_table_new(clock_system(), BINDING_MAX, seed);
	make_keeper(d);
	d->delivery = delivery_new(d->loop, d->service, d->bindings, &d->log);
	delivery_probe(d->delivery, d->conf);
	d->front = front_new(d->loop, d->service, d->delivery, &d->log,
	    max_connections(d));
	while (d->sockets.npolicy > 0)
		front_add(d->front, d->sockets.policy[--d->sockets.npolicy]);
}

static int
make_admin(struct daemon *d, struct err *e)
{
	struct admin_parts parts;

	memset(&parts, 0, sizeof(parts));
	parts.view.service = d->service;
	parts.view.front = d->front;
	parts.delivery = d->delivery;
	parts.view.counters = &d->counters;
	parts.view.bindings = d->bindings;
	parts.view.log = &d->log;
	parts.view.started = (time_t)(clock_wall_ms(clock_system()) / 1000);
	parts.front = d->loop;
	parts.notify = &d->notify;
	parts.log = &d->log;
	parts.path = d->path;
	parts.conf = d->conf;
	parts.control_fd = d->sockets.control;
	parts.metrics_fd = d->sockets.metrics;
	d->admin = admin_new(&parts, e);
	if (d->admin == NULL)
		return -1;
	d->sockets.control = d->sockets.metrics = -1;
	return 0;
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
	make_front(d);
	if (make_admin(d, &e) == -1 || watch_signals(d, &e) == -1)
		return fail(d, EX_OSERR, &e);
	/* signals are for the main thread alone */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = service_start(d->service, &e);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == -1)
		return fail(d, EX_OSERR, &e);
	f.service = d->service;
	f.delivery = d->delivery;
	f.log = &d->log;
	f.bindings = d->bindings;
	f.keeper = d->keeper;
	f.counters = &d->counters;
	if (filter_start(&f, on_filter_end, d, &e) == -1 ||
	    admin_start(d->admin, &e) == -1)
		return fail(d, EX_OSERR, &e);
	return EX_OK;
}

/*
 * Commands and the milter's callbacks use the service, the service calls back
 * into the front, the watchdog's jobs run on both loops: so they end in this
 * order.
 */
static void
stop_all(struct daemon *d)
{
	size_t i;

	d->stopping = true;
	admin_stop(d->admin);
	filter_stop();
	service_free(d->service);
	front_free(d->front);
	delivery_free(d->delivery);
	for (i = 0; i < SIGNALS; i++)
		if (d->signal[i] != NULL)
			event_free(d->signal[i]);
	if (d->drain != NULL)
		event_free(d->drain);
	loop_free(d->loop);
	admin_free(d->admin);
	binding_keeper_free(d->keeper);
	binding_table_free(d->bindings);
	sockets_close(&d->sockets);
	(void)activation_clear(&d->handed);
	notify_clear(&d->notify);
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
	notify_send(&d->notify, "READY=1");
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
	sockets_init(&d.sockets);
	notify_init(&d.notify);
	log_open(&d.log, "tlsherald-milter", !logs_to_stderr(c, foreground),
	    (enum log_level)c->log.level);
	/* glibc gives every thread its own arena: few threads allocate much */
	(void)mallopt(M_ARENA_MAX, 4);
	if (activation_init(&d.handed, &e) == -1) {
		d.status = fail(&d, EX_UNAVAILABLE, &e);
		goto out;
	}
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
