/*
 * collect: tlsherald-reportgen as a collector, beside two sinks.
 *
 * Every row with a goal in this program's table. Root makes a network namespace
 * of its own, in which the length of the sockets' queue is what a row says;
 * others measure with the host's and leave out the rows with a queue of 10.
 * COLLECT_SECONDS (60) shortens the loss row; words (throughput, loss, size,
 * memory) choose rows.
 */
#include "config.h"

#include "t/bench/figure.h"
#include "t/bench/outcome_load.h"
#include "t/bench/outcome_sink.h"
#include "t/bench/reporter.h"

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 5
#define THROUGHPUT_N 200000
#define MB 1000000.0

static const char qlen_path[] = "/proc/sys/net/unix/max_dgram_qlen";

static void
set_queue(int n)
{
	char text[16];
	int fd = open(qlen_path, O_WRONLY), len;

	len = snprintf(text, sizeof(text), "%d\n", n);
	if (fd == -1 || write(fd, text, (size_t)len) != len)
		err(1, "%s", qlen_path);
	close(fd);
}

static double
seconds(void)
{
	const char *s = getenv("COLLECT_SECONDS");

	return s != NULL ? strtod(s, NULL) : 60;
}

/* ---- CPU and throughput ---- */

static double
rate_of_sink(const struct outcomes *o, enum sink_kind kind)
{
	struct sink s;
	double t;

	sink_start(&s, kind);
	t = figure_now();
	outcomes_send(o, s.socket, THROUGHPUT_N, 2);
	t = figure_now() - t;
	sink_stop(&s);
	return THROUGHPUT_N / t;
}

/* Datagrams a second; *cpu: seconds of the receiver's CPU for each. */
static double
rate_of_ours(const struct outcomes *o, double *cpu)
{
	struct reporter r;
	double t;
	pid_t pid;

	reporter_start(&r, "");
	pid = reporter_receiver(&r);
	*cpu = figure_cpu(pid);
	t = figure_now();
	outcomes_send(o, r.socket, THROUGHPUT_N, 2);
	t = figure_now() - t;
	/* the share of a checkpoint that would come later is in it */
	(void)kill(r.pid, SIGUSR1);
	(void)sleep(1);
	*cpu = (figure_cpu(pid) - *cpu) / THROUGHPUT_N;
	reporter_stop(&r);
	if (reporter_number(&r, "sessions") != THROUGHPUT_N)
		errx(1, "%lld sessions were counted",
		    (long long)reporter_number(&r, "sessions"));
	reporter_clear(&r);
	return THROUGHPUT_N / t;
}

static void
throughput(const struct outcomes *o)
{
	double cpu[ROUNDS], ours[ROUNDS], journal[ROUNDS], receive[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		receive[i] = rate_of_sink(o, SINK_RECEIVE);
		journal[i] = rate_of_sink(o, SINK_JOURNAL);
		ours[i] = rate_of_ours(o, &cpu[i]);
	}
	figure_at_most("collect_cpu_per_datagram",
	    figure_median(cpu, ROUNDS) * 1e6, "us", 6);
	printf("# a second: ours %.0f, journal sink %.0f, receive sink %.0f\n",
	    figure_median(ours, ROUNDS), figure_median(journal, ROUNDS),
	    figure_median(receive, ROUNDS));
	figure_at_least("collect_rate_of_journal_sink",
	    figure_median(ours, ROUNDS) / figure_median(journal, ROUNDS),
	    "ratio", 0.8);
}

/* ---- loss ---- */

/* Percent that found no room in ours. */
static double
loss_of_ours(const struct outcomes *o, const char *collect, double rate,
    double for_s)
{
	struct reporter r;
	uint64_t sent, lost;

	reporter_start(&r, collect);
	lost = outcomes_rate(o, r.socket, rate, for_s, &sent);
	reporter_stop(&r);
	if (reporter_number(&r, "sessions") != (int64_t)(sent - lost))
		errx(1, "%lld sessions were counted, %lld were sent",
		    (long long)reporter_number(&r, "sessions"),
		    (long long)(sent - lost));
	reporter_clear(&r);
	return 100.0 * (double)lost / (double)sent;
}

