/* socketmap: the server side of the socketmap protocol - see socketmap.h */
#include "config.h"

#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "share/net/socketmap.h"
#include "share/net/socketmap_conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MIN 16
#define ACCEPT_BATCH 64 /* then the connections that are there have a turn */
#define ACCEPT_PAUSE_MS 100
#define FINISH_MS 1000 /* for what is half-written at the end */

static const struct timeval *
as_timeval(int64_t ms, struct timeval *tv)
{
	tv->tv_sec = (time_t)(ms / 1000);
	tv->tv_usec = (suseconds_t)(ms % 1000) * 1000;
	return tv;
}

struct socketmap_request *
socketmap_request_new(struct socketmap_conn *c)
{
	struct socketmap_server *s = c->srv;
	struct socketmap_request *req = STAILQ_FIRST(&s->spare);

	if (req != NULL) {
		STAILQ_REMOVE_HEAD(&s->spare, next);
		s->nspare--;
	} else {
		req = xcalloc(1, sizeof(*req));
		req->srv = s;
	}
	req->conn = c;
	STAILQ_INSERT_TAIL(&c->requests, req, next);
	LIST_INSERT_HEAD(&s->unanswered, req, all);
	c->pending++;
	s->stats.waiting++;
	return req;
}

void
socketmap_request_release(struct socketmap_request *req)
{
	struct socketmap_server *s = req->srv;

	free(req->reply);
	req->reply = NULL;
	req->conn = NULL;
	if (s->nspare == SOCKETMAP_SPARE_MAX) {
		free(req);
		return;
	}
	STAILQ_INSERT_HEAD(&s->spare, req, next);
	s->nspare++;
}

/* Takes the first request off its connection's queue. */
static void
drop_first(struct socketmap_conn *c)
{
	struct socketmap_request *req = STAILQ_FIRST(&c->requests);

	STAILQ_REMOVE_HEAD(&c->requests, next);
	c->pending--;
	socketmap_request_release(req);
}

/* Keeps a reply until those before it are known. */
static void
keep_reply(struct socketmap_request *req, const char *reply, size_t len)
{
	struct buf b;

	buf_init(&b, SOCKETMAP_REPLY_MAX + NETSTRING_HEAD_SIZE + 1);
	netstring_put(&b, reply, len);
	req->reply_len = b.len;
	req->reply = buf_take(&b);
}

/* Frames a reply and passes it on. */
static void
send_reply(struct socketmap_conn *c, const char *reply, size_t len)
{
	char small[2048];
	struct buf b;
	size_t n;

	if (len <= sizeof(small) - NETSTRING_HEAD_SIZE - 1) {
		n = netstring_head(small, len);
		memcpy(small + n, reply, len);
		small[n + len] = ',';
		socketmap_conn_framed(c, small, n + len + 1);
		return;
	}
	buf_init(&b, SOCKETMAP_REPLY_MAX + NETSTRING_HEAD_SIZE + 1);
	netstring_put(&b, reply, len);
	socketmap_conn_framed(c, buf_str(&b), b.len);
	buf_clear(&b);
}

void
socketmap_answer(struct socketmap_request *req, const char *reply, size_t len)
{
	static const char too_long[] = "TEMP the reply is too long";
	struct socketmap_conn *c = req->conn;

	req->srv->stats.waiting--;
	LIST_REMOVE(req, all);
	if (c == NULL) {
		socketmap_request_release(req);
		return;
	}
	if (len > SOCKETMAP_REPLY_MAX) {
		reply = too_long;
		len = sizeof(too_long) - 1;
	}
	if (req != STAILQ_FIRST(&c->requests)) {
		keep_reply(req, reply, len);
		return;
	}
	send_reply(c, reply, len);
	drop_first(c);
	while (
	    (req = STAILQ_FIRST(&c->requests)) != NULL && req->reply != NULL) {
		socketmap_conn_framed(c, req->reply, req->reply_len);
		drop_first(c);
	}
	socketmap_conn_settle(c);
}

