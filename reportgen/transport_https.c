/* transport_https: reports by HTTPS POST - see transport.h */
#include "config.h"

#include "reportgen/resolve.h"
#include "reportgen/transport.h"
#include "share/base/xmem.h"
#include "share/net/https_post.h"

#include <stdio.h>
#include <stdlib.h>

#define POST_MS 60000
/* RFC 8460 section 5.4 */
#define MEDIA_TYPE "application/tlsrpt+gzip"

struct https_way {
	struct transport_env env;
	struct https_post *client;
};

struct https_try {
	struct https_way *way;
	struct transport_parcel parcel;
	struct https_url url;
	bool unverified;
	bool starting, ended; /* within start(); its callback was called */
	size_t naddresses;
	char *addresses[RESOLVE_MAX];
	struct resolve *resolve;
	struct https_transfer *transfer;
	transport_callback *cb;
	void *arg;
};

static void
try_free(struct https_try *t)
{
	for (size_t i = 0; i < t->naddresses; i++)
		free(t->addresses[i]);
	free(t);
}

static void
finish(struct https_try *t, enum transport_result result, const char *why)
{
	t->cb(t->arg, result, why);
	if (t->starting)
		t->ended = true;
	else
		try_free(t);
}

static void post(struct https_try *t);

/* RFC 8460 section 5.4: whatever is not 2xx failed, to be tried again (5.5) */
static void
answered(void *arg, const struct https_post_answer *a)
{
	struct https_try *t = arg;
	char text[64];

	t->transfer = NULL;
	if (a->result == HTTPS_POST_CERTIFICATE && !t->unverified) {
		/* RFC 8460 section 3: "MAY ignore certificate errors" */
		log_write(t->way->env.log, LOG_LEVEL_WARN,
		    "%s report=%s to=%s certificate=invalid sent=nevertheless "
		    "why=\"%s\"",
		    t->parcel.report->domain, t->parcel.report->id, t->url.host,
		    a->why);
		t->unverified = true;
		post(t);
	} else if (a->result != HTTPS_POST_ANSWERED) {
		finish(t, TRANSPORT_LATER, a->why);
	} else if (a->status >= 200 && a->status <= 299) {
		finish(t, TRANSPORT_ACCEPTED, "");
	} else {
		(void)snprintf(text, sizeof(text), "HTTP status %d", a->status);
		finish(t, TRANSPORT_LATER, text);
	}
}

/* Starts the POST. */
static void
post(struct https_try *t)
{
	const struct https_post_request req = {
		.url = t->parcel.to,
		.addresses = (const char *const *)t->addresses,
		.naddresses = t->naddresses,
		.type = MEDIA_TYPE,
		.body = t->parcel.report->packed,
		.len = t->parcel.report->packed_len,
		.timeout_ms = POST_MS,
		.unverified = t->unverified,
	};
	struct err e = { 0 };

	t->transfer = https_post_start(t->way->client, &req, answered, t, &e);
	if (t->transfer == NULL)
		finish(t, TRANSPORT_REFUSED, e.text);
}

static void
resolved(void *arg, const char *const *addresses, size_t n, const char *why)
{
	struct https_try *t = arg;

	t->resolve = NULL;
	for (size_t i = 0; i < n; i++)
		t->addresses[t->naddresses++] = xstrdup(addresses[i]);
	if (n == 0)
		finish(t, TRANSPORT_LATER, why);
	else
		post(t);
}

static void *
https_start(void *ctx, const struct transport_parcel *p, transport_callback *cb,
    void *arg)
{
	struct https_try *t = xcalloc(1, sizeof(*t));
	struct err e = { 0 };

	t->way = ctx;
	t->parcel = *p;
	t->cb = cb;
	t->arg = arg;
	t->starting = true;
	if (https_url_parse(p->to, &t->url, &e) == -1)
		finish(t, TRANSPORT_REFUSED, e.text);
	else if (t->url.is_address)
		post(t);
	else
		t->resolve =
		    resolve_start(t->way->env.dns, t->url.host, resolved, t);
	t->starting = false;
	if (!t->ended)
		return t;
	try_free(t);
	return NULL;
}

static void
https_cancel(void *ctx, void *try)
{
	struct https_try *t = try;

	(void)ctx;
	if (t->resolve != NULL)
		resolve_cancel(t->resolve);
	if (t->transfer != NULL)
		https_post_cancel(t->transfer);
	try_free(t);
}

static void *
https_open(const struct transport_env *env, struct err *e)
{
	const struct conf *c = env->conf;
	struct addr_filter *filter = addr_filter_new();
	struct https_way *way;

	for (size_t i = 0; i < c->net_allow.n; i++)
		if (addr_filter_allow(filter, c->net_allow.item[i], e) == -1) {
			addr_filter_free(filter);
			return NULL;
		}
	way = xcalloc(1, sizeof(*way));
	way->env = *env;
	way->client = https_post_new(env->base, c->sts_ca_file, filter);
	return way;
}

static void
https_close(void *ctx)
{
	struct https_way *way = ctx;

	https_post_free(way->client);
	free(way);
}

const struct transport_kind transport_https = {
	.name = "https",
	.open = https_open,
	.start = https_start,
	.cancel = https_cancel,
	.close = https_close,
};
