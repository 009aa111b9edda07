/* notify: datagrams to the supervisor - see share/net/notify.h */
#include "config.h"

#include "share/net/notify.h"
#include "t/unit/tap.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* A supervisor's socket under that name ("@" abstract). */
static int
supervisor(const char *name)
{
	struct sockaddr_un sun;
	socklen_t len;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", name);
	len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	if (name[0] == '@')
		sun.sun_path[0] = '\0';
	else
		len++;
	if (fd == -1 || bind(fd, (const struct sockaddr *)&sun, len) == -1) {
		perror(name);
		exit(1);
	}
	return fd;
}

static const char *
heard(int fd)
{
	static char text[600];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
test_talk(const char *name)
{
	struct notify n;
	char long_text[600];
	int fd = supervisor(name);

	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "2000000", 1);
	unsetenv("WATCHDOG_PID");
	notify_init(&n);
	is_int(n.watchdog_ms, 2000, "%s: the watchdog's time", name);
	ok(getenv("NOTIFY_SOCKET") == NULL && getenv("WATCHDOG_USEC") == NULL,
	    "%s: children do not inherit it", name);
	notify_send(&n, "READY=%d", 1);
	is_str(heard(fd), "READY=1", "%s: a state arrives", name);
	notify_reloading(&n);
	has_str(heard(fd),
	    "RELOADING=1\nMONOTONIC_USEC=", "%s: and a reload with its time",
	    name);
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	notify_send(&n, "STATUS=%s", long_text);
	is_str(heard(fd), "", "%s: half a state is never sent", name);
	notify_clear(&n);
	notify_send(&n, "STOPPING=1");
	is_str(heard(fd), "", "%s: nothing after the end", name);
	close(fd);
}

static void
test_nobody(const char *name, const char *what)
{
	struct notify n;

	if (name != NULL)
		setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "2000000", 1);
	notify_init(&n);
	is_int(n.fd, -1, "%s: nobody to tell", what);
	is_int(n.watchdog_ms, 0, "%s: no watchdog", what);
	notify_send(&n, "READY=1");
	notify_clear(&n);
}

static void
test_watchdog(const char *usec, const char *pid, int64_t want)
{
	struct notify n;

	setenv("NOTIFY_SOCKET", "@tlsherald-test-nobody", 1);
	setenv("WATCHDOG_USEC", usec, 1);
	setenv("WATCHDOG_PID", pid, 1);
	notify_init(&n);
	is_int(n.watchdog_ms, want, "WATCHDOG_USEC=%s WATCHDOG_PID=%s", usec,
	    pid);
	notify_clear(&n);
}

int
main(void)
{
	char dir[] = "/tmp/notify-XXXXXX", path[64], name[64], pid[32];

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	(void)snprintf(name, sizeof(name), "@tlsherald-%ld", (long)getpid());
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	test_talk(path);
	test_talk(name);
	test_nobody(NULL, "no variable");
	test_nobody("", "an empty one");
	test_nobody("vsock:2:1", "an address that is not ours");
	test_nobody("/", "no path");
	test_watchdog("30000000", pid, 30000);
	test_watchdog("30000000", "1", 0);
	test_watchdog("-1", pid, 0);
	test_watchdog("30000000x", pid, 0);
	test_watchdog("99999999999999999999999", pid, 0);
	(void)unlink(path);
	(void)rmdir(dir);
	return done_testing();
}
