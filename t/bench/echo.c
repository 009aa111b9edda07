/* echo: the yardstick: a fixed reply to every netstring - see echo.h */
#include "config.h"

#include "t/bench/echo.h"
#include "share/net/netstring.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 64
#define CONN_SIZE 4096
#define CONNS_MAX 4096

struct conn {
	size_t n;
	char data[CONN_SIZE];
};

static void
serve(int fd, struct conn *c, const char *reply)
{
	char out[CONN_SIZE * 4];
	size_t at = 0, outlen = 0, len = strlen(reply), used, n;
	const char *s;
	ssize_t got = read(fd, c->data + c->n, sizeof(c->data) - c->n);

	if (got <= 0) {
		close(fd);
		c->n = 0;
		return;
	}
	c->n += (size_t)got;
	while (netstring_next(c->data + at, c->n - at, CONN_SIZE, &s, &n,
		   &used) == NETSTRING_WHOLE &&
	    outlen + len <= sizeof(out)) {
		memcpy(out + outlen, reply, len);
		outlen += len;
		at += used;
	}
	memmove(c->data, c->data + at, c->n - at);
	c->n -= at;
	if (outlen > 0 && write(fd, out, outlen) == -1)
		close(fd);
}

void
echo_run(int fd, const char *reply)
{
	static struct conn conns[CONNS_MAX];
	struct epoll_event ev[EVENTS], add = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	add.data.fd = fd;
	if (epoll == -1 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &add) == -1)
		err(1, "epoll");
	for (;;) {
		int n = epoll_wait(epoll, ev, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			int from = ev[i].data.fd;

			if (from != fd) {
				serve(from, &conns[from], reply);
				continue;
			}
			add.data.fd = accept(fd, NULL, NULL);
			if (add.data.fd < 0 || add.data.fd >= CONNS_MAX ||
			    epoll_ctl(epoll, EPOLL_CTL_ADD, add.data.fd,
				&add) == -1)
				err(1, "accept");
		}
	}
}
