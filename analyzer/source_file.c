/* source_file: single mails, bare reports, directories, a pipe - see source.h */
#include "config.h"

#include "analyzer/source.h"

#include "share/base/xmem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* ---- one file ---- */

static bool
fits_file(const char *path, const struct stat *st)
{
	(void)path;
	return S_ISREG(st->st_mode);
}

/* Takes the octets of a file in. */
static int
take_octets(struct source_run *run, const struct source_octets *o,
    const char *place, struct err *e)
{
	const struct intake_item item = { .place = place,
		.data = o->data,
		.n = o->n,
		.too_long = o->too_long,
		.received = o->st.st_mtim.tv_sec,
		.recipient = run->recipient };

	return intake_take(run->in, &item, e);
}

static int
ingest_file(struct source_run *run, const char *path, struct err *e)
{
	char *real = realpath(path, NULL);
	struct source_octets o;
	struct analysis_source source;
	const char *name;
	char *folder;
	int ret;

	if (real == NULL)
		return err_sys(e, "cannot read %s", path);
	source_octets_init(&o);
	name = strrchr(real, '/') + 1;
	folder = xstrndup(real, (size_t)(name - real));
	ret = source_octets_read(&o, AT_FDCWD, real, e);
	if (ret == 0)
		ret = intake_source(run->in, folder, &source, e);
	if (ret == 0)
		ret = take_octets(run, &o, name, e);
	if (ret == 0)
		source_away(run, real);
	source_octets_clear(&o);
	free(folder);
	free(real);
	return ret;
}

const struct source_kind source_file = {
	.name = "file",
	.fits = fits_file,
	.ingest = ingest_file,
};

/* ---- a directory of files ---- */

struct directory {
	struct source_run *run;
	const char *path;
	struct analysis_source source;
	struct source_octets octets;
	int at;
};

static bool
fits_directory(const char *path, const struct stat *st)
{
	(void)path;
	return S_ISDIR(st->st_mode);
}

/* What changes with a file's content, as far as that can be told. */
static int64_t
mark_of(const struct stat *st)
{
	uint64_t time = (uint64_t)st->st_mtim.tv_sec * UINT64_C(1000000000) +
	    (uint64_t)st->st_mtim.tv_nsec;

	return (int64_t)((time ^ (uint64_t)st->st_size << 40 ^
			     (uint64_t)st->st_ino << 20) &
	    INT64_MAX);
}

/* Whether somebody may still be writing it. */
static bool
is_fresh(const struct stat *st)
{
	int64_t age = (int64_t)time(NULL) - (int64_t)st->st_mtim.tv_sec;

	return age >= 0 && age < SOURCE_SETTLED_S;
}

/* Whether a file is new, or another one than it was; -1 and e. */
static int
is_new(const struct directory *d, const char *name, struct err *e)
{
	struct stat st;
	int64_t mark;
	int seen;

	if (fstatat(d->at, name, &st, 0) == -1 || !S_ISREG(st.st_mode))
		return 0;
	if (d->run->settle && is_fresh(&st)) {
		d->run->unsettled = true;
		return 0;
	}
	if (d->run->again)
		return 1;
	seen = intake_is_seen(d->run->in, name, &mark, e);
	if (seen == -1)
		return -1;
	return seen == 0 || mark != mark_of(&st);
}

static int
take_name(struct directory *d, const char *name, struct err *e)
{
	struct source_run *run = d->run;
	int fresh = is_new(d, name, e);
	struct err why;
	char *path;

	if (fresh != 1)
		return fresh;
	if (source_octets_read(&d->octets, d->at, name, &why) == -1) {
		if (why.code != ERR_NOENT)
			source_complain(run, &why);
		return 0;
	}
	if (take_octets(run, &d->octets, name, e) == -1 ||
	    intake_seen(run->in, name, mark_of(&d->octets.st), e) == -1)
		return -1;
	path = xasprintf("%s/%s", d->path, name);
	source_away(run, path);
	free(path);
	return 0;
}

