/* source: where mails come from - see source.h */
#include "config.h"

#include "analyzer/source.h"

#include "share/base/xmem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SMALL_MAX (256u * 1024) /* longer files are mapped */
#define MOVE_COPIES_MAX 10000   /* of one name */

/* In this order they are asked; a new kind is one row. */
static const struct source_kind *const kinds[] = {
	&source_maildir,
	&source_directory,
	&source_mbox,
	&source_file,
};

const struct source_kind *
source_find(const char *path, struct err *e)
{
	struct stat st;

	if (strcmp(path, "-") == 0)
		return &source_pipe;
	if (stat(path, &st) == -1) {
		(void)err_sys(e, "cannot read %s", path);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->fits(path, &st))
			return kinds[i];
	(void)err_set(e, ERR_PERM, "%s is neither a mailbox nor a file", path);
	return NULL;
}

/* ---- octets of a file ---- */

void
source_octets_init(struct source_octets *o)
{
	memset(o, 0, sizeof(*o));
	buf_init(&o->small, SMALL_MAX);
}

void
source_octets_drop(struct source_octets *o)
{
	if (o->map != NULL)
		(void)munmap(o->map, o->map_len);
	o->map = NULL;
	o->data = NULL;
	o->n = 0;
}

void
source_octets_clear(struct source_octets *o)
{
	source_octets_drop(o);
	buf_clear(&o->small);
}

/* Reads a short file, which may be shorter by now. */
static int
read_small(struct source_octets *o, int fd)
{
	char piece[32768];
	ssize_t n;

	buf_reset(&o->small);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(&o->small, piece, (size_t)n);
	o->data = buf_str(&o->small);
	o->n = o->small.len;
	return n == -1 ? -1 : 0;
}

static int
map_large(struct source_octets *o, int fd)
{
	o->map_len = (size_t)o->st.st_size;
	if (o->map_len > INTAKE_MAIL_MAX) {
		o->map_len = INTAKE_MAIL_MAX;
		o->too_long = true;
	}
	o->map = mmap(NULL, o->map_len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (o->map == MAP_FAILED) {
		o->map = NULL;
		return -1;
	}
	o->data = o->map;
	o->n = o->map_len;
	return 0;
}

int
source_octets_read(struct source_octets *o, int at, const char *name,
    struct err *e)
{
	int fd, ret;

	source_octets_drop(o);
	o->too_long = false;
	/* not blocking: somebody may have put a fifo there */
	fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && errno == ENOENT)
		return err_set(e, ERR_NOENT, "%s is gone", name);
	if (fd == -1)
		return err_sys(e, "cannot read %s", name);
	if (fstat(fd, &o->st) == -1)
		ret = err_sys(e, "cannot look at %s", name);
	else if (!S_ISREG(o->st.st_mode))
		ret = err_set(e, ERR_PERM, "%s is no file", name);
	else if ((o->st.st_size <= (off_t)SMALL_MAX ? read_small(o, fd)
						    : map_large(o, fd)) == -1)
		ret = err_sys(e, "cannot read %s", name);
	else
		ret = 0;
	close(fd);
	return ret;
}

/* ---- what becomes of a mail afterwards ---- */

/* Where it goes, of several with that name; a mail in cur has its flags. */
static char *
place_for(const char *folder, const char *name, bool maildir, int copy)
{
	const char *flags = maildir ? strstr(name, ":2,") : NULL;
	size_t n = flags != NULL ? (size_t)(flags - name) : strlen(name);
	char number[16] = "";

	if (copy > 0)
		(void)snprintf(number, sizeof(number), ".%d", copy);
	return xasprintf("%s/%.*s%s%s", folder, (int)n, name, number,
	    flags != NULL ? flags
		: maildir ? ":2,"
			  : "");
}

/* rename(2) that takes nothing away. */
static int
rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	/* not every file system knows that */
	return link(from, to) == -1 ? -1 : unlink(from);
}

/* What is there already stays: senders give many files the same name. */
static void
move(struct source_run *run, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char *cur = xasprintf("%s/cur", run->move_to), *to = NULL;
	struct err e;
	struct stat st;
	bool maildir = stat(cur, &st) == 0 && S_ISDIR(st.st_mode);
	int rc, copy = 0;

	do {
		free(to);
		to = place_for(maildir ? cur : run->move_to, name, maildir,
		    copy);
		rc = rename_new(path, to);
	} while (rc == -1 && errno == EEXIST && ++copy < MOVE_COPIES_MAX);
	if (rc == -1 && errno != ENOENT) {
		(void)err_sys(&e, "cannot move %s to %s", path, to);
		source_complain(run, &e);
	}
	free(cur);
	free(to);
}

static void
put_away(void *ctx, const char *path)
{
	struct source_run *run = ctx;
	struct err e;

	if (run->after == SOURCE_MOVE) {
		move(run, path);
	} else if (unlink(path) == -1 && errno != ENOENT) {
		(void)err_sys(&e, "cannot delete %s", path);
		source_complain(run, &e);
	}
}

void
source_away(struct source_run *run, const char *path)
{
	if (run->after != SOURCE_KEEP)
		intake_away(run->in, put_away, run, path);
}

bool
source_stopped(const struct source_run *run)
{
	return run->stopped != NULL && run->stopped();
}

void
source_complain(struct source_run *run, const struct err *e)
{
	run->complaints++;
	if (run->complain != NULL)
		run->complain(run->arg, e->text);
}

void
source_progress(struct source_run *run, size_t done, size_t total)
{
	if (run->progress != NULL)
		run->progress(run->arg, done, total);
}
