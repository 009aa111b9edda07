/* activation: sockets that a supervisor handed over - see activation.h */
#include "config.h"

#include "share/net/activation.h"
#include "share/base/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

/* A number that an environment variable holds, or -1. */
static long
number_in(const char *variable)
{
	const char *text = getenv(variable);
	char *end;
	long n;

	if (text == NULL || *text < '0' || *text > '9')
		return -1;
	n = strtol(text, &end, 10);
	return *end == '\0' ? n : -1;
}

static int
option(int fd, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) == -1 ? -1
								    : value;
}

/* Whether it is a Unix socket that others send datagrams to. */
static bool
is_datagram(int fd)
{
	struct sockaddr_un sun;
	socklen_t len = sizeof(sun);

	memset(&sun, 0, sizeof(sun));
	return option(fd, SO_TYPE) == SOCK_DGRAM &&
	    option(fd, SO_DOMAIN) == AF_UNIX &&
	    getsockname(fd, (struct sockaddr *)&sun, &len) == 0 &&
	    len > offsetof(struct sockaddr_un, sun_path);
}

static int
adopt(int fd, bool *datagram, struct err *e)
{
	int type = option(fd, SO_TYPE), flags;

	if (type == -1)
		return err_sys(e, "descriptor %d was handed over", fd);
	*datagram = is_datagram(fd);
	if (!*datagram &&
	    (type != SOCK_STREAM || option(fd, SO_ACCEPTCONN) != 1))
		return err_set(e, ERR_PERM,
		    "descriptor %d was handed over, but no stream socket "
		    "listens there and no datagrams come",
		    fd);
	flags = fcntl(fd, F_GETFL);
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return err_sys(e, "descriptor %d", fd);
	return 0;
}

/* Copies the next of the names that stand between colons. */
static void
next_name(const char **names, char *name, size_t size)
{
	size_t n;

	(void)text_copy(name, size, "unknown");
	if (*names == NULL)
		return;
	n = strcspn(*names, ":");
	if (n > 0 && n < size) {
		memcpy(name, *names, n);
		name[n] = '\0';
	}
	*names = (*names)[n] == ':' ? *names + n + 1 : NULL;
}

static int
find(struct activation *a, struct err *e)
{
	const char *names = getenv("LISTEN_FDNAMES");
	long n = number_in("LISTEN_FDS");
	int fd;

	if (n <= 0 || number_in("LISTEN_PID") != (long)getpid())
		return 0;
	if (n > ACTIVATION_MAX)
		return err_set(e, ERR_LIMIT,
		    "%ld sockets were handed over, at most %d are taken", n,
		    ACTIVATION_MAX);
	for (fd = FIRST_FD; fd < FIRST_FD + n; fd++) {
		if (adopt(fd, &a->item[a->n].datagram, e) == -1)
			return -1;
		a->item[a->n].fd = fd;
		next_name(&names, a->item[a->n].name,
		    sizeof(a->item[a->n].name));
		a->n++;
	}
	return 0;
}

int
activation_init(struct activation *a, struct err *e)
{
	int rc;

	memset(a, 0, sizeof(*a));
	rc = find(a, e);
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDNAMES");
	return rc;
}

static int
take(struct activation *a, const char *name, bool datagram)
{
	size_t i;
	int fd;

	for (i = 0; i < a->n; i++) {
		fd = a->item[i].fd;
		if (fd == -1 || a->item[i].datagram != datagram ||
		    strcmp(a->item[i].name, name) != 0)
			continue;
		a->item[i].fd = -1;
		return fd;
	}
	return -1;
}

int
activation_take(struct activation *a, const char *name)
{
	return take(a, name, false);
}

int
activation_take_datagram(struct activation *a, const char *name)
{
	return take(a, name, true);
}

int
activation_take_bound(struct activation *a, const struct listener_spec *spec)
{
	size_t i;
	int fd;

	for (i = 0; i < a->n; i++) {
		fd = a->item[i].fd;
		if (fd == -1 || !listener_is_bound(spec, fd))
			continue;
		a->item[i].fd = -1;
		return fd;
	}
	return -1;
}

size_t
activation_clear(struct activation *a)
{
	size_t i, n = 0;

	for (i = 0; i < a->n; i++) {
		if (a->item[i].fd == -1)
			continue;
		close(a->item[i].fd);
		a->item[i].fd = -1;
		n++;
	}
	return n;
}
