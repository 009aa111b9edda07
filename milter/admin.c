/* admin: the thread that serves operators - see admin.h */
#include "config.h"

#include "milter/admin.h"

#include "milter/delivery.h"
#include "milter/metrics.h"
#include "milter/watchdog.h"
#include "share/app/exposition.h"
#include "share/base/xmem.h"
#include "share/net/http_page.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct admin {
	struct admin_parts parts;
	struct loop *loop;
	struct control *control;
	struct http_page *metrics;
	struct watchdog *watchdog;
	pthread_t thread;
	bool running;
};

static void
reload(void *arg, struct reload_report *out)
{
	struct admin *a = arg;
	const struct admin_parts *p = &a->parts;

	notify_reloading(p->notify);
	reload_conf(p->view.service, p->path, &a->parts.conf, p->log, out);
	delivery_probe(p->delivery, a->parts.conf);
	a->parts.view.reload_failed = !out->in_force;
	counters_add(p->view.counters,
	    out->in_force ? COUNTER_RELOADS : COUNTER_RELOADS_REFUSED, 1);
	notify_send(p->notify, "READY=1");
}

static void
run_reload(void *arg)
{
	struct reload_report report;

	reload(arg, &report); /* the log has it all */
	conf_mistakes_clear(&report.mistakes);
	conf_mistakes_clear(&report.notices);
}

void
admin_reload(struct admin *a)
{
	loop_post(a->loop, run_reload, a);
}

static char *
metrics(void *arg)
{
	struct admin *a = arg;

	return metrics_text(&a->parts.view);
}

struct admin *
admin_new(const struct admin_parts *parts, struct err *e)
{
	struct admin *a = xcalloc(1, sizeof(*a));

	a->loop = loop_new(e);
	if (a->loop == NULL) {
		free(a);
		return NULL;
	}
	a->parts = *parts;
	a->parts.conf = conf_ref(parts->conf);
	a->parts.view.reload = reload;
	a->parts.view.reload_arg = a;
	a->control =
	    control_view_serve(a->loop, &a->parts.view, parts->control_fd);
	a->watchdog = watchdog_new(a->loop, parts->notify, parts->front,
	    parts->view.service, parts->log);
	if (parts->metrics_fd != -1) {
		a->metrics = http_page_new(loop_base(a->loop), "/metrics",
		    EXPOSITION_TYPE, metrics, a);
		http_page_add(a->metrics, parts->metrics_fd);
	}
	return a;
}

static void *
run(void *arg)
{
	struct admin *a = arg;

	loop_run(a->loop);
	return NULL;
}

int
admin_start(struct admin *a, struct err *e)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&a->thread, NULL, run, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(e, ERR_SYS, "admin thread: %s", strerror(rc));
	a->running = true;
	return 0;
}

void
admin_stop(struct admin *a)
{
	if (a == NULL || !a->running)
		return;
	loop_stop(a->loop);
	pthread_join(a->thread, NULL);
	a->running = false;
}

void
admin_free(struct admin *a)
{
	if (a == NULL)
		return;
	control_free(a->control);
	http_page_free(a->metrics);
	watchdog_free(a->watchdog);
	loop_free(a->loop);
	conf_unref(a->parts.conf);
	free(a);
}
