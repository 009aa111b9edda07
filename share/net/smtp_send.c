/* smtp_send: hands mails to a submission server - see smtp_send.h */
#include "config.h"

#include "share/net/smtp_send.h"
#include "share/base/hostname.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/net/curl_loop.h"
#include "share/net/curl_target.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define SET CURL_LOOP_SET
#define CONNECT_MS 30000L
#define NFDS (sizeof(((struct smtp_send *)NULL)->fd) / sizeof(int))

struct smtp_transfer {
	struct smtp_send *owner;
	CURL *easy;
	struct curl_target target;
	struct curl_slist *to;
	char *text;
	size_t len, at;
	size_t replies; /* octets */
	bool begun;     /* MAIL was sent */
	int code;       /* of the last reply that is no success; 0: none */
	char reply[256];
	char why[CURL_ERROR_SIZE];
	smtp_send_callback *cb;
	void *arg;
	LIST_ENTRY(smtp_transfer) next;
};

LIST_HEAD(smtp_transfer_list, smtp_transfer);

struct smtp_send {
	struct curl_loop loop;
	char *helo;
	int64_t size_max;                  /* of the last EHLO reply */
	bool plain;                        /* nothing of it goes over TLS */
	int fd[SMTP_SEND_CONNECTIONS * 2]; /* of connections; -1: none */
	struct smtp_transfer_list transfers;
};

/*
 * Takes leave of a server. libcurl would say QUIT as well, but wait for the
 * reply, and everything with it; here its own QUIT fails at once.
 */
static void
leave(const struct smtp_send *s, curl_socket_t fd, bool quit)
{
	if (fd == CURL_SOCKET_BAD)
		return;
	if (quit && s->plain)
		(void)!send(fd, "QUIT\r\n", 6, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_RDWR);
}

/* The connection of a transfer. */
static curl_socket_t
socket_of(const struct smtp_transfer *t)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	(void)curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd);
	return fd;
}

/* CURLOPT_SOCKOPTFUNCTION: a connection is made. */
static int
note_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	struct smtp_send *s = arg;

	(void)purpose;
	for (size_t i = 0; i < NFDS; i++)
		if (s->fd[i] == -1) {
			s->fd[i] = fd;
			break;
		}
	return CURL_SOCKOPT_OK;
}

/* CURLOPT_CLOSESOCKETFUNCTION */
static int
close_socket(void *arg, curl_socket_t fd)
{
	struct smtp_send *s = arg;

	for (size_t i = 0; i < NFDS; i++)
		if (s->fd[i] == fd)
			s->fd[i] = -1;
	return close(fd);
}

/* CURLOPT_READFUNCTION */
static size_t
give_text(char *data, size_t size, size_t n, void *arg)
{
	struct smtp_transfer *t = arg;
	size_t len = size * n;

	if (len > t->len - t->at)
		len = t->len - t->at;
	memcpy(data, t->text + t->at, len);
	t->at += len;
	return len;
}

/* The number after "SIZE " in a line of the EHLO reply (RFC 1870). */
static void
read_size(struct smtp_send *s, const char *line)
{
	if (text_starts_nocase(line, "SIZE ")) {
		long long n = strtoll(line + 5, NULL, 10);

		s->size_max = n > 0 ? n : 0;
	}
}

/* CURLOPT_HEADERFUNCTION: one line of a reply at a time. */
static size_t
take_reply(char *data, size_t size, size_t n, void *arg)
{
	struct smtp_transfer *t = arg;
	size_t len = size * n;
	char line[sizeof(t->reply)];
	int code;

	t->replies += len;
	if (t->replies > SMTP_SEND_REPLY_MAX)
		return 0;
	while (len > 0 && (data[len - 1] == '\n' || data[len - 1] == '\r'))
		len--;
	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	memcpy(line, data, len);
	line[len] = '\0';
	code = (int)strtol(line, NULL, 10);
	if (code >= 400) {
		t->code = code;
		(void)text_copy(t->reply, sizeof(t->reply), line);
		/* libcurl gives up when the last line has come */
		if (t->begun && len >= 3 && line[3] != '-')
			leave(t->owner, socket_of(t), true);
	}
	if (!t->begun && code == 250 && len > 4)
		read_size(t->owner, line + 4);
	return n;
}

