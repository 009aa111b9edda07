/* loop: an event loop that other threads can hand work to - see loop.h */
#include "config.h"

#include "share/net/loop.h"
#include "share/base/xmem.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job {
	struct job *next;
	loop_job *run;
	void *arg;
};

struct loop {
	struct event_base *base;
	struct event *wake_event;
	int wake_fd;
	pthread_mutex_t lock; /* guards first, last and stop */
	struct job *first;
	struct job **last;
	int stop;
};

/* Takes everything that is queued; whether the loop is to stop. */
static int
take_jobs(struct loop *l, struct job **jobs)
{
	int stop;

	pthread_mutex_lock(&l->lock);
	*jobs = l->first;
	l->first = NULL;
	l->last = &l->first;
	stop = l->stop;
	pthread_mutex_unlock(&l->lock);
	return stop;
}

static void
run_jobs(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;
	struct job *j;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) == -1)
		return;
	if (take_jobs(l, &j))
		event_base_loopbreak(l->base);
	while (j != NULL) {
		struct job *next = j->next;

		j->run(j->arg);
		free(j);
		j = next;
	}
}

struct loop *
loop_new(struct err *e)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	l->last = &l->first;
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->base = event_base_new();
	if (l->wake_fd == -1 || l->base == NULL) {
		(void)err_sys(e, "event loop");
		loop_free(l);
		return NULL;
	}
	l->wake_event =
	    event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST, run_jobs, l);
	if (l->wake_event == NULL || event_add(l->wake_event, NULL) == -1) {
		(void)err_sys(e, "event loop");
		loop_free(l);
		return NULL;
	}
	return l;
}

void
loop_free(struct loop *l)
{
	struct job *j;

	if (l == NULL)
		return;
	(void)take_jobs(l, &j);
	while (j != NULL) {
		struct job *next = j->next;

		free(j);
		j = next;
	}
	if (l->wake_event != NULL)
		event_free(l->wake_event);
	if (l->base != NULL)
		event_base_free(l->base);
	if (l->wake_fd != -1)
		close(l->wake_fd);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

struct event_base *
loop_base(struct loop *l)
{
	return l->base;
}

void
loop_run(struct loop *l)
{
	(void)event_base_dispatch(l->base);
}

static void
wake(struct loop *l)
{
	uint64_t one = 1;

	/* A full counter means the loop is awake already. */
	if (write(l->wake_fd, &one, sizeof(one)) == -1)
		return;
}

void
loop_stop(struct loop *l)
{
	pthread_mutex_lock(&l->lock);
	l->stop = 1;
	pthread_mutex_unlock(&l->lock);
	wake(l);
}

void
loop_post(struct loop *l, loop_job *job, void *arg)
{
	struct job *j = xmalloc(sizeof(*j));

	j->next = NULL;
	j->run = job;
	j->arg = arg;
	pthread_mutex_lock(&l->lock);
	*l->last = j;
	l->last = &j->next;
	pthread_mutex_unlock(&l->lock);
	wake(l);
}
