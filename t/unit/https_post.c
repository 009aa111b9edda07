/* https_post: posts to a server of the test's own - https_post.h */
#include "config.h"

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include "share/base/clock.h"
#include "share/net/https_post.h"
#include "share/net/listener.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST "rua.example.test"
#define WAIT_MS 15000
#define BODY "\x1f\x8b\0gzip"
#define BODY_LEN 7

static char dir[] = "/tmp/post-XXXXXX";
static struct event_base *base;

/* What a path is answered with; NULL: never. */
static const struct {
	const char *path, *text;
	int status;
} pages[] = {
	{ "/200", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200 },
	{ "/201", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 201 },
	{ "/204", "HTTP/1.1 204 No Content\r\n\r\n", 204 },
	{ "/301",
	    "HTTP/1.1 301 Moved\r\nLocation: /200\r\nContent-Length: 0\r\n\r\n",
	    301 },
	{ "/308",
	    "HTTP/1.1 308 Moved\r\nLocation: /200\r\nContent-Length: 0\r\n\r\n",
	    308 },
	{ "/413", "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", 413 },
	{ "/500?a=b&c=%2C", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
	    500 },
	{ "/endless", "", 202 },
	{ "/headers", "", 0 },
	{ "/cut", "HTTP/1.1 2", 0 },
	{ "/trash", "hello\n", 0 },
	{ "/hang", NULL, 0 },
};

struct server {
	int fd;
	uint16_t port;
	WOLFSSL_CTX *ctx;
	pthread_t thread;
	int requests;
	char request[8192]; /* the last one */
	size_t len;
};

/* Reads a request to the end of its body. */
static void
read_request(struct server *s, WOLFSSL *ssl)
{
	const char *end = NULL, *length;
	size_t want = sizeof(s->request) - 1;

	s->len = 0;
	while (s->len < want) {
		int got = wolfSSL_read(ssl, s->request + s->len,
		    (int)(sizeof(s->request) - 1 - s->len));

		if (got <= 0)
			return;
		s->len += (size_t)got;
		s->request[s->len] = '\0';
		end = strstr(s->request, "\r\n\r\n");
		length = strstr(s->request, "Content-Length: ");
		if (end != NULL && length != NULL)
			want = (size_t)(end + 4 - s->request) +
			    strtoul(length + 16, NULL, 10);
	}
}

static void
serve(struct server *s, WOLFSSL *ssl)
{
	char path[64] = "", c;

	read_request(s, ssl);
	if (sscanf(s->request, "POST %63s", path) != 1)
		return;
	s->requests++;
	if (strcmp(path, "/endless") == 0) {
		(void)wolfSSL_write(ssl, "HTTP/1.1 202 Ok\r\n\r\n", 19);
		while (wolfSSL_write(ssl, "0123456789", 10) > 0)
			continue;
	} else if (strcmp(path, "/headers") == 0) {
		(void)wolfSSL_write(ssl, "HTTP/1.1 200 Ok\r\n", 17);
		while (wolfSSL_write(ssl, "X-Header: one\r\n", 15) > 0)
			continue;
	}
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		if (strcmp(path, pages[i].path) != 0)
			continue;
		if (pages[i].text == NULL)
			while (wolfSSL_read(ssl, &c, 1) > 0)
				continue;
		else
			(void)wolfSSL_write(ssl, pages[i].text,
			    (int)strlen(pages[i].text));
	}
	(void)wolfSSL_shutdown(ssl);
}

static void *
server_loop(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) != -1) {
		WOLFSSL *ssl = wolfSSL_new(s->ctx);

		wolfSSL_set_fd(ssl, fd);
		if (wolfSSL_accept(ssl) == WOLFSSL_SUCCESS)
			serve(s, ssl);
		wolfSSL_free(ssl);
		close(fd);
	}
	wc_ecc_fp_free();
	return NULL;
}

