/*
 * analyze: a Maildir of 20,000 reports into the analyzer's store.
 *
 * Mails as large senders write them: a text part, a gzipped report of two
 * policies, one report in five with failure details. Yardsticks in the same
 * run: the files only read, and Python's standard library doing the same into
 * SQLite (t/bench/analyze.py). CPU time of the whole process each, the median
 * of three; memory is looked at while it runs. Signatures are none: the goals
 * are of everything but DKIM.
 */
#include "config.h"

#include "analyzer/reading.h"
#include "share/base/buf.h"
#include "share/base/xmem.h"
#include "share/mail/mime_write.h"
#include "share/rpt/gz.h"
#include "t/bench/figure.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAILS 20000
#define ROUNDS 3
#define IN_MEMORY 1000
#define REPEATS 20

static char dir[] = "/tmp/bench-analyze-XXXXXX";

/* ---- mails ---- */

static void
put_policy(struct buf *b, int i, int k, bool failures)
{
	buf_printf(b,
	    "%s{\"policy\":{\"policy-type\":\"%s\",\"policy-string\":["
	    "\"version: STSv1\",\"mode: enforce\",\"mx: mx1.d%d.example\","
	    "\"max_age: 604800\"],\"policy-domain\":\"%sd%d.example\","
	    "\"mx-host\":[\"mx1.d%d.example\"]},\"summary\":{"
	    "\"total-successful-session-count\":%d,"
	    "\"total-failure-session-count\":%d}",
	    k > 0 ? "," : "", k > 0 ? "tlsa" : "sts", i % 100,
	    k > 0 ? "mx1." : "", i % 100, i % 100, i * 7 + k, failures ? 3 : 0);
	for (int f = 0; failures && f < 2; f++)
		buf_printf(b,
		    "%s{\"result-type\":\"certificate-expired\","
		    "\"sending-mta-ip\":\"2001:db8::%x\","
		    "\"receiving-mx-hostname\":\"mx1.d%d.example\","
		    "\"receiving-ip\":\"192.0.2.%d\","
		    "\"failed-session-count\":%d}",
		    f > 0 ? "," : ",\"failure-details\":[", i % 50, i % 100,
		    i % 250 + 1, f + 1);
	buf_puts(b, failures ? "]}" : "}");
}

static void
put_mail(struct buf *mail, int i)
{
	struct buf json, packed;
	struct mime_writer w;
	char name[128];
	struct err e;

	buf_init(&json, 65536);
	buf_init(&packed, 65536);
	buf_printf(&json,
	    "{\"organization-name\":\"Organisation %d\",\"date-range\":{"
	    "\"start-datetime\":\"2026-%02d-%02dT00:00:00Z\","
	    "\"end-datetime\":\"2026-%02d-%02dT23:59:59Z\"},"
	    "\"contact-info\":\"tls@org%d.example\",\"report-id\":"
	    "\"%d-2026-11-20T00:00:00Z_d%d.example\",\"policies\":[",
	    i % 20, i / 28 % 10 + 1, i % 28 + 1, i / 28 % 10 + 1, i % 28 + 1,
	    i % 20, i, i % 100);
	put_policy(&json, i, 0, i % 5 == 0);
	put_policy(&json, i, 1, false);
	buf_puts(&json, "]}");
	if (gz_write(json.data, json.len, &packed, &e) == -1)
		errx(1, "%s", e.text);
	buf_printf(mail,
	    "Return-Path: <tls@org%d.example>\r\nReceived: from a by b; Sat, "
	    "21 Nov 2026 02:03:04 +0000\r\nDate: Sat, 21 Nov 2026 02:03:04 "
	    "+0000\r\nFrom: TLS <tls@org%d.example>\r\n"
	    "To: tlsrpt@d%d.example\r\nMessage-ID: <%d@org.example>\r\n"
	    "Subject: Report Domain: d%d.example Submitter: org%d.example "
	    "Report-ID: <%d@org.example>\r\nTLS-Report-Domain: d%d.example\r\n"
	    "TLS-Report-Submitter: org%d.example\r\n",
	    i % 20, i % 20, i % 100, i, i % 100, i % 20, i, i % 100, i % 20);
	(void)snprintf(name, sizeof(name),
	    "org%d.example!d%d.example!1795132800!1795219199!%d.json.gz",
	    i % 20, i % 100, i);
	if (mime_write_begin(&w, mail, "tlsrpt", "x", &e) == -1 ||
	    mime_write_text(&w, "This is a TLS report.\n", 22, &e) == -1 ||
	    mime_write_data_begin(&w, "application/tlsrpt+gzip", name, &e) ==
		-1)
		errx(1, "%s", e.text);
	mime_write_data(&w, packed.data, packed.len);
	if (mime_write_end(&w, &e) == -1)
		errx(1, "%s", e.text);
	buf_clear(&json);
	buf_clear(&packed);
}

