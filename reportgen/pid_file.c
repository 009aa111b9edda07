/* pid_file: who works on the state directory - see pid_file.h */
#include "config.h"

#include "reportgen/pid_file.h"

#include "share/base/xmem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 20
#define PATIENCE_MS 5000

static int
open_file(const struct conf *c, int flags)
{
	char *path = xasprintf("%s/reportgen.pid", c->server.state_dir);
	/* root opens it in the user's folder: a link there may lead anywhere */
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0644);

	free(path);
	return fd;
}

static pid_t
read_pid(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	pid = strtol(text, NULL, 10);
	return pid > 0 ? (pid_t)pid : 0;
}

static bool
is_alive(pid_t pid)
{
	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

int
pid_file_lock(const struct conf *c, bool daemon, struct err *e)
{
	const struct timespec look = { 0, LOOK_MS * 1000000L };
	int fd = open_file(c, O_RDWR | O_CREAT);
	int waited = 0;

	if (fd == -1)
		return err_sys(e, "cannot open %s/reportgen.pid",
		    c->server.state_dir);
	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		pid_t pid = read_pid(fd);

		if (errno != EWOULDBLOCK && errno != EINTR) {
			(void)err_sys(e, "cannot lock %s/reportgen.pid",
			    c->server.state_dir);
			close(fd);
			return -1;
		}
		if (is_alive(pid) || waited >= PATIENCE_MS) {
			close(fd);
			return err_set(e, ERR_TEMP, "process %ld works on %s",
			    (long)pid, c->server.state_dir);
		}
		(void)nanosleep(&look, NULL);
		waited += LOOK_MS;
	}
	if (daemon && pid_file_write(fd, e) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
pid_file_write(int fd, struct err *e)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	/* a full disk must not keep the daemon from collecting */
	if (ftruncate(fd, 0) == -1 || pwrite(fd, text, (size_t)n, 0) != n)
		return errno == ENOSPC
		    ? 0
		    : err_sys(e, "cannot write reportgen.pid");
	return 0;
}

pid_t
pid_file_read(const struct conf *c)
{
	int fd = open_file(c, O_RDONLY);
	pid_t pid = 0;

	if (fd == -1)
		return 0;
	/* a shared lock: two that ask do not take each other for the daemon */
	if (flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK)
		pid = read_pid(fd);
	close(fd);
	return is_alive(pid) ? pid : 0;
}
