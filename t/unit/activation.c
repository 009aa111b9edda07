/* activation: sockets handed over - see share/net/activation.h */
#include "config.h"

#include "share/net/activation.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Makes fd a listening socket (of 127.0.0.1), or only a bound one. */
static void
put_socket(int fd, int type, bool listening)
{
	struct sockaddr_in sin;
	int s = socket(AF_INET, type, 0);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s == -1 ||
	    bind(s, (const struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    (listening && listen(s, 1) == -1))
		exit(1);
	if (s != fd) {
		if (dup2(s, fd) == -1)
			exit(1);
		close(s);
	}
}

static void
set_environment(const char *fds, const char *names)
{
	char pid[32];

	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", fds, 1);
	if (names != NULL)
		setenv("LISTEN_FDNAMES", names, 1);
	else
		unsetenv("LISTEN_FDNAMES");
}

static void
test_names(void)
{
	struct activation a;
	struct listener_spec spec;
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	char text[64];
	struct err e = { 0 };

	for (int fd = 3; fd < 7; fd++)
		put_socket(fd, SOCK_STREAM, true);
	if (getsockname(6, (struct sockaddr *)&sin, &len) == -1)
		exit(1);
	(void)snprintf(text, sizeof(text), "inet:127.0.0.1:%u",
	    (unsigned)ntohs(sin.sin_port));
	is_int(listener_parse(text, &spec, &e), 0, "%s", text);
	set_environment("4", "policy:control:policy");
	is_int(activation_init(&a, &e), 0, "four sockets");
	is_int((int)a.n, 4, "are found");
	ok(getenv("LISTEN_FDS") == NULL && getenv("LISTEN_PID") == NULL &&
		getenv("LISTEN_FDNAMES") == NULL,
	    "children are not told");
	is_int(activation_take(&a, "policy"), 3, "the first of a name");
	is_int(activation_take(&a, "policy"), 5, "the second");
	is_int(activation_take(&a, "policy"), -1, "no third");
	is_str(a.item[3].name, "unknown", "more sockets than names");
	is_int(activation_take_bound(&a, &spec), 6, "one by its address");
	is_int(activation_take_bound(&a, &spec), -1, "once only");
	ok((fcntl(3, F_GETFL) & O_NONBLOCK) != 0, "non-blocking");
	ok((fcntl(3, F_GETFD) & FD_CLOEXEC) != 0, "close-on-exec");
	is_int((int)activation_clear(&a), 1, "one was left");
	is_int(fcntl(4, F_GETFD), -1, "which is closed");
	for (int fd = 3; fd < 7; fd++)
		close(fd);
}

static void
test_none(const char *fds, const char *pid, const char *what)
{
	struct activation a;
	struct err e = { 0 };

	set_environment(fds, "policy");
	if (pid != NULL)
		setenv("LISTEN_PID", pid, 1);
	is_int(activation_init(&a, &e), 0, "%s: no error", what);
	is_int((int)a.n, 0, "%s: no socket", what);
	ok(getenv("LISTEN_FDS") == NULL, "%s: forgotten", what);
}

static void
test_wrong(const char *fds, const char *part, const char *what)
{
	struct activation a;
	struct err e = { 0 };

	set_environment(fds, NULL);
	is_int(activation_init(&a, &e), -1, "%s", what);
	has_str(e.text, part, "%s: says why", what);
	(void)activation_clear(&a);
	close(3);
}

/* A Unix socket of datagrams, as the collector of outcomes is handed over. */
static void
test_datagrams(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct listener_spec spec;
	struct activation a;
	struct err e = { 0 };
	char dir[] = "/tmp/activation-XXXXXX";
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (mkdtemp(dir) == NULL)
		exit(1);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/s", dir);
	if (s == -1 ||
	    bind(s, (const struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    (s != 3 && dup2(s, 3) == -1) || dup2(3, 4) == -1)
		exit(1);
	if (s > 4)
		close(s);
	set_environment("2", "collector:control");
	is_int(activation_init(&a, &e), 0, "sockets of datagrams");
	is_int(activation_take(&a, "collector"), -1, "are no stream sockets");
	is_int(activation_take_datagram(&a, "collector"), 3,
	    "but are taken as what they are");
	memset(&spec, 0, sizeof(spec));
	(void)snprintf(spec.path, sizeof(spec.path), "%s", sun.sun_path);
	is_int(activation_take_bound(&a, &spec), -1,
	    "also by address no stream socket is found");
	spec.datagram = true;
	is_int(activation_take_bound(&a, &spec), 4, "one of datagrams is");
	(void)activation_clear(&a);
	close(3);
	close(4);
	(void)unlink(sun.sun_path);
	(void)rmdir(dir);
}

int
main(void)
{
	for (int fd = 3; fd < 16; fd++)
		close(fd);
	test_names();
	test_none("0", NULL, "LISTEN_FDS=0");
	test_none("x", NULL, "no number");
	test_none("1", "1", "another process was meant");
	test_wrong("65", "at most 64", "too many");
	test_wrong("1", "descriptor 3", "a descriptor that is not open");
	put_socket(3, SOCK_STREAM, false);
	test_wrong("1", "no stream socket", "a socket that does not listen");
	put_socket(3, SOCK_DGRAM, false);
	test_wrong("1", "descriptor 3", "a datagram socket of the internet");
	if (socket(AF_UNIX, SOCK_DGRAM, 0) != 3)
		return 1;
	test_wrong("1", "descriptor 3", "one that is bound to nothing");
	test_datagrams();
	return done_testing();
}
