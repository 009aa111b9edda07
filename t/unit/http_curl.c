/* http_curl: HTTPS fetches against servers that misbehave - http_curl.h */
#include "config.h"

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "share/net/http_curl.h"
#include "share/net/listener.h"
#include "t/unit/tap.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST "mta-sts.example.test"
#define WAIT_MS 15000

static char dir[] = "/tmp/http-XXXXXX";
static struct event_base *base;

/*
 * One TLS server of the test: it runs in a thread, serves each connection
 * by what the path of the request says, and notes what it was asked.
 */
struct server {
	int fd;
	uint16_t port;
	WOLFSSL_CTX *ctx;
	pthread_t thread;
	int connections;    /* accepted so far */
	char request[4096]; /* the last one */
	char sni[256];      /* the last one's */
};

static void
reply(WOLFSSL *ssl, const char *text)
{
	(void)wolfSSL_write(ssl, text, (int)strlen(text));
}

/* Writes until the client has enough of it. */
static void
reply_endlessly(WOLFSSL *ssl, const char *text)
{
	while (wolfSSL_write(ssl, text, (int)strlen(text)) > 0)
		continue;
}

/* Waits until the client goes away. */
static void
stall(WOLFSSL *ssl)
{
	char c;

	while (wolfSSL_read(ssl, &c, 1) > 0)
		continue;
}

