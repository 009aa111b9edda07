/* report_check_host: the running system - see report_check.h */
#include "config.h"

#include "reportgen/ask.h"
#include "reportgen/report_check.h"
#include "reportgen/report_check_smtp.h"
#include "share/app/impersonate.h"
#include "share/dns/resolver_ub.h"
#include "share/net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A question while its loop turns. */
struct question {
	struct loop *loop;
	dns_callback *cb;
	void *arg;
	bool answered;
};

static void
on_answer(void *arg, const struct dns_answer *a)
{
	struct question *q = arg;

	q->cb(q->arg, a);
	q->answered = true;
	loop_stop(q->loop);
}

static void
host_txt(void *ctx, const char *name, dns_callback *cb, void *arg)
{
	struct question q = { NULL, cb, arg, false };
	struct dns_answer none = { .security = DNS_UNKNOWN, .type = DNS_TXT };
	struct resolver_ub *r = NULL;
	const struct dns_resolver *dns;
	struct err e;

	q.loop = loop_new(&e);
	if (q.loop != NULL)
		r = resolver_ub_new(loop_base(q.loop), ctx, &e);
	if (r == NULL) {
		none.why = e.text;
		cb(arg, &none);
	} else {
		dns = resolver_ub_iface(r);
		(void)dns->ask(dns->ctx, name, DNS_TXT, on_answer, &q);
		if (!q.answered)
			loop_run(q.loop);
	}
	resolver_ub_free(r);
	loop_free(q.loop);
}

static int
host_greet(void *ctx, const char *host, const char *port,
    struct report_check_greeting *g, struct err *e)
{
	const struct conf *c = ctx;

	return report_check_greet(host, port, c->server.hostname, g, e);
}

static char *
host_read_line(void *ctx, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	(void)ctx;
	if (f == NULL) {
		(void)err_sys(e, "%s", path);
		return NULL;
	}
	if (getline(&line, &size, f) == -1) {
		(void)err_set(e, ERR_SYNTAX, "%s is empty", path);
		free(line);
		line = NULL;
	}
	fclose(f);
	return line;
}

static bool
host_may_run(void *ctx, const char *path)
{
	struct stat st;

	(void)ctx;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    access(path, X_OK) == 0;
}

/* In a child, which root lets become the daemon's user with all groups. */
static bool
host_may_read(void *ctx, const char *path)
{
	const struct conf *c = ctx;
	const struct passwd *pw =
	    geteuid() == 0 ? getpwnam(c->server.user) : NULL;
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		if (pw != NULL &&
		    (initgroups(pw->pw_name, pw->pw_gid) == -1 ||
			setgid(pw->pw_gid) == -1 || setuid(pw->pw_uid) == -1))
			_exit(1);
		_exit(access(path, R_OK) == 0 ? 0 : 1);
	}
	while (child != -1 && waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			return false;
	return child != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
host_holds(void *ctx, const char *path, const char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map = MAP_FAILED;
	bool found = false;

	(void)ctx;
	if (fd != -1 && fstat(fd, &st) == 0 && st.st_size > 0)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
	if (map != MAP_FAILED) {
		found =
		    memmem(map, (size_t)st.st_size, text, strlen(text)) != NULL;
		(void)munmap(map, (size_t)st.st_size);
	}
	if (fd != -1)
		close(fd);
	return found;
}

/*
 * Connects as libtlsrpt would send: the same rights are needed, and nothing
 * is sent that a collector would count as malformed.
 */
static int
connect_datagram(void *arg, struct err *e)
{
	const char *path = arg;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, rc;

	if (strlen(path) >= sizeof(sun.sun_path))
		return err_set(e, ERR_LIMIT, "its path is too long");
	memcpy(sun.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_sys(e, "socket");
	rc = connect(fd, (const struct sockaddr *)&sun, sizeof(sun));
	if (rc == -1)
		(void)err_sys(e, "%s", path);
	close(fd);
	return rc;
}

static int
host_may_send(void *ctx, const char *user, const char *jail, const char *path,
    bool *as_user, struct err *e)
{
	char place[sizeof(((struct sockaddr_un *)0)->sun_path)];

	(void)ctx;
	if (snprintf(place, sizeof(place), "%s", path) >= (int)sizeof(place))
		return err_set(e, ERR_LIMIT, "its path is too long");
	return impersonate_run(user, jail, connect_datagram, place, as_user, e);
}

static bool
host_running(void *ctx)
{
	return ask_running(ctx);
}

void
report_check_host_system(struct report_check_host *host, const struct conf *c)
{
	host->txt = host_txt;
	host->greet = host_greet;
	host->read_line = host_read_line;
	host->may_run = host_may_run;
	host->may_read = host_may_read;
	host->holds = host_holds;
	host->may_send = host_may_send;
	host->running = host_running;
	host->ctx = (void *)(uintptr_t)c;
}
