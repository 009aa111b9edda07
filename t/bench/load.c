/* load: many connections that ask the same thing - see load.h */
#include "config.h"

#include "t/bench/load.h"
#include "share/base/xmem.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 64
#define READ_SIZE 65536

struct conn {
	int fd;
	size_t waiting; /* octets of replies that are to come */
	double sent_at;
};

struct run {
	const struct load *l;
	struct conn *conn;
	int epoll;
	size_t sent, done;
	double *latency;
};

static double
now(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Sends n requests in one write. */
static void
send_requests(struct run *r, struct conn *c, size_t n)
{
	size_t len = strlen(r->l->request);
	char *all;

	if (n > r->l->total - r->sent)
		n = r->l->total - r->sent;
	if (n == 0)
		return;
	all = xmalloc(n * len);
	for (size_t i = 0; i < n; i++)
		memcpy(all + i * len, r->l->request, len);
	c->sent_at = now();
	if (write(c->fd, all, n * len) != (ssize_t)(n * len))
		err(1, "write");
	free(all);
	r->sent += n;
	c->waiting += n * r->l->reply_len;
}

static void
open_conn(struct run *r, struct conn *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data = { .ptr = c } };

	c->fd = socket(r->l->addr->sa_family, SOCK_STREAM, 0);
	if (c->fd == -1 || connect(c->fd, r->l->addr, r->l->addrlen) == -1)
		err(1, "connect");
	if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

static void
take_replies(struct run *r, struct conn *c)
{
	static char space[READ_SIZE];
	ssize_t n = read(c->fd, space, sizeof(space));
	size_t before, after;

	if (n <= 0)
		err(1, "the server closed a connection");
	if ((size_t)n > c->waiting)
		errx(1, "a reply is longer than expected");
	before = (c->waiting + r->l->reply_len - 1) / r->l->reply_len;
	c->waiting -= (size_t)n;
	after = (c->waiting + r->l->reply_len - 1) / r->l->reply_len;
	if (before == after)
		return;
	if (r->latency != NULL)
		r->latency[r->done] = now() - c->sent_at;
	r->done += before - after;
	send_requests(r, c, before - after);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
load_run(const struct load *l, struct load_result *out)
{
	struct epoll_event ev[EVENTS];
	struct run r = { .l = l };
	double start;

	r.conn = xcalloc(l->connections, sizeof(*r.conn));
	r.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->in_flight == 1)
		r.latency = xcalloc(l->total, sizeof(*r.latency));
	for (size_t i = 0; i < l->connections; i++)
		open_conn(&r, &r.conn[i]);
	start = now();
	for (size_t i = 0; i < l->connections; i++)
		send_requests(&r, &r.conn[i], l->in_flight);
	while (r.done < l->total) {
		int n = epoll_wait(r.epoll, ev, EVENTS, -1);

		for (int i = 0; i < n; i++)
			take_replies(&r, ev[i].data.ptr);
	}
	out->seconds = now() - start;
	out->p99_us = 0;
	if (r.latency != NULL) {
		qsort(r.latency, l->total, sizeof(*r.latency), compare);
		out->p99_us = r.latency[l->total / 100 * 99] * 1e6;
	}
	for (size_t i = 0; i < l->connections; i++)
		close(r.conn[i].fd);
	close(r.epoll);
	free(r.conn);
	free(r.latency);
}