/* What a path is answered with; text NULL: by serve_odd(). */
static const struct {
	const char *path, *text;
} pages[] = {
	{ "/ok",
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=x\r\n"
	    "Content-Length: 6\r\nSet-Cookie: a=b\r\n\r\nhello\n" },
	{ "/chunked",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nhel\r\n3\r\nlo\n\r\n0\r\n\r\n" },
	{ "/trailer",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "6\r\nhello\n\r\n0\r\nX-Trailer: yes\r\n\r\n" },
	{ "/until-close", "HTTP/1.0 200 OK\r\n\r\nhello\n" },
	{ "/short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello\n" },
	{ "/chunk-cut",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nhel\r\n" },
	{ "/chunk-bad",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nhel\r\nzz\r\nlo" },
	{ "/moved",
	    "HTTP/1.1 301 Moved\r\nLocation: /ok\r\n"
	    "Content-Length: 5\r\n\r\nmoved" },
	{ "/missing", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" },
	{ "/broken", "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno" },
	{ "/continue",
	    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
	    "Content-Length: 6\r\n\r\nhello\n" },
	{ "/packed",
	    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: 6\r\n\r\nhello\n" },
	{ "/trash", "hello\n" },
	{ "/head-only", "HTTP/1.1 200 OK\r\nContent-Le" },
	{ "/nothing", "" },
};

/* Answers that are more than a text. False: just cut the connection. */
static bool
serve_odd(WOLFSSL *ssl, const char *path)
{
	char head[128];
	long n;

	if (strcmp(path, "/cut") == 0) {
		reply(ssl, "HTTP/1.0 200 OK\r\n\r\nhello\n");
		return false;
	}
	if (strcmp(path, "/stall") == 0) {
		reply(ssl, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhel");
		stall(ssl);
	} else if (strcmp(path, "/silent") == 0) {
		stall(ssl);
	} else if (strcmp(path, "/endless") == 0) {
		reply(ssl,
		    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
		    "\r\n");
		reply_endlessly(ssl, "5\r\nabcde\r\n");
	} else if (strcmp(path, "/endless-404") == 0) {
		reply(ssl, "HTTP/1.1 404 No\r\n\r\n");
		reply_endlessly(ssl, "not found ");
	} else if (strcmp(path, "/headers") == 0) {
		reply(ssl, "HTTP/1.1 200 OK\r\n");
		reply_endlessly(ssl, "X-Header: another one\r\n");
	} else if (strncmp(path, "/size/", 6) == 0) {
		n = strtol(path + 6, NULL, 10);
		snprintf(head, sizeof(head),
		    "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n", n);
		reply(ssl, head);
		while (n-- > 0 && wolfSSL_write(ssl, "x", 1) == 1)
			continue;
	} else {
		fail("path %s is known", path);
	}
	return true;
}

/* Serves one connection whose handshake is done. */
static void
serve(struct server *s, WOLFSSL *ssl)
{
	char path[64] = "";
	void *sni = NULL;
	size_t n = 0;
	int got;

	if (wolfSSL_SNI_GetRequest(ssl, WOLFSSL_SNI_HOST_NAME, &sni) > 0)
		snprintf(s->sni, sizeof(s->sni), "%s", (char *)sni);
	do {
		got = wolfSSL_read(ssl, s->request + n,
		    (int)(sizeof(s->request) - 1 - n));
		n += got > 0 ? (size_t)got : 0;
		s->request[n] = '\0';
	} while (got > 0 && strstr(s->request, "\r\n\r\n") == NULL);
	if (sscanf(s->request, "GET %63s", path) != 1)
		return;
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++)
		if (strcmp(path, pages[i].path) == 0) {
			reply(ssl, pages[i].text);
			(void)wolfSSL_shutdown(ssl);
			return;
		}
	if (serve_odd(ssl, path))
		(void)wolfSSL_shutdown(ssl);
}

static void *
server_loop(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) != -1) {
		WOLFSSL *ssl = wolfSSL_new(s->ctx);

		s->connections++;
		wolfSSL_set_fd(ssl, fd);
		if (wolfSSL_accept(ssl) == WOLFSSL_SUCCESS)
			serve(s, ssl);
		wolfSSL_free(ssl);
		close(fd);
	}
	/* wolfSSL keeps points of curves per thread */
	wc_ecc_fp_free();
	return NULL;
}

/* Starts a server with certificate NAME.pem; port 0 is any. */
static void
server_start(struct server *s, const char *name, const char *host,
    uint16_t port)
{
	struct listener_spec spec = { .port = port };
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	struct err e = { 0 };
	char pem[64], key[64];

	memset(s, 0, sizeof(*s));
	snprintf(spec.host, sizeof(spec.host), "%s", host);
	snprintf(pem, sizeof(pem), "%s/%s.pem", dir, name);
	snprintf(key, sizeof(key), "%s/%s.key", dir, name);
	s->fd = listener_bind(&spec, &e);
	s->ctx = wolfSSL_CTX_new(wolfSSLv23_server_method());
	if (s->fd == -1 ||
	    getsockname(s->fd, (struct sockaddr *)&in, &len) == -1 ||
	    wolfSSL_CTX_use_certificate_file(s->ctx, pem,
		WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_use_PrivateKey_file(s->ctx, key,
		WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_UseSNI(s->ctx, WOLFSSL_SNI_HOST_NAME, HOST,
		sizeof(HOST) - 1) != WOLFSSL_SUCCESS) {
		printf("Bail out! server %s: %s\n", name, e.text);
		exit(1);
	}
	s->port = ntohs(in.sin_port);
	wolfSSL_CTX_SNI_SetOptions(s->ctx, WOLFSSL_SNI_HOST_NAME,
	    WOLFSSL_SNI_CONTINUE_ON_MISMATCH);
	/* accept() below is to wait; listener_bind() made it not to */
	fcntl(s->fd, F_SETFL, 0);
	pthread_create(&s->thread, NULL, server_loop, s);
}

static void
server_stop(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	wolfSSL_CTX_free(s->ctx);
}

/* A copy of what a callback was given. */
struct answer {
	bool called, in_get;
	int calls;
	enum http_result result;
	int status;
	char type[64], body[128], address[64], why[256], pem[128];
	size_t body_len;
};

static void
note(void *arg, const struct http_response *r)
{
	struct answer *a = arg;

	a->calls++;
	a->called = true;
	a->result = r->result;
	a->status = r->status;
	a->body_len = r->body_len;
	snprintf(a->type, sizeof(a->type), "%s", r->content_type);
	snprintf(a->body, sizeof(a->body), "%s", r->body);
	snprintf(a->address, sizeof(a->address), "%s", r->address);
	snprintf(a->why, sizeof(a->why), "%s", r->why);
	snprintf(a->pem, sizeof(a->pem), "%s", r->leaf_pem);
	if (strlen(r->body) > r->body_len)
		fail("the body ends");
}

static struct http_curl *
client(const struct server *s, const char *allow)
{
	struct addr_filter *f = addr_filter_new();
	struct http_curl *h;
	struct err e = { 0 };
	char ca[64];

	if (allow != NULL && addr_filter_allow(f, allow, &e) == -1)
		fail("%s", e.text);
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	h = http_curl_new(base, ca, f, s->port, &e);
	if (h == NULL) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return h;
}

/* Starts a fetch; answers go to a. */
static struct http_transfer *
get(struct http_curl *h, const char *path, const char *const *addresses,
    size_t n, int64_t timeout_ms, struct answer *a)
{
	const struct http_client *c = http_curl_iface(h);
	const struct http_request req = { .host = HOST,
		.path = path,
		.addresses = addresses,
		.naddresses = n,
		.timeout_ms = timeout_ms,
		.body_max = 65536 };
	struct http_transfer *t;

	memset(a, 0, sizeof(*a));
	t = c->get(c->ctx, &req, note, a);
	a->in_get = a->called;
	return t;
}

/* Only so that the loop turns now and then. */
static void
tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Runs the loop until a was called; leaves no event of its own in it. */
static void
await(const struct answer *a)
{
	int64_t end = clock_mono_ms(clock_system()) + WAIT_MS;
	struct timeval tv = { .tv_usec = 20000 };
	struct event *ev = event_new(base, -1, EV_PERSIST, tick, NULL);

	event_add(ev, &tv);
	while (!a->called && clock_mono_ms(clock_system()) < end)
		(void)event_base_loop(base, EVLOOP_ONCE);
	event_free(ev);
	if (!a->called)
		diag("waited in vain");
}

static const char *const loopback[] = { "127.0.0.1" };

/* One fetch from start to end. */
static struct answer
fetch(struct http_curl *h, const char *path)
{
	struct answer a;

	(void)get(h, path, loopback, 1, WAIT_MS, &a);
	await(&a);
	return a;
}

static void
test_answers(void)
{
	static const struct {
		const char *path;
		int status;
		const char *body;
	} cases[] = {
		{ "/chunked", 200, "hello\n" },
		{ "/trailer", 200, "hello\n" },
		{ "/until-close", 200, "hello\n" },
		{ "/moved", 301, "moved" },
		{ "/missing", 404, "" },
		{ "/broken", 500, "no" },
		{ "/continue", 200, "hello\n" },
		{ "/packed", 200, "hello\n" },
	};
	struct server s;
	struct http_curl *h;
	struct answer a;
	char line[128];

	server_start(&s, "good", "127.0.0.1", 0);
	h = client(&s, "127.0.0.0/8");
	a = fetch(h, "/ok");
	ok(!a.in_get, "the callback is not called from get()");
	is_int(a.calls, 1, "but once");
	is_int(a.result, HTTP_ANSWERED, "an answer: %s", a.why);
	is_int(a.status, 200, "its status");
	is_str(a.type, "text/plain; charset=x", "its media type");
	is_str(a.body, "hello\n", "its body");
	is_int(a.body_len, 6, "its length");
	is_str(a.address, "127.0.0.1", "the address");
	is_str(a.why, "", "nothing to explain");
	ok(strncmp(a.pem, "-----BEGIN CERTIFICATE-----\n", 28) == 0,
	    "the certificate");
	is_str(s.sni, HOST, "SNI");
	ok(strncmp(s.request, "GET /ok HTTP/1.1\r\n", 18) == 0, "request");
	snprintf(line, sizeof(line), "\r\nHost: %s:%u\r\n", HOST,
	    (unsigned)s.port);
	has_str(s.request, line, "Host");
	has_str(s.request, "\r\nAccept: text/plain\r\n", "Accept");
	has_str(s.request, "\r\nUser-Agent: tlsherald/" PACKAGE_VERSION "\r\n",
	    "User-Agent");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		a = fetch(h, cases[i].path);
		is_int(a.result, HTTP_ANSWERED, "%s: %s", cases[i].path, a.why);
		is_int(a.status, cases[i].status, "status");
		is_str(a.body, cases[i].body, "body");
		is_str(a.type, "", "no media type");
		ok(strstr(s.request, "ookie") == NULL, "no cookie");
	}
	is_int(s.connections, 9, "a connection for each, none followed");
	http_curl_free(h);
	server_stop(&s);
}

/* The end of a connection looks different in TLS 1.2. */
static void
test_tls12(void)
{
	struct server s;
	struct http_curl *h;
	struct answer a;

	server_start(&s, "good", "127.0.0.1", 0);
	if (wolfSSL_CTX_set_options(s.ctx, WOLFSSL_OP_NO_TLSv1_3) == 0)
		fail("TLS 1.2 only");
	h = client(&s, "127.0.0.0/8");
	a = fetch(h, "/until-close");
	is_int(a.result, HTTP_ANSWERED, "TLS 1.2: a proper end: %s", a.why);
	is_str(a.body, "hello\n", "with the body");
	a = fetch(h, "/cut");
	is_int(a.result, HTTP_FAILED, "TLS 1.2: no proper end");
	http_curl_free(h);
	server_stop(&s);
}

/* What is not whole, too large or no HTTP is no answer. */
static void
test_broken(void)
{
	static const struct {
		const char *path, *why;
	} cases[] = {
		{ "/short", "" },
		{ "/chunk-cut", "" },
		{ "/chunk-bad", "" },
		{ "/cut", "within the answer" },
		{ "/trash", "" },
		{ "/head-only", "within the answer" },
		{ "/nothing", "" },
		{ "/size/65537", "body is too large" },
		{ "/endless", "body is too large" },
		{ "/headers", "header is too large" },
	};
	struct server s;
	struct http_curl *h;
	struct answer a;

	server_start(&s, "good", "127.0.0.1", 0);
	h = client(&s, "127.0.0.0/8");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		a = fetch(h, cases[i].path);
		is_int(a.result, HTTP_FAILED, "%s", cases[i].path);
		has_str(a.why, cases[i].why, "why");
		ok(a.why[0] != '\0', "it says: %s", a.why);
		is_int(a.status, 0, "no status");
	}
	a = fetch(h, "/size/65536");
	is_int(a.result, HTTP_ANSWERED, "as large as allowed");
	is_int(a.body_len, 65536, "all of it");
	a = fetch(h, "/endless-404");
	is_int(a.result, HTTP_ANSWERED, "an endless error page");
	is_int(a.status, 404, "is its status");
	ok(a.body_len <= 65536, "and not endless");
	http_curl_free(h);
	server_stop(&s);
}

static void
test_certificates(void)
{
	static const char *const bad[] = { "wrong", "expired", "selfsigned" };
	struct server s;
	struct http_curl *h;
	struct answer a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		server_start(&s, bad[i], "127.0.0.1", 0);
		h = client(&s, "127.0.0.0/8");
		a = fetch(h, "/ok");
		is_int(a.result, HTTP_CERTIFICATE, "%s: %s", bad[i], a.why);
		ok(a.why[0] != '\0', "it says why");
		is_str(a.body, "", "nothing was fetched");
		is_str(s.request, "", "nothing was asked");
		http_curl_free(h);
		server_stop(&s);
	}
	/* the caller has to look for a SAN: libcurl is content with the CN */
	server_start(&s, "cnonly", "127.0.0.1", 0);
	h = client(&s, "127.0.0.0/8");
	a = fetch(h, "/ok");
	is_int(a.result, HTTP_ANSWERED, "a name in the CN only: %s", a.why);
	ok(a.pem[0] != '\0', "with the certificate to look into");
	http_curl_free(h);
	server_stop(&s);
}

static void
test_timeout(void)
{
	static const char *const paths[] = { "/stall", "/silent" };
	struct server s;
	struct http_curl *h;
	struct answer a;

	server_start(&s, "good", "127.0.0.1", 0);
	h = client(&s, "127.0.0.0/8");
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		(void)get(h, paths[i], loopback, 1, 200, &a);
		await(&a);
		is_int(a.result, HTTP_FAILED, "%s ends", paths[i]);
		has_str(a.why, "timed out", "by its timeout");
	}
	http_curl_free(h);
	server_stop(&s);
}

static void
test_addresses(void)
{
	static const char *const second[] = { "127.0.0.9", "127.0.0.1" };
	static const char *const mixed[] = { "10.0.0.1", "::ffff:10.0.0.1",
		"127.0.0.1" };
	static const char *const junk[] = { "localhost", "127.0.0.1:80", "" };
	struct server s;
	struct http_curl *h;
	struct answer a;

	server_start(&s, "good", "127.0.0.1", 0);
	h = client(&s, "127.0.0.0/8");
	(void)get(h, "/ok", second, 2, WAIT_MS, &a);
	await(&a);
	is_int(a.result, HTTP_ANSWERED, "the second address: %s", a.why);
	is_str(a.address, "127.0.0.1", "is the one connected to");
	(void)get(h, "/ok", mixed, 3, WAIT_MS, &a);
	await(&a);
	is_int(a.result, HTTP_ANSWERED, "the one that is allowed: %s", a.why);
	(void)get(h, "/ok", mixed, 2, WAIT_MS, &a);
	await(&a);
	is_int(a.result, HTTP_REFUSED, "none is allowed");
	has_str(a.why, "private", "and why");
	(void)get(h, "/ok", junk, 3, WAIT_MS, &a);
	ok(!a.in_get, "not from get()");
	await(&a);
	is_int(a.result, HTTP_FAILED, "none is an address");
	has_str(a.why, "no address", "and why");
	(void)get(h, "/ok", second, 1, WAIT_MS, &a);
	await(&a);
	is_int(a.result, HTTP_FAILED, "nobody listens");
	http_curl_free(h);
	is_int(s.connections, 2, "two connections");
	h = client(&s, NULL);
	a = fetch(h, "/ok");
	is_int(a.result, HTTP_REFUSED, "loopback is refused if not listed");
	is_int(s.connections, 2, "and not connected to");
	http_curl_free(h);
	server_stop(&s);
}

/* The addresses of one request are not used for the next. */
static void
test_new_addresses(void)
{
	static const char *const other[] = { "127.0.0.2" };
	struct server s, t;
	struct http_curl *h;
	struct answer a;

	server_start(&s, "good", "127.0.0.1", 0);
	server_start(&t, "good", "127.0.0.2", s.port);
	h = client(&s, "127.0.0.0/8");
	for (int i = 0; i < 2; i++) {
		a = fetch(h, "/ok");
		is_str(a.address, "127.0.0.1", "one address");
		(void)get(h, "/ok", other, 1, WAIT_MS, &a);
		await(&a);
		is_str(a.address, "127.0.0.2", "then another");
	}
	is_int(s.connections, 2, "two connections here");
	is_int(t.connections, 2, "and two there");
	http_curl_free(h);
	server_stop(&s);
	server_stop(&t);
}

static void
test_environment(void)
{
	static const char *const names[] = { "https_proxy", "HTTPS_PROXY",
		"all_proxy", "ALL_PROXY" };
	struct server s;
	struct http_curl *h;
	struct answer a;

	for (size_t i = 0; i < 4; i++)
		setenv(names[i], "http://127.0.0.9:9", 1);
	setenv("SSL_CERT_FILE", "/dev/null", 1);
	server_start(&s, "good", "127.0.0.1", 0);
	h = client(&s, "127.0.0.0/8");
	a = fetch(h, "/ok");
	is_int(a.result, HTTP_ANSWERED, "the environment is ignored: %s",
	    a.why);
	http_curl_free(h);
	server_stop(&s);
	for (size_t i = 0; i < 4; i++)
		unsetenv(names[i]);
	unsetenv("SSL_CERT_FILE");
}

/* For a callback that does more than to note. */
struct chain {
	struct http_curl *h;
	struct http_transfer *victim;
	struct answer next, *answer;
};

static void
start_next(void *arg, const struct http_response *r)
{
	struct chain *c = arg;

	note(c->answer, r);
	if (c->victim != NULL)
		http_curl_iface(c->h)->cancel(http_curl_iface(c->h)->ctx,
		    c->victim);
	(void)get(c->h, "/ok", loopback, 1, WAIT_MS, &c->next);
}

static void
test_cancel(void)
{
	struct server s;
	struct chain c = { 0 };
	struct answer a = { 0 }, b, many[30];
	const struct http_client *iface;
	struct http_request req = { .host = HOST,
		.path = "/ok",
		.addresses = loopback,
		.naddresses = 1,
		.timeout_ms = WAIT_MS,
		.body_max = 100 };
	static const char *const silent[] = { "127.0.0.3" };
	struct listener_spec spec = { .host = "127.0.0.3" };
	struct err e = { 0 };
	int deaf; /* connections to it are never accepted */
	bool none = true;
	int n = 0;

	server_start(&s, "good", "127.0.0.1", 0);
	spec.port = s.port;
	deaf = listener_bind(&spec, &e);
	c.h = client(&s, "127.0.0.0/8");
	iface = http_curl_iface(c.h);
	iface->cancel(iface->ctx, get(c.h, "/ok", loopback, 1, WAIT_MS, &b));
	c.answer = &a;
	c.victim = get(c.h, "/ok", silent, 1, WAIT_MS, &many[0]);
	(void)iface->get(iface->ctx, &req, start_next, &c);
	await(&a);
	is_int(a.result, HTTP_ANSWERED, "a fetch: %s", a.why);
	await(&c.next);
	is_int(c.next.result, HTTP_ANSWERED, "one started by a callback");
	ok(!b.called, "a cancelled one is not reported");
	ok(!many[0].called, "nor one cancelled by a callback");
	for (int i = 0; i < 30; i++)
		(void)get(c.h, "/ok", loopback, 1, WAIT_MS, &many[i]);
	for (int i = 0; i < 30; i++) {
		await(&many[i]);
		n += many[i].result == HTTP_ANSWERED;
	}
	is_int(n, 30, "thirty at once");
	for (int i = 0; i < 30; i++)
		(void)get(c.h, "/ok", loopback, 1, WAIT_MS, &many[i]);
	for (int i = 0; i < 3; i++)
		(void)event_base_loop(base, EVLOOP_ONCE);
	for (int i = 0; i < 30; i++)
		n -= many[i].called;
	ok(n > 0, "%d of thirty are under way", n);
	http_curl_free(c.h);
	for (int i = 0; i < 30; i++)
		none = none && many[i].calls <= 1;
	ok(none, "freed with transfers under way");
	is_int(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0,
	    "no event stays");
	close(deaf);
	server_stop(&s);
}

static void
test_not_tls(void)
{
	struct server s = { 0 };
	struct listener_spec spec = { .host = "127.0.0.1" };
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	struct http_curl *h;
	struct answer a;
	struct err e = { 0 };
	int fd = listener_bind(&spec, &e), peer = -1;

	getsockname(fd, (struct sockaddr *)&in, &len);
	s.port = ntohs(in.sin_port);
	h = client(&s, "127.0.0.0/8");
	(void)get(h, "/ok", loopback, 1, WAIT_MS, &a);
	while (peer == -1) {
		(void)event_base_loop(base, EVLOOP_ONCE);
		peer = accept(fd, NULL, NULL);
	}
	ok(write(peer, "HTTP/1.0 400 No\r\n\r\n", 19) == 19, "no TLS there");
	await(&a);
	is_int(a.result, HTTP_FAILED, "is a failure: %s", a.why);
	close(peer);
	close(fd);
	http_curl_free(h);
}

static void
test_ca_files(void)
{
	struct err e = { 0 };
	struct http_curl *h;
	char key[64];

	ok(http_curl_new(base, "/no/such.pem", addr_filter_new(), 443, &e) ==
		NULL,
	    "no CA file");
	has_str(e.text, "/no/such.pem: No such file", "it is named");
	snprintf(key, sizeof(key), "%s/good.key", dir);
	ok(http_curl_new(base, key, addr_filter_new(), 443, &e) == NULL,
	    "a CA file without a certificate");
	has_str(e.text, "holds no certificate", "is told");
	h = http_curl_new(base, "", addr_filter_new(), 443, &e);
	if (h == NULL)
		has_str(e.text, "CA file", "no system store: %s", e.text);
	else
		pass("the system's store");
	http_curl_free(h);
	http_curl_free(NULL);
}

/* Makes the test's CA and certificates. */
static void
make_certificates(void)
{
	static const char script[] =
	    "set -e; cd %s; exec >log 2>&1\n"
	    "req() { openssl req -newkey ec -pkeyopt "
	    "ec_paramgen_curve:prime256v1 -nodes -keyout $1.key -subj /CN=$2 "
	    "\"${@:3}\"; }\n"
	    "req ca ca -x509 -days 2 -out ca.pem\n"
	    "leaf() { req $1 $2 -out $1.csr; echo \"$3\" >$1.ext; openssl "
	    "x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial "
	    "-extfile $1.ext -out $1.pem \"${@:4}\"; }\n"
	    "leaf good x subjectAltName=DNS:" HOST " -days 2\n"
	    "leaf wrong " HOST " subjectAltName=DNS:other.test -days 2\n"
	    "leaf cnonly " HOST " basicConstraints=CA:FALSE -days 2\n"
	    "leaf expired x subjectAltName=DNS:" HOST " -days -1\n"
	    "req selfsigned x -x509 -days 2 -out selfsigned.pem "
	    "-addext subjectAltName=DNS:" HOST "\n";
	char text[2048], path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/make", dir);
	snprintf(text, sizeof(text), script, dir);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
	snprintf(text, sizeof(text), "bash %s", path);
	if (system(text) != 0) {
		printf("Bail out! openssl cannot make certificates; see "
		       "%s/log\n",
		    dir);
		exit(1);
	}
}

int
main(void)
{
	static void (*const tests[])(void) = { test_answers, test_tls12,
		test_broken, test_certificates, test_timeout, test_addresses,
		test_new_addresses, test_environment, test_cancel, test_not_tls,
		test_ca_files };
	char command[64];

	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(dir) == NULL) {
		perror(dir);
		return 1;
	}
	make_certificates();
	wolfSSL_Init();
	base = event_base_new();
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tests[i]();
	event_base_free(base);
	wolfSSL_Cleanup();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ok(system(command) == 0, "cleaned up");
	return done_testing();
}
