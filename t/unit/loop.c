/* Tests of share/net/loop and share/net/timer_ev. */
#include "config.h"

#include "share/net/loop.h"
#include "share/net/timer_ev.h"
#include "t/unit/tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define POSTS 1000

/* What jobs do: note their number, and end the loop at the last. */
struct seen {
	struct loop *loop;
	int order[POSTS];
	int n;
	int last;
	pthread_t thread;
};

struct job {
	struct seen *seen;
	int number;
};

static struct loop *
new_loop(void)
{
	struct err e;
	struct loop *l = loop_new(&e);

	if (!ok(l != NULL, "a loop is made"))
		exit(done_testing());
	return l;
}

static void
note(void *arg)
{
	struct job *j = arg;
	struct seen *s = j->seen;

	s->order[s->n++] = j->number;
	s->thread = pthread_self();
	if (s->n == s->last)
		loop_stop(s->loop);
}

static bool
in_order(const struct seen *s)
{
	for (int i = 0; i < s->n; i++)
		if (s->order[i] != i)
			return false;
	return true;
}

static void
post_all(struct seen *s, struct job *jobs, int n)
{
	for (int i = 0; i < n; i++) {
		jobs[i] = (struct job){ .seen = s, .number = i };
		loop_post(s->loop, note, &jobs[i]);
	}
}

static void
test_posted_before_run(void)
{
	struct seen s = { .loop = new_loop(), .last = 3 };
	struct job jobs[3];

	post_all(&s, jobs, 3);
	is_int(s.n, 0, "nothing runs while it is posted");
	loop_run(s.loop);
	is_int(s.n, 3, "jobs posted before run");
	ok(in_order(&s), "in order");
	loop_free(s.loop);
}

static struct job many[POSTS];

static void *
poster(void *arg)
{
	post_all(arg, many, POSTS);
	return NULL;
}

static void
test_other_thread(void)
{
	struct seen s = { .loop = new_loop(), .last = POSTS };
	pthread_t t;

	if (pthread_create(&t, NULL, poster, &s) != 0)
		abort();
	loop_run(s.loop);
	pthread_join(t, NULL);
	is_int(s.n, POSTS, "every job of another thread");
	ok(in_order(&s), "in order");
	ok(pthread_equal(s.thread, pthread_self()), "on the loop's thread");
	loop_free(s.loop);
}

/* A job that posts runs its own after those that wait. */
static void
post_again(void *arg)
{
	struct job *j = arg;

	loop_post(j->seen->loop, note, &many[2]);
}

static void
test_post_from_job(void)
{
	struct seen s = { .loop = new_loop(), .last = 3 };

	for (int i = 0; i < 3; i++)
		many[i] = (struct job){ .seen = &s, .number = i };
	loop_post(s.loop, post_again, &many[0]);
	loop_post(s.loop, note, &many[0]);
	loop_post(s.loop, note, &many[1]);
	loop_run(s.loop);
	is_int(s.n, 3, "a job may post");
	ok(in_order(&s), "it is the last then");
	loop_free(s.loop);
}

static void *
stopper(void *arg)
{
	loop_stop(arg);
	return NULL;
}

static void
test_stop_and_free(void)
{
	struct seen s = { .loop = new_loop(), .last = 99 };
	struct job jobs[2];
	pthread_t t;

	if (pthread_create(&t, NULL, stopper, s.loop) != 0)
		abort();
	loop_run(s.loop);
	pthread_join(t, NULL);
	pass("another thread stops an idle loop");
	post_all(&s, jobs, 2);
	loop_free(s.loop);
	is_int(s.n, 0, "jobs that were not run are dropped");
	loop_free(NULL);
	pass("freeing NULL");
}

/* Timers note themselves by the same jobs. */
static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
test_timers(void)
{
	struct seen s = { .loop = new_loop(), .last = 3 };
	struct job jobs[4];
	struct timers timers;
	struct timer *cancelled;
	int64_t begin = now_ms();

	timer_ev_init(&timers, loop_base(s.loop));
	for (int i = 0; i < 4; i++)
		jobs[i] = (struct job){ .seen = &s, .number = i };
	timers.set(timers.ctx, 40, note, &jobs[2]);
	timers.set(timers.ctx, 20, note, &jobs[1]);
	cancelled = timers.set(timers.ctx, 10, note, &jobs[3]);
	timers.set(timers.ctx, 0, note, &jobs[0]);
	is_int(s.n, 0, "not even 0 ms calls back before set returns");
	timers.cancel(timers.ctx, cancelled);
	loop_run(s.loop);
	is_int(s.n, 3, "each timer once");
	ok(in_order(&s), "as they fall due, the cancelled one never");
	/* libevent looks at a clock that may be some ms behind */
	ok(now_ms() - begin >= 30, "not before their time");
	loop_free(s.loop);
}

int
main(void)
{
	test_posted_before_run();
	test_other_thread();
	test_post_from_job();
	test_stop_and_free();
	test_timers();
	return done_testing();
}
