/* listener: bound sockets from their text - see share/net/listener.h */
#include "config.h"

#include "share/net/listener.h"
#include "t/unit/tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/listener-XXXXXX";

static void
test_parse_right(void)
{
	struct listener_spec s;
	struct err e = { 0 };

	is_int(listener_parse("inet:127.0.0.1:8461", &s, &e), 0, "IPv4");
	is_str(s.host, "127.0.0.1", "its address");
	is_int(s.port, 8461, "its port");
	is_str(s.path, "", "it has no path");
	is_int(listener_parse("inet:[::1]:65535", &s, &e), 0, "IPv6");
	is_str(s.host, "::1", "its address");
	is_int(s.port, 65535, "its port");
	is_int(listener_parse("inet:*:1", &s, &e), 0, "every address");
	is_str(s.host, "*", "is kept as it is");
	is_int(listener_parse("unix:/run/a b.sock", &s, &e), 0, "Unix");
	is_str(s.path, "/run/a b.sock", "its path");
	is_int(s.mode, 0660, "its mode is 0660");
	is_str(s.owner, "", "no owner");
	is_str(s.group, "", "no group");
	is_int(listener_parse("unix:/x,group=postfix,mode=0600,owner=tls", &s,
		   &e),
	    0, "Unix with everything");
	is_str(s.path, "/x", "path");
	is_int(s.mode, 0600, "mode");
	is_str(s.owner, "tls", "owner");
	is_str(s.group, "postfix", "group");
}

static void
test_parse_wrong(void)
{
	static const char *const wrong[] = { "", "8461", "127.0.0.1:8461",
		"inet:", "inet:8461", "inet::8461", "inet:127.0.0.1",
		"inet:127.0.0.1:", "inet:127.0.0.1:0", "inet:127.0.0.1:65536",
		"inet:127.0.0.1:84x", "inet:127.0.0.1:-1", "inet:127.0.0.1: 1",
		"inet:localhost:8461", "inet:::1:8461", "inet:[::1]",
		"inet:[::1:8461", "inet:[127.0.0.1]:8461", "inet:[]:1",
		"inet:127.0.0.1:18446744073709551617", "inet:[*]:1",
		"inet:8461@127.0.0.1", "unix:", "unix:run/x", "unix:,mode=0660",
		"unix:/x,", "unix:/x,mode=", "unix:/x,mode=999",
		"unix:/x,mode=01000", "unix:/x,mode=rw",
		"unix:/x,owner=", "unix:/x,group=", "unix:/x,colour=red",
		"unix:/x,,mode=0600", "local:/x" };
	char text[256];
	struct listener_spec s;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct err e = { 0 };

		is_int(listener_parse(wrong[i], &s, &e), -1, "\"%s\"",
		    wrong[i]);
		ok(e.text[0] != '\0', "says why");
	}
	memset(text, 'a', sizeof(text));
	memcpy(text, "unix:/", 6);
	text[5 + 103] = '\0';
	is_int(listener_parse(text, &s, NULL), 0, "a path of 103 octets");
	text[5 + 103] = 'a';
	text[5 + 104] = '\0';
	is_int(listener_parse(text, &s, NULL), -1, "one of 104 is too long");
}

/* Whether a connection to spec is accepted by fd. */
static bool
serves(int fd, const struct listener_spec *s)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct err e = { 0 };
	int client, peer;

	client = listener_connect(s, 5000, &e);
	if (client == -1) {
		diag("%s", e.text);
		return false;
	}
	if (poll(&p, 1, 5000) != 1)
		diag("nothing to accept");
	peer = accept(fd, NULL, NULL);
	close(client);
	if (peer != -1)
		close(peer);
	return peer != -1;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return 0;
	return ntohs(ss.ss_family == AF_INET
		? ((struct sockaddr_in *)&ss)->sin_port
		: ((struct sockaddr_in6 *)&ss)->sin6_port);
}

static void
test_inet(const char *text, const char *in_use)
{
	struct listener_spec s;
	struct err e = { 0 };
	int fd, other;

	if (listener_parse(text, &s, &e) == -1) {
		fail("%s: %s", text, e.text);
		return;
	}
	s.port = 0;
	fd = listener_bind(&s, &e);
	if (fd == -1 && strchr(text, '[') != NULL) {
		skip("no IPv6 here", "%s", text);
		return;
	}
	if (!ok(fd != -1, "%s is bound: %s", text, e.text))
		return;
	s.port = port_of(fd);
	ok(s.port != 0, "it has a port");
	ok(fcntl(fd, F_GETFL) & O_NONBLOCK, "it does not block");
	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "it ends with exec");
	ok(serves(fd, &s), "it serves");
	other = listener_bind(&s, &e);
	is_int(other, -1, "nobody else gets it");
	has_str(e.text, in_use, "and is told");
	close(fd);
	fd = listener_bind(&s, &e);
	ok(fd != -1, "it is there again at once");
	close(fd);
	e.text[0] = '\0';
	is_int(listener_connect(&s, 5000, &e), -1, "closed is closed");
	is_int(e.code, ERR_NOENT, "nobody is there");
}

/* A spec of a socket in our folder. */
static struct listener_spec
unix_spec(const char *name)
{
	struct listener_spec s = { .mode = 0660 };

	snprintf(s.path, sizeof(s.path), "%s/%s", dir, name);
	return s;
}

