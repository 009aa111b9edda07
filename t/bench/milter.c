/*
 * milter: what a message costs, beside a filter that adds one header.
 *
 * The built daemon and yard_milter negotiate the same and get the same load
 * in turn, as Postfix and as Sendmail send it. Name servers are a socket that never answers: the domain of the
 * cost rows is cached as a failure, those of the rows with 300 sessions are
 * all new. Goals: milter.
 */
#include "config.h"

#include "share/base/xmem.h"
#include "share/net/socketmap_client.h"
#include "t/bench/daemon.h"
#include "t/bench/figure.h"
#include "t/bench/mail_load.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define MESSAGES 4000
#define SESSIONS 300
#define CROWDS 12
#define DNS_PORT 18475
#define YARD "t/bench/yard_milter"

struct filter {
	pid_t pid;
	char *path;       /* of its socket */
	unsigned domains; /* used so far: every crowd has new ones */
};

/* Name servers that are silent. */
static int
open_black_hole(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_port = htons(DNS_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "port %d", DNS_PORT);
	return fd;
}

static void
await_socket(const char *path)
{
	struct timespec pause = { 0, 10000000 };

	for (int i = 0; i < 1000 && access(path, F_OK) == -1; i++)
		nanosleep(&pause, NULL);
	nanosleep(&pause, NULL);
}

/* The yardstick, negotiating what the real filter does. */
static void
start_yard(struct filter *f, const struct filter *like, const char *dir)
{
	char *argv[4 + 2 * MAIL_LOAD_STAGES + 1];
	struct mail_load m;
	size_t n = 0;

	f->path = xasprintf("%s/yard.sock", dir);
	mail_load_open(&m, like->path);
	argv[n++] = xstrdup(YARD);
	argv[n++] = xasprintf("unix:%s", f->path);
	argv[n++] = xasprintf("%u", m.actions);
	argv[n++] = xasprintf("%u", m.steps);
	for (int i = 0; i < MAIL_LOAD_STAGES; i++)
		if (m.macros[i] != NULL) {
			argv[n++] = xasprintf("%d", i);
			argv[n++] = xstrdup(m.macros[i]);
		}
	argv[n] = NULL;
	mail_load_close(&m);
	f->pid = fork();
	if (f->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		execv(YARD, argv);
		_exit(1);
	}
	while (n > 0)
		free(argv[--n]);
	await_socket(f->path);
}

/* Messages one after the other; CPU and latency of each. */
static void
measure(const struct filter *f, bool sendmail, double *cpu, double *latency)
{
	double before = figure_cpu(f->pid), start;
	struct mail_load m;

	mail_load_open(&m, f->path);
	m.sendmail = sendmail;
	start = figure_now();
	for (int i = 0; i < MESSAGES; i++) {
		mail_load_begin(&m, "<user@example.com>");
		mail_load_end(&m);
		mail_load_await(&m);
	}
	*latency = (figure_now() - start) / MESSAGES;
	mail_load_close(&m);
	*cpu = (figure_cpu(f->pid) - before) / MESSAGES;
}

static void
compare_messages(const struct filter *d, const struct filter *y, bool sendmail)
{
	double cpu[ROUNDS], latency[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		double dc, dl, yc, yl;

		measure(y, sendmail, &yc, &yl);
		measure(d, sendmail, &dc, &dl);
		cpu[i] = dc / yc;
		latency[i] = dl / yl;
	}
	figure_at_most(sendmail ? "milter-sendmail-cpu" : "milter-message-cpu",
	    figure_median(cpu, ROUNDS), "x-yardstick", 1.15);
	figure_at_most(sendmail ? "milter-sendmail-latency"
				: "milter-message-latency",
	    figure_median(latency, ROUNDS), "x-yardstick", 1.15);
}

/* The end of SESSIONS messages at once, to as many new domains. */
static double
crowd(struct filter *f, struct mail_load *m)
{
	struct pollfd p[SESSIONS];
	double start, worst = 0;
	size_t open = SESSIONS;

	for (size_t i = 0; i < SESSIONS; i++) {
		char rcpt[64];

		(void)snprintf(rcpt, sizeof(rcpt), "<user@d%u.example>",
		    f->domains++);
		mail_load_begin(&m[i], rcpt);
		p[i] = (struct pollfd){ .fd = m[i].fd, .events = POLLIN };
	}
	start = figure_now();
	for (size_t i = 0; i < SESSIONS; i++)
		mail_load_end(&m[i]);
	while (open > 0 && poll(p, SESSIONS, -1) > 0)
		for (size_t i = 0; i < SESSIONS; i++) {
			if (p[i].fd == -1 || p[i].revents == 0)
				continue;
			mail_load_await(&m[i]);
			worst = figure_now() - start;
			p[i].fd = -1;
			open--;
		}
	return worst;
}

static void
compare_crowds(struct filter *d, struct filter *y)
{
	static struct mail_load dm[SESSIONS], ym[SESSIONS];
	double ratio[CROWDS], settled = 0;

	for (size_t i = 0; i < SESSIONS; i++) {
		mail_load_open(&dm[i], d->path);
		mail_load_open(&ym[i], y->path);
	}
	for (int i = 0; i < CROWDS; i++) {
		double base = crowd(y, ym);

		ratio[i] = crowd(d, dm) / base;
		if (i == CROWDS / 2)
			settled = figure_rss_anon(d->pid);
	}
	figure_at_most("milter-300-dead-dns-latency",
	    figure_median(ratio, CROWDS), "x-yardstick", 1.5);
	/* per message, so that what a new domain costs shows, too */
	figure_at_most("milter-300-dead-dns-memory",
	    (figure_rss_anon(d->pid) - settled) / 1048576, "MB-growth", 2);
	for (size_t i = 0; i < SESSIONS; i++) {
		mail_load_close(&dm[i]);
		mail_load_close(&ym[i]);
	}
}

/* Has the daemon remember that example.com cannot be known. */
static void
fill_cache(void)
{
	char listen[64], *reply;
	struct err e = { 0 };

	(void)snprintf(listen, sizeof(listen), "inet:127.0.0.1:%d",
	    DAEMON_POLICY_PORT);
	reply = socketmap_ask(listen, "postfix", "example.com", 1000, 5000, &e);
	if (reply == NULL)
		errx(1, "%s", e.text);
	free(reply);
}

int
main(void)
{
	const struct daemon_options options = {
		.dns = "servers = [\"127.0.0.1@18475\"]\n"
	};
	struct filter d = { 0 }, y = { 0 };
	int hole = open_black_hole();
	struct daemon daemon;

	(void)signal(SIGPIPE, SIG_IGN);
	daemon_prepare(&daemon, &options);
	daemon_start(&daemon);
	daemon_await(&daemon);
	d.pid = daemon.pid;
	d.path = xasprintf("%s/milter.sock", daemon.dir);
	start_yard(&y, &d, daemon.dir);
	fill_cache();
	compare_messages(&d, &y, false);
	compare_messages(&d, &y, true);
	compare_crowds(&d, &y);
	(void)kill(y.pid, SIGKILL);
	(void)waitpid(y.pid, NULL, 0);
	daemon_stop(&daemon, SIGTERM);
	daemon_clear(&daemon);
	free(d.path);
	free(y.path);
	close(hole);
	return 0;
}
