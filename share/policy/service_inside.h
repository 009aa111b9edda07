/*
 * service_inside: how service_admin.c, service_report.c and
 * service_watch.c get at the things
 * of the resolver loop. Nobody else includes this.
 *
 * Thread safety: every function from every thread. Tests: t/system/control.t
 */
#ifndef SERVICE_INSIDE_H
#define SERVICE_INSIDE_H

#include "share/policy/backend.h"
#include "share/policy/service.h"

#include <pthread.h>

/* Outcomes on their way to the resolver loop. */
struct service_reports {
	pthread_mutex_t lock;
	struct service *service;
	struct service_report *first, **last;
	size_t n;
};

/* Makes an empty list. */
void service_reports_init(struct service_reports *r, struct service *s);

/* Drops what is on its way. */
void service_reports_clear(struct service_reports *r);

/* The list of s, borrowed. */
struct service_reports *service_reports(struct service *s);

/* The things of the resolver loop, borrowed; for its own thread. */
struct backend *service_backend(struct service *s);

/* Work on the resolver loop; 0, or -1 and e. */
typedef int service_job(struct backend *b, void *arg, struct err *e);

/* Has job(backend, arg) run on the resolver loop and waits for its result. */
int service_call(struct service *s, service_job *job, void *arg,
    struct err *e) MUST_CHECK;

/* The resolver loop, borrowed. */
struct loop *service_loop(struct service *s);

/* The verdicts, borrowed. */
struct cache *service_cache(struct service *s);

/* The id of a strategy's number; borrowed for the service's life. */
const char *service_strategy_id(struct service *s, unsigned number);

#endif