static void
write_file(const char *path, const char *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, data, n) != (ssize_t)n)
		err(1, "%s", path);
	close(fd);
}

static char *
below(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static void
make_directory(const char *name)
{
	char *path = below(name);

	if (mkdir(path, 0755) == -1)
		err(1, "%s", path);
	free(path);
}

static void
make_maildir(void)
{
	static const char *const folders[] = { "mail", "mail/new", "mail/cur",
		"mail/tmp", "state" };
	struct buf mail;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		make_directory(folders[i]);
	buf_init(&mail, 1 << 20);
	for (int i = 0; i < MAILS; i++) {
		char *path = xasprintf("%s/mail/cur/17%08d.M%dP1.mx:2,S", dir,
		    i, i * 37 % 1000000);

		buf_reset(&mail);
		put_mail(&mail, i);
		write_file(path, mail.data, mail.len);
		free(path);
	}
	printf("# %zu octets a mail\n", mail.len);
	buf_clear(&mail);
}

/* ---- processes ---- */

struct cost {
	double cpu, wall, anon; /* seconds, seconds, octets at most */
};

/* Runs a program; its output goes to a file below dir. */
static struct cost
run(char *const argv[], const char *output)
{
	struct cost c = { 0, figure_now(), 0 };
	char *path = below(output);
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		(void)dup2(fd, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	for (;;) {
		const struct timespec pause = { 0, 2000000 };
		pid_t done = wait4(pid, &status, WNOHANG, &usage);
		double anon;

		if (done == pid)
			break;
		anon = figure_rss_anon(pid);
		if (anon > c.anon)
			c.anon = anon;
		(void)nanosleep(&pause, NULL);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "%s: status %x", argv[0], status);
	c.wall = figure_now() - c.wall;
	c.cpu = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
	    ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) /
		1e6;
	free(path);
	return c;
}

static void
show_output(const char *name)
{
	char *path = below(name), line[256];
	FILE *in = fopen(path, "re");

	while (in != NULL && fgets(line, sizeof(line), in) != NULL)
		printf("# %s: %s", name, line);
	if (in != NULL)
		(void)fclose(in);
	free(path);
}

static void
forget_store(void)
{
	char *command = xasprintf("rm -f '%s'/state/* '%s'/py.db*", dir, dir);

	if (system(command) != 0)
		errx(1, "%s", command);
	free(command);
}

/* The files read, and nothing else, in a process of its own. */
static double
read_only(void)
{
	char *path = below("mail/cur");
	struct rusage before, after;
	struct dirent *entry;
	char data[65536];
	DIR *d = opendir(path);

	if (d == NULL)
		err(1, "%s", path);
	(void)getrusage(RUSAGE_SELF, &before);
	while ((entry = readdir(d)) != NULL) {
		int fd = openat(dirfd(d), entry->d_name, O_RDONLY);

		while (fd != -1 && read(fd, data, sizeof(data)) > 0)
			;
		if (fd != -1)
			close(fd);
	}
	(void)getrusage(RUSAGE_SELF, &after);
	closedir(d);
	free(path);
	return (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
	    (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
	    (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec +
		after.ru_stime.tv_usec - before.ru_stime.tv_usec) /
	    1e6;
}

static double
middle(double v[ROUNDS])
{
	return figure_median(v, ROUNDS);
}

/* ---- reading alone ---- */

static bool
take(void *arg, const struct reading_report *report)
{
	*(int64_t *)arg += report->report->policies[0].success;
	return true;
}

static void
measure_reading(void)
{
	static struct buf mail[IN_MEMORY];
	struct reading *r = reading_new(false);
	double v[5];
	int64_t sum = 0;

	for (int i = 0; i < IN_MEMORY; i++) {
		buf_init(&mail[i], 1 << 20);
		put_mail(&mail[i], i);
	}
	for (int round = 0; round < 5; round++) {
		clock_t a = clock();

		for (int n = 0; n < REPEATS * IN_MEMORY; n++) {
			const struct buf *b = &mail[n % IN_MEMORY];
			const struct defects *broken;
			struct mail_head h;
			struct err e;

			if (mail_head_read(&h, b->data, b->len, &e) == -1 ||
			    reading_mail(r, &h, take, &sum, &broken) !=
				READING_FOUND)
				errx(1, "a mail is not read");
			mail_head_clear(&h);
		}
		v[round] = REPEATS * IN_MEMORY * (double)CLOCKS_PER_SEC /
		    (double)(clock() - a);
	}
	figure_at_least("parse_only", figure_median(v, 5), "mails/s", 30000);
	for (int i = 0; i < IN_MEMORY; i++)
		buf_clear(&mail[i]);
	reading_free(r);
}

/* A gigabyte of blanks in a report of a megabyte. */
static void
measure_bomb(void)
{
	struct reading *r = reading_new(false);
	const struct defects *broken;
	struct buf packed;
	char *blanks = xmalloc(64 << 20);
	struct err e;
	clock_t a;

	memset(blanks, ' ', 64 << 20);
	buf_init(&packed, 4 << 20);
	for (int i = 0; i < 16; i++)
		if (gz_write(blanks, 64 << 20, &packed, &e) == -1)
			errx(1, "%s", e.text);
	free(blanks);
	a = clock();
	if (reading_file(r, "bomb.json.gz", packed.data, packed.len, take, NULL,
		&broken) != READING_BROKEN)
		errx(1, "a bomb is not refused");
	figure_at_most("bomb_refused",
	    (double)(clock() - a) * 1000 / CLOCKS_PER_SEC, "ms", 50);
	buf_clear(&packed);
	reading_free(r);
}

/* ---- the Maildir ---- */

static void
measure_python(const char *top, double ours)
{
	char *script = xasprintf("%s/t/bench/analyze.py", top);
	char *mail = below("mail"), *db = below("py.db");
	char *argv[] = { (char *)(uintptr_t) "python3", script, mail, db,
		NULL };
	double v[ROUNDS];

	if (system("python3 -c pass 2>/dev/null") != 0) {
		printf("# no python3: its baseline is left out\n");
		goto out;
	}
	for (int i = 0; i < ROUNDS; i++) {
		forget_store();
		v[i] = run(argv, "python").cpu;
	}
	show_output("python");
	printf("# Python: %.0f mails/s\n", MAILS / middle(v));
	figure_at_least("ingest_to_python", middle(v) / ours, "x", 10);
out:
	free(script);
	free(mail);
	free(db);
}

static void
measure_ingest(const char *top, const char *program)
{
	char *conf = below("conf"), *mail = below("mail");
	char *text = xasprintf("[server]\nstate-dir = \"%s/state\"\n", dir);
	char *argv[] = { (char *)(uintptr_t)program, (char *)(uintptr_t) "-c",
		conf, (char *)(uintptr_t) "ingest", mail, NULL };
	double cpu[ROUNDS], read_v[ROUNDS], again[ROUNDS], anon = 0;

	write_file(conf, text, strlen(text));
	for (int i = 0; i < ROUNDS; i++) {
		struct cost c;

		forget_store();
		c = run(argv, "ingest");
		cpu[i] = c.cpu;
		anon = c.anon > anon ? c.anon : anon;
		/* the first look behind one is never a quick one */
		(void)run(argv, "again");
		again[i] = run(argv, "again").wall;
		read_v[i] = read_only();
	}
	show_output("ingest");
	printf("# files only: %.0f mails/s\n", MAILS / middle(read_v));
	figure_at_least("ingest", MAILS / middle(cpu), "mails/s", 10000);
	printf("# %.1f us a mail, of which %.1f us are reading the file\n",
	    middle(cpu) / MAILS * 1e6, middle(read_v) / MAILS * 1e6);
	figure_at_most("ingest_rss_anon", anon / 1048576, "MiB", 16);
	figure_at_most("unchanged_maildir", middle(again), "s", 0.2);
	measure_python(top, middle(cpu));
	free(conf);
	free(mail);
	free(text);
}

int
main(void)
{
	const char *build = getenv("BUILDDIR"), *top = getenv("SRCDIR");
	char *program = xasprintf("%s/analyzer/tlsherald-analyzer",
	    build != NULL ? build : ".");
	char *command;

	if (access(program, X_OK) == -1)
		err(1, "%s", program);
	if (mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	measure_reading();
	measure_bomb();
	make_maildir();
	measure_ingest(top != NULL ? top : ".", program);
	command = xasprintf("rm -r '%s'", dir);
	if (system(command) != 0)
		warnx("%s", command);
	free(command);
	free(program);
	return 0;
}
