/* transport_sendmail: mails by a sendmail(1) program - see transport.h */
#include "config.h"

#include "reportgen/transport.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define RUN_S 300
#define LOOK_MS 50    /* where the kernel does not tell */
#define SAID_MAX 4096 /* octets on its stderr that find room */

struct sendmail_way {
	struct transport_env env;
	const char *path; /* of the program */
};

struct sendmail_try {
	pid_t pid;
	int pidfd;
	int said; /* its standard error */
	int64_t end_ms;
	struct event *ended;
	transport_callback *cb;
	void *arg;
};

static void
try_free(struct sendmail_try *t)
{
	if (t->ended != NULL)
		event_free(t->ended);
	if (t->pidfd != -1)
		close(t->pidfd);
	if (t->said != -1)
		close(t->said);
	free(t);
}

/* The program reads LF, whatever the mail goes on with. */
static int
write_text(int fd, const struct buf *text, struct err *e)
{
	char *s = xmalloc(text->len + 1);
	size_t n = 0, at = 0;

	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] != '\r')
			s[n++] = text->data[i];
	while (at < n) {
		ssize_t got = write(fd, s + at, n - at);

		if (got == -1 && errno != EINTR)
			break;
		at += got > 0 ? (size_t)got : 0;
	}
	free(s);
	if (at < n || lseek(fd, 0, SEEK_SET) == -1)
		return err_sys(e, "cannot keep the mail");
	return 0;
}

/*
 * The whole mail in memory, to be read from its start: were it written to a
 * pipe, the program would take the end of us for the end of the mail.
 */
