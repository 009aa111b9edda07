/* http_page: one page of text over HTTP - see http_page.h */
#include "config.h"

#include "share/net/http_page.h"
#include "share/base/xmem.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_PAUSE_MS 100

struct client {
	TAILQ_ENTRY(client) link;
	struct http_page *page;
	struct bufferevent *bev;
	struct event *deadline;
	bool answered; /* what is still sent to us is dropped */
};

struct door {
	SLIST_ENTRY(door) link;
	struct event *event;
};

struct http_page {
	struct event_base *base;
	const char *path, *type;
	http_page_text *text;
	void *arg;
	struct timeval limit;
	SLIST_HEAD(, door) doors;
	TAILQ_HEAD(, client) clients; /* oldest first */
	size_t nclients;
	struct event *accept_again;
};

static void
drop(struct client *c)
{
	TAILQ_REMOVE(&c->page->clients, c, link);
	c->page->nclients--;
	event_free(c->deadline);
	bufferevent_free(c->bev);
	free(c);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drop(arg);
}

static void
answer(struct client *c, const char *status, bool with_body, const char *text)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	c->answered = true;
	evbuffer_add_printf(out,
	    "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	    "%sConnection: close\r\n\r\n",
	    status, c->page->type, strlen(text),
	    strncmp(status, "405", 3) == 0 ? "Allow: GET, HEAD\r\n" : "");
	if (with_body)
		evbuffer_add(out, text, strlen(text));
}

/* "GET /metrics HTTP/1.1"; a query behind the path means nothing here. */
static void
handle(struct client *c, char *line)
{
	char *save = line, *method = strsep(&save, " ");
	char *target = save != NULL ? strsep(&save, " ") : NULL;
	bool get = strcmp(method, "GET") == 0;
	char *text;

	if (target == NULL || save == NULL || strncmp(save, "HTTP/1.", 7) != 0)
		answer(c, "400 Bad Request", true, "bad request\n");
	else if (!get && strcmp(method, "HEAD") != 0)
		answer(c, "405 Method Not Allowed", true, "GET only\n");
	else if (target[strcspn(target, "?")] = '\0',
	    strcmp(target, c->page->path) != 0)
		answer(c, "404 Not Found", get, "nothing here\n");
	else {
		text = c->page->text(c->page->arg);
		answer(c, "200 OK", get, text);
		free(text);
	}
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct client *c = arg;
	struct evbuffer_ptr end;
	char *line;

	if (c->answered) {
		evbuffer_drain(in, evbuffer_get_length(in));
		return;
	}
	end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
	if (end.pos == -1 && evbuffer_get_length(in) < HTTP_PAGE_REQUEST_MAX)
		return;
	line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF);
	if (end.pos == -1 || line == NULL)
		answer(c, "400 Bad Request", true, "request too long\n");
	else
		handle(c, line);
	free(line);
	evbuffer_drain(in, evbuffer_get_length(in));
}

/* All is sent. A close now might take it back: the client closes first. */
static void
on_written(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	if (c->answered)
		(void)shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void
on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	drop(arg);
}

static void
open_client(struct http_page *p, int fd)
{
	struct client *c = xcalloc(1, sizeof(*c));

	if (p->nclients == HTTP_PAGE_CONNECTIONS)
		drop(TAILQ_FIRST(&p->clients));
	c->page = p;
	c->bev = bufferevent_socket_new(p->base, fd, BEV_OPT_CLOSE_ON_FREE);
	c->deadline = evtimer_new(p->base, on_deadline, c);
	if (c->bev == NULL || c->deadline == NULL)
		abort();
	TAILQ_INSERT_TAIL(&p->clients, c, link);
	p->nclients++;
	bufferevent_setcb(c->bev, on_read, on_written, on_end, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, HTTP_PAGE_REQUEST_MAX);
	(void)event_add(c->deadline, &p->limit);
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static void
accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct http_page *p = arg;
	struct door *d;

	(void)fd;
	(void)what;
	SLIST_FOREACH(d, &p->doors, link)
		(void)event_add(d->event, NULL);
}

static void
on_connection(evutil_socket_t listener, short what, void *arg)
{
	static const struct timeval pause = { 0, ACCEPT_PAUSE_MS * 1000 };
	struct http_page *p = arg;
	struct door *d;
	int fd;

	(void)what;
	fd = accept4((int)listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1) {
		open_client(p, fd);
		return;
	}
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	/* no descriptor left, say: no busy loop until there is */
	SLIST_FOREACH(d, &p->doors, link)
		(void)event_del(d->event);
	(void)event_add(p->accept_again, &pause);
}

struct http_page *
http_page_new(struct event_base *base, const char *path, const char *type,
    http_page_text *text, void *arg)
{
	struct http_page *p = xcalloc(1, sizeof(*p));

	p->base = base;
	p->path = path;
	p->type = type;
	p->text = text;
	p->arg = arg;
	SLIST_INIT(&p->doors);
	TAILQ_INIT(&p->clients);
	http_page_set_timeout(p, HTTP_PAGE_MS);
	p->accept_again = evtimer_new(base, accept_again, p);
	if (p->accept_again == NULL)
		abort();
	return p;
}

void
http_page_set_timeout(struct http_page *p, int64_t ms)
{
	p->limit.tv_sec = (time_t)(ms / 1000);
	p->limit.tv_usec = (suseconds_t)(ms % 1000) * 1000;
}

void
http_page_add(struct http_page *p, int fd)
{
	struct door *d = xcalloc(1, sizeof(*d));

	d->event =
	    event_new(p->base, fd, EV_READ | EV_PERSIST, on_connection, p);
	if (d->event == NULL || event_add(d->event, NULL) == -1)
		abort();
	SLIST_INSERT_HEAD(&p->doors, d, link);
}

void
http_page_free(struct http_page *p)
{
	struct client *c;
	struct door *d;

	if (p == NULL)
		return;
	while ((d = SLIST_FIRST(&p->doors)) != NULL) {
		SLIST_REMOVE_HEAD(&p->doors, link);
		(void)event_del(d->event);
		close((int)event_get_fd(d->event));
		event_free(d->event);
		free(d);
	}
	while ((c = TAILQ_FIRST(&p->clients)) != NULL)
		drop(c);
	event_free(p->accept_again);
	free(p);
}