static void
server_start(struct server *s, const char *name)
{
	struct listener_spec spec = { .host = "127.0.0.1" };
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	struct err e = { 0 };
	char pem[64], key[64];

	memset(s, 0, sizeof(*s));
	snprintf(pem, sizeof(pem), "%s/%s.pem", dir, name);
	snprintf(key, sizeof(key), "%s/%s.key", dir, name);
	s->fd = listener_bind(&spec, &e);
	s->ctx = wolfSSL_CTX_new(wolfSSLv23_server_method());
	if (s->fd == -1 ||
	    getsockname(s->fd, (struct sockaddr *)&in, &len) == -1 ||
	    wolfSSL_CTX_use_certificate_file(s->ctx, pem,
		WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_use_PrivateKey_file(s->ctx, key,
		WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS) {
		printf("Bail out! server %s: %s\n", name, e.text);
		exit(1);
	}
	s->port = ntohs(in.sin_port);
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

struct note {
	int calls;
	enum https_post_result result;
	int status;
	char why[256];
};

static void
note(void *arg, const struct https_post_answer *a)
{
	struct note *n = arg;

	n->calls++;
	n->result = a->result;
	n->status = a->status;
	snprintf(n->why, sizeof(n->why), "%s", a->why);
}

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void
await(const struct note *n)
{
	int64_t end = clock_mono_ms(clock_system()) + WAIT_MS;
	struct timeval tv = { .tv_usec = 20000 };
	struct event *ev = event_new(base, -1, EV_PERSIST, tick, NULL);

	event_add(ev, &tv);
	while (n->calls == 0 && clock_mono_ms(clock_system()) < end)
		(void)event_base_loop(base, EVLOOP_ONCE);
	event_free(ev);
}

static struct https_post *
client(const char *allow)
{
	struct addr_filter *f = addr_filter_new();
	struct err e = { 0 };
	char ca[64];

	if (allow != NULL && addr_filter_allow(f, allow, &e) == -1)
		fail("%s", e.text);
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	return https_post_new(base, ca, f);
}

static struct https_transfer *
start(struct https_post *p, const char *url, bool unverified,
    int64_t timeout_ms, struct note *n)
{
	static const char *const addresses[] = { "127.0.0.1" };
	const struct https_post_request req = { .url = url,
		.addresses = addresses,
		.naddresses = 1,
		.type = "application/tlsrpt+gzip",
		.body = BODY,
		.len = BODY_LEN,
		.timeout_ms = timeout_ms,
		.unverified = unverified };
	struct err e = { 0 };
	struct https_transfer *t;

	memset(n, 0, sizeof(*n));
	t = https_post_start(p, &req, note, n, &e);
	if (t == NULL)
		fail("%s: %s", url, e.text);
	return t;
}

/* Posts to a path of the server. */
static struct note
post(struct https_post *p, const struct server *s, const char *path,
    bool unverified, int64_t timeout_ms)
{
	struct note n;
	char url[256];

	snprintf(url, sizeof(url), "https://%s:%u%s", HOST, (unsigned)s->port,
	    path);
	if (start(p, url, unverified, timeout_ms, &n) != NULL)
		await(&n);
	return n;
}

static void
test_urls(void)
{
	static const struct {
		const char *url, *host;
		unsigned port;
	} good[] = {
		{ "https://Rua.Example.TEST/a?b=c", "rua.example.test", 443 },
		{ "HTTPS://rua.example.test:8443", "rua.example.test", 8443 },
		{ "https://rua.example.test./x", "rua.example.test", 443 },
		{ "https://192.0.2.1/x", "192.0.2.1", 443 },
		{ "https://[2001:DB8::1]/x", "2001:db8::1", 443 },
		{ "https://0x7f.1/", "127.0.0.1", 443 },
	};
	static const char *const bad[] = { "http://rua.example.test/",
		"ftp://x/", "https://", "https://u:p@host.test/",
		"https://a b/", "https://host.test:99999/", "mailto:a@b",
		"https://ho%00st/", "", "file:///etc/passwd",
		"https://-bad-.test/" };
	struct https_url u;
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		is_int(https_url_parse(good[i].url, &u, &e), 0, "%s: %s",
		    good[i].url, e.text);
		is_str(u.host, good[i].host, "its host");
		is_int(u.port, good[i].port, "its port");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err_clear(&e);
		is_int(https_url_parse(bad[i], &u, &e), -1, "no: \"%s\"",
		    bad[i]);
		ok(e.text[0] != '\0', "says: %s", e.text);
	}
}

static void
test_answers(void)
{
	struct https_post *p = client("127.0.0.0/8");
	struct server s;
	struct note n;

	server_start(&s, "good");
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		bool hang = pages[i].text == NULL;

		n = post(p, &s, pages[i].path, false, hang ? 300 : WAIT_MS);
		is_int(n.calls, 1, "%s: one answer", pages[i].path);
		is_int(n.status, pages[i].status, "%s: status %s",
		    pages[i].path, n.why);
		is_int(n.result,
		    pages[i].status != 0 ? HTTPS_POST_ANSWERED
					 : HTTPS_POST_FAILED,
		    "%s: result", pages[i].path);
		is_int(s.requests, (int)i + 1, "asked once: none followed");
		ok(pages[i].status != 0 || n.why[0] != '\0', "says: %s", n.why);
	}
	n = post(p, &s, "/200", false, WAIT_MS);
	ok(strncmp(s.request, "POST /200 HTTP/1.1\r\n", 20) == 0, "request");
	has_str(s.request, "\r\nHost: " HOST ":", "Host");
	has_str(s.request, "\r\nContent-Type: application/tlsrpt+gzip\r\n",
	    "media type");
	has_str(s.request, "\r\nContent-Length: 7\r\n", "length");
	ok(strstr(s.request, "Expect:") == NULL, "no Expect");
	is_mem(s.request + s.len - BODY_LEN, BODY, BODY_LEN, "the body whole");
	https_post_free(p);
	server_stop(&s);
}

/* RFC 8460 section 3: certificate errors may be passed over. */
static void
test_certificates(void)
{
	static const char *const bad[] = { "wrong", "expired", "selfsigned" };
	struct https_post *p = client("127.0.0.0/8");
	struct server s;
	struct note n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		server_start(&s, bad[i]);
		n = post(p, &s, "/200", false, WAIT_MS);
		is_int(n.result, HTTPS_POST_CERTIFICATE, "%s: %s", bad[i],
		    n.why);
		is_int(s.requests, 0, "nothing was sent");
		n = post(p, &s, "/200", true, WAIT_MS);
		is_int(n.status, 200, "unverified it is: %s", n.why);
		server_stop(&s);
	}
	https_post_free(p);
}

