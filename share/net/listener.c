/* listener: bound sockets from their text - see listener.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME_BUFFER_MAX (1 << 20)

/* Reads "HOST:PORT" or "[HOST]:PORT". */
static int
parse_inet(const char *text, struct listener_spec *spec, struct err *e)
{
	const char *colon = strrchr(text, ':');
	unsigned char addr[sizeof(struct in6_addr)];
	size_t n;
	char *end;
	unsigned long port;
	bool brackets;

	if (colon == NULL || colon == text)
		return err_set(e, ERR_SYNTAX, "expected inet:ADDRESS:PORT");
	n = (size_t)(colon - text);
	brackets = n > 2 && text[0] == '[' && text[n - 1] == ']';
	if (brackets) {
		text++;
		n -= 2;
	}
	if (n >= sizeof(spec->host))
		return err_set(e, ERR_SYNTAX, "the address is too long");
	memcpy(spec->host, text, n);
	spec->host[n] = '\0';
	if (brackets ? inet_pton(AF_INET6, spec->host, addr) != 1
		     : strcmp(spec->host, "*") != 0 &&
		    inet_pton(AF_INET, spec->host, addr) != 1)
		return err_set(e, ERR_SYNTAX,
		    "\"%s\" is not an IPv4 address, an IPv6 address in "
		    "brackets, or *",
		    spec->host);
	port = strtoul(colon + 1, &end, 10);
	if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port == 0 ||
	    port > UINT16_MAX)
		return err_set(e, ERR_SYNTAX, "\"%s\" is no port", colon + 1);
	spec->port = (uint16_t)port;
	return 0;
}

/* Reads "0660". */
static int
parse_mode(const char *text, mode_t *mode, struct err *e)
{
	char *end;
	unsigned long n = strtoul(text, &end, 8);

	if (*text < '0' || *text > '7' || *end != '\0' || n > 0777)
		return err_set(e, ERR_SYNTAX,
		    "mode \"%s\" is no octal number up to 0777", text);
	*mode = (mode_t)n;
	return 0;
}

/* Reads one "name=value" behind the path. */
static int
parse_option(const char *text, struct listener_spec *spec, struct err *e)
{
	if (strncmp(text, "mode=", 5) == 0)
		return parse_mode(text + 5, &spec->mode, e);
	if (strncmp(text, "owner=", 6) == 0 && text[6] != '\0' &&
	    text_copy(spec->owner, sizeof(spec->owner), text + 6) == 0)
		return 0;
	if (strncmp(text, "group=", 6) == 0 && text[6] != '\0' &&
	    text_copy(spec->group, sizeof(spec->group), text + 6) == 0)
		return 0;
	return err_set(e, ERR_SYNTAX,
	    "\"%s\" is none of mode=0660, owner=NAME, group=NAME", text);
}

static int
parse_unix(const char *text, struct listener_spec *spec, struct err *e)
{
	char *copy = xstrdup(text), *rest = copy, *part;
	int ret = 0;

	part = strsep(&rest, ",");
	if (*part != '/')
		ret = err_set(e, ERR_SYNTAX, "\"%s\" does not begin with /",
		    part);
	else if (text_copy(spec->path, sizeof(spec->path), part) == -1)
		ret = err_set(e, ERR_LIMIT,
		    "the path of a Unix socket has at most %zu octets",
		    sizeof(spec->path) - 1);
	while (ret == 0 && (part = strsep(&rest, ",")) != NULL)
		ret = parse_option(part, spec, e);
	free(copy);
	return ret;
}

int
listener_parse(const char *text, struct listener_spec *spec, struct err *e)
{
	int ret;

	memset(spec, 0, sizeof(*spec));
	spec->mode = 0660;
	if (strncmp(text, "inet:", 5) == 0)
		ret = parse_inet(text + 5, spec, e);
	else if (strncmp(text, "unix:", 5) == 0)
		ret = parse_unix(text + 5, spec, e);
	else
		ret = err_set(e, ERR_SYNTAX,
		    "expected inet:ADDRESS:PORT or unix:/PATH");
	if (ret == -1)
		memset(spec, 0, sizeof(*spec));
	return ret;
}

/*
 * Fills ss for an inet spec; "*" is :: (both families) unless v4_only.
 * Returns its length.
 */
