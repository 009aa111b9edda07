/* checkpoint: from memory into report.db - see checkpoint.h */
#include "config.h"

#include "reportgen/checkpoint.h"

#include "share/base/clock.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SYNC_MS 1000
#define RETRY_MS 5000

struct checkpoint {
	char *dir, *db_path;
	uint64_t before;
	struct conf *conf;
	struct shared *shared;
	const struct log *log;
	int wake_fd;
	pthread_t thread;
	struct report_db *db;      /* the thread's */
	struct position_set found; /* of the replay; the thread's until ready */
	struct filter *credits;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t change;
	bool stopping, ready, taken;
	struct aggregate *given; /* NULL: idle */
	uint64_t number;
	bool asked;
	struct position_set positions;
	struct intake_counts counts;
	int sync_fd;
};

/* Until ms from now, by the clock of condition variables here. */
static struct timespec
after(int64_t ms)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)(ms / 1000);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static void
wake_receiver(const struct checkpoint *cp)
{
	uint64_t one = 1;

	while (write(cp->wake_fd, &one, sizeof(one)) == -1 && errno == EINTR)
		;
}

static int
open_db(struct checkpoint *cp, struct err *e)
{
	if (cp->db != NULL)
		return 0;
	cp->db = report_db_open(cp->db_path, e);
	if (cp->db != NULL && e->code != ERR_NONE)
		log_write(cp->log, LOG_LEVEL_ERROR, "%s", e->text);
	return cp->db != NULL ? 0 : -1;
}

/* What a process that died left. */
static int
replay(struct checkpoint *cp, struct err *e)
{
	struct position_set set;
	size_t n;

	if (open_db(cp, e) == -1 ||
	    checkpoint_replay(cp->db, cp->dir, cp->before, cp->conf, &set,
		cp->credits, &n, e) == -1)
		return -1;
	if (n > 0)
		log_write(cp->log, LOG_LEVEL_INFO,
		    "journals=%zu of an earlier process are counted", n);
	pthread_mutex_lock(&cp->lock);
	cp->found = set;
	cp->ready = true;
	pthread_mutex_unlock(&cp->lock);
	wake_receiver(cp);
	return 0;
}

/* One transaction: rows, positions, the number of the journal. */
static int
store(struct checkpoint *cp, struct err *e)
{
	struct report_db *db = cp->db;

	if (report_db_begin(db, e) == -1)
		return -1;
	if (checkpoint_add(db, cp->given, e) == 0 &&
	    position_store(db, &cp->positions, e) == 0 &&
	    intake_store(db, &cp->counts, e) == 0 &&
	    report_db_put_int(db, "journal", (int64_t)cp->number, e) == 0 &&
	    report_db_add_int(db, "checkpoint", 1, e) == 0 &&
	    report_db_add_int(db, "checkpoint-asked", cp->asked, e) == 0)
		return report_db_commit(db, e);
	report_db_rollback(db);
	return -1;
}

/* Stores what was given; it stays when that fails. */
static int
store_given(struct checkpoint *cp, struct err *e)
{
	uint64_t number = cp->number;

	if (store(cp, e) == -1) {
		cp->shared->checkpoint_errors++;
		return -1;
	}
	journal_remove(cp->dir, number);
	cp->shared->checkpoints++;
	cp->shared->checkpoint_ms = clock_wall_ms(clock_system());
	aggregate_free(cp->given);
	pthread_mutex_lock(&cp->lock);
	cp->given = NULL;
	pthread_cond_broadcast(&cp->change);
	pthread_mutex_unlock(&cp->lock);
	wake_receiver(cp);
	return 0;
}

static void
sync_journal(struct checkpoint *cp)
{
	int fd;

	pthread_mutex_lock(&cp->lock);
	fd = cp->sync_fd;
	cp->sync_fd = -1;
	pthread_mutex_unlock(&cp->lock);
	if (fd == -1)
		return;
	(void)fdatasync(fd);
	pthread_mutex_lock(&cp->lock);
	if (cp->sync_fd == -1)
		cp->sync_fd = fd;
	else
		close(fd);
	pthread_mutex_unlock(&cp->lock);
}

/* What there is to do now; false: nothing, or it was in vain. */
static bool
work(struct checkpoint *cp, struct err *e)
{
	bool ready, given;

	pthread_mutex_lock(&cp->lock);
	ready = cp->ready;
	given = cp->given != NULL;
	pthread_mutex_unlock(&cp->lock);
	err_clear(e);
	if (!ready)
		return replay(cp, e) == 0;
	return given && store_given(cp, e) == 0;
}

/* Waits until there is something to do; true: until the end. */
static bool
wait_for_work(struct checkpoint *cp, bool failed)
{
	struct timespec t = after(SYNC_MS);
	bool end;

	pthread_mutex_lock(&cp->lock);
	while (!cp->stopping && (failed || cp->given == NULL))
		if (pthread_cond_timedwait(&cp->change, &cp->lock, &t) ==
		    ETIMEDOUT)
			break;
	end = cp->stopping && (cp->given == NULL || failed);
	pthread_mutex_unlock(&cp->lock);
	return end;
}