/* Closes the connection that is idle longest; false when none is idle. */
static bool
evict(struct socketmap_server *s)
{
	struct socketmap_conn *c = TAILQ_FIRST(&s->idle);

	if (c == NULL)
		return false;
	socketmap_conn_close(c);
	s->stats.evicted++;
	return true;
}

static void
listeners_enable(struct socketmap_server *s, bool on)
{
	struct socketmap_listener *l;

	SLIST_FOREACH(l, &s->listeners, next)
		if (on)
			(void)event_add(l->event, NULL);
		else
			(void)event_del(l->event);
}

static void
accept_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	listeners_enable(arg, true);
}

/* Nothing can be accepted just now: no busy loop until it can. */
static void
accept_pause(struct socketmap_server *s)
{
	struct timeval tv;

	listeners_enable(s, false);
	(void)event_add(s->accept_again, as_timeval(ACCEPT_PAUSE_MS, &tv));
}

/* Accepts one connection; false when that is all for now. */
static bool
accept_one(struct socketmap_server *s, int listener)
{
	bool full = s->stats.open >= s->max_connections;
	struct pollfd p = { .fd = listener, .events = POLLIN };
	int fd;

	if (full && TAILQ_EMPTY(&s->idle)) {
		accept_pause(s);
		return false;
	}
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1) {
		if (full)
			(void)evict(s);
		socketmap_conn_open(s, fd);
		return true;
	}
	switch (errno) {
	case EAGAIN:
		return false;
	case EINTR:
	case ECONNABORTED:
		return true;
	case EMFILE:
	case ENFILE:
		/* Linux says so also when there is nothing to accept */
		if (poll(&p, 1, 0) == 0)
			return false;
		if (evict(s))
			return true;
		__attribute__((fallthrough));
	default:
		accept_pause(s);
		return false;
	}
}

static void
acceptable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	for (int i = 0; i < ACCEPT_BATCH && accept_one(arg, (int)fd); i++)
		continue;
}

void
socketmap_server_watch(struct socketmap_server *s)
{
	struct timeval tv;
	int64_t ms = s->request_ms < s->write_ms ? s->request_ms : s->write_ms;

	if (evtimer_pending(s->sweep, NULL))
		return;
	ms = ms / 8 > 1000 ? 1000 : ms / 8 + 1;
	(void)event_add(s->sweep, as_timeval(ms, &tv));
}

/* Closes what takes too long. */
static void
sweep(evutil_socket_t fd, short what, void *arg)
{
	struct socketmap_server *s = arg;
	struct socketmap_conn *c;
	struct socketmap_blocked *b, *next;
	int64_t now = clock_mono_ms(clock_system());

	(void)fd;
	(void)what;
	while ((c = TAILQ_FIRST(&s->half_open)) != NULL &&
	    now - c->half_ms >= s->request_ms) {
		s->stats.timeouts++;
		socketmap_conn_close(c);
	}
	for (b = TAILQ_FIRST(&s->blocked); b != NULL; b = next) {
		next = TAILQ_NEXT(b, all);
		if (now - b->since_ms < s->write_ms)
			continue;
		s->stats.timeouts++;
		socketmap_conn_close(b->conn);
	}
	if (!TAILQ_EMPTY(&s->half_open) || !TAILQ_EMPTY(&s->blocked))
		socketmap_server_watch(s);
}

struct socketmap_server *
socketmap_server_new(struct event_base *base, size_t max_connections,
    socketmap_handler *handler, void *arg)
{
	struct socketmap_server *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->handler = handler;
	s->arg = arg;
	s->max_connections = max_connections < CONNECTIONS_MIN
	    ? CONNECTIONS_MIN
	    : max_connections;
	s->request_ms = SOCKETMAP_REQUEST_MS;
	s->write_ms = SOCKETMAP_WRITE_MS;
	SLIST_INIT(&s->listeners);
	TAILQ_INIT(&s->idle);
	TAILQ_INIT(&s->busy);
	TAILQ_INIT(&s->half_open);
	TAILQ_INIT(&s->blocked);
	LIST_INIT(&s->unanswered);
	STAILQ_INIT(&s->spare);
	s->sweep = evtimer_new(base, sweep, s);
	s->accept_again = evtimer_new(base, accept_again, s);
	if (s->sweep == NULL || s->accept_again == NULL)
		abort();
	return s;
}

