/* reporter: tlsherald-reportgen for a measurement - see reporter.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/report_db.h"
#include "t/bench/figure.h"
#include "t/bench/reporter.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "reportgen/tlsherald-reportgen"

static char *
path_of(const struct reporter *r, const char *name)
{
	return xasprintf("%s/%s", r->dir, name);
}

static void
write_config(const struct reporter *r, const char *collect)
{
	char *path = path_of(r, "bench.toml");
	FILE *f = fopen(path, "w");

	if (f == NULL)
		err(1, "%s", path);
	fprintf(f,
	    "[server]\nhostname = \"mx.bench.test\"\n"
	    "state-dir = \"%s/state\"\n%s"
	    "[report.deliver]\nvia = \"none\"\n"
	    "[report.collect]\nsocket = \"%s\"\n%s\n",
	    r->dir,
	    geteuid() == 0 ? "user = \"nobody\"\ngroup = \"nogroup\"\n" : "",
	    r->socket, collect);
	if (fclose(f) != 0)
		err(1, "%s", path);
	free(path);
}

/* The whole log; freed by the caller. */
static char *
read_log(const struct reporter *r)
{
	char *path = path_of(r, "log"), *text = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;

	if (fd != -1 && fstat(fd, &st) == 0) {
		text = xmalloc((size_t)st.st_size + 1);
		n = read(fd, text, (size_t)st.st_size);
	}
	if (fd != -1)
		close(fd);
	free(path);
	if (text == NULL || n < 0) {
		free(text);
		return xstrdup("");
	}
	text[n] = '\0';
	return text;
}

static void
wait_for(const struct reporter *r, const char *word)
{
	double end = figure_now() + 20;

	for (;;) {
		char *text = read_log(r);
		bool there = strstr(text, word) != NULL;

		if (!there && figure_now() > end)
			errx(1, "the log of %s lacks \"%s\":\n%s", PROGRAM,
			    word, text);
		free(text);
		if (there)
			return;
		(void)usleep(5000);
	}
}

static void
execute(const struct reporter *r)
{
	char *log = path_of(r, "log"), *conf = path_of(r, "bench.toml");
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);

	if (fd == -1 || dup2(fd, STDERR_FILENO) == -1)
		_exit(126);
	execl(PROGRAM, PROGRAM, "-f", "-c", conf, (char *)NULL);
	_exit(127);
}

void
reporter_start(struct reporter *r, const char *collect)
{
	r->dir = xstrdup("/tmp/bench-XXXXXX");
	if (mkdtemp(r->dir) == NULL || chmod(r->dir, 0755) == -1)
		err(1, "%s", r->dir);
	r->socket = path_of(r, "run/tlsrpt.sock");
	write_config(r, collect);
	r->pid = fork();
	if (r->pid == 0)
		execute(r);
	if (r->pid == -1)
		err(1, "fork");
	wait_for(r, " started version=");
}

pid_t
reporter_receiver(const struct reporter *r)
{
	char *text = read_log(r), *at = strstr(text, "child=receiver pid=");
	long pid = at != NULL ? strtol(strstr(at, "pid=") + 4, NULL, 10) : 0;

	free(text);
	if (pid <= 0)
		errx(1, "%s has no receiver", PROGRAM);
	return (pid_t)pid;
}

double
reporter_memory(const struct reporter *r)
{
	char *text = read_log(r);
	double sum = figure_rss_anon(r->pid);

	for (char *at = text; (at = strstr(at, " pid=")) != NULL; at++) {
		long pid = strtol(at + 5, NULL, 10);

		if (kill((pid_t)pid, 0) == 0)
			sum += figure_rss_anon((pid_t)pid);
	}
	free(text);
	return sum;
}

void
reporter_stop(struct reporter *r)
{
	int status;

	(void)kill(r->pid, SIGTERM);
	if (waitpid(r->pid, &status, 0) == -1 || status != 0)
		errx(1, "%s ended with status %d", PROGRAM, status);
}

int64_t
reporter_number(const struct reporter *r, const char *name)
{
	char *path = path_of(r, "state/report.db");
	struct err e;
	struct report_db *db = report_db_open_ro(path, &e);
	int64_t n = 0;

	if (db == NULL || report_db_get_int(db, name, 0, &n, &e) == -1)
		errx(1, "%s", e.text);
	report_db_close(db);
	free(path);
	return n;
}

/* Calls what() for each file of a directory. */
static void
each_file(const char *dir, void (*what)(const char *path, double *sum),
    double *sum)
{
	DIR *d = opendir(dir);
	const struct dirent *de;

	while (d != NULL && (de = readdir(d)) != NULL) {
		char *path = xasprintf("%s/%s", dir, de->d_name);

		if (de->d_name[0] != '.')
			what(path, sum);
		free(path);
	}
	if (d != NULL)
		closedir(d);
}

static void
add_size(const char *path, double *sum)
{
	struct stat st;

	if (stat(path, &st) == 0)
		*sum += (double)st.st_size;
}

static void
remove_one(const char *path, double *sum)
{
	*sum += unlink(path) == 0;
}

double
reporter_store(const struct reporter *r)
{
	char *state = path_of(r, "state");
	double sum = 0;

	each_file(state, add_size, &sum);
	free(state);
	return sum;
}

void
reporter_clear(struct reporter *r)
{
	static const char *const folders[] = { "state", "run", "" };
	double n = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		char *path = path_of(r, folders[i]);

		each_file(path, remove_one, &n);
		(void)rmdir(path);
		free(path);
	}
	free(r->dir);
	free(r->socket);
}
