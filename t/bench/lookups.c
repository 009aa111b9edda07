/*
 * lookups: asks a socketmap server, one question per connection in flight.
 *
 *	lookups PORT PATTERN N CONNECTIONS WANT
 *
 * Asks "postfix" for N keys (PATTERN; a %d in it counts from 1) over so many
 * connections. Replies must begin with WANT. Prints "seconds p99-seconds".
 */
#include "config.h"

#include "share/base/xmem.h"
#include "t/bench/figure.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024

struct run {
	const char *pattern, *want;
	long next, last, done;
	double *latency;
	struct pollfd p[CONNECTIONS_MAX];
	double sent_at[CONNECTIONS_MAX];
};

static int
connect_to(uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 ||
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "port %u", port);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static void
send_next(struct run *r, size_t i)
{
	char key[256], request[300];
	const char *at = strstr(r->pattern, "%d");
	int n;

	if (r->next > r->last) {
		r->p[i].events = 0;
		return;
	}
	if (at != NULL)
		(void)snprintf(key, sizeof(key), "%.*s%ld%s",
		    (int)(at - r->pattern), r->pattern, r->next, at + 2);
	else
		(void)snprintf(key, sizeof(key), "%s", r->pattern);
	r->next++;
	n = snprintf(request, sizeof(request), "%zu:postfix %s,",
	    strlen(key) + 8, key);
	r->sent_at[i] = figure_now();
	if (write(r->p[i].fd, request, (size_t)n) != n)
		err(1, "write");
}

/* A reply of one packet: they are short, and one is in flight. */
static void
take_reply(struct run *r, size_t i)
{
	char reply[4096];
	ssize_t n = read(r->p[i].fd, reply, sizeof(reply) - 1);
	const char *colon;

	if (n <= 0)
		errx(1, "the server closed a connection");
	reply[n] = '\0';
	colon = strchr(reply, ':');
	if (colon == NULL || strncmp(colon + 1, r->want, strlen(r->want)) != 0)
		errx(1, "unexpected reply %s", reply);
	r->latency[r->done++] = figure_now() - r->sent_at[i];
	send_next(r, i);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	static struct run r;
	double start;
	size_t n;

	if (argc != 6)
		errx(64, "usage: lookups PORT PATTERN N CONNECTIONS WANT");
	r.pattern = argv[2];
	r.next = 1;
	r.last = strtol(argv[3], NULL, 10);
	n = strtoul(argv[4], NULL, 10);
	r.want = argv[5];
	if (n == 0 || n > CONNECTIONS_MAX || r.last <= 0)
		errx(64, "1 to %d connections", CONNECTIONS_MAX);
	r.latency = xcalloc((size_t)r.last, sizeof(*r.latency));
	for (size_t i = 0; i < n; i++)
		r.p[i] =
		    (struct pollfd){ .fd = connect_to(
					 (uint16_t)strtoul(argv[1], NULL, 10)),
			    .events = POLLIN };
	start = figure_now();
	for (size_t i = 0; i < n; i++)
		send_next(&r, i);
	while (r.done < r.last && poll(r.p, n, -1) > 0)
		for (size_t i = 0; i < n; i++)
			if (r.p[i].revents != 0)
				take_reply(&r, i);
	start = figure_now() - start;
	qsort(r.latency, (size_t)r.last, sizeof(*r.latency), compare);
	printf("%f %f\n", start, r.latency[r.last * 99 / 100]);
	return 0;
}
