/* ask: what commands want of the daemon - see ask.h */
#include "config.h"

#include "reportgen/ask.h"

#include "reportgen/checkpoint.h"
#include "reportgen/pid_file.h"
#include "share/base/clock.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 5000
#define LOOK_MS 10

char *
ask_db_path(const struct conf *c)
{
	return xasprintf("%s/report.db", c->server.state_dir);
}

bool
ask_running(const struct conf *c)
{
	return pid_file_read(c) != 0;
}

static int
send_signal(const struct conf *c, int sig, struct err *e)
{
	pid_t pid = pid_file_read(c);

	if (pid == 0)
		return err_set(e, ERR_NOENT,
		    "tlsherald-reportgen does not run");
	if (kill(pid, sig) == -1)
		return err_sys(e, "cannot ask process %ld", (long)pid);
	return 0;
}

int
ask_look(const struct conf *c, struct err *e)
{
	return send_signal(c, SIGUSR2, e);
}

int
ask_reload(const struct conf *c, struct err *e)
{
	return send_signal(c, SIGHUP, e);
}

/* What the number "checkpoint-asked" is; -1 while there is no file. */
static int64_t
answers(const struct conf *c)
{
	char *path = ask_db_path(c);
	struct err ignored;
	struct report_db *db = report_db_open_ro(path, &ignored);
	int64_t n = -1;

	if (db != NULL &&
	    report_db_get_int(db, "checkpoint-asked", 0, &n, &ignored) == -1)
		n = -1;
	report_db_close(db);
	free(path);
	return n;
}

/* The daemon counts each; the one that was asked for comes after the signal. */
static int
wait_for_daemon(const struct conf *c, struct err *e)
{
	const struct timespec look = { 0, LOOK_MS * 1000000L };
	int64_t end = clock_mono_ms(clock_system()) + PATIENCE_MS;
	int64_t before = answers(c);

	if (send_signal(c, SIGUSR1, e) == -1)
		return -1;
	while (answers(c) <= before) {
		if (clock_mono_ms(clock_system()) >= end)
			return err_set(e, ERR_TEMP,
			    "the daemon has not answered: figures may be ten "
			    "seconds old");
		(void)nanosleep(&look, NULL);
	}
	return 0;
}

/* There is no daemon, and none starts before this is done. */
static int
do_it_here(const struct conf *c, struct err *e)
{
	struct position_set set;
	struct report_db *db;
	char *path;
	size_t n;
	int fd, ret;

	fd = pid_file_lock(c, false, e);
	if (fd == -1)
		return -1;
	path = ask_db_path(c);
	db = report_db_open(path, e);
	ret = db == NULL ? -1
			 : checkpoint_replay(db, c->server.state_dir,
			       UINT64_MAX, c, &set, NULL, &n, e);
	report_db_close(db);
	free(path);
	close(fd);
	return ret;
}

int
ask_checkpoint(const struct conf *c, struct err *e)
{
	return ask_running(c) ? wait_for_daemon(c, e) : do_it_here(c, e);
}