static double
loss_of_sink(const struct outcomes *o, double rate, double for_s)
{
	struct sink s;
	uint64_t sent, lost;

	sink_start(&s, SINK_RECEIVE);
	lost = outcomes_rate(o, s.socket, rate, for_s, &sent);
	sink_stop(&s);
	return 100.0 * (double)lost / (double)sent;
}

static void
loss(const struct outcomes *o, bool root)
{
	double ours[ROUNDS], sink[ROUNDS], more[ROUNDS];

	if (root)
		set_queue(512);
	figure_at_most("collect_loss_10000_qlen_512",
	    loss_of_ours(o, "queue = 512", 10000, seconds()), "percent", 0);
	/* what is lost there too, the machine has lost */
	printf("# percent lost by the receive sink: %.3f\n",
	    loss_of_sink(o, 10000, seconds()));
	if (!root) {
		puts("# a queue of 10 takes root");
		return;
	}
	set_queue(10);
	figure_at_most("collect_loss_500_qlen_10",
	    loss_of_ours(o, "queue = 10", 500, 10), "percent", 0);
	for (int i = 0; i < ROUNDS; i++) {
		sink[i] = loss_of_sink(o, 10000, 5);
		ours[i] = loss_of_ours(o, "queue = 10", 10000, 5);
		more[i] = ours[i] - sink[i];
	}
	printf("# percent lost with a queue of 10: ours %.2f, sink %.2f\n",
	    figure_median(ours, ROUNDS), figure_median(sink, ROUNDS));
	figure_at_most("collect_loss_10000_qlen_10_above_sink",
	    figure_median(more, ROUNDS), "percent", 3);
	set_queue(512);
}

/* ---- size ---- */

static void
size(const char *name, const struct outcomes *o, size_t n, double goal)
{
	struct reporter r;

	reporter_start(&r, "");
	outcomes_send(o, r.socket, n, 2);
	reporter_stop(&r);
	if (reporter_number(&r, "sessions") != (int64_t)n)
		errx(1, "not all of %zu were counted", n);
	figure_at_most(name, reporter_store(&r) / MB, "MB", goal);
	reporter_clear(&r);
}

static void
memory(void)
{
	struct outcomes o;
	struct reporter r;
	double most = 0, all = 0;
	pid_t pid;

	outcomes_mixed(&o, 10000);
	reporter_start(&r, "");
	pid = reporter_receiver(&r);
	for (int i = 0; i < 20; i++) {
		double now;

		outcomes_send(&o, r.socket, 20000, 1);
		now = figure_rss_anon(pid);
		if (now > most)
			most = now;
		now = reporter_memory(&r);
		if (now > all)
			all = now;
	}
	figure_at_most("collect_memory_10000_domains", most / MB, "MB", 16);
	figure_at_most("collect_memory_all_processes", all / MB, "MB", 16);
	reporter_stop(&r);
	reporter_clear(&r);
	outcomes_clear(&o);
}

/* Whether a part is to be measured: named, or nothing is. */
static bool
wanted(int argc, char **argv, const char *part)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], part) == 0)
			return true;
	return argc == 1;
}

int
main(int argc, char **argv)
{
	bool root = geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
	struct outcomes o, large;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (root)
		set_queue(512);
	outcomes_mixed(&o, 1000);
	outcomes_large(&large);
	if (wanted(argc, argv, "throughput"))
		throughput(&o);
	if (wanted(argc, argv, "loss"))
		loss(&o, root);
	if (wanted(argc, argv, "size")) {
		size("collect_store_1M_mixed", &o, 1000000, 1);
		size("collect_store_40k_large", &large, 40000, 5);
	}
	if (wanted(argc, argv, "memory"))
		memory();
	outcomes_clear(&o);
	outcomes_clear(&large);
	return 0;
}
