/*
 * hot: what a lookup that the cache answers costs, beside an epoll echo.
 *
 * Starts the built daemon (milter/tlsherald-milter) with its logging on, and the
 * echo server of echo.h, and puts the same load on both in turn. Prints
 * `name value unit goal verdict`. Goals: hot lookup, rate and p99 as ratios.
 */
#include "config.h"

#include "share/base/xmem.h"
#include "share/net/listener.h"
#include "share/net/socketmap_client.h"
#include "t/bench/echo.h"
#include "t/bench/load.h"

#include <err.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOKUPS 100000
#define ROUNDS 3
#define ECHO_PORT 18471
#define POLICY_PORT 18472
#define MILTER_PORT 18473
#define REQUEST "19:postfix [192.0.2.1],"
#define REPLY "9:NOTFOUND ,"

struct server {
	pid_t pid;
	struct sockaddr_in addr;
};

struct figures {
	double cpu_us, rate, p99_us;
};

static void
set_addr(struct server *s, uint16_t port)
{
	memset(&s->addr, 0, sizeof(s->addr));
	s->addr.sin_family = AF_INET;
	s->addr.sin_port = htons(port);
	s->addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static void
start_echo(struct server *s)
{
	struct listener_spec spec;
	struct err e = { 0 };
	char text[64];
	int fd;

	set_addr(s, ECHO_PORT);
	(void)snprintf(text, sizeof(text), "inet:127.0.0.1:%d", ECHO_PORT);
	if (listener_parse(text, &spec, &e) == -1 ||
	    (fd = listener_bind(&spec, &e)) == -1)
		errx(1, "%s", e.text);
	s->pid = fork();
	if (s->pid == 0)
		echo_run(fd, REPLY);
	close(fd);
}

static char *
write_config(const char *dir)
{
	char *path = xasprintf("%s/bench.toml", dir);
	FILE *f = fopen(path, "w");

	if (f == NULL)
		err(1, "%s", path);
	fprintf(f,
	    "[server]\nuser = \"nobody\"\ngroup = \"nogroup\"\n"
	    "state-dir = \"%s/state\"\n"
	    "[control]\nsocket = \"%s/ctl\"\n"
	    "[milter]\nlisten = \"inet:%d@127.0.0.1\"\n"
	    "[policy]\nlisten = [\"inet:127.0.0.1:%d\"]\n"
	    "mta-dnssec = \"yes\"\n",
	    dir, dir, MILTER_PORT, POLICY_PORT);
	fclose(f);
	return path;
}

static void
await_daemon(void)
{
	char listen[64], *reply = NULL;
	struct err e = { 0 };

	(void)snprintf(listen, sizeof(listen), "inet:127.0.0.1:%d",
	    POLICY_PORT);
	for (int i = 0; reply == NULL && i < 500; i++) {
		struct timespec pause = { 0, 10000000 };

		reply = socketmap_ask(listen, "postfix", "[192.0.2.1]", 1000,
		    5000, &e);
		if (reply == NULL)
			nanosleep(&pause, NULL);
	}
	if (reply == NULL || strcmp(reply, "NOTFOUND ") != 0)
		errx(1, "the daemon does not answer: %s", e.text);
	free(reply);
}

static void
start_daemon(struct server *s, const char *dir)
{
	char *config = write_config(dir), *log = xasprintf("%s/log", dir);

	set_addr(s, POLICY_PORT);
	s->pid = fork();
	if (s->pid == 0) {
		if (freopen(log, "w", stderr) == NULL)
			_exit(1);
		(void)chmod(dir, 0711);
		execl("milter/tlsherald-milter", "tlsherald-milter", "-f", "-c",
		    config, (char *)NULL);
		_exit(1);
	}
	free(config);
	free(log);
	await_daemon();
}

static void
stop(const struct server *s)
{
	(void)kill(s->pid, SIGTERM);
	(void)waitpid(s->pid, NULL, 0);
}

static double
cpu_seconds(const struct server *s)
{
	struct timespec ts = { 0, 0 };
	clockid_t id;

	if (clock_getcpuclockid(s->pid, &id) != 0 ||
	    clock_gettime(id, &ts) == -1)
		err(1, "CPU time of process %ld", (long)s->pid);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
measure(const struct server *s, size_t connections, size_t in_flight,
    struct figures *out)
{
	struct load l = { .addr = (const struct sockaddr *)&s->addr,
		.addrlen = sizeof(s->addr),
		.request = REQUEST,
		.reply_len = strlen(REPLY),
		.connections = connections,
		.in_flight = in_flight,
		.total = LOOKUPS };
	struct load_result r;
	double before = cpu_seconds(s);

	load_run(&l, &r);
	out->cpu_us = (cpu_seconds(s) - before) / LOOKUPS * 1e6;
	out->rate = LOOKUPS / r.seconds;
	out->p99_us = r.p99_us;
}

static void
say(const char *name, size_t connections, double value, double goal,
    bool at_most)
{
	bool good = at_most ? value <= goal : value >= goal;

	printf("%s-%zu %.2f x-echo %s%.2f %s\n", name, connections, value,
	    at_most ? "<=" : ">=", goal, good ? "reached" : "missed");
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), compare);
	return v[ROUNDS / 2];
}

/* Both servers in turn, so that a noisy neighbour hits both. */
static void
compare_servers(const struct server *daemon, const struct server *echo,
    size_t connections, size_t in_flight)
{
	double cpu[ROUNDS], rate[ROUNDS], p99[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		struct figures d, y;

		measure(echo, connections, in_flight, &y);
		measure(daemon, connections, in_flight, &d);
		cpu[i] = d.cpu_us / y.cpu_us;
		rate[i] = d.rate / y.rate;
		p99[i] = y.p99_us > 0 ? d.p99_us / y.p99_us : 0;
	}
	if (in_flight == 1) {
		say("hot-lookup-cpu", connections, median(cpu), 1.25, true);
		if (connections == 64)
			say("hot-lookup-p99", connections, median(p99), 1.5,
			    true);
	} else {
		say("hot-lookup-rate-pipelined", connections, median(rate),
		    0.60, false);
	}
}

static void
remove_dir(const char *dir)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", dir, (char *)NULL);
		_exit(1);
	}
	(void)waitpid(pid, NULL, 0);
}

int
main(void)
{
	char dir[] = "/tmp/tlsherald-bench-XXXXXX";
	struct server daemon, echo;

	(void)signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(dir) == NULL)
		err(1, "mkdtemp");
	start_echo(&echo);
	start_daemon(&daemon, dir);
	compare_servers(&daemon, &echo, 1, 1);
	compare_servers(&daemon, &echo, 8, 1);
	compare_servers(&daemon, &echo, 64, 1);
	compare_servers(&daemon, &echo, 8, 16);
	stop(&daemon);
	stop(&echo);
	remove_dir(dir);
	return 0;
}