static void
test_unix(void)
{
	struct listener_spec s = unix_spec("a");
	struct stat st;
	struct err e = { 0 };
	mode_t mask = umask(0);
	int fd, again;

	for (int i = 0; i < 2; i++) {
		s.mode = i == 0 ? 0660 : 0606;
		umask(i == 0 ? 0 : 0777);
		fd = listener_bind(&s, &e);
		ok(fd != -1, "a Unix socket is bound: %s", e.text);
		ok(lstat(s.path, &st) == 0 && S_ISSOCK(st.st_mode),
		    "it is there");
		is_int(st.st_mode & 07777, s.mode, "with its mode");
		ok(fcntl(fd, F_GETFL) & O_NONBLOCK, "it does not block");
		ok(serves(fd, &s), "it serves");
		close(fd);
	}
	umask(mask);
	s.mode = 0600;
	fd = listener_bind(&s, &e);
	again = listener_bind(&s, &e);
	ok(fd != -1 && again != -1, "a second one takes the place");
	ok(serves(again, &s), "and serves");
	close(fd);
	close(again);
}

/* Nothing of a failed attempt stays, and what was there does. */
static void
test_unix_wrong(void)
{
	struct listener_spec s = unix_spec("file"), t;
	char tmp[128];
	struct err e = { 0 };
	FILE *f = fopen(s.path, "w");

	ok(f != NULL && fputs("precious", f) >= 0 && fclose(f) == 0,
	    "a file is there");
	is_int(listener_bind(&s, &e), -1, "it is not replaced");
	has_str(e.text, "is no socket", "and that is said");
	t = unix_spec("b");
	memcpy(t.owner, "no-such-user", sizeof("no-such-user"));
	is_int(listener_bind(&t, &e), -1, "an unknown owner");
	has_str(e.text, "no such user: no-such-user", "is named");
	ok(access(t.path, F_OK) == -1, "nothing was made");
	snprintf(tmp, sizeof(tmp), "%s.new", t.path);
	ok(access(tmp, F_OK) == -1, "nothing temporary stays");
	t = unix_spec("b");
	memcpy(t.group, "no-such-group", sizeof("no-such-group"));
	is_int(listener_bind(&t, &e), -1, "an unknown group");
	has_str(e.text, "no such group: no-such-group", "is named");
	t = unix_spec("missing/b");
	is_int(listener_bind(&t, &e), -1, "a folder that is not there");
	has_str(e.text, "missing/b: No such file", "is named");
	is_int(listener_connect(&t, 1000, &e), -1, "nor is it reached");
	is_int(e.code, ERR_NOENT, "nobody is there");
	unlink(s.path);
}

/* Owner and group by name: ours always works, another only for root. */
static void
test_owner(void)
{
	struct listener_spec s = unix_spec("c");
	struct passwd *pw = getpwuid(geteuid());
	struct group *gr = getgrgid(getegid());
	struct stat st;
	struct err e = { 0 };
	int fd;

	if (pw == NULL || gr == NULL) {
		skip("this user has no name", "owner and group");
		return;
	}
	if (geteuid() == 0 && getpwnam("nobody") != NULL) {
		pw = getpwnam("nobody");
		gr = getgrgid(pw->pw_gid);
	}
	snprintf(s.owner, sizeof(s.owner), "%s", pw->pw_name);
	snprintf(s.group, sizeof(s.group), "%s", gr->gr_name);
	fd = listener_bind(&s, &e);
	ok(fd != -1, "bound for %s:%s: %s", s.owner, s.group, e.text);
	ok(stat(s.path, &st) == 0 && st.st_uid == pw->pw_uid &&
		st.st_gid == gr->gr_gid,
	    "it is theirs");
	close(fd);
}

static void
test_is_bound(void)
{
	struct listener_spec a, b;
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	char path[64], text[128];
	struct err e = { 0 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 ||
	    bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		abort();
	(void)snprintf(text, sizeof(text), "inet:127.0.0.1:%u",
	    (unsigned)ntohs(sin.sin_port));
	is_int(listener_parse(text, &a, &e), 0, "%s", text);
	ok(listener_is_bound(&a, fd), "a socket is where it was bound");
	b = a;
	b.port++;
	ok(!listener_is_bound(&b, fd), "not at another port");
	is_int(listener_parse("inet:127.0.0.2:1", &b, &e), 0, "127.0.0.2");
	b.port = a.port;
	ok(!listener_is_bound(&b, fd), "not at another address");
	is_int(listener_parse("inet:*:1", &b, &e), 0, "*");
	b.port = a.port;
	ok(!listener_is_bound(&b, fd), "not at every address");
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	(void)snprintf(text, sizeof(text), "unix:%s", path);
	is_int(listener_parse(text, &b, &e), 0, "%s", text);
	ok(!listener_is_bound(&b, fd), "not at a path");
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ok(!listener_is_bound(&b, fd), "a socket without a name is nowhere");
	close(fd);
}

int
main(void)
{
	char command[64];

	if (mkdtemp(dir) == NULL) {
		perror(dir);
		return 1;
	}
	test_parse_right();
	test_parse_wrong();
	test_inet("inet:127.0.0.1:1", "is in use");
	test_inet("inet:[::1]:1", "is in use");
	test_inet("inet:*:1", "is in use");
	test_unix();
	test_unix_wrong();
	test_owner();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ok(system(command) == 0, "cleaned up");
	test_is_bound();
	return done_testing();
}
