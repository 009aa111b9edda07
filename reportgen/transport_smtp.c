/* transport_smtp: mails by SMTP to the submission server - see transport.h */
#include "config.h"

#include "reportgen/resolve.h"
#include "reportgen/transport.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/net/smtp_send.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define MAIL_MS 300000
#define PROBE_MS 20000
#define PORT_SMTP 25

struct smtp_way {
	struct transport_env env;
	struct smtp_send *client;
	char host[HOSTNAME_SIZE];
	bool is_address;
	uint16_t port;
};

/* One try, or a probe: then mail is false. */
struct smtp_try {
	struct smtp_way *way;
	bool mail;
	bool starting, ended; /* within start(); its callback was called */
	char *to;
	struct buf text;
	struct resolve *resolve;
	struct smtp_transfer *transfer;
	transport_callback *cb;
	transport_probed *probed;
	void *arg;
};

static void
try_free(struct smtp_try *t)
{
	buf_clear(&t->text);
	free(t->to);
	free(t);
}

static void
finish(struct smtp_try *t, enum transport_result result, int64_t size_max,
    const char *why)
{
	if (t->mail)
		t->cb(t->arg, result, why);
	else
		t->probed(t->arg, size_max, why);
	if (t->starting)
		t->ended = true;
	else
		try_free(t);
}

static void
sent(void *arg, const struct smtp_send_answer *a)
{
	static const enum transport_result results[] = {
		[SMTP_SEND_TAKEN] = TRANSPORT_ACCEPTED,
		[SMTP_SEND_REFUSED] = TRANSPORT_REFUSED,
		[SMTP_SEND_LATER] = TRANSPORT_LATER,
	};
	struct smtp_try *t = arg;

	t->transfer = NULL;
	finish(t, results[a->result], a->size_max, a->why);
}

/* The addresses of the server are there, or are not. */
static void
go(void *arg, const char *const *addresses, size_t n, const char *why)
{
	struct smtp_try *t = arg;
	struct smtp_way *way = t->way;
	const struct smtp_send_server server = { way->host, way->port,
		addresses, n };

	t->resolve = NULL;
	if (n == 0)
		finish(t, TRANSPORT_LATER, 0, why);
	else if (t->mail)
		t->transfer = smtp_send_mail(way->client, &server,
		    way->env.conf->report_from_address, t->to, &t->text,
		    MAIL_MS, sent, t);
	else
		t->transfer =
		    smtp_send_probe(way->client, &server, PROBE_MS, sent, t);
}

/* Begins a try; NULL when it has ended already. */
static void *
begin(struct smtp_try *t)
{
	static const char *const localhost[] = { "127.0.0.1", "::1" };
	const char *host = t->way->host;

	t->starting = true;
	if (strcmp(host, "localhost") == 0)
		go(t, localhost, 2, "");
	else if (t->way->is_address)
		go(t, &host, 1, "");
	else
		t->resolve = resolve_start(t->way->env.dns, host, go, t);
	t->starting = false;
	if (!t->ended)
		return t;
	try_free(t);
	return NULL;
}

static void *
smtp_start(void *ctx, const struct transport_parcel *p, transport_callback *cb,
    void *arg)
{
	struct smtp_way *way = ctx;
	struct smtp_try *t = xcalloc(1, sizeof(*t));
	struct err e = { 0 };

	t->way = way;
	t->mail = true;
	t->cb = cb;
	t->arg = arg;
	if (transport_write_mail(&way->env, p, &t->text, &e) == -1) {
		finish(t, TRANSPORT_LATER, 0, e.text);
		return NULL;
	}
	t->to = xstrdup(p->to);
	return begin(t);
}

static void *
smtp_probe(void *ctx, transport_probed *cb, void *arg)
{
	struct smtp_try *t = xcalloc(1, sizeof(*t));

	t->way = ctx;
	t->probed = cb;
	t->arg = arg;
	return begin(t);
}

static void
smtp_cancel(void *ctx, void *try)
{
	struct smtp_try *t = try;

	(void)ctx;
	if (t->resolve != NULL)
		resolve_cancel(t->resolve);
	if (t->transfer != NULL)
		smtp_send_cancel(t->transfer);
	try_free(t);
}

/* Reads "HOST", "HOST:PORT", "[ADDRESS]:PORT" or a bare address. */
static int
read_server(struct smtp_way *way, const char *s, struct err *e)
{
	char address[INET6_ADDRSTRLEN];
	size_t n = strcspn(s, ":");
	const char *port;

	if (s[0] == '[') {
		s++;
		n = strcspn(s, "]");
	} else if (hostname_is_address(s, strlen(s), NULL)) {
		n = strlen(s);
	}
	port = strchr(s + n, ':');
	way->port = PORT_SMTP;
	if (port != NULL)
		way->port = (uint16_t)strtoul(port + 1, NULL, 10);
	way->is_address = hostname_is_address(s, n, address);
	if (way->is_address)
		return text_copy(way->host, sizeof(way->host), address);
	if (hostname_normalize(s, n, way->host, e) == -1)
		return err_wrap(e, "[report.deliver] via");
	return 0;
}

static void *
smtp_open(const struct transport_env *env, struct err *e)
{
	struct smtp_way *way = xcalloc(1, sizeof(*way));
	const struct conf *c = env->conf;

	way->env = *env;
	if (read_server(way, c->report.deliver_via + strlen("smtp://"), e) ==
	    -1) {
		free(way);
		return NULL;
	}
	way->client = smtp_send_new(env->base, c->server.hostname);
	return way;
}

static void
smtp_rest(void *ctx)
{
	struct smtp_way *way = ctx;

	smtp_send_rest(way->client);
}

static void
smtp_close(void *ctx)
{
	struct smtp_way *way = ctx;

	smtp_send_free(way->client);
	free(way);
}

const struct transport_kind transport_smtp = {
	.name = "smtp",
	.prefix = "smtp://",
	.open = smtp_open,
	.start = smtp_start,
	.cancel = smtp_cancel,
	.probe = smtp_probe,
	.rest = smtp_rest,
	.close = smtp_close,
};
