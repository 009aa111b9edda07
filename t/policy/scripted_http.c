/* scripted_http: HTTPS as a scenario says - see scripted_http.h */
#include "config.h"

#include "t/policy/scripted_http.h"
#include "share/base/xmem.h"
#include "t/policy/samples.h"

#include <stdlib.h>
#include <string.h>

#define POLICY_PATH "/.well-known/mta-sts.txt"
#define NO_ROUTE_MS 100 /* a host without a page */

struct http_transfer {
	struct http_transfer *next, **back;
	struct scripted_http *h;
	struct timer *timer;
	char *host;
	size_t body_max;
	bool timed_out;
	http_callback *cb;
	void *arg;
};

static void
free_page(struct scripted_page *p)
{
	free(p->host);
	free(p->content_type);
	free(p->body);
	free(p);
}

static const struct scripted_page *
find(const struct scripted_http *h, const char *host)
{
	const struct scripted_page *p = h->pages;

	while (p != NULL && strcmp(p->host, host) != 0)
		p = p->next;
	return p;
}

static void
drop(struct http_transfer *t)
{
	*t->back = t->next;
	if (t->next != NULL)
		t->next->back = t->back;
	t->h->nopen--;
	if (t->timer != NULL)
		t->h->sim->timers.cancel(t->h->sim->timers.ctx, t->timer);
	free(t->host);
	free(t);
}

/* As http.h says: a 200 whose body passes body_max is a failure. */
static void
fill(const struct http_transfer *t, const struct scripted_page *p,
    struct http_response *r)
{
	memset(r, 0, sizeof(*r));
	r->result = HTTP_FAILED;
	r->content_type = r->body = r->leaf_pem = r->address = "";
	r->why = "no answer";
	if (p == NULL || t->timed_out)
		return;
	r->result = p->result;
	if (p->result != HTTP_ANSWERED)
		return;
	r->status = p->status;
	r->content_type = p->content_type;
	r->leaf_pem = samples_certificate(p->san);
	r->why = "";
	if (p->status == 200 && strlen(p->body) > t->body_max) {
		r->result = HTTP_FAILED;
		return;
	}
	r->body = p->body;
	r->body_len = strlen(p->body);
}

static void
on_timer(void *arg)
{
	struct http_transfer *t = arg;
	http_callback *cb = t->cb;
	void *cb_arg = t->arg;
	struct http_response r;

	t->timer = NULL;
	fill(t, find(t->h, t->host), &r);
	drop(t);
	cb(cb_arg, &r);
}

static void
check(struct scripted_http *h, const struct http_request *req)
{
	free(h->wrong);
	h->wrong = NULL;
	if (strcmp(req->path, POLICY_PATH) != 0)
		h->wrong = xasprintf("asked for path %s", req->path);
	else if (req->naddresses == 0)
		h->wrong = xasprintf("no address for %s", req->host);
	else if (req->timeout_ms <= 0 || req->timeout_ms > 60000)
		h->wrong =
		    xasprintf("timeout of %lld ms", (long long)req->timeout_ms);
}

static struct http_transfer *
get(void *ctx, const struct http_request *req, http_callback *cb, void *arg)
{
	struct scripted_http *h = ctx;
	const struct scripted_page *p = find(h, req->host);
	struct http_transfer *t = xcalloc(1, sizeof(*t));
	int64_t wait = p != NULL ? p->delay_ms : NO_ROUTE_MS;

	check(h, req);
	t->h = h;
	t->host = xstrdup(req->host);
	t->body_max = req->body_max;
	t->cb = cb;
	t->arg = arg;
	t->timed_out = wait > req->timeout_ms || (p != NULL && p->stalled);
	t->next = h->open;
	t->back = &h->open;
	if (t->next != NULL)
		t->next->back = &t->next;
	h->open = t;
	if (++h->nopen > h->most)
		h->most = h->nopen;
	t->timer = h->sim->timers.set(h->sim->timers.ctx,
	    t->timed_out ? req->timeout_ms : wait, on_timer, t);
	return t;
}

static void
cancel(void *ctx, struct http_transfer *t)
{
	(void)ctx;
	drop(t);
}

void
scripted_http_init(struct scripted_http *h, struct sim *sim)
{
	memset(h, 0, sizeof(*h));
	h->iface = (struct http_client){ get, cancel, h };
	h->sim = sim;
}

void
scripted_http_set(struct scripted_http *h, struct scripted_page *p)
{
	struct scripted_page **at = &h->pages;

	while (*at != NULL && strcmp((*at)->host, p->host) != 0)
		at = &(*at)->next;
	p->next = NULL;
	if (*at != NULL) {
		p->next = (*at)->next;
		free_page(*at);
	}
	*at = p;
}

size_t
scripted_http_clear(struct scripted_http *h)
{
	size_t n = 0;

	for (; h->open != NULL; n++)
		drop(h->open);
	while (h->pages != NULL) {
		struct scripted_page *p = h->pages;

		h->pages = p->next;
		free_page(p);
	}
	free(h->wrong);
	return n;
}
