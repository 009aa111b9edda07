/* socketmap_conn: one connection of a socketmap server - socketmap_conn.h */
#include "config.h"

#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "share/net/socketmap_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int
conn_fd(const struct socketmap_conn *c)
{
	return (int)event_get_fd(&c->event);
}

/* Moves c to the list that fits; as the latest of it where it was used. */
static void
conn_place(struct socketmap_conn *c, bool used)
{
	struct socketmap_server *s = c->srv;
	bool busy = c->pending > 0 || c->blocked != NULL;

	if (busy == c->busy && !used)
		return;
	TAILQ_REMOVE(c->busy ? &s->busy : &s->idle, c, place);
	c->busy = busy;
	TAILQ_INSERT_TAIL(busy ? &s->busy : &s->idle, c, place);
}

/* Notes whether a request was begun; again: another one than before. */
static void
conn_mark_half(struct socketmap_conn *c, bool half, bool again)
{
	struct socketmap_server *s = c->srv;

	if (c->half && (!half || again)) {
		TAILQ_REMOVE(&s->half_open, c, half_place);
		c->half = false;
	}
	if (half && !c->half) {
		c->half = true;
		c->half_ms = clock_mono_ms(clock_system());
		TAILQ_INSERT_TAIL(&s->half_open, c, half_place);
		socketmap_server_watch(s);
	}
}

/*
 * One request: "MAP SP KEY", no NUL in it; str may be written to, one octet
 * beyond its end too. False when it is malformed.
 */
static bool
conn_request(struct socketmap_conn *c, char *str, size_t len)
{
	struct socketmap_server *s = c->srv;
	char *blank = memchr(str, ' ', len);

	if (blank == NULL || blank == str || memchr(str, '\0', len) != NULL)
		return false;
	*blank = '\0';
	str[len] = '\0';
	s->stats.requests++;
	s->handler(s->arg, socketmap_request_new(c), str, blank + 1);
	return true;
}

/*
 * Handles the requests in the first n octets of the input block, as far as
 * they are whole and may be handled now. Returns how many octets are done.
 */
static size_t
conn_parse(struct socketmap_conn *c, size_t n)
{
	struct socketmap_server *s = c->srv;
	enum netstring_status status = NETSTRING_WHOLE;
	size_t done = 0;

	s->batch = c;
	s->out_len = 0;
	while (done < n && !c->dead && c->blocked == NULL &&
	    c->pending < SOCKETMAP_PIPELINE_MAX) {
		const char *str;
		size_t len, used;

		status = netstring_next(s->in + done, n - done,
		    SOCKETMAP_REQUEST_MAX, &str, &len, &used);
		if (status != NETSTRING_WHOLE)
			break;
		if (!conn_request(c, s->in + (str - s->in), len)) {
			status = NETSTRING_BAD;
			break;
		}
		done += used;
	}
	socketmap_conn_flush(s);
	s->batch = NULL;
	if (status == NETSTRING_LONG || status == NETSTRING_BAD) {
		s->stats.oversize += status == NETSTRING_LONG;
		s->stats.malformed += status == NETSTRING_BAD;
		c->dead = true;
	}
	return done;
}

/* Keeps n octets at data for the next time. */
static void
conn_keep(struct socketmap_conn *c, const char *data, size_t n)
{
	c->in_len = n;
	if (n == 0)
		return;
	c->in = xmalloc(n);
	memcpy(c->in, data, n);
}

/* Fills the input block: what was kept, then what has come. */
static size_t
conn_fill(struct socketmap_conn *c)
{
	struct socketmap_server *s = c->srv;
	size_t n = c->in_len;
	ssize_t got;

	if (n > 0) {
		memcpy(s->in, c->in, n);
		free(c->in);
		c->in = NULL;
		c->in_len = 0;
	}
	if (c->eof || n == sizeof(s->in))
		return n;
	got = recv(conn_fd(c), s->in + n, sizeof(s->in) - n, 0);
	if (got > 0)
		return n + (size_t)got;
	if (got == 0)
		c->eof = true;
	else if (errno != EAGAIN && errno != EINTR)
		c->dead = true;
	return n;
}

static void
conn_readable(evutil_socket_t fd, short what, void *arg)
{
	struct socketmap_conn *c = arg;
	struct socketmap_server *s = c->srv;
	size_t n = conn_fill(c), done;

	(void)fd;
	(void)what;
	done = conn_parse(c, n);
	c->paused = c->blocked != NULL || c->pending >= SOCKETMAP_PIPELINE_MAX;
	/* what was begun will never be whole after the end */
	if (c->eof && !c->paused)
		done = n;
	conn_keep(c, s->in + done, n - done);
	conn_mark_half(c, c->in_len > 0 && !c->paused, done > 0);
	if (c->paused || c->eof)
		(void)event_del(&c->event);
	conn_place(c, done > 0);
	socketmap_conn_settle(c);
}

