/*
 * hot: what a lookup that the cache answers costs, beside an epoll echo.
 *
 * Starts the built daemon with its logging on, and the echo server of
 * echo.h on a TCP and a Unix socket each, and puts the same load on both in
 * turn. What is asked is answered from the cache: a domain whose first
 * answer came while no name server could be reached, so it is remembered.
 * Goals: hot lookup, rate and p99 as ratios.
 */
#include "config.h"

#include "share/base/xmem.h"
#include "share/net/listener.h"
#include "t/bench/daemon.h"
#include "t/bench/echo.h"
#include "t/bench/figure.h"
#include "t/bench/load.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOKUPS 50000
#define ROUNDS 3
#define ECHO_PORT 18471
#define NAME_SIZE 64

/* One way into a server. */
struct way {
	pid_t pid;
	socklen_t addrlen;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_un un;
	} addr;
};

struct figures {
	double cpu_us, rate, p99_us;
};

struct question {
	const char *request;
	char reply[256];
};

static void
set_tcp(struct way *w, pid_t pid, uint16_t port)
{
	memset(w, 0, sizeof(*w));
	w->pid = pid;
	w->addrlen = sizeof(w->addr.in);
	w->addr.in.sin_family = AF_INET;
	w->addr.in.sin_port = htons(port);
	w->addr.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static void
set_unix(struct way *w, pid_t pid, const char *dir, const char *name)
{
	memset(w, 0, sizeof(*w));
	w->pid = pid;
	w->addrlen = sizeof(w->addr.un);
	w->addr.un.sun_family = AF_UNIX;
	(void)snprintf(w->addr.un.sun_path, sizeof(w->addr.un.sun_path),
	    "%s/%s", dir, name);
}

/* An echo on the socket that text names. */
static pid_t
start_echo(const char *text, const char *reply)
{
	struct listener_spec spec;
	struct err e = { 0 };
	pid_t pid;
	int fd;

	if (listener_parse(text, &spec, &e) == -1 ||
	    (fd = listener_bind(&spec, &e)) == -1)
		errx(1, "%s", e.text);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		echo_run(fd, reply);
	}
	close(fd);
	return pid;
}

/* What the daemon answers to the request, waiting for the first time. */
static void
learn_reply(const struct way *w, struct question *q)
{
	int fd = socket(w->addr.any.sa_family, SOCK_STREAM, 0);
	size_t len = strlen(q->request);
	ssize_t n;

	if (fd == -1 || connect(fd, &w->addr.any, w->addrlen) == -1 ||
	    write(fd, q->request, len) != (ssize_t)len)
		err(1, "connect");
	n = read(fd, q->reply, sizeof(q->reply) - 1);
	if (n <= 0)
		errx(1, "no answer");
	q->reply[n] = '\0';
	close(fd);
}

static void
measure(const struct way *w, const struct question *q, size_t connections,
    size_t in_flight, struct figures *out)
{
	struct load l = { .addr = &w->addr.any,
		.addrlen = w->addrlen,
		.request = q->request,
		.reply_len = strlen(q->reply),
		.connections = connections,
		.in_flight = in_flight,
		.total = LOOKUPS };
	struct load_result r;
	double before = figure_cpu(w->pid);

	load_run(&l, &r);
	out->cpu_us = (figure_cpu(w->pid) - before) / LOOKUPS * 1e6;
	out->rate = LOOKUPS / r.seconds;
	out->p99_us = r.p99_us;
}

/* Both servers in turn, so that a noisy neighbour hits both. */
static void
compare(const char *over, const struct way *daemon, const struct way *echo,
    const struct question *q, size_t connections, size_t in_flight)
{
	double cpu[ROUNDS], rate[ROUNDS], p99[ROUNDS];
	char name[NAME_SIZE];

	for (int i = 0; i < ROUNDS; i++) {
		struct figures d, y;

		measure(echo, q, connections, in_flight, &y);
		measure(daemon, q, connections, in_flight, &d);
		cpu[i] = d.cpu_us / y.cpu_us;
		rate[i] = d.rate / y.rate;
		p99[i] = y.p99_us > 0 ? d.p99_us / y.p99_us : 0;
	}
	if (in_flight > 1) {
		(void)snprintf(name, sizeof(name), "hot-%s-rate-%zux%zu", over,
		    connections, in_flight);
		figure_at_least(name, figure_median(rate, ROUNDS), "x-echo",
		    0.60);
		return;
	}
	(void)snprintf(name, sizeof(name), "hot-%s-cpu-%zu", over, connections);
	figure_at_most(name, figure_median(cpu, ROUNDS), "x-echo", 1.25);
	if (connections < 64)
		return;
	(void)snprintf(name, sizeof(name), "hot-%s-p99-%zu", over, connections);
	figure_at_most(name, figure_median(p99, ROUNDS), "x-echo", 1.5);
}

static void
stop(pid_t pid)
{
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

static void
compare_all(const char *over, const struct way *daemon, const char *echo_at,
    struct way *echo)
{
	struct question q = { .request = "20:postfix example.com.," };

	learn_reply(daemon, &q);
	echo->pid = start_echo(echo_at, q.reply);
	compare(over, daemon, echo, &q, 1, 1);
	compare(over, daemon, echo, &q, 8, 1);
	compare(over, daemon, echo, &q, 64, 1);
	compare(over, daemon, echo, &q, 8, 16);
	stop(echo->pid);
}

int
main(void)
{
	/* nobody answers there: refused at once */
	const struct daemon_options options = {
		.dns = "servers = [\"127.0.0.1@9\"]\n"
	};
	struct way way, echo;
	struct daemon d;
	char *text;

	(void)signal(SIGPIPE, SIG_IGN);
	daemon_prepare(&d, &options);
	daemon_start(&d);
	daemon_await(&d);
	set_tcp(&way, d.pid, DAEMON_POLICY_PORT);
	set_tcp(&echo, 0, ECHO_PORT);
	text = xasprintf("inet:127.0.0.1:%d", ECHO_PORT);
	compare_all("tcp", &way, text, &echo);
	free(text);
	set_unix(&way, d.pid, d.dir, "policy.sock");
	set_unix(&echo, 0, d.dir, "echo.sock");
	text = xasprintf("unix:%s/echo.sock,mode=0600", d.dir);
	compare_all("unix", &way, text, &echo);
	free(text);
	daemon_stop(&d, SIGTERM);
	daemon_clear(&d);
	return 0;
}