static socklen_t
inet_address(const struct listener_spec *spec, bool v4_only,
    struct sockaddr_storage *ss)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ss;
	bool any = strcmp(spec->host, "*") == 0;

	memset(ss, 0, sizeof(*ss));
	if ((any && v4_only) ||
	    inet_pton(AF_INET, spec->host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(spec->port);
		return sizeof(*v4);
	}
	if (any)
		v6->sin6_addr = in6addr_any;
	else if (inet_pton(AF_INET6, spec->host, &v6->sin6_addr) != 1)
		return 0;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(spec->port);
	return sizeof(*v6);
}

/* Binds and listens on one inet address; -1 and errno. */
static int
bind_inet(const struct sockaddr_storage *ss, socklen_t len)
{
	const int on = 1, off = 0;
	int fd, saved;

	fd = socket(ss->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd == -1)
		return -1;
	/* a restart must not wait for connections in TIME-WAIT */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    (ss->ss_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ==
		    -1) ||
	    bind(fd, (const struct sockaddr *)ss, len) == -1 ||
	    listen(fd, SOMAXCONN) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static int
listen_inet(const struct listener_spec *spec, struct err *e)
{
	struct sockaddr_storage ss;
	socklen_t len = inet_address(spec, false, &ss);
	int fd;

	if (len == 0)
		return err_set(e, ERR_BUG, "\"%s\" is no address", spec->host);
	fd = bind_inet(&ss, len);
	/* a kernel without IPv6 still has every IPv4 address */
	if (fd == -1 && strcmp(spec->host, "*") == 0 &&
	    (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
		len = inet_address(spec, true, &ss);
		fd = bind_inet(&ss, len);
	}
	if (fd == -1 && errno == EADDRINUSE)
		return err_set(e, ERR_SYS, "inet:%s:%u is in use", spec->host,
		    (unsigned)spec->port);
	if (fd == -1)
		return err_sys(e, "cannot listen on inet:%s:%u", spec->host,
		    (unsigned)spec->port);
	return fd;
}

/* Finds a user's id. */
static int
find_user(const char *name, uid_t *uid, struct err *e)
{
	struct passwd pw, *found = NULL;
	char *memory = xmalloc(NAME_BUFFER_MAX);
	int r = getpwnam_r(name, &pw, memory, NAME_BUFFER_MAX, &found);

	if (found != NULL)
		*uid = pw.pw_uid;
	free(memory);
	if (found != NULL)
		return 0;
	if (r == 0)
		return err_set(e, ERR_NOENT, "no such user: %s", name);
	errno = r;
	return err_sys(e, "cannot look up user %s", name);
}

/* Finds a group's id. */
static int
find_group(const char *name, gid_t *gid, struct err *e)
{
	struct group gr, *found = NULL;
	char *memory = xmalloc(NAME_BUFFER_MAX);
	int r = getgrnam_r(name, &gr, memory, NAME_BUFFER_MAX, &found);

	if (found != NULL)
		*gid = gr.gr_gid;
	free(memory);
	if (found != NULL)
		return 0;
	if (r == 0)
		return err_set(e, ERR_NOENT, "no such group: %s", name);
	errno = r;
	return err_sys(e, "cannot look up group %s", name);
}

/* Gives the socket at path its owner, group and mode. */
static int
set_owner_mode(const struct listener_spec *spec, const char *path,
    struct err *e)
{
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;

	if (spec->owner[0] != '\0' && find_user(spec->owner, &uid, e) == -1)
		return -1;
	if (spec->group[0] != '\0' && find_group(spec->group, &gid, e) == -1)
		return -1;
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) &&
	    lchown(path, uid, gid) == -1)
		return err_sys(e, "cannot give %s to %s:%s", spec->path,
		    spec->owner, spec->group);
	if (chmod(path, spec->mode) == -1)
		return err_sys(e, "cannot set the mode of %s", spec->path);
	return 0;
}

/* Only what is a socket is replaced: a mistyped path must not cost a file. */
static int
check_replaceable(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0
				       : err_sys(e, "cannot look at %s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_PERM, "%s is there and is no socket",
		    path);
	return 0;
}

