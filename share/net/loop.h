/*
 * loop: an event loop that other threads can hand work to.
 *
 * One queue per loop: loop_post() appends a job and wakes the loop, whose
 * thread runs the jobs in order.
 *
 * Thread safety: loop_post() and loop_stop() from every thread, the rest
 * from the loop's own. Tests: t/unit/loop.c
 */
#ifndef LOOP_H
#define LOOP_H

#include "share/base/err.h"

#include <event2/event.h>

struct loop;

/* Work for the thread of a loop; borrows arg. */
typedef void loop_job(void *arg);

/* Makes a loop with its own event_base; NULL and e when the system refuses. */
struct loop *loop_new(struct err *e) MUST_CHECK;

/* Frees; jobs not run yet are dropped. NULL is fine. */
void loop_free(struct loop *l);

/* The event_base, borrowed. */
struct event_base *loop_base(struct loop *l);

/* Runs until loop_stop(). */
void loop_run(struct loop *l);

/* Makes loop_run() return after the event at hand. */
void loop_stop(struct loop *l);

/* Has job(arg) run on the loop's thread, after those posted before. */
void loop_post(struct loop *l, loop_job *job, void *arg);

#endif