/* CURLOPT_DEBUGFUNCTION: which command was sent. */
static int
watch_commands(CURL *easy, curl_infotype type, char *data, size_t n, void *arg)
{
	struct smtp_transfer *t = arg;

	(void)easy;
	if (type == CURLINFO_HEADER_OUT && n > 5 &&
	    strncmp(data, "MAIL ", 5) == 0) {
		t->begun = true;
		t->code = 0; /* EHLO may have been refused, not HELO */
	}
	return 0;
}

static bool
is_loopback(const struct smtp_send_server *server)
{
	for (size_t i = 0; i < server->naddresses; i++)
		if (strncmp(server->addresses[i], "127.", 4) != 0 &&
		    strcmp(server->addresses[i], "::1") != 0)
			return false;
	return true;
}

/* smtp://HOST:PORT/HELO */
static void
set_server(struct smtp_transfer *t, const struct smtp_send_server *server,
    int64_t timeout_ms)
{
	bool v6 = strchr(server->host, ':') != NULL;
	char *url =
	    xasprintf("smtp://%s%s%s:%u/%s", v6 ? "[" : "", server->host,
		v6 ? "]" : "", (unsigned)server->port, t->owner->helo);
	CURL *easy = t->easy;

	SET(easy, CURLOPT_URL, url);
	free(url);
	SET(easy, CURLOPT_PROTOCOLS_STR, "smtp");
	SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	t->owner->plain = is_loopback(server);
	SET(easy, CURLOPT_USE_SSL,
	    (long)(t->owner->plain ? CURLUSESSL_NONE : CURLUSESSL_TRY));
	SET(easy, CURLOPT_SSL_VERIFYPEER, 0L);
	SET(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	SET(easy, CURLOPT_TIMEOUT_MS, timeout_ms > 0 ? (long)timeout_ms : 1L);
	SET(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
	    (long)(timeout_ms / 1000 + 1));
	SET(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	SET(easy, CURLOPT_NOSIGNAL, 1L);
	SET(easy, CURLOPT_SOCKOPTFUNCTION, note_socket);
	SET(easy, CURLOPT_SOCKOPTDATA, t->owner);
	SET(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	SET(easy, CURLOPT_CLOSESOCKETDATA, t->owner);
	curl_target_set(&t->target, easy, NULL, server->host, server->port,
	    server->addresses, server->naddresses);
}

static struct smtp_transfer *
transfer_new(struct smtp_send *s, const struct smtp_send_server *server,
    int64_t timeout_ms, smtp_send_callback *cb, void *arg)
{
	struct smtp_transfer *t = xcalloc(1, sizeof(*t));

	t->owner = s;
	t->cb = cb;
	t->arg = arg;
	t->easy = curl_easy_init();
	if (t->easy == NULL)
		abort();
	SET(t->easy, CURLOPT_PRIVATE, t);
	SET(t->easy, CURLOPT_ERRORBUFFER, t->why);
	SET(t->easy, CURLOPT_HEADERFUNCTION, take_reply);
	SET(t->easy, CURLOPT_HEADERDATA, t);
	/* libcurl gives the replies to a command here as well */
	SET(t->easy, CURLOPT_WRITEFUNCTION, take_reply);
	SET(t->easy, CURLOPT_WRITEDATA, t);
	SET(t->easy, CURLOPT_DEBUGFUNCTION, watch_commands);
	SET(t->easy, CURLOPT_DEBUGDATA, t);
	SET(t->easy, CURLOPT_VERBOSE, 1L);
	set_server(t, server, timeout_ms);
	LIST_INSERT_HEAD(&s->transfers, t, next);
	return t;
}

static void
transfer_free(struct smtp_transfer *t)
{
	LIST_REMOVE(t, next);
	curl_easy_cleanup(t->easy);
	curl_target_clear(&t->target);
	curl_slist_free_all(t->to);
	free(t->text);
	free(t);
}

/* Whether a reply that says "never" is about who asks. (RFC 4954, 3207) */
static bool
is_about_us(int code)
{
	return code == 530 || code == 534 || code == 535 || code == 538;
}

static enum smtp_send_result
judge(const struct smtp_transfer *t, CURLcode code)
{
	if (code == CURLE_OK)
		return SMTP_SEND_TAKEN;
	if (t->begun && t->code >= 500 && t->code <= 599 &&
	    !is_about_us(t->code))
		return SMTP_SEND_REFUSED;
	return SMTP_SEND_LATER;
}

static const char *
explain(const struct smtp_transfer *t, CURLcode code)
{
	if (code == CURLE_OK)
		return "";
	if (t->code >= 400)
		return t->reply;
	if (t->target.no_address)
		return "no address to connect to";
	return t->why[0] != '\0' ? t->why : curl_easy_strerror(code);
}

static void
transfer_done(void *private, CURLcode code)
{
	struct smtp_transfer *t = private;
	struct smtp_send_answer a = {
		.result = judge(t, code),
		.code = t->code,
		.size_max = t->owner->size_max,
		.why = explain(t, code),
	};

	t->cb(t->arg, &a);
	transfer_free(t);
}

static void
begin(struct smtp_send *s, struct event_base *base)
{
	curl_loop_init(&s->loop, base, transfer_done);
	(void)curl_multi_setopt(s->loop.multi, CURLMOPT_MAX_HOST_CONNECTIONS,
	    (long)SMTP_SEND_CONNECTIONS);
}

/* Closes the connections, and forgets libcurl's. */
static void
end(struct smtp_send *s)
{
	for (size_t i = 0; i < NFDS; i++)
		leave(s, s->fd[i], true);
	curl_loop_clear(&s->loop);
}

struct smtp_send *
smtp_send_new(struct event_base *base, const char *helo)
{
	struct smtp_send *s = xcalloc(1, sizeof(*s));

	s->helo = xstrdup(helo);
	for (size_t i = 0; i < NFDS; i++)
		s->fd[i] = -1;
	begin(s, base);
	return s;
}

void
smtp_send_free(struct smtp_send *s)
{
	struct smtp_transfer *t;

	if (s == NULL)
		return;
	while ((t = LIST_FIRST(&s->transfers)) != NULL)
		smtp_send_cancel(t);
	end(s);
	free(s->helo);
	free(s);
}

struct smtp_transfer *
smtp_send_mail(struct smtp_send *s, const struct smtp_send_server *server,
    const char *from, const char *to, struct buf *text, int64_t timeout_ms,
    smtp_send_callback *cb, void *arg)
{
	struct smtp_transfer *t = transfer_new(s, server, timeout_ms, cb, arg);

	t->len = text->len;
	t->text = buf_take(text);
	t->to = curl_slist_append(NULL, to);
	if (t->to == NULL)
		abort();
	SET(t->easy, CURLOPT_MAIL_FROM, from);
	SET(t->easy, CURLOPT_MAIL_RCPT, t->to);
	SET(t->easy, CURLOPT_UPLOAD, 1L);
	SET(t->easy, CURLOPT_READFUNCTION, give_text);
	SET(t->easy, CURLOPT_READDATA, t);
	SET(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->len);
	curl_loop_add(&s->loop, t->easy);
	return t;
}

struct smtp_transfer *
smtp_send_probe(struct smtp_send *s, const struct smtp_send_server *server,
    int64_t timeout_ms, smtp_send_callback *cb, void *arg)
{
	struct smtp_transfer *t = transfer_new(s, server, timeout_ms, cb, arg);

	s->size_max = 0;
	SET(t->easy, CURLOPT_CUSTOMREQUEST, "NOOP");
	/* one that is kept has no EHLO reply to read */
	SET(t->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_loop_add(&s->loop, t->easy);
	return t;
}

void
smtp_send_cancel(struct smtp_transfer *t)
{
	/* in the middle of a mail a QUIT would be a line of it */
	leave(t->owner, socket_of(t), false);
	curl_loop_remove(&t->owner->loop, t->easy);
	transfer_free(t);
}

void
smtp_send_rest(struct smtp_send *s)
{
	struct event_base *base = s->loop.base;

	if (!LIST_EMPTY(&s->transfers))
		return;
	end(s);
	begin(s, base);
}