static int
listen_unix(const struct listener_spec *spec, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	bool made = false;
	int fd = -1;

	if (check_replaceable(spec->path, e) == -1)
		return -1;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s.new",
	    spec->path);
	(void)unlink(sun.sun_path);
	fd = socket(AF_UNIX,
	    (spec->datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK |
		SOCK_CLOEXEC,
	    0);
	if (fd == -1) {
		(void)err_sys(e, "cannot make a socket");
		goto fail;
	}
	/* on Linux the new file takes its mode from here, less the umask */
	if (fchmod(fd, spec->mode & 0600) == -1 ||
	    bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1) {
		(void)err_sys(e, "cannot make %s", spec->path);
		goto fail;
	}
	made = true;
	if (set_owner_mode(spec, sun.sun_path, e) == -1)
		goto fail;
	if ((!spec->datagram && listen(fd, SOMAXCONN) == -1) ||
	    rename(sun.sun_path, spec->path) == -1) {
		(void)err_sys(e, "cannot listen on %s", spec->path);
		goto fail;
	}
	return fd;
fail:
	if (made)
		(void)unlink(sun.sun_path);
	if (fd != -1)
		close(fd);
	return -1;
}

int
listener_bind(const struct listener_spec *spec, struct err *e)
{
	return spec->path[0] != '\0' ? listen_unix(spec, e)
				     : listen_inet(spec, e);
}

static bool
is_any(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)ss;

	if (ss->ss_family == AF_INET)
		return v4->sin_addr.s_addr == htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
}

static uint16_t
port_of(const struct sockaddr_storage *ss)
{
	return ntohs(ss->ss_family == AF_INET
		? ((const struct sockaddr_in *)ss)->sin_port
		: ((const struct sockaddr_in6 *)ss)->sin6_port);
}

/* Whether two inet addresses are the same but for the port. */
static bool
same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		    ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)a)->sin6_addr,
	    &((const struct sockaddr_in6 *)b)->sin6_addr);
}

bool
listener_is_bound(const struct listener_spec *spec, int fd)
{
	struct sockaddr_storage have, want;
	const struct sockaddr_un *sun = (const struct sockaddr_un *)&have;
	socklen_t len = sizeof(have), type_len = sizeof(int);
	int type = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == -1 ||
	    type != (spec->datagram ? SOCK_DGRAM : SOCK_STREAM))
		return false;
	memset(&have, 0, sizeof(have));
	if (getsockname(fd, (struct sockaddr *)&have, &len) == -1)
		return false;
	if (spec->path[0] != '\0')
		return have.ss_family == AF_UNIX &&
		    strncmp(sun->sun_path, spec->path, sizeof(sun->sun_path)) ==
		    0;
	if (have.ss_family != AF_INET && have.ss_family != AF_INET6)
		return false;
	if (port_of(&have) != spec->port ||
	    inet_address(spec, false, &want) == 0)
		return false;
	if (strcmp(spec->host, "*") == 0)
		return is_any(&have);
	return same_address(&have, &want);
}

/* Fills ss with where a client reaches spec; returns its length. */
static socklen_t
client_address(const struct listener_spec *spec, struct sockaddr_storage *ss)
{
	struct sockaddr_un *sun = (struct sockaddr_un *)ss;
	struct listener_spec local;

	if (spec->path[0] != '\0') {
		memset(ss, 0, sizeof(*ss));
		sun->sun_family = AF_UNIX;
		(void)text_copy(sun->sun_path, sizeof(sun->sun_path),
		    spec->path);
		return sizeof(*sun);
	}
	local = *spec;
	if (strcmp(spec->host, "*") == 0)
		(void)text_copy(local.host, sizeof(local.host), "127.0.0.1");
	return inet_address(&local, false, ss);
}

/* Waits until a connect under way ends; 0, or -1 and errno. */
static int
await_connect(int fd, int64_t timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int r, error = 0;

	r = poll(&p, 1, timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms);
	if (r == 0)
		errno = ETIMEDOUT;
	if (r != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return -1;
	errno = error;
	return error == 0 ? 0 : -1;
}

int
listener_connect(const struct listener_spec *spec, int64_t timeout_ms,
    struct err *e)
{
	struct sockaddr_storage ss;
	socklen_t len = client_address(spec, &ss);
	char reason[128];
	int fd;

	fd =
	    socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_sys(e, "cannot make a socket");
	if (connect(fd, (const struct sockaddr *)&ss, len) == -1 &&
	    (errno != EINPROGRESS || await_connect(fd, timeout_ms) == -1)) {
		/* whatever the reason: nobody is there to be asked */
		(void)err_set(e, ERR_NOENT, "cannot connect: %s",
		    strerror_r(errno, reason, sizeof(reason)));
		close(fd);
		return -1;
	}
	return fd;
}
