/* watchdog: tells the supervisor that the loops are alive - see watchdog.h */
#include "config.h"

#include "milter/watchdog.h"

#include "share/base/xmem.h"
#include "share/policy/service_admin.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#define TICKS 4 /* per time that the supervisor waits */

struct watchdog {
	const struct notify *notify;
	struct loop *front;
	struct service *service;
	const struct log *log;
	struct event *tick;
	atomic_bool front_out, resolver_out; /* a job is on its way */
	bool asked;                          /* once at least */
	bool said;
};

static void
come_back(void *arg)
{
	atomic_bool *out = arg;

	atomic_store(out, false);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct watchdog *w = arg;
	bool front = atomic_load(&w->front_out);
	bool resolver = atomic_load(&w->resolver_out);

	(void)fd;
	(void)what;
	if (w->asked && !front && !resolver)
		notify_send(w->notify, "WATCHDOG=1");
	if ((front || resolver) && !w->said)
		log_write(w->log, LOG_LEVEL_WARN,
		    "watchdog: the %s loop is busy",
		    front ? "front" : "resolver");
	w->said = front || resolver;
	w->asked = true;
	if (!front) {
		atomic_store(&w->front_out, true);
		loop_post(w->front, come_back, &w->front_out);
	}
	if (!resolver) {
		atomic_store(&w->resolver_out, true);
		service_post(w->service, come_back, &w->resolver_out);
	}
}

struct watchdog *
watchdog_new(struct loop *loop, const struct notify *notify, struct loop *front,
    struct service *service, const struct log *log)
{
	int64_t ms = notify->watchdog_ms / TICKS;
	struct timeval every = { (time_t)(ms / 1000),
		(suseconds_t)(ms % 1000) * 1000 };
	struct watchdog *w;

	if (ms <= 0)
		return NULL;
	w = xcalloc(1, sizeof(*w));
	w->notify = notify;
	w->front = front;
	w->service = service;
	w->log = log;
	w->tick = event_new(loop_base(loop), -1, EV_PERSIST, on_tick, w);
	if (w->tick == NULL || event_add(w->tick, &every) == -1)
		abort();
	return w;
}

void
watchdog_free(struct watchdog *w)
{
	if (w == NULL)
		return;
	event_free(w->tick);
	free(w);
}