void
socketmap_server_set_timeouts(struct socketmap_server *s, int64_t request_ms,
    int64_t write_ms)
{
	s->request_ms = request_ms;
	s->write_ms = write_ms;
}

void
socketmap_server_add(struct socketmap_server *s, int fd)
{
	struct socketmap_listener *l = xcalloc(1, sizeof(*l));
	const int on = 1;

	/* inherited by what is accepted; means nothing to a Unix socket */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	l->event = event_new(s->base, fd, EV_READ | EV_PERSIST, acceptable, s);
	if (l->event == NULL || event_add(l->event, NULL) == -1)
		abort();
	SLIST_INSERT_HEAD(&s->listeners, l, next);
}

void
socketmap_server_stop(struct socketmap_server *s)
{
	struct socketmap_listener *l;

	(void)event_del(s->accept_again);
	while ((l = SLIST_FIRST(&s->listeners)) != NULL) {
		SLIST_REMOVE_HEAD(&s->listeners, next);
		(void)event_del(l->event);
		close((int)event_get_fd(l->event));
		event_free(l->event);
		free(l);
	}
}

/* Finishes what is half-written, at the latest by deadline. */
static void
finish(struct socketmap_blocked *b, int64_t deadline)
{
	struct pollfd p = { .fd = (int)event_get_fd(&b->event),
		.events = POLLOUT };

	while (b->done < b->out.len) {
		ssize_t n = send(p.fd, b->out.data + b->done,
		    b->out.len - b->done, MSG_NOSIGNAL);
		int64_t left = deadline - clock_mono_ms(clock_system());

		if (n > 0)
			b->done += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			return;
		else if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return;
	}
}

void
socketmap_server_free(struct socketmap_server *s)
{
	struct socketmap_conn *c;
	struct socketmap_blocked *b;
	struct socketmap_request *req;
	int64_t deadline = clock_mono_ms(clock_system()) + FINISH_MS;

	if (s == NULL)
		return;
	socketmap_server_stop(s);
	TAILQ_FOREACH(b, &s->blocked, all)
		finish(b, deadline);
	while ((c = TAILQ_FIRST(&s->busy)) != NULL)
		socketmap_conn_close(c);
	while ((c = TAILQ_FIRST(&s->idle)) != NULL)
		socketmap_conn_close(c);
	while ((req = LIST_FIRST(&s->unanswered)) != NULL) {
		LIST_REMOVE(req, all);
		free(req);
	}
	while ((req = STAILQ_FIRST(&s->spare)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->spare, next);
		free(req);
	}
	event_free(s->sweep);
	event_free(s->accept_again);
	free(s);
}

int
socketmap_request_peer(const struct socketmap_request *req, uid_t *uid)
{
	struct ucred peer;
	socklen_t len = sizeof(int);
	int fd, domain;

	if (req->conn == NULL)
		return -1;
	fd = (int)event_get_fd(&req->conn->event);
	/* of TCP Linux says "nobody" without an error */
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == -1 ||
	    domain != AF_UNIX)
		return -1;
	len = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return -1;
	*uid = peer.uid;
	return 0;
}

void
socketmap_server_stats(const struct socketmap_server *s,
    struct socketmap_stats *out)
{
	out->connections = s->stats.connections;
	out->requests = s->stats.requests;
	out->malformed = s->stats.malformed;
	out->oversize = s->stats.oversize;
	out->evicted = s->stats.evicted;
	out->timeouts = s->stats.timeouts;
	out->open = s->stats.open;
	out->waiting = s->stats.waiting;
}
