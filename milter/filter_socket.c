/* filter_socket: libmilter's listening socket - see filter_socket.h */
#include "config.h"

#include "milter/filter_socket.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define KNOCK_MS 50 /* between two connections to a listener that sleeps */

/* Where a client would connect to; length 0: not open. */
static struct sockaddr_storage address;
static socklen_t address_len;

/* The path in "unix:/p", "local:/p" or "/p", else NULL. */
static const char *
unix_path(const char *listen)
{
	if (listen[0] == '/')
		return listen;
	if (text_starts_nocase(listen, "unix:"))
		return listen + 5;
	if (text_starts_nocase(listen, "local:"))
		return listen + 6;
	return NULL;
}

/* Has libmilter open conn; notes the address of the descriptor it took. */
static int
open_conn(char *conn, bool replace, struct err *e)
{
	const int on = 1;
	int next, listening = 0;
	socklen_t len = sizeof(listening);

	/* libmilter takes the lowest free descriptor and tells nobody */
	next = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (next == -1)
		return err_sys(e, "cannot open /dev/null");
	close(next);
	if (smfi_setconn(conn) != MI_SUCCESS)
		return err_set(e, ERR_PERM,
		    "%s: not of the form inet:PORT@HOST "
		    "or unix:PATH",
		    conn);
	errno = 0;
	if (smfi_opensocket(replace) != MI_SUCCESS) {
		if (errno != 0)
			return err_sys(e, "cannot listen on %s", conn);
		return err_set(e, ERR_PERM, "cannot listen on %s", conn);
	}
	address_len = sizeof(address);
	if (getsockopt(next, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) ==
		-1 ||
	    !listening ||
	    getsockname(next, (struct sockaddr *)&address, &address_len) == -1)
		address_len = 0; /* a stop takes a few seconds then */
	/* inherited; else an answer of two packets waits for an ACK: 40 ms */
	(void)setsockopt(next, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return 0;
}

static int
open_unix(const char *path, uid_t uid, gid_t gid, struct err *e)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&address;
	char conn[sizeof(un->sun_path) + 16], temp[sizeof(un->sun_path)];
	mode_t old;
	int rc;

	if (strlen(path) + sizeof(".new") > sizeof(temp))
		return err_set(e, ERR_LIMIT, "%s: path is too long", path);
	(void)snprintf(temp, sizeof(temp), "%s.new", path);
	(void)snprintf(conn, sizeof(conn), "unix:%s", temp);
	old = umask(0117);
	rc = open_conn(conn, true, e);
	umask(old);
	if (rc == -1)
		return -1;
	if (uid != (uid_t)-1 && chown(temp, uid, gid) == -1)
		return err_sys(e, "cannot give %s its owner", temp);
	if (rename(temp, path) == -1)
		return err_sys(e, "cannot rename %s to %s", temp, path);
	if (address_len != 0) {
		(void)text_copy(un->sun_path, sizeof(un->sun_path), path);
		address_len = sizeof(*un);
	}
	return 0;
}

int
filter_socket_open(const char *listen, uid_t uid, gid_t gid, struct err *e)
{
	const char *path = unix_path(listen);
	char *conn;
	int rc;

	if (path != NULL)
		return open_unix(path, uid, gid, e);
	conn = xstrdup(listen);
	rc = open_conn(conn, false, e);
	free(conn);
	return rc;
}

static void *
stop(void *unused)
{
	(void)unused;
	(void)smfi_stop();
	return NULL;
}

/* Connects, to wake the listener; what comes of it does not matter. */
static void
knock(void)
{
	int fd;

	if (address_len == 0)
		return;
	fd = socket(address.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	(void)connect(fd, (struct sockaddr *)&address, address_len);
	close(fd);
}

void
filter_socket_stop(pthread_t thread)
{
	struct timespec until;
	pthread_t stopper;
	bool stopping;

	stopping = pthread_create(&stopper, NULL, stop, NULL) == 0;
	if (!stopping)
		(void)smfi_stop();
	do {
		knock();
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += KNOCK_MS * 1000000L;
		if (until.tv_nsec >= 1000000000L) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000L;
		}
	} while (pthread_timedjoin_np(thread, NULL, &until) == ETIMEDOUT);
	if (stopping)
		pthread_join(stopper, NULL);
}
