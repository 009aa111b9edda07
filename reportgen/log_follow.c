/* log_follow: a file of syslog, through rotation - see log_follow.h */
#include "config.h"

#include "reportgen/log_follow.h"
#include "reportgen/log_file.h"
#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define BLOCK (64u * 1024)

struct log_input {
	const struct log *log;
	char *path;
	int64_t said_s; /* when a trouble was told, 0: there is none */
	int events;     /* inotify on the folder, or -1 */
	int fd;         /* -1: there is no file yet */
	struct log_file_id id;
	uint64_t generation;
	uint64_t offset; /* of what was read into block */
	uint64_t line;   /* of the line given last */
	bool skipping;   /* the rest of a line that is too long, or cut */
	size_t at, n;    /* in block: not looked at yet */
	char block[BLOCK];
};

static void
start_file(struct log_input *in, int fd, uint64_t offset)
{
	if (in->fd != -1)
		close(in->fd);
	in->fd = fd;
	in->offset = in->line = offset;
	in->at = in->n = 0;
	in->skipping = false;
	in->id = log_file_identify(fd, offset);
}

/* A log that may not be read looks like none: it is told once a minute. */
static void
say_trouble(struct log_input *in, int number)
{
	int64_t now = clock_mono_ms(clock_system()) / 1000 + 1;

	if (number == ENOENT || (in->said_s != 0 && now - in->said_s < 60))
		return;
	in->said_s = now;
	log_write(in->log, LOG_LEVEL_ERROR,
	    "log=%s cannot be read (it is waited for): %s", in->path,
	    strerror(number));
}

/* What path names, or -1. */
static int
open_path(struct log_input *in, struct stat *st)
{
	int fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1) {
		say_trouble(in, errno);
		return -1;
	}
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return -1;
}

/* ---- beginning ---- */

/* At the end; a line that is being written is not taken. */
static void
begin_at_end(struct log_input *in)
{
	struct stat st;
	char last = '\n';
	int fd = open_path(in, &st);

	if (fd == -1)
		return;
	start_file(in, fd, (uint64_t)st.st_size);
	if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1)
		in->skipping = last != '\n';
}

static bool
read_token(const char *token, struct log_file_id *id)
{
	int used = 0;

	return sscanf(token,
		   "%" SCNu64 " %" SCNu64 " %" SCNu32 " %" SCNx64 "%n",
		   &id->dev, &id->ino, &id->head, &id->hash, &used) == 4 &&
	    token[used] == '\0' && id->head <= LOG_HEAD_MAX;
}

/* Where the mark points, under whatever name that is now. */
static int
begin_at_mark(struct log_input *in, const struct log_mark *mark, struct err *e)
{
	uint64_t offset = mark->position.offset;
	struct log_file_id id;
	struct stat st;
	int fd;

	in->generation = mark->position.generation;
	if (!read_token(mark->token, &id)) {
		in->generation++;
		return 0;
	}
	/* there was no file yet */
	if (id.ino == 0)
		return 0;
	fd = open_path(in, &st);
	if (fd != -1 &&
	    (st.st_dev != id.dev || st.st_ino != id.ino ||
		(uint64_t)st.st_size < offset || !log_file_begins(fd, &id))) {
		close(fd);
		fd = -1;
	}
	if (fd == -1)
		fd = log_file_find(in->path, &id, offset);
	if (fd == -1)
		return err_set(e, ERR_NOENT,
		    "%s was rotated and its old file is not there", in->path);
	start_file(in, fd, offset);
	return 0;
}

static int
watch_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? xstrdup(".")
	    : slash == path          ? xstrdup("/")
				     : xstrndup(path, (size_t)(slash - path));
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd != -1 &&
	    inotify_add_watch(fd, folder,
		IN_MODIFY | IN_CREATE | IN_MOVED_TO) == -1) {
		close(fd);
		fd = -1;
	}
	free(folder);
	return fd;
}

static void
close_file(struct log_input *in)
{
	if (in == NULL)
		return;
	if (in->fd != -1)
		close(in->fd);
	if (in->events != -1)
		close(in->events);
	free(in->path);
	free(in);
}

static struct log_input *
open_file(const char *arg, const struct log_mark *mark, uint64_t generation,
    const struct log *log, struct err *e)
{
	struct log_input *in = xcalloc(1, sizeof(*in));

	in->log = log;
	in->path = xstrdup(arg);
	in->fd = -1;
	in->generation = generation;
	in->events = watch_folder(arg);
	if (mark == NULL) {
		begin_at_end(in);
	} else if (begin_at_mark(in, mark, e) == -1) {
		close_file(in);
		return NULL;
	}
	return in;
}

/* ---- from one file to the next ---- */

