/* background: a daemon whose starter learns how it went - see background.h */
#include "config.h"

#include "share/app/background.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* Waits for the child to be ready or to end. Never returns. */
static void
wait_for(pid_t child, int fd)
{
	int status;
	ssize_t n;
	char c;

	do {
		n = read(fd, &c, 1);
	} while (n == -1 && errno == EINTR);
	if (n == 1)
		_exit(EX_OK);
	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			_exit(EX_OSERR);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE);
}

int
background_start(struct err *e)
{
	int fds[2];
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_sys(e, "pipe");
	child = fork();
	if (child == -1) {
		close(fds[0]);
		close(fds[1]);
		return err_sys(e, "fork");
	}
	if (child > 0) {
		close(fds[1]);
		wait_for(child, fds[0]);
	}
	close(fds[0]);
	(void)setsid();
	return fds[1];
}

void
background_ready(int fd, int keep_stderr)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (chdir("/") == -1) {
		/* the directory we are in may be busy a little longer */
	}
	if (null != -1) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		if (!keep_stderr)
			(void)dup2(null, STDERR_FILENO);
		if (null > STDERR_FILENO)
			close(null);
	}
	if (write(fd, "", 1) != 1) {
		/* nobody waits any more */
	}
	close(fd);
}
