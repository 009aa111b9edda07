/* impersonate: does something as another user - see impersonate.h */
#include "config.h"

#include "share/app/impersonate.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int
become(const char *jail, const struct passwd *pw, struct err *e)
{
	if (jail != NULL && (chroot(jail) != 0 || chdir("/") != 0))
		return err_sys(e, "%s", jail);
	/* as Postfix's set_ugid(): one group */
	if (pw != NULL &&
	    (setgroups(1, &pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 ||
		setuid(pw->pw_uid) != 0))
		return err_sys(e, "user %s", pw->pw_name);
	return 0;
}

/* In the child: writes nothing where all went well, else what is wrong. */
__attribute__((noreturn)) static void
child(int fd, const char *jail, const struct passwd *pw, impersonate_job *job,
    void *arg)
{
	struct err e;

	err_clear(&e);
	if (become(jail, pw, &e) != 0 || job(arg, &e) != 0)
		(void)!write(fd, e.text, strlen(e.text));
	_exit(0);
}

/* Reads fd to its end; what does not fit is dropped. */
static size_t
read_text(int fd, char *text, size_t size)
{
	size_t have = 0;
	ssize_t n;

	while (have + 1 < size) {
		n = read(fd, text + have, size - 1 - have);
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		have += n > 0 ? (size_t)n : 0;
	}
	text[have] = '\0';
	return have;
}

int
impersonate_run(const char *user, const char *jail, impersonate_job *job,
    void *arg, bool *switched, struct err *e)
{
	const struct passwd *pw = geteuid() == 0 ? getpwnam(user) : NULL;
	char text[ERR_TEXT_MAX];
	size_t n;
	int fd[2];
	pid_t pid;

	*switched = pw != NULL;
	if (geteuid() == 0 && pw == NULL)
		return err_set(e, ERR_NOENT, "there is no user \"%s\"", user);
	if (geteuid() != 0 && jail != NULL)
		return err_set(e, ERR_PERM,
		    "only root can look from inside the jail");
	if (pipe(fd) != 0)
		return err_sys(e, "pipe");
	pid = fork();
	if (pid == 0)
		child(fd[1], jail, pw, job, arg);
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return err_sys(e, "fork");
	}
	n = read_text(fd[0], text, sizeof(text));
	close(fd[0]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return n == 0 ? 0 : err_set(e, ERR_TEMP, "%s", text);
}