/* The copy of what was truncated, or what has the name now. */
static void
after_truncation(struct log_input *in)
{
	struct log_file_id id = in->id;
	uint64_t done = in->offset - (in->n - in->at);
	int copy = log_file_find(in->path, &id, done);
	struct stat st;
	int fd;

	if (copy != -1) {
		start_file(in, copy, done);
		return;
	}
	log_write(in->log, LOG_LEVEL_WARN,
	    "%s was truncated and there is no copy: lines may be lost",
	    in->path);
	fd = open_path(in, &st);
	if (fd == -1)
		return;
	in->generation++;
	start_file(in, fd, 0);
}

/* Whether the file was cut since: it is shorter, or begins otherwise. */
static bool
is_truncated(const struct log_input *in)
{
	struct stat st;

	return fstat(in->fd, &st) == 0 &&
	    ((uint64_t)st.st_size < in->offset ||
		!log_file_begins(in->fd, &in->id));
}

/*
 * Goes on with the next file when this one has come to its end: whoever
 * writes the log has begun the new one, so nothing more comes here.
 */
static bool
take_next_file(struct log_input *in)
{
	struct stat mine, st;
	int fd, next;

	if (fstat(in->fd, &mine) == -1)
		return false;
	fd = open_path(in, &st);
	if (fd == -1)
		return false;
	if (st.st_dev == mine.st_dev && st.st_ino == mine.st_ino) {
		close(fd);
		return false;
	}
	/* something may have come between the end and the new file */
	if ((uint64_t)mine.st_size > in->offset) {
		close(fd);
		return true;
	}
	next = log_file_after(in->path, &mine);
	if (next == -1 && st.st_size == 0) {
		close(fd);
		return false;
	}
	in->generation++;
	start_file(in, next != -1 ? next : fd, 0);
	if (next != -1)
		close(fd);
	return true;
}

/* The first file; it was not there when we began. */
static bool
take_first_file(struct log_input *in)
{
	struct stat st;
	int fd = open_path(in, &st);

	if (fd == -1)
		return false;
	start_file(in, fd, 0);
	return true;
}

/* ---- lines ---- */

static void
drain_events(struct log_input *in)
{
	char events[4096];

	while (in->events != -1 && read(in->events, events, sizeof(events)) > 0)
		continue;
}

/* Reads more into block; 1, or 0 at the end, or -1 and e. */
static int
fill(struct log_input *in, struct err *e)
{
	ssize_t got;

	if (is_truncated(in)) {
		after_truncation(in);
		return 1;
	}
	memmove(in->block, in->block + in->at, in->n - in->at);
	in->n -= in->at;
	in->at = 0;
	got =
	    pread(in->fd, in->block + in->n, BLOCK - in->n, (off_t)in->offset);
	if (got == -1)
		return err_sys(e, "%s", in->path);
	in->n += (size_t)got;
	in->offset += (uint64_t)got;
	if (in->id.head < LOG_HEAD_MAX && got > 0)
		in->id = log_file_identify(in->fd, in->offset);
	return got > 0;
}

/* The next whole line in block, without its end; false: there is none. */
static bool
take_line(struct log_input *in, const char **s, size_t *n)
{
	const char *start = in->block + in->at;
	const char *stop = memchr(start, '\n', in->n - in->at);

	if (stop == NULL) {
		if (in->n - in->at <= LOG_LINE_OCTETS)
			return false;
		in->skipping = true;
		in->at = in->n;
		return false;
	}
	*s = start;
	*n = (size_t)(stop - start);
	in->line = in->offset - (in->n - in->at);
	in->at += *n + 1;
	return true;
}

/* The next line that is one of syslog. */
static bool
take_parsed(struct log_input *in, int64_t now_ms, struct log_line *line)
{
	const char *s;
	size_t n;

	while (take_line(in, &s, &n)) {
		bool rest = in->skipping;

		in->skipping = false;
		if (!rest && log_line_parse(s, n, now_ms, line))
			return true;
	}
	return false;
}

static int
next_line(struct log_input *in, int64_t now_ms, struct log_line *line,
    struct side_position *position, struct err *e)
{
	int more;

	if (in->fd == -1) {
		drain_events(in);
		if (!take_first_file(in))
			return 0;
	}
	while (!take_parsed(in, now_ms, line)) {
		drain_events(in);
		more = fill(in, e);
		if (more == -1)
			return -1;
		if (more == 0 && !take_next_file(in))
			return 0;
	}
	position->generation = in->generation;
	position->offset = in->line;
	return 1;
}

static void
mark_line(const struct log_input *in, struct log_mark *out)
{
	out->position.generation = in->generation;
	out->position.offset = in->line;
	(void)snprintf(out->token, sizeof(out->token),
	    "%" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIx64, in->id.dev,
	    in->id.ino, in->id.head, in->id.hash);
}

static int
wait_fd(const struct log_input *in)
{
	return in->events;
}

const struct log_input_kind log_follow = { open_file, next_line, mark_line,
	wait_fd, close_file };
