/* smtp_send: mails to a server of the test's own - smtp_send.h */
#include "config.h"

#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "share/net/listener.h"
#include "share/net/smtp_send.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 15000

static struct event_base *base;

/* What the server says; NULL: as a good one does. "" closes. */
struct script {
	const char *greeting, *ehlo, *mail, *rcpt, *data, *end;
	bool hang; /* before the reply to the mail */
};

struct server {
	int fd;
	uint16_t port;
	pthread_t thread;
	struct script script;
	int connections, mails;
	char commands[4096]; /* all, with their line ends */
	char mail[65536];    /* the last one, as it came over the wire */
};

/* One line, NUL-terminated, with its line end; false at the end. */
static bool
get_line(FILE *f, char *line, size_t size)
{
	return fgets(line, (int)size, f) != NULL;
}

static void
say(int fd, const char *scripted, const char *usual)
{
	const char *text = scripted != NULL ? scripted : usual;

	if (*text == '\0')
		shutdown(fd, SHUT_RDWR);
	else if (write(fd, text, strlen(text)) == -1)
		return;
}

static void
take_mail(struct server *s, FILE *f, int fd)
{
	char line[2048];
	size_t n = 0;

	s->mail[0] = '\0';
	while (get_line(f, line, sizeof(line)) && strcmp(line, ".\r\n") != 0)
		n += (size_t)snprintf(s->mail + n, sizeof(s->mail) - n, "%s",
		    line);
	s->mails++;
	if (s->script.hang) {
		while (get_line(f, line, sizeof(line)))
			continue;
		return;
	}
	say(fd, s->script.end, "250 2.0.0 taken\r\n");
}

/* Answers one command. */
static void
answer(struct server *s, FILE *f, int fd, const char *line)
{
	if (strncmp(line, "EHLO", 4) == 0) {
		say(fd, s->script.ehlo,
		    "250-here\r\n250-PIPELINING\r\n250-SIZE 12345678\r\n"
		    "250 8BITMIME\r\n");
	} else if (strncmp(line, "MAIL", 4) == 0) {
		say(fd, s->script.mail, "250 2.1.0 ok\r\n");
	} else if (strncmp(line, "RCPT", 4) == 0) {
		say(fd, s->script.rcpt, "250 2.1.5 ok\r\n");
	} else if (strncmp(line, "DATA", 4) == 0) {
		say(fd, s->script.data, "354 go\r\n");
		if (s->script.data == NULL)
			take_mail(s, f, fd);
	} else {
		say(fd, NULL, "250 2.0.0 ok\r\n");
	}
}

static void *
server_loop(void *arg)
{
	struct server *s = arg;
	char line[2048];
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) != -1) {
		FILE *f = fdopen(fd, "r");

		s->connections++;
		say(fd, s->script.greeting, "220 here ESMTP\r\n");
		while (get_line(f, line, sizeof(line))) {
			strncat(s->commands, line,
			    sizeof(s->commands) - strlen(s->commands) - 1);
			answer(s, f, fd, line);
		}
		fclose(f);
	}
	return NULL;
}