void
socketmap_conn_open(struct socketmap_server *s, int fd)
{
	struct socketmap_conn *c = xcalloc(1, sizeof(*c));

	c->srv = s;
	STAILQ_INIT(&c->requests);
	TAILQ_INSERT_TAIL(&s->idle, c, place);
	s->stats.connections++;
	s->stats.open++;
	if (event_assign(&c->event, s->base, fd, EV_READ | EV_PERSIST,
		conn_readable, c) == -1 ||
	    event_add(&c->event, NULL) == -1)
		socketmap_conn_close(c);
}

/* Forgets what could not be written. */
static void
blocked_free(struct socketmap_conn *c)
{
	struct socketmap_blocked *b = c->blocked;

	if (b == NULL)
		return;
	TAILQ_REMOVE(&c->srv->blocked, b, all);
	(void)event_del(&b->event);
	buf_clear(&b->out);
	free(b);
	c->blocked = NULL;
}

void
socketmap_conn_close(struct socketmap_conn *c)
{
	struct socketmap_server *s = c->srv;
	struct socketmap_request *req;

	while ((req = STAILQ_FIRST(&c->requests)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->requests, next);
		req->conn = NULL;
		if (req->reply != NULL)
			socketmap_request_release(req);
	}
	conn_mark_half(c, false, false);
	blocked_free(c);
	TAILQ_REMOVE(c->busy ? &s->busy : &s->idle, c, place);
	(void)event_del(&c->event);
	close(conn_fd(c));
	free(c->in);
	free(c);
	s->stats.open--;
}

void
socketmap_conn_settle(struct socketmap_conn *c)
{
	/* conn_readable() settles what is being parsed, at its end */
	if (c->srv->batch == c)
		return;
	conn_place(c, false);
	if (c->dead) {
		socketmap_conn_close(c);
		return;
	}
	if (c->paused && c->blocked == NULL &&
	    c->pending < SOCKETMAP_PIPELINE_MAX) {
		c->paused = false;
		if (!c->eof)
			(void)event_add(&c->event, NULL);
		/* not from here: the input block may be in use */
		if (c->in_len > 0)
			event_active(&c->event, EV_READ, 0);
	}
	if (c->eof && c->in_len == 0 && c->pending == 0 && c->blocked == NULL)
		socketmap_conn_close(c);
}

/* The kernel takes octets again. */
static void
conn_writable(evutil_socket_t fd, short what, void *arg)
{
	struct socketmap_conn *c = arg;
	struct socketmap_blocked *b = c->blocked;
	ssize_t n;

	(void)what;
	n = send(fd, b->out.data + b->done, b->out.len - b->done, MSG_NOSIGNAL);
	if (n > 0) {
		b->done += (size_t)n;
		b->since_ms = clock_mono_ms(clock_system());
		if (b->done == b->out.len)
			blocked_free(c);
	} else if (errno != EAGAIN && errno != EINTR) {
		c->dead = true;
	}
	socketmap_conn_settle(c);
}

/* Keeps what the kernel did not take and waits until it does. */
static void
conn_block(struct socketmap_conn *c, const char *data, size_t len)
{
	struct socketmap_server *s = c->srv;
	struct socketmap_blocked *b = xcalloc(1, sizeof(*b));

	buf_init(&b->out,
	    SOCKETMAP_OUT_SIZE +
		(SOCKETMAP_PIPELINE_MAX + 1) *
		    (SOCKETMAP_REPLY_MAX + NETSTRING_HEAD_SIZE + 1));
	buf_add(&b->out, data, len);
	b->conn = c;
	b->since_ms = clock_mono_ms(clock_system());
	c->blocked = b;
	TAILQ_INSERT_TAIL(&s->blocked, b, all);
	if (event_assign(&b->event, s->base, conn_fd(c), EV_WRITE | EV_PERSIST,
		conn_writable, c) == -1 ||
	    event_add(&b->event, NULL) == -1)
		c->dead = true;
	if (!c->paused && s->batch != c) {
		c->paused = true;
		(void)event_del(&c->event);
		conn_mark_half(c, false, false);
	}
	socketmap_server_watch(s);
}

/* One write; what does not fit is kept. */
static void
conn_send(struct socketmap_conn *c, const char *data, size_t len)
{
	ssize_t n;

	do
		n = send(conn_fd(c), data, len, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno != EAGAIN)
		c->dead = true;
	else if (n < (ssize_t)len)
		conn_block(c, data + (n > 0 ? n : 0),
		    len - (n > 0 ? (size_t)n : 0));
}

void
socketmap_conn_flush(struct socketmap_server *s)
{
	size_t len = s->out_len;

	s->out_len = 0;
	if (len > 0 && !s->batch->dead)
		conn_send(s->batch, s->out, len);
}

void
socketmap_conn_framed(struct socketmap_conn *c, const char *data, size_t len)
{
	struct socketmap_server *s = c->srv;

	if (c->dead)
		return;
	if (s->batch == c && c->blocked == NULL &&
	    len > sizeof(s->out) - s->out_len)
		socketmap_conn_flush(s);
	if (c->blocked != NULL) {
		buf_add(&c->blocked->out, data, len);
	} else if (s->batch == c && len <= sizeof(s->out) && !c->dead) {
		memcpy(s->out + s->out_len, data, len);
		s->out_len += len;
	} else if (!c->dead) {
		conn_send(c, data, len);
	}
}
