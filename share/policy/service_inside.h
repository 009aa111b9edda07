/*
 * service_inside: how service_admin.c and service_watch.c get at the things
 * of the resolver loop. Nobody else includes this.
 *
 * Thread safety: every function from every thread. Tests: t/system/control.t
 */
#ifndef SERVICE_INSIDE_H
#define SERVICE_INSIDE_H

#include "share/policy/backend.h"
#include "share/policy/service.h"

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
