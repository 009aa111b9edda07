/* http_page: one page over HTTP - see share/net/http_page.h */
#include "config.h"

#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "share/net/http_page.h"
#include "t/unit/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 20000

static struct event_base *base;
static struct http_page *page;
static struct sockaddr_in address;
static int asked;
static size_t body_size;

static char *
text(void *arg)
{
	char *s;

	(void)arg;
	asked++;
	if (body_size == 0)
		return xstrdup("one 1\n");
	s = xcalloc(1, body_size + 1);
	memset(s, 'x', body_size);
	return s;
}

static void
start(void)
{
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (const struct sockaddr *)&address, len) == -1 ||
	    listen(fd, 64) == -1 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) == -1)
		exit(1);
	page = http_page_new(base, "/metrics", "text/plain", text, NULL);
	http_page_add(page, fd);
}

static int
dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
	    -1)
		exit(1);
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void
turn(void)
{
	struct timeval tv = { .tv_usec = 1000 };

	(void)event_base_loopexit(base, &tv);
	(void)event_base_loop(base, EVLOOP_ONCE);
}

/* Reads until the end; the octets read, in a static buffer. */
static char *
read_all(int fd)
{
	static char got[1 << 21];
	int64_t until = clock_mono_ms(clock_system()) + PATIENCE_MS;
	size_t len = 0;

	while (clock_mono_ms(clock_system()) < until) {
		ssize_t n = recv(fd, got + len, sizeof(got) - 1 - len, 0);

		if (n > 0)
			len += (size_t)n;
		else if (n == 0 || errno != EAGAIN)
			break;
		else
			turn();
	}
	got[len] = '\0';
	return got;
}

static char *
ask(const char *request)
{
	char *got;
	int fd = dial();

	if (send(fd, request, strlen(request), MSG_NOSIGNAL) == -1)
		exit(1);
	got = read_all(fd);
	close(fd);
	return got;
}

static void
test_answers(void)
{
	static const struct {
		const char *request, *status;
	} cases[] = {
		{ "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK" },
		{ "GET /metrics?a=b HTTP/1.0\r\n\r\n", "200 OK" },
		{ "GET / HTTP/1.1\r\n\r\n", "404 Not Found" },
		{ "GET /metricsx HTTP/1.1\r\n\r\n", "404 Not Found" },
		{ "POST /metrics HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd",
		    "405 Method Not Allowed" },
		{ "GET /metrics\r\n\r\n", "400 Bad Request" },
		{ "GET /metrics HTTP/2\r\n\r\n", "400 Bad Request" },
		{ "\r\n\r\n", "400 Bad Request" },
		{ "\x16\x03\x01 \r\n\r\n", "400 Bad Request" },
	};
	char *got;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		has_str(ask(cases[i].request), cases[i].status, "case %zu: %s",
		    i, cases[i].status);
	got = ask(cases[0].request);
	has_str(got, "\r\nContent-Length: 6\r\n", "the length is said");
	has_str(got, "\r\nConnection: close\r\n", "and the end");
	has_str(got, "\r\n\r\none 1\n", "the text follows");
	got = ask("HEAD /metrics HTTP/1.1\r\n\r\n");
	has_str(got, "Content-Length: 6\r\n", "HEAD has the length");
	ok(strstr(got, "one 1") == NULL, "and no text");
	has_str(ask(cases[4].request), "Allow: GET, HEAD",
	    "405 names what is allowed");
}

static void
test_large(void)
{
	char *got;

	body_size = 1 << 20;
	got = ask("GET /metrics HTTP/1.1\r\n\r\n");
	is_int(strlen(strstr(got, "\r\n\r\n") + 4), 1 << 20,
	    "a page of a megabyte arrives whole");
	body_size = 0;
}

static void
test_too_long(void)
{
	char *request = xcalloc(1, HTTP_PAGE_REQUEST_MAX + 2);

	memset(request, 'x', HTTP_PAGE_REQUEST_MAX + 1);
	memcpy(request, "GET /metrics HTTP/1.1\r\nX: ", 26);
	has_str(ask(request), "400", "an endless request is ended");
	free(request);
}

static void
test_pieces(void)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\n\r\n";
	int fd = dial();

	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		if (send(fd, request + i, 1, MSG_NOSIGNAL) != 1)
			exit(1);
		turn();
	}
	has_str(read_all(fd), "200 OK", "a request octet by octet");
	close(fd);
}

static void
test_limits(void)
{
	int fd[HTTP_PAGE_CONNECTIONS + 1], late, before = asked;
	size_t i;

	for (i = 0; i <= HTTP_PAGE_CONNECTIONS; i++) {
		fd[i] = dial();
		turn();
	}
	is_str(read_all(fd[0]), "", "one too many closes the oldest");
	has_str(ask("GET /metrics HTTP/1.1\r\n\r\n"), "200 OK",
	    "idle ones keep nobody out");
	for (i = 0; i <= HTTP_PAGE_CONNECTIONS; i++)
		close(fd[i]);
	is_int(asked, before + 1, "the text is made for requests only");
	http_page_set_timeout(page, 50);
	late = dial();
	if (send(late, "GET ", 4, MSG_NOSIGNAL) != 4)
		exit(1);
	is_str(read_all(late), "", "half a request is ended in time");
	close(late);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	start();
	test_answers();
	test_large();
	test_too_long();
	test_pieces();
	test_limits();
	http_page_free(page);
	event_base_free(base);
	return done_testing();
}