static int
walk_directory(struct directory *d, struct err *e)
{
	DIR *dir = opendir(d->path);
	struct dirent *entry;
	size_t done = 0;
	int ret = 0;

	if (dir == NULL)
		return err_sys(e, "cannot read %s", d->path);
	d->at = dirfd(dir);
	while (ret == 0 && !source_stopped(d->run) &&
	    (errno = 0, entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		ret = take_name(d, entry->d_name, e);
		source_progress(d->run, ++done, 0);
	}
	closedir(dir);
	return ret;
}

static int
ingest_directory(struct source_run *run, const char *path, struct err *e)
{
	struct directory d = { .run = run };
	char *real = realpath(path, NULL);
	int ret;

	if (real == NULL)
		return err_sys(e, "cannot read %s", path);
	d.path = real;
	source_octets_init(&d.octets);
	ret = intake_source(run->in, real, &d.source, e);
	if (ret == 0)
		ret = walk_directory(&d, e);
	source_octets_clear(&d.octets);
	free(real);
	return ret;
}

static void
watch_directory(const char *path, void (*add)(void *arg, const char *directory),
    void *arg)
{
	add(arg, path);
}

const struct source_kind source_directory = {
	.name = "directory",
	.fits = fits_directory,
	.ingest = ingest_directory,
	.watch = watch_directory,
};

/* ---- a mail on standard input ---- */

static bool
fits_pipe(const char *path, const struct stat *st)
{
	(void)path;
	(void)st;
	return false; /* it is asked for by its name */
}

/* A file without a name for what is too long for memory. */
static int
make_spool(struct err *e)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir != NULL && *dir == '/' ? dir : "/var/tmp",
	    O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd != -1 ? fd : err_sys(e, "cannot make a temporary file");
}

static int
write_all(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, s, n);

		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		s += done;
		n -= (size_t)done;
	}
	return 0;
}

/*
 * Reads all of fd: the begin into small, and everything into *spool once it is
 * longer than that. To its end even beyond the limit, or the MTA's pipe breaks.
 */
static int
read_pipe(int fd, struct buf *small, int *spool, size_t *total, struct err *e)
{
	static char piece[65536];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(e, "cannot read standard input");
		*total += (size_t)n;
		if (*spool == -1) {
			buf_add(small, piece, (size_t)n);
			if (!buf_full(small))
				continue;
			if ((*spool = make_spool(e)) == -1)
				return -1;
			if (write_all(*spool, small->data, small->len) == -1)
				return err_sys(e, "cannot keep the mail");
		}
		if (*total <= INTAKE_MAIL_MAX &&
		    write_all(*spool, piece, (size_t)n) == -1)
			return err_sys(e, "cannot keep the mail");
	}
	return 0;
}

static int
take_pipe(struct source_run *run, const struct buf *small, int spool,
    size_t total, struct err *e)
{
	struct intake_item item = { .place = "mail",
		.data = buf_str(small),
		.n = small->len,
		.recipient = run->recipient,
		.too_long = total > INTAKE_MAIL_MAX };
	void *map = NULL;
	struct stat st;
	int ret;

	if (spool != -1) {
		if (fstat(spool, &st) == -1)
			return err_sys(e, "cannot look at the mail");
		item.n = (size_t)st.st_size;
		map = mmap(NULL, item.n, PROT_READ, MAP_PRIVATE, spool, 0);
		if (map == MAP_FAILED)
			return err_sys(e, "cannot read the mail");
		item.data = map;
	}
	ret = intake_take(run->in, &item, e);
	if (map != NULL)
		(void)munmap(map, item.n);
	return ret;
}

static int
ingest_pipe(struct source_run *run, const char *path, struct err *e)
{
	struct analysis_source source;
	struct buf small;
	size_t total = 0;
	int spool = -1, ret;

	(void)path;
	buf_init(&small, 1u << 20);
	ret = read_pipe(STDIN_FILENO, &small, &spool, &total, e);
	if (ret == 0)
		ret = intake_source(run->in, "standard input", &source, e);
	if (ret == 0)
		ret = take_pipe(run, &small, spool, total, e);
	if (spool != -1)
		close(spool);
	buf_clear(&small);
	return ret;
}

const struct source_kind source_pipe = {
	.name = "pipe",
	.fits = fits_pipe,
	.ingest = ingest_pipe,
};