static int
open_text(const struct buf *text, struct err *e)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);

	if (fd == -1)
		return err_sys(e, "memfd_create");
	if (write_text(fd, text, e) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A file for what the program says, that does not grow. */
static int
open_said(struct err *e)
{
	int fd = memfd_create("said", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1)
		return err_sys(e, "memfd_create");
	if (ftruncate(fd, SAID_MAX) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0)
		return fd;
	close(fd);
	return err_sys(e, "memfd_create");
}

/* Starts the program; its process id, or -1 and e. */
static pid_t
run(const struct sendmail_way *way, const char *to, int text, int said,
    struct err *e)
{
	const char *argv[] = { way->path, "-i", "-f",
		way->env.conf->report_from_address, "--", to, NULL };
	static const char *const envp[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL
	};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	pid_t pid = -1;
	int failed;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, text, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
	    O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	failed = posix_spawn(&pid, way->path, &actions, &attr,
	    (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	if (failed == 0)
		return pid;
	errno = failed;
	return err_sys(e, "cannot run %s", way->path);
}

/* The last line that the program said, or its exit status. */
static void
explain(const struct sendmail_try *t, int status, char *why, size_t size)
{
	char said[SAID_MAX + 1] = "", *line = said, *next;

	if (pread(t->said, said, SAID_MAX, 0) == -1)
		said[0] = '\0';
	while ((next = strchr(line, '\n')) != NULL && next[1] != '\0')
		line = next + 1;
	line[strcspn(line, "\n")] = '\0';
	if (WIFSIGNALED(status))
		(void)snprintf(why, size, "sendmail: signal %d %s",
		    WTERMSIG(status), line);
	else
		(void)snprintf(why, size, "sendmail: exit status %d %s",
		    WEXITSTATUS(status), line);
}

/* Which of sysexits.h say that the recipient is what is wrong. */
static enum transport_result
judge(int status)
{
	if (!WIFEXITED(status))
		return TRANSPORT_LATER;
	switch (WEXITSTATUS(status)) {
	case EX_OK:
		return TRANSPORT_ACCEPTED;
	case EX_DATAERR:
	case EX_NOUSER:
	case EX_NOHOST:
		return TRANSPORT_REFUSED;
	default:
		return TRANSPORT_LATER;
	}
}

static void
finish(struct sendmail_try *t, int status, bool late)
{
	enum transport_result result = judge(status);
	char why[ERR_TEXT_MAX] = "";

	if (late)
		(void)snprintf(why, sizeof(why), "sendmail: no end within %d s",
		    RUN_S);
	else if (result != TRANSPORT_ACCEPTED)
		explain(t, status, why, sizeof(why));
	t->cb(t->arg, result, why);
	try_free(t);
}

/* The program has ended, or has had its time; or, without pidfd, may have. */
static void
look(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval soon = { .tv_usec = LOOK_MS * 1000 };
	struct sendmail_try *t = arg;
	bool late = clock_mono_ms(clock_system()) >= t->end_ms;
	int status = 0;
	pid_t pid;

	(void)fd;
	(void)what;
	pid = waitpid(t->pid, &status, WNOHANG);
	if (pid == 0 && !late) {
		(void)event_add(t->ended, &soon);
		return;
	}
	if (pid == 0) {
		(void)kill(t->pid, SIGKILL);
		while (waitpid(t->pid, &status, 0) == -1 && errno == EINTR)
			continue;
	}
	/* whoever started us had children ignored: what came of it is unknown */
	if (pid == -1)
		status = W_EXITCODE(EX_TEMPFAIL, 0);
	finish(t, status, pid == 0);
}

/* Runs the program on the mail and waits for its end in the loop. */
static int
begin(const struct sendmail_way *way, struct sendmail_try *t, const char *to,
    const struct buf *mail, struct err *e)
{
	struct timeval tv = { .tv_sec = RUN_S };
	const struct timeval soon = { .tv_usec = LOOK_MS * 1000 };
	int text = open_text(mail, e);

	if (text == -1)
		return -1;
	t->said = open_said(e);
	if (t->said != -1)
		t->pid = run(way, to, text, t->said, e);
	close(text);
	if (t->pid == -1)
		return -1;
	t->end_ms = clock_mono_ms(clock_system()) + RUN_S * 1000;
	/* Linux 5.3; memcheck has none */
	t->pidfd = pidfd_open(t->pid, 0);
	t->ended = event_new(way->env.base, t->pidfd,
	    t->pidfd != -1 ? EV_READ : 0, look, t);
	if (t->ended == NULL ||
	    event_add(t->ended, t->pidfd != -1 ? &tv : &soon) == -1)
		abort();
	return 0;
}

static void *
sendmail_start(void *ctx, const struct transport_parcel *p,
    transport_callback *cb, void *arg)
{
	struct sendmail_way *way = ctx;
	struct sendmail_try *t;
	struct buf mail;
	struct err e = { 0 };

	if (transport_write_mail(&way->env, p, &mail, &e) == -1) {
		cb(arg, TRANSPORT_LATER, e.text);
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->pid = -1;
	t->pidfd = -1;
	t->said = -1;
	t->cb = cb;
	t->arg = arg;
	if (begin(way, t, p->to, &mail, &e) == -1) {
		cb(arg, TRANSPORT_LATER, e.text);
		try_free(t);
		t = NULL;
	}
	buf_clear(&mail);
	return t;
}

/* What it was given whole it may bring to its end. */
static void
sendmail_cancel(void *ctx, void *try)
{
	(void)ctx;
	try_free(try);
}

static void *
sendmail_open(const struct transport_env *env, struct err *e)
{
	const char *path = env->conf->report.deliver_via + strlen("sendmail:");
	struct sendmail_way *way;

	if (access(path, X_OK) == -1) {
		(void)err_sys(e, "[report.deliver] via: %s", path);
		return NULL;
	}
	way = xcalloc(1, sizeof(*way));
	way->env = *env;
	way->path = path;
	return way;
}

static void
sendmail_close(void *ctx)
{
	free(ctx);
}

const struct transport_kind transport_sendmail = {
	.name = "sendmail",
	.prefix = "sendmail:",
	.open = sendmail_open,
	.start = sendmail_start,
	.cancel = sendmail_cancel,
	.close = sendmail_close,
};
