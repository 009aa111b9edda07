/* source_mbox: mails of an mbox file - see source.h */
#include "config.h"

#include "analyzer/source.h"

#include "share/base/xmem.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TAIL 1024 /* octets that tell whether an mbox only grew */

struct mbox {
	struct source_run *run;
	const char *data;
	size_t n;
	struct stat st;
};

static bool
fits(const char *path, const struct stat *st)
{
	char begin[5];
	bool is;
	int fd;

	if (!S_ISREG(st->st_mode))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return false;
	is = read(fd, begin, sizeof(begin)) == (ssize_t)sizeof(begin) &&
	    memcmp(begin, "From ", sizeof(begin)) == 0;
	close(fd);
	return is;
}

/* FNV-1a of the octets before an offset: is it the file that was read? */
static uint64_t
tail_hash(const struct mbox *m, size_t at)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = at > TAIL ? at - TAIL : 0; i < at; i++)
		h = (h ^ (unsigned char)m->data[i]) * UINT64_C(1099511628211);
	return h;
}

static void
write_state(const struct mbox *m, size_t at, char *state, size_t size)
{
	(void)snprintf(state, size, "%" PRIu64 ":%" PRIu64 " %zu %" PRIx64,
	    (uint64_t)m->st.st_dev, (uint64_t)m->st.st_ino, at,
	    tail_hash(m, at));
}

/* Where the mails begin that were not read; 0 for another file. */
static size_t
read_state(const struct mbox *m, const char *state)
{
	char same[256];
	uint64_t dev, ino;
	size_t at;

	if (sscanf(state, "%" SCNu64 ":%" SCNu64 " %zu", &dev, &ino, &at) !=
		3 ||
	    at > m->n)
		return 0;
	write_state(m, at, same, sizeof(same));
	return strcmp(state, same) == 0 ? at : 0;
}

/*
 * The offset of the next line "From " behind an empty line, or the end. (RFC
 * 4155 appendix A)
 */
static size_t
next_mail(const struct mbox *m, size_t at)
{
	while (at < m->n) {
		const char *hit = memmem(m->data + at, m->n - at, "\nFrom ", 6);
		size_t i;

		if (hit == NULL)
			break;
		i = (size_t)(hit - m->data);
		if ((i > 0 && m->data[i - 1] == '\n') ||
		    (i > 1 && m->data[i - 1] == '\r' && m->data[i - 2] == '\n'))
			return i + 1;
		at = i + 1;
	}
	return m->n;
}

static int
take(const struct mbox *m, size_t from, size_t to, struct err *e)
{
	struct intake_item item = { .data = m->data + from, .n = to - from };
	char place[32], state[256];

	(void)snprintf(place, sizeof(place), "%zu", from);
	item.place = place;
	if (item.n > INTAKE_MAIL_MAX) {
		item.n = INTAKE_MAIL_MAX;
		item.too_long = true;
	}
	if (intake_take(m->run->in, &item, e) == -1)
		return -1;
	write_state(m, to, state, sizeof(state));
	return intake_position(m->run->in, state, e);
}

static int
walk(const struct mbox *m, size_t from, struct err *e)
{
	while (from < m->n && !source_stopped(m->run)) {
		size_t to = next_mail(m, from);

		if (take(m, from, to, e) == -1)
			return -1;
		source_progress(m->run, to, m->n);
		from = to;
	}
	return 0;
}

/* Reads an open file that is locked. */
static int
read_mbox(struct mbox *m, int fd, const char *name, struct err *e)
{
	struct analysis_source source;
	void *map;
	int ret;

	if (intake_source(m->run->in, name, &source, e) == -1)
		return -1;
	if (fstat(fd, &m->st) == -1)
		return err_sys(e, "cannot look at %s", name);
	m->n = (size_t)m->st.st_size;
	if (m->n == 0)
		return 0;
	map = mmap(NULL, m->n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_sys(e, "cannot read %s", name);
	m->data = map;
	ret = walk(m, m->run->again ? 0 : read_state(m, source.state), e);
	(void)munmap(map, m->n);
	return ret;
}

static int
ingest(struct source_run *run, const char *path, struct err *e)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct mbox m = { .run = run };
	char *real = realpath(path, NULL);
	int fd, ret;

	fd = real != NULL ? open(real, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;
	if (fd == -1)
		ret = err_sys(e, "cannot read %s", path);
	/* who delivers holds it for a moment */
	else if (fcntl(fd, F_SETLKW, &lock) == -1)
		ret = err_sys(e, "cannot lock %s", path);
	else
		ret = read_mbox(&m, fd, real, e);
	if (fd != -1)
		close(fd);
	free(real);
	return ret;
}

/* The directory, since a file may be replaced. */
static void
watch(const char *path, void (*add)(void *arg, const char *directory),
    void *arg)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash == NULL ? xstrdup(".")
	    : slash == path             ? xstrdup("/")
			    : xstrndup(path, (size_t)(slash - path));

	add(arg, directory);
	free(directory);
}

const struct source_kind source_mbox = {
	.name = "mbox",
	.fits = fits,
	.ingest = ingest,
	.watch = watch,
};