static void
test_addresses(void)
{
	static const char *const hosts[] = { "127.0.0.1", "[::ffff:127.0.0.1]",
		HOST };
	struct https_post *p = client(NULL);
	struct server s;
	struct note n;
	struct err e = { 0 };
	struct https_post_request req = { .url = "https://a.test/",
		.type = "a/b",
		.body = "",
		.timeout_ms = WAIT_MS };
	char url[128];

	server_start(&s, "good");
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		snprintf(url, sizeof(url), "https://%s:%u/200", hosts[i],
		    (unsigned)s.port);
		if (start(p, url, true, WAIT_MS, &n) != NULL)
			await(&n);
		is_int(n.result, HTTPS_POST_PRIVATE, "%s: %s", url, n.why);
	}
	is_int(s.requests, 0, "nothing was sent");
	memset(&n, 0, sizeof(n));
	ok(https_post_start(p, &req, note, &n, &e) != NULL, "no address");
	await(&n);
	is_int(n.result, HTTPS_POST_FAILED, "fails: %s", n.why);
	req.url = "https://u@a.test/";
	ok(https_post_start(p, &req, note, &n, &e) == NULL, "%s", e.text);
	https_post_free(p);
	server_stop(&s);
}

static void
test_rest(void)
{
	struct https_post *p = client("127.0.0.0/8");
	struct server s;
	struct note n, other;
	char url[128];

	server_start(&s, "good");
	setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1);
	n = post(p, &s, "/200", false, WAIT_MS);
	is_int(n.status, 200, "no proxy of the environment: %s", n.why);
	snprintf(url, sizeof(url), "https://%s:%u/200", HOST, (unsigned)s.port);
	https_post_cancel(start(p, url, false, WAIT_MS, &n));
	(void)start(p, url, false, WAIT_MS, &other);
	https_post_free(p);
	is_int(n.calls + other.calls, 0, "cancelled and freed: no call");
	https_post_free(NULL);
	is_int(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0,
	    "no event stays");
	server_stop(&s);
	p = https_post_new(base, "/no/such/file", addr_filter_new());
	https_post_free(p);
}

/* Makes the test's CA and certificates. */
static void
make_certificates(void)
{
	static const char script[] =
	    "set -e; cd %s; exec >log 2>&1\n"
	    "req() { openssl req -newkey ec -pkeyopt "
	    "ec_paramgen_curve:prime256v1 -nodes -keyout $1.key -subj /CN=x "
	    "\"${@:2}\"; }\n"
	    "req ca -x509 -days 2 -out ca.pem\n"
	    "leaf() { req $1 -out $1.csr; echo subjectAltName=DNS:$2 >$1.ext; "
	    "openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key "
	    "-CAcreateserial -extfile $1.ext -out $1.pem -days $3; }\n"
	    "leaf good " HOST " 2; leaf wrong other.test 2\n"
	    "leaf expired " HOST " -1\n"
	    "req selfsigned -x509 -days 2 -out selfsigned.pem "
	    "-addext subjectAltName=DNS:" HOST "\n";
	char path[64], command[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/make", dir);
	f = fopen(path, "w");
	if (f == NULL || fprintf(f, script, dir) < 0 || fclose(f) != 0) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
	snprintf(command, sizeof(command), "bash %s", path);
	if (system(command) != 0) {
		printf("Bail out! no certificates; see %s/log\n", dir);
		exit(1);
	}
}

int
main(void)
{
	static void (*const tests[])(void) = { test_urls, test_answers,
		test_certificates, test_addresses, test_rest };
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