static void *
run(void *arg)
{
	struct checkpoint *cp = arg;
	int64_t retry_ms = 0;
	bool told = false, failed = false;
	struct err e;

	/* of Linux, this is the thread's own: only the receiver is urgent */
	if (getpriority(PRIO_PROCESS, 0) < 0)
		(void)setpriority(PRIO_PROCESS, 0, 0);

	do {
		if (!failed || clock_mono_ms(clock_system()) >= retry_ms) {
			while (work(cp, &e))
				told = false;
			failed = e.code != ERR_NONE;
			retry_ms = clock_mono_ms(clock_system()) + RETRY_MS;
			if (failed && !told)
				log_write(cp->log, LOG_LEVEL_ERROR,
				    "cannot checkpoint, collecting goes on: %s",
				    e.text);
			told = failed;
		}
		sync_journal(cp);
	} while (!wait_for_work(cp, failed));
	return NULL;
}

static int
start_thread(struct checkpoint *cp, struct err *e)
{
	pthread_condattr_t attr;
	sigset_t all, old;
	int rc;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&cp->change, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&cp->lock, NULL);
	/* signals are for the main thread */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&cp->thread, NULL, run, cp);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		return 0;
	errno = rc;
	return err_sys(e, "cannot start a thread");
}

static void
free_all(struct checkpoint *cp)
{
	report_db_close(cp->db);
	filter_free(cp->credits);
	aggregate_free(cp->given);
	conf_unref(cp->conf);
	if (cp->sync_fd != -1)
		close(cp->sync_fd);
	pthread_cond_destroy(&cp->change);
	pthread_mutex_destroy(&cp->lock);
	free(cp->dir);
	free(cp->db_path);
	free(cp);
}

struct checkpoint *
checkpoint_start(const char *dir, uint64_t before, struct conf *c,
    struct shared *shared, const struct log *log, int wake_fd, struct err *e)
{
	struct checkpoint *cp = xcalloc(1, sizeof(*cp));

	cp->dir = xstrdup(dir);
	cp->db_path = xasprintf("%s/report.db", dir);
	cp->before = before;
	cp->conf = conf_ref(c);
	cp->shared = shared;
	cp->log = log;
	cp->wake_fd = wake_fd;
	cp->sync_fd = -1;
	cp->credits = filter_new(false);
	if (start_thread(cp, e) == 0)
		return cp;
	free_all(cp);
	return NULL;
}

static void
copy_credit(void *arg, const char *domain, int64_t ms)
{
	filter_own(arg, domain, ms);
}

bool
checkpoint_is_ready(struct checkpoint *cp, struct position_set *set,
    struct filter *f)
{
	bool ready;

	pthread_mutex_lock(&cp->lock);
	ready = cp->ready;
	pthread_mutex_unlock(&cp->lock);
	if (ready && !cp->taken) {
		*set = cp->found;
		filter_each_credit(cp->credits, clock_wall_ms(clock_system()),
		    copy_credit, f);
		cp->taken = true;
	}
	return ready;
}

bool
checkpoint_is_idle(struct checkpoint *cp)
{
	bool idle;

	pthread_mutex_lock(&cp->lock);
	idle = cp->given == NULL;
	pthread_mutex_unlock(&cp->lock);
	return idle;
}

void
checkpoint_give(struct checkpoint *cp, struct aggregate *a, uint64_t number,
    const struct position_set *set, const struct intake_counts *counts,
    bool asked)
{
	pthread_mutex_lock(&cp->lock);
	cp->asked = asked;
	cp->given = a;
	cp->number = number;
	cp->positions = *set;
	cp->counts = *counts;
	pthread_cond_broadcast(&cp->change);
	pthread_mutex_unlock(&cp->lock);
}

void
checkpoint_sync(struct checkpoint *cp, int fd)
{
	pthread_mutex_lock(&cp->lock);
	if (cp->sync_fd != -1)
		close(cp->sync_fd);
	cp->sync_fd = fd;
	pthread_mutex_unlock(&cp->lock);
}

bool
checkpoint_stop(struct checkpoint *cp, int64_t wait_ms)
{
	struct timespec t = after(wait_ms);
	bool stored;

	pthread_mutex_lock(&cp->lock);
	while (cp->given != NULL)
		if (pthread_cond_timedwait(&cp->change, &cp->lock, &t) ==
		    ETIMEDOUT)
			break;
	stored = cp->given == NULL && cp->ready;
	cp->stopping = true;
	pthread_cond_broadcast(&cp->change);
	pthread_mutex_unlock(&cp->lock);
	(void)pthread_join(cp->thread, NULL);
	free_all(cp);
	return stored;
}