static void
server_start(struct server *s, struct script script)
{
	struct listener_spec spec = { .host = "127.0.0.1" };
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	struct err e = { 0 };

	memset(s, 0, sizeof(*s));
	s->script = script;
	s->fd = listener_bind(&spec, &e);
	if (s->fd == -1 ||
	    getsockname(s->fd, (struct sockaddr *)&in, &len) == -1) {
		printf("Bail out! server: %s\n", e.text);
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
}

struct note {
	int calls;
	enum smtp_send_result result;
	int code;
	int64_t size_max;
	char why[256];
};

static void
note(void *arg, const struct smtp_send_answer *a)
{
	struct note *n = arg;

	n->calls++;
	n->result = a->result;
	n->code = a->code;
	n->size_max = a->size_max;
	snprintf(n->why, sizeof(n->why), "%s", a->why);
}

static const char *const loopback[] = { "127.0.0.1" };

static struct smtp_send_server
at(const struct server *s)
{
	return (struct smtp_send_server){ "submit.example.test", s->port,
		loopback, 1 };
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

static const char mail_text[] = "From: a\r\nSubject: dots\r\n\r\n"
				".\r\n..two\r\nlast\r\n";

static struct smtp_transfer *
start(struct smtp_send *c, const struct server *s, int64_t timeout_ms,
    struct note *n)
{
	struct smtp_send_server to = at(s);
	struct buf text;

	memset(n, 0, sizeof(*n));
	buf_init(&text, 65536);
	buf_puts(&text, mail_text);
	return smtp_send_mail(c, &to, "noreply@example.org",
	    "\"a b\"@rua.example.net", &text, timeout_ms, note, n);
}

static struct note
mail(struct smtp_send *c, const struct server *s)
{
	struct note n;

	(void)start(c, s, WAIT_MS, &n);
	ok(n.calls == 0, "not called back at once");
	await(&n);
	return n;
}

static void
test_taken(void)
{
	struct server s;
	struct smtp_send *c = smtp_send_new(base, "mx.here.test");
	struct note n;
	char size[64];

	server_start(&s, (struct script){ 0 });
	n = mail(c, &s);
	is_int(n.calls, 1, "called back once");
	is_int(n.result, SMTP_SEND_TAKEN, "taken: %s", n.why);
	is_int(n.size_max, 12345678, "SIZE of the server");
	has_str(s.commands, "EHLO mx.here.test\r\n", "EHLO");
	snprintf(size, sizeof(size),
	    "MAIL FROM:<noreply@example.org> SIZE=%d\r\n",
	    (int)sizeof(mail_text) - 1);
	has_str(s.commands, size, "MAIL with its size");
	has_str(s.commands, "RCPT TO:<\"a b\"@rua.example.net>\r\n", "RCPT");
	is_str(s.mail,
	    "From: a\r\nSubject: dots\r\n\r\n"
	    "..\r\n...two\r\nlast\r\n",
	    "dots are doubled");
	n = mail(c, &s);
	is_int(n.result, SMTP_SEND_TAKEN, "a second: %s", n.why);
	is_int(s.connections, 1, "over the same connection");
	smtp_send_rest(c);
	n = mail(c, &s);
	is_int(n.result, SMTP_SEND_TAKEN, "a third: %s", n.why);
	is_int(s.connections, 2, "after a rest over a new one");
	smtp_send_free(c);
	server_stop(&s);
	has_str(s.commands, "QUIT\r\n", "QUIT at the end");
}

static void
test_probe(void)
{
	struct server s;
	struct smtp_send *c = smtp_send_new(base, "mx.here.test");
	struct smtp_send_server to;
	struct note n = { 0 };

	server_start(&s, (struct script){ 0 });
	to = at(&s);
	(void)smtp_send_probe(c, &to, WAIT_MS, note, &n);
	await(&n);
	is_int(n.result, SMTP_SEND_TAKEN, "probe: %s", n.why);
	is_int(n.size_max, 12345678, "tells SIZE");
	ok(strstr(s.commands, "MAIL") == NULL, "sends nothing");
	smtp_send_rest(c);
	server_stop(&s);
	server_start(&s, (struct script){ .ehlo = "250-here\r\n250 SIZE\r\n" });
	to = at(&s);
	memset(&n, 0, sizeof(n));
	(void)smtp_send_probe(c, &to, WAIT_MS, note, &n);
	await(&n);
	is_int(n.result, SMTP_SEND_TAKEN, "probe: %s", n.why);
	is_int(n.size_max, 0, "SIZE without a number");
	smtp_send_free(c);
	server_stop(&s);
}

/* What a reply means, and that it is told. */
static void
test_replies(void)
{
	static const struct {
		struct script script;
		enum smtp_send_result result;
		const char *why;
	} cases[] = {
		{ { .rcpt = "550 5.1.1 no such user\r\n" }, SMTP_SEND_REFUSED,
		    "550 5.1.1 no such user" },
		{ { .rcpt = "450 4.2.1 later\r\n" }, SMTP_SEND_LATER,
		    "450 4.2.1 later" },
		{ { .mail = "552 5.3.4 too big\r\n" }, SMTP_SEND_REFUSED,
		    "552 5.3.4 too big" },
		{ { .mail = "530 5.7.0 authenticate\r\n" }, SMTP_SEND_LATER,
		    "530 5.7.0 authenticate" },
		{ { .data = "554 5.5.1 no\r\n" }, SMTP_SEND_REFUSED, "554" },
		{ { .end = "550 5.7.1 spam\r\n" }, SMTP_SEND_REFUSED,
		    "550 5.7.1 spam" },
		{ { .end = "451 4.3.0 queue\r\n" }, SMTP_SEND_LATER,
		    "451 4.3.0 queue" },
		{ { .end = "" }, SMTP_SEND_LATER, "" },
		{ { .rcpt = "" }, SMTP_SEND_LATER, "" },
		{ { .greeting = "554 no SMTP here\r\n" }, SMTP_SEND_LATER,
		    "554 no SMTP" },
		{ { .greeting = "421 busy\r\n" }, SMTP_SEND_LATER, "421 busy" },
		{ { .ehlo = "502 what\r\n" }, SMTP_SEND_TAKEN, "" },
		{ { .rcpt = "nonsense\r\n250\r\n" }, SMTP_SEND_TAKEN, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct smtp_send *c = smtp_send_new(base, "here.test");
		struct server s;
		struct note n;

		server_start(&s, cases[i].script);
		n = mail(c, &s);
		is_int(n.calls, 1, "case %zu: one answer", i);
		is_int(n.result, cases[i].result, "case %zu: %s", i, n.why);
		has_str(n.why, cases[i].why, "case %zu: why", i);
		ok((n.why[0] == '\0') == (n.result == SMTP_SEND_TAKEN),
		    "case %zu: says why when there is something to say", i);
		smtp_send_free(c);
		server_stop(&s);
	}
}

static void
test_trouble(void)
{
	struct smtp_send *c = smtp_send_new(base, "here.test");
	struct server s;
	struct note n, cancelled;

	server_start(&s, (struct script){ .hang = true });
	(void)start(c, &s, 300, &n);
	await(&n);
	is_int(n.result, SMTP_SEND_LATER, "a server that hangs: %s", n.why);
	has_str(n.why, "time", "ends by the timeout");
	is_int(s.mails, 1, "after the whole mail");
	smtp_send_cancel(start(c, &s, WAIT_MS, &cancelled));
	(void)start(c, &s, WAIT_MS, &n);
	smtp_send_free(c);
	is_int(n.calls + cancelled.calls, 0, "cancelled and freed: no call");
	server_stop(&s);
	c = smtp_send_new(base, "here.test");
	n = mail(c, &s);
	is_int(n.result, SMTP_SEND_LATER, "nobody listens: %s", n.why);
	smtp_send_free(c);
	smtp_send_free(NULL);
}

static void
test_environment(void)
{
	struct smtp_send *c = smtp_send_new(base, "here.test");
	struct server s;
	struct note n;

	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	setenv("smtp_proxy", "http://127.0.0.1:1", 1);
	server_start(&s, (struct script){ 0 });
	n = mail(c, &s);
	is_int(n.result, SMTP_SEND_TAKEN, "no proxy of the environment: %s",
	    n.why);
	smtp_send_free(c);
	server_stop(&s);
	is_int(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0,
	    "no event stays");
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	test_taken();
	test_probe();
	test_replies();
	test_trouble();
	test_environment();
	event_base_free(base);
	return done_testing();
}
