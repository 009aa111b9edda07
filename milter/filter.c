/* filter: socket, thread, sessions and end of the milter - see filter.h */
#include "config.h"

#include "milter/filter.h"

#include "milter/callbacks.h"
#include "milter/filter_socket.h"
#include "share/base/xmem.h"

#include <libmilter/mfapi.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left = PTHREAD_COND_INITIALIZER;
static bool serving;
static unsigned inside; /* callbacks at work */
static TAILQ_HEAD(, filter_session) sessions = TAILQ_HEAD_INITIALIZER(sessions);

static struct filter the_filter;
static pthread_t thread;
static filter_ended *on_end;
static void *on_end_arg;

struct filter *
filter_enter(void)
{
	struct filter *f = NULL;

	pthread_mutex_lock(&lock);
	if (serving) {
		inside++;
		f = &the_filter;
	}
	pthread_mutex_unlock(&lock);
	return f;
}

void
filter_leave(void)
{
	pthread_mutex_lock(&lock);
	if (--inside == 0)
		pthread_cond_signal(&left);
	pthread_mutex_unlock(&lock);
}

struct filter_session *
filter_session_new(void)
{
	struct filter_session *s = xcalloc(1, sizeof(*s));

	pthread_mutex_lock(&lock);
	TAILQ_INSERT_TAIL(&sessions, s, link);
	pthread_mutex_unlock(&lock);
	return s;
}

void
filter_session_free(struct filter_session *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&lock);
	TAILQ_REMOVE(&sessions, s, link);
	pthread_mutex_unlock(&lock);
	message_free(s->m);
	free(s);
}

int
filter_open(const char *listen, uid_t uid, gid_t gid, struct err *e)
{
	if (callbacks_register() == -1)
		return err_set(e, ERR_BUG, "libmilter refuses the filter");
	return filter_socket_open(listen, uid, gid, e);
}

static void *
run(void *unused)
{
	(void)unused;
	(void)smfi_main();
	on_end(on_end_arg);
	return NULL;
}

int
filter_start(const struct filter *f, filter_ended *ended, void *arg,
    struct err *e)
{
	sigset_t all, old;
	int rc;

	the_filter = *f;
	on_end = ended;
	on_end_arg = arg;
	pthread_mutex_lock(&lock);
	serving = true;
	pthread_mutex_unlock(&lock);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, NULL, run, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		return 0;
	pthread_mutex_lock(&lock);
	serving = false;
	pthread_mutex_unlock(&lock);
	return err_set(e, ERR_SYS, "cannot start the milter's thread");
}

void
filter_stop(void)
{
	struct filter_session *s;
	bool was;

	pthread_mutex_lock(&lock);
	was = serving;
	serving = false;
	while (inside > 0)
		pthread_cond_wait(&left, &lock);
	pthread_mutex_unlock(&lock);
	if (!was)
		return;
	filter_socket_stop(thread);
	while ((s = TAILQ_FIRST(&sessions)) != NULL)
		filter_session_free(s);
}
