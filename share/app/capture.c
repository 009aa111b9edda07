/* capture: runs a program and takes what it prints - see capture.h */
#include "config.h"

#include "share/app/capture.h"
#include "share/base/buf.h"
#include "share/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int
start(char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t fa;
	char path[256];
	int rc;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, out, 1);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	rc = posix_spawnp(pid, argv[0], &fa, NULL, argv, environ);
	if (rc == ENOENT && strchr(argv[0], '/') == NULL) {
		/* an administrator's PATH often lacks it */
		snprintf(path, sizeof(path), "/usr/sbin/%s", argv[0]);
		rc = posix_spawn(pid, path, &fa, NULL, argv, environ);
	}
	posix_spawn_file_actions_destroy(&fa);
	return rc;
}

/* Reads fd to its end into b. */
static int
drain(int fd, struct buf *b, struct err *e)
{
	const struct clock *c = clock_system();
	int64_t end = clock_mono_ms(c) + CAPTURE_TIMEOUT_MS, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char piece[4096];
	ssize_t n;

	for (;;) {
		left = end - clock_mono_ms(c);
		if (left <= 0)
			return err_set(e, ERR_LIMIT, "did not end in %d s",
			    CAPTURE_TIMEOUT_MS / 1000);
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return err_sys(e, "poll");
		if (p.revents == 0)
			continue;
		n = read(fd, piece, sizeof(piece));
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_sys(e, "read");
		if (n > 0)
			buf_add(b, piece, (size_t)n);
		if (buf_full(b))
			return err_set(e, ERR_LIMIT, "printed over %d octets",
			    CAPTURE_MAX);
	}
}

static int
reap(pid_t pid, int *status, struct err *e)
{
	int st;

	while (waitpid(pid, &st, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, "waitpid");
	if (!WIFEXITED(st))
		return err_set(e, ERR_TEMP, "was ended by signal %d",
		    WTERMSIG(st));
	*status = WEXITSTATUS(st);
	return 0;
}

char *
capture_output(char *const argv[], int *status, struct err *e)
{
	struct err ignored;
	struct buf b;
	int fd[2], rc;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) != 0) {
		err_sys(e, "pipe");
		return NULL;
	}
	rc = start(argv, fd[1], &pid);
	close(fd[1]);
	if (rc != 0) {
		close(fd[0]);
		err_set(e, rc == ENOENT ? ERR_NOENT : ERR_SYS, "%s: %s",
		    argv[0], strerror(rc));
		return NULL;
	}
	buf_init(&b, CAPTURE_MAX);
	rc = drain(fd[0], &b, e);
	close(fd[0]);
	if (rc != 0) {
		kill(pid, SIGKILL);
		(void)reap(pid, status, &ignored);
	} else
		rc = reap(pid, status, e);
	if (rc != 0) {
		err_wrap(e, "%s", argv[0]);
		buf_clear(&b);
		return NULL;
	}
	return buf_take(&b);
}
