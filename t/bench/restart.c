/*
 * restart: from exec to the first right answer, with 50,000 policies.
 *
 * Fills the store that a daemon finds, starts the daemon, and asks for one
 * of the policies, all name servers being silent, until the answer comes.
 * The yardstick is a program that does nothing, linked to the same
 * libraries. Goal: restart.
 */
#include "config.h"

#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "t/bench/daemon.h"
#include "t/bench/figure.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 7
#define POLICIES 50000
#define EMPTY "t/bench/empty"
#define REQUEST "28:postfix d0031234.ben.example,"
#define PAUSE_NS 200000

/* In one transaction: fifty thousand, each durable, would take minutes. */
static void
fill_store(const char *dir)
{
	char *path = xasprintf("%s/state/policy.db", dir), *sql;
	long long now = (long long)clock_wall_ms(clock_system());
	sqlite3 *db;

	sql = xasprintf(
	    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
	    "WHERE i < %d) INSERT INTO policy (domain, id, fetched_ms, "
	    "expires_ms, body) SELECT printf('d%%07d.ben.example', i), "
	    "'20260101', %lld, %lld, 'version: STSv1' || char(10) || "
	    "'mode: enforce' || char(10) || 'mx: mx.ben.example' || "
	    "char(10) || 'max_age: 604800' || char(10) FROM n",
	    POLICIES - 1, now, now + 604800000);
	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		errx(1, "%s: %s", path, sqlite3_errmsg(db));
	sqlite3_close(db);
	free(sql);
	free(path);
}

/* One question; false where the daemon does not listen yet. */
static bool
ask(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char reply[256];
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1) {
		if (errno != ENOENT && errno != ECONNREFUSED)
			err(1, "%s", path);
		close(fd);
		return false;
	}
	n = write(fd, REQUEST, strlen(REQUEST)) == (ssize_t)strlen(REQUEST)
	    ? read(fd, reply, sizeof(reply) - 1)
	    : -1;
	close(fd);
	reply[n > 0 ? n : 0] = '\0';
	if (strstr(reply, ":OK secure match=mx.ben.example ") == NULL)
		errx(1, "not the right answer: %s", reply);
	return true;
}

static double
time_daemon(struct daemon *d, const char *socket_path)
{
	struct timespec pause = { 0, PAUSE_NS };
	double start;

	(void)unlink(socket_path);
	start = figure_now();
	daemon_start(d);
	while (!ask(socket_path))
		nanosleep(&pause, NULL);
	start = figure_now() - start;
	daemon_stop(d, SIGKILL);
	return start;
}

static double
time_empty(void)
{
	double start = figure_now();
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl(EMPTY, "empty", (char *)NULL);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "%s fails", EMPTY);
	return figure_now() - start;
}

int
main(void)
{
	/* without DANE nothing has to be asked: what was kept is enough */
	const struct daemon_options options = {
		.config = "[queue.tls.default]\ndane = \"disable\"\n",
		.dns = "servers = [\"127.0.0.1@9\"]\n"
	};
	double above[ROUNDS];
	struct daemon d;
	char *path;

	daemon_prepare(&d, &options);
	path = xasprintf("%s/policy.sock", d.dir);
	daemon_start(&d); /* to make its store */
	daemon_await(&d);
	daemon_stop(&d, SIGTERM);
	fill_store(d.dir);
	for (int i = 0; i < ROUNDS; i++) {
		double empty = time_empty();

		above[i] = (time_daemon(&d, path) - empty) * 1000;
	}
	figure_at_most("restart-first-answer", figure_median(above, ROUNDS),
	    "ms-above-empty", 20);
	daemon_clear(&d);
	free(path);
	return 0;
}
