/* daemon: the built tlsherald-milter, for a measurement - see daemon.h */
#include "config.h"

#include "t/bench/daemon.h"
#include "share/base/xmem.h"
#include "share/net/socketmap_client.h"

#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "milter/tlsherald-milter"

void
daemon_prepare(struct daemon *d, const struct daemon_options *options)
{
	char dir[] = "/tmp/tlsherald-bench-XXXXXX", *path;
	const char *config = options != NULL ? options->config : NULL;
	const char *dns = options != NULL ? options->dns : NULL;
	FILE *f;

	memset(d, 0, sizeof(*d));
	if (mkdtemp(dir) == NULL || chmod(dir, 0711) == -1)
		err(1, "mkdtemp");
	d->dir = xstrdup(dir);
	path = xasprintf("%s/bench.toml", dir);
	f = fopen(path, "w");
	if (f == NULL)
		err(1, "%s", path);
	fprintf(f,
	    "[server]\nuser = \"nobody\"\ngroup = \"nogroup\"\n"
	    "state-dir = \"%s/state\"\n"
	    "[control]\nsocket = \"%s/ctl\"\n"
	    "[milter]\nlisten = \"unix:%s/milter.sock\"\n"
	    "[policy]\nlisten = [\"inet:127.0.0.1:%d\", "
	    "\"unix:%s/policy.sock,mode=0666\"]\n"
	    "mta-dnssec = \"yes\"\n[dns]\n%s\n%s\n",
	    dir, dir, dir, DAEMON_POLICY_PORT, dir, dns != NULL ? dns : "",
	    config != NULL ? config : "");
	fclose(f);
	free(path);
}

static pid_t running; /* to be ended when a measurement fails */

static void
end_running(void)
{
	if (running > 0)
		(void)kill(running, SIGKILL);
}

void
daemon_start(struct daemon *d)
{
	static bool prepared;

	char *config = xasprintf("%s/bench.toml", d->dir);
	char *log = xasprintf("%s/log", d->dir);

	d->pid = fork();
	if (d->pid == 0) {
		running = 0;
		if (freopen(log, "a", stderr) == NULL)
			_exit(1);
		execl(PROGRAM, "tlsherald-milter", "-f", "-c", config,
		    (char *)NULL);
		_exit(1);
	}
	free(config);
	free(log);
	if (!prepared)
		prepared = atexit(end_running) == 0;
	running = d->pid;
}

void
daemon_await(const struct daemon *d)
{
	char listen[64], *reply = NULL;
	struct err e = { 0 };

	(void)snprintf(listen, sizeof(listen), "inet:127.0.0.1:%d",
	    DAEMON_POLICY_PORT);
	for (int i = 0; reply == NULL && i < 1000; i++) {
		struct timespec pause = { 0, 10000000 };

		reply = socketmap_ask(listen, "postfix", "[192.0.2.1]", 1000,
		    5000, &e);
		if (reply == NULL)
			nanosleep(&pause, NULL);
	}
	if (reply == NULL || strcmp(reply, "NOTFOUND ") != 0)
		errx(1, "the daemon does not answer: %s; see %s/log", e.text,
		    d->dir);
	free(reply);
}

void
daemon_stop(struct daemon *d, int sig)
{
	(void)kill(d->pid, sig);
	(void)waitpid(d->pid, NULL, 0);
	d->pid = running = 0;
}

void
daemon_clear(struct daemon *d)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", d->dir, (char *)NULL);
		_exit(1);
	}
	(void)waitpid(pid, NULL, 0);
	free(d->dir);
	d->dir = NULL;
}
