/* report_check_smtp: is a mail server there? - see report_check_smtp.h */
#include "config.h"

#include "reportgen/report_check_smtp.h"

#include "share/base/clock.h"
#include "share/base/text.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINES_MAX 100

struct talk {
	int fd;
	int64_t until_ms;
	char line[2048];
	char data[4096];
	size_t at, n;
};

/* Waits until fd can be used for events. */
static int
await(const struct talk *t, short events, struct err *e)
{
	struct pollfd p = { .fd = t->fd, .events = events };
	int64_t left;
	int n;

	do {
		left = t->until_ms - clock_mono_ms(clock_system());
		n = left > 0 ? poll(&p, 1, (int)left) : 0;
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_sys(e, "poll");
	return n == 0 ? err_set(e, ERR_TEMP, "no answer in time") : 0;
}

static int
read_octet(struct talk *t, char *c, struct err *e)
{
	ssize_t n;

	while (t->at == t->n) {
		if (await(t, POLLIN, e) == -1)
			return -1;
		n = recv(t->fd, t->data, sizeof(t->data), MSG_DONTWAIT);
		if (n == 0)
			return err_set(e, ERR_TEMP, "it hung up");
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return err_sys(e, "cannot read");
		t->at = 0;
		t->n = n > 0 ? (size_t)n : 0;
	}
	*c = t->data[t->at++];
	return 0;
}

/* Reads one line, cut at its room, without its end. */
static int
read_line(struct talk *t, struct err *e)
{
	size_t n = 0;
	char c = '\n';

	for (;;) {
		if (read_octet(t, &c, e) == -1)
			return -1;
		if (c == '\n')
			break;
		if (n + 1 < sizeof(t->line) && c != '\r')
			t->line[n++] = c;
	}
	t->line[n] = '\0';
	return 0;
}

/* Reads a reply that must have this code; each() sees its lines. */
static int
read_reply(struct talk *t, const char *code, struct report_check_greeting *g,
    struct err *e)
{
	char safe[256];
	int i;

	for (i = 0; i < LINES_MAX; i++) {
		if (read_line(t, e) == -1)
			return -1;
		if (strncmp(t->line, code, 3) != 0)
			return err_set(e, ERR_TEMP, "it says \"%s\"",
			    text_escape(safe, sizeof(safe), t->line,
				strlen(t->line)));
		if (g != NULL && t->line[3] != '\0' &&
		    text_starts_nocase(t->line + 4, "SIZE") &&
		    (t->line[8] == '\0' || t->line[8] == ' ')) {
			g->has_size = true;
			g->size = strtoll(t->line + 8, NULL, 10);
		}
		if (t->line[3] != '-')
			return 0;
	}
	return err_set(e, ERR_LIMIT, "its answer has no end");
}

static int
say(struct talk *t, const char *text, struct err *e)
{
	size_t len = strlen(text), done = 0;
	ssize_t n;

	while (done < len) {
		if (await(t, POLLOUT, e) == -1)
			return -1;
		n = send(t->fd, text + done, len - done,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return err_sys(e, "cannot write");
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int
report_check_greet_on(int fd, const char *hostname,
    struct report_check_greeting *g, struct err *e)
{
	struct talk t = { .fd = fd };
	char ehlo[320];

	t.until_ms = clock_mono_ms(clock_system()) + REPORT_CHECK_SMTP_MS;
	g->has_size = false;
	g->size = 0;
	(void)snprintf(ehlo, sizeof(ehlo), "EHLO %s\r\n", hostname);
	if (read_reply(&t, "220", NULL, e) == -1 || say(&t, ehlo, e) == -1 ||
	    read_reply(&t, "250", g, e) == -1)
		return -1;
	return say(&t, "QUIT\r\n", e);
}

/* Connects within the time that a talk has. */
static int
connect_to(const struct addrinfo *a, struct err *e)
{
	struct talk t = { .until_ms = clock_mono_ms(clock_system()) +
		    REPORT_CHECK_SMTP_MS };
	int fault = 0;
	socklen_t len = sizeof(fault);

	t.fd =
	    socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t.fd == -1)
		return err_sys(e, "socket");
	if (connect(t.fd, a->ai_addr, a->ai_addrlen) == 0)
		return t.fd;
	if (errno == EINPROGRESS && await(&t, POLLOUT, e) == 0 &&
	    getsockopt(t.fd, SOL_SOCKET, SO_ERROR, &fault, &len) == 0) {
		if (fault == 0)
			return t.fd;
		errno = fault;
		(void)err_sys(e, "cannot connect");
	} else if (errno != EINPROGRESS) {
		(void)err_sys(e, "cannot connect");
	}
	close(t.fd);
	return -1;
}

int
report_check_greet(const char *host, const char *port, const char *hostname,
    struct report_check_greeting *g, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *a;
	int fault = getaddrinfo(host, port, &hints, &list), fd = -1, rc = -1;

	if (fault != 0)
		return err_set(e, ERR_TEMP, "%s", gai_strerror(fault));
	for (a = list; a != NULL && fd == -1; a = a->ai_next)
		fd = connect_to(a, e);
	freeaddrinfo(list);
	if (fd != -1) {
		rc = report_check_greet_on(fd, hostname, g, e);
		close(fd);
	}
	return rc;
}
