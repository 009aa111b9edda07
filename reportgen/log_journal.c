/* log_journal: systemd's journal - see log_journal.h */
#include "config.h"

#include "reportgen/log_journal.h"
#include "reportgen/log_entry.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define NO_CURSOR "-"
#define TAIL_MS 30000

struct log_input {
	const struct log *log;
	char *program;
	pid_t pid; /* 0: none runs */
	int fd;
	uint64_t generation, count;   /* of the next entry */
	char before[LOG_CURSOR_SIZE]; /* cursor of the entry before the last */
	char last[LOG_CURSOR_SIZE];   /* of the last */
	bool begun;                   /* an entry was read */
	bool skipping;
	struct buf in;
	size_t at; /* in it: not looked at yet */
	struct log_entry entry;
};

/* ---- the program ---- */

static int
spawn(struct log_input *in, char *const argv[], int out, struct err *e)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t none, ended;
	int rc;

	sigemptyset(&none);
	/* it is to end when we do, by a pipe that nobody reads */
	sigemptyset(&ended);
	sigaddset(&ended, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &ended);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, out, 1);
	rc = posix_spawnp(&in->pid, in->program, &fa, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	if (rc == 0)
		return 0;
	in->pid = 0;
	errno = rc;
	return err_sys(e, "cannot run %s", in->program);
}

/* Waits for its end; whether it ended well by itself. */
static bool
await_program(struct log_input *in)
{
	int status = -1;

	while (waitpid(in->pid, &status, 0) == -1 && errno == EINTR)
		continue;
	in->pid = 0;
	return status == 0;
}

static void
end_program(struct log_input *in)
{
	if (in->fd != -1)
		close(in->fd);
	in->fd = -1;
	if (in->pid == 0)
		return;
	kill(in->pid, SIGTERM);
	(void)await_program(in);
}

/* Runs it with what is said of the place to begin at. */
static int
run(struct log_input *in, const char *const *place, struct err *e)
{
	const char *argv[16] = { in->program, "-q", "--no-pager", "-o", "json",
		"--output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID" };
	size_t n = 6;
	int fds[2], rc;

	while (*place != NULL)
		argv[n++] = *place++;
	argv[n++] = "SYSLOG_FACILITY=2";
	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_sys(e, "pipe");
	rc = spawn(in, (char *const *)(uintptr_t)argv, fds[1], e);
	close(fds[1]);
	in->fd = fds[0];
	buf_reset(&in->in);
	in->at = 0;
	in->skipping = false;
	if (rc == -1 || fcntl(in->fd, F_SETFL, O_NONBLOCK) == -1) {
		end_program(in);
		return -1;
	}
	return 0;
}

/* ---- entries ---- */

/* Reads more; 1, 0 (none for now), or -1 and e at its end. */
static int
fill(struct log_input *in, struct err *e)
{
	char block[16384];
	ssize_t got = read(in->fd, block, sizeof(block));

	if (got == -1)
		return errno == EAGAIN || errno == EINTR
		    ? 0
		    : err_sys(e, "%s", in->program);
	if (got == 0)
		return err_set(e, ERR_TEMP, "%s has ended", in->program);
	buf_drop(&in->in, in->at);
	in->at = 0;
	buf_add(&in->in, block, (size_t)got);
	if (buf_full(&in->in)) {
		/* its end, and what follows, may be in this block */
		buf_reset(&in->in);
		buf_add(&in->in, block, (size_t)got);
		in->skipping = true;
	}
	return 1;
}

/* The next whole entry; false: none is here. */
static bool
take_entry(struct log_input *in)
{
	for (;;) {
		const char *s = buf_str(&in->in) + in->at;
		const char *stop = memchr(s, '\n', in->in.len - in->at);
		bool rest = in->skipping;

		if (stop == NULL)
			return false;
		in->at += (size_t)(stop - s) + 1;
		in->skipping = false;
		if (!rest && log_entry_read(&in->entry, s, (size_t)(stop - s)))
			break;
	}
	(void)text_copy(in->before, sizeof(in->before), in->last);
	(void)text_copy(in->last, sizeof(in->last), in->entry.cursor);
	in->count++;
	in->begun = true;
	return true;
}

static int
next_entry(struct log_input *in, int64_t now_ms, struct log_line *line,
    struct side_position *position, struct err *e)
{
	int more;

	(void)now_ms;
	for (;;) {
		while (take_entry(in)) {
			if (in->entry.line.len == 0)
				continue;
			*line = in->entry.line;
			position->generation = in->generation;
			position->offset = (in->count - 1) * LOG_JOURNAL_STEP;
			return 1;
		}
		more = fill(in, e);
		if (more <= 0)
			return more;
	}
}

/* ---- beginning ---- */

/* The cursor of the last entry there is; none where there is no entry. */
static int
find_tail(struct log_input *in, struct err *e)
{
	static const char *const place[] = { "-n", "1", NULL };
	struct pollfd p = { .events = POLLIN };
	struct err ended = { 0 };
	bool well;

	if (run(in, place, e) == -1)
		return -1;
	p.fd = in->fd;
	while (poll(&p, 1, TAIL_MS) > 0 && fill(in, &ended) == 1)
		continue;
	while (take_entry(in))
		continue;
	well = ended.code == ERR_TEMP && await_program(in);
	end_program(in);
	in->count = 0;
	in->begun = false;
	if (well)
		return 0;
	return err_set(e, ERR_TEMP, "%s cannot say where the journal ends",
	    in->program);
}

static int
begin(struct log_input *in, const struct log_mark *mark, struct err *e)
{
	char *after;
	const char *place[4] = { "-f", "--no-tail", NULL, NULL };
	int rc;

	if (mark != NULL) {
		in->generation = mark->position.generation;
		in->count = mark->position.offset / LOG_JOURNAL_STEP;
		if (mark->token[0] == '\0')
			in->generation++;
		else if (strcmp(mark->token, NO_CURSOR) != 0)
			(void)text_copy(in->last, sizeof(in->last),
			    mark->token);
	} else if (find_tail(in, e) == -1)
		return -1;
	after = xasprintf("--after-cursor=%s", in->last);
	if (in->last[0] != '\0')
		place[2] = after;
	rc = run(in, place, e);
	free(after);
	return rc;
}

static void
close_journal(struct log_input *in)
{
	if (in == NULL)
		return;
	end_program(in);
	buf_clear(&in->in);
	log_entry_clear(&in->entry);
	free(in->program);
	free(in);
}

static struct log_input *
open_journal(const char *arg, const struct log_mark *mark, uint64_t generation,
    const struct log *log, struct err *e)
{
	struct log_input *in = xcalloc(1, sizeof(*in));

	in->log = log;
	in->program = xstrdup(arg);
	in->fd = -1;
	in->generation = generation;
	buf_init(&in->in, LOG_JOURNAL_ENTRY_MAX);
	log_entry_init(&in->entry);
	if (begin(in, mark, e) == 0)
		return in;
	close_journal(in);
	return NULL;
}

static void
mark_entry(const struct log_input *in, struct log_mark *out)
{
	const char *cursor = in->begun ? in->before : in->last;

	out->position.generation = in->generation;
	out->position.offset = (in->count - in->begun) * LOG_JOURNAL_STEP;
	(void)text_copy(out->token, sizeof(out->token),
	    cursor[0] != '\0' ? cursor : NO_CURSOR);
}

static int
wait_fd(const struct log_input *in)
{
	return in->fd;
}

const struct log_input_kind log_journal = { open_journal, next_entry,
	mark_entry, wait_fd, close_journal };
