/* supervisor: forks children, starts again what dies - see supervisor.h */
#include "config.h"

#include "reportgen/supervisor.h"

#include "share/base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define FIRST_DELAY_MS 1000
#define LAST_DELAY_MS 30000
#define STEADY_MS 2000 /* a child that ran so long may start at once */
#define STOP_MS 30000  /* for children to end */
#define NEVER_MS 3600000

static int64_t
now_ms(void)
{
	return clock_mono_ms(clock_system());
}

/* The signals that the parent waits for. */
static void
fill(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGUSR2);
	sigaddset(set, SIGCHLD);
}

void
supervisor_block(void)
{
	sigset_t set;

	fill(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static void
close_one(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* Leaves a child what is its own. */
static void
reduce(struct child *c, enum child_role role)
{
	if (role == CHILD_RECEIVER) {
		close_one(&c->side);
	} else {
		close_one(&c->side_in);
		close_one(&c->collector);
	}
	if (role != CHILD_RECEIVER && getpriority(PRIO_PROCESS, 0) < 0)
		(void)setpriority(PRIO_PROCESS, 0, 0);
	if (role != CHILD_SENDER) {
		close_one(&c->metrics);
		if (c->keys != NULL)
			keyring_clear(c->keys);
	}
}

/* In the child. Never returns. */
static void
become(struct supervisor *s, const struct child_kind *kind, pid_t parent)
{
	struct child c = s->child;
	sigset_t set;
	int status;

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EX_TEMPFAIL);
	(void)prctl(PR_SET_NAME, kind->name);
	/* ^C is for the parent, which tells its children */
	(void)signal(SIGINT, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	reduce(&c, kind->role);
	c.conf = conf_ref(c.conf);
	status = kind->run(&c);
	conf_unref(c.conf);
	exit(status);
}

static void
start(struct supervisor *s, size_t i)
{
	const struct child_kind *kind = &s->kinds[i];
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(s, kind, parent);
	s->state[i].started_ms = now_ms();
	if (pid == -1) {
		log_write(s->child.log, LOG_LEVEL_ERROR, "%s: cannot fork: %m",
		    kind->name);
		s->state[i].due_ms = now_ms() + FIRST_DELAY_MS;
		return;
	}
	s->state[i].pid = pid;
	log_write(s->child.log, LOG_LEVEL_INFO, "child=%s pid=%ld started",
	    kind->name, (long)pid);
}

static bool
is_wanted(const struct supervisor *s, size_t i)
{
	return s->kinds[i].wanted == NULL || s->kinds[i].wanted(s->child.conf);
}

/* Starts what is due; returns how long to wait for the next. */
static int64_t
start_due(struct supervisor *s)
{
	int64_t wait = NEVER_MS, left;

	for (size_t i = 0; i < s->nkinds && !s->stopping; i++) {
		if (s->state[i].pid != 0 || !is_wanted(s, i))
			continue;
		left = s->state[i].due_ms - now_ms();
		if (left <= 0)
			start(s, i);
		else if (left < wait)
			wait = left;
	}
	return wait;
}

static void
tell_end(const struct supervisor *s, size_t i, pid_t pid, int status)
{
	bool asked = s->stopping || !is_wanted(s, i);

	if (WIFSIGNALED(status))
		log_write(s->child.log,
		    asked ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		    "child=%s pid=%ld killed by signal=%d", s->kinds[i].name,
		    (long)pid, WTERMSIG(status));
	else
		log_write(s->child.log,
		    asked ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		    "child=%s pid=%ld ended status=%d", s->kinds[i].name,
		    (long)pid, WEXITSTATUS(status));
}

/* When a child that ended is started again. */
static void
plan(struct supervisor *s, size_t i)
{
	int64_t now = now_ms(), *delay = &s->state[i].delay_ms;

	if (now - s->state[i].started_ms >= STEADY_MS)
		*delay = 0;
	s->state[i].due_ms = now + *delay;
	*delay = *delay == 0 ? FIRST_DELAY_MS : *delay * 2;
	if (*delay > LAST_DELAY_MS)
		*delay = LAST_DELAY_MS;
}

static void
reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < s->nkinds; i++) {
			if (s->state[i].pid != pid)
				continue;
			s->state[i].pid = 0;
			tell_end(s, i, pid, status);
			if (!s->stopping && is_wanted(s, i))
				s->child.shared->restarts[s->kinds[i].role]++;
			plan(s, i);
		}
}

/* Sends a signal to the children, or to one role's alone. */
static void
tell(const struct supervisor *s, int role, int sig)
{
	for (size_t i = 0; i < s->nkinds; i++)
		if (s->state[i].pid != 0 &&
		    (role == -1 || (int)s->kinds[i].role == role))
			(void)kill(s->state[i].pid, sig);
}

static void
reload(struct supervisor *s)
{
	notify_reloading(s->notify);
	if (s->reload(s->arg)) {
		tell(s, -1, SIGHUP);
		for (size_t i = 0; i < s->nkinds; i++)
			if (s->state[i].pid != 0 && !is_wanted(s, i))
				(void)kill(s->state[i].pid, SIGTERM);
	}
	notify_send(s->notify, "READY=1");
}

static void
take_signal(struct supervisor *s, int sig)
{
	switch (sig) {
	case SIGTERM:
	case SIGINT:
		log_write(s->child.log, LOG_LEVEL_INFO, "stopping: signal %d",
		    sig);
		s->stopping = true;
		break;
	case SIGHUP:
		reload(s);
		break;
	case SIGUSR1:
		tell(s, CHILD_RECEIVER, SIGUSR1);
		break;
	case SIGUSR2:
		tell(s, CHILD_SENDER, SIGUSR2);
		break;
	default:
		break; /* SIGCHLD: reap() is called anyway */
	}
}

/* Waits for a signal, at most ms; 0: none came. */
static int
wait_signal(int64_t ms)
{
	struct timespec t = { (time_t)(ms / 1000),
		(long)(ms % 1000) * 1000000 };
	sigset_t set;
	int sig;

	fill(&set);
	sig = sigtimedwait(&set, NULL, &t);
	return sig > 0 ? sig : 0;
}

static bool
any_runs(const struct supervisor *s, bool receiver)
{
	for (size_t i = 0; i < s->nkinds; i++)
		if (s->state[i].pid != 0 &&
		    (receiver || s->kinds[i].role != CHILD_RECEIVER))
			return true;
	return false;
}

/* Waits until they have ended, and does not wait for ever. */
static void
wait_end(struct supervisor *s, bool receiver)
{
	int64_t end = now_ms() + STOP_MS;

	while (any_runs(s, receiver) && now_ms() < end) {
		(void)wait_signal(end - now_ms());
		reap(s);
	}
	if (any_runs(s, receiver))
		for (size_t i = 0; i < s->nkinds; i++)
			if (s->state[i].pid != 0 &&
			    (receiver || s->kinds[i].role != CHILD_RECEIVER))
				(void)kill(s->state[i].pid, SIGKILL);
}

/* The receiver last: what the others have told it is to be counted. */
static void
stop(struct supervisor *s)
{
	notify_send(s->notify, "STOPPING=1");
	tell(s, CHILD_SENDER, SIGTERM);
	tell(s, CHILD_LOG, SIGTERM);
	wait_end(s, false);
	tell(s, CHILD_RECEIVER, SIGTERM);
	wait_end(s, true);
}

void
supervisor_run(struct supervisor *s, void (*ready)(void *arg))
{
	int64_t ping = s->notify->watchdog_ms / 2;

	(void)start_due(s);
	ready(s->arg);
	while (!s->stopping) {
		int64_t wait = start_due(s);
		int sig;

		if (ping > 0 && wait > ping)
			wait = ping;
		sig = wait_signal(wait);
		take_signal(s, sig);
		reap(s);
		if (ping > 0)
			notify_send(s->notify, "WATCHDOG=1");
	}
	stop(s);
}
