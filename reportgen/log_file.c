/* log_file: which file is which, when logs are rotated - see log_file.h */
#include "config.h"

#include "reportgen/log_file.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* FNV-1a: who writes the log may forge more than a hash. */
static bool
hash_head(int fd, uint32_t n, uint64_t *hash)
{
	unsigned char head[LOG_HEAD_MAX];

	if (n > 0 && pread(fd, head, n, 0) != (ssize_t)n)
		return false;
	*hash = UINT64_C(0xcbf29ce484222325);
	for (uint32_t i = 0; i < n; i++)
		*hash = (*hash ^ head[i]) * UINT64_C(0x100000001b3);
	return true;
}

struct log_file_id
log_file_identify(int fd, uint64_t n)
{
	struct log_file_id id = { 0 };
	struct stat st;

	if (fstat(fd, &st) == -1)
		return id;
	id.dev = st.st_dev;
	id.ino = st.st_ino;
	id.head = n < LOG_HEAD_MAX ? (uint32_t)n : LOG_HEAD_MAX;
	if (!hash_head(fd, id.head, &id.hash))
		id.head = 0;
	return id;
}

bool
log_file_begins(int fd, const struct log_file_id *id)
{
	uint64_t hash;

	return id->head == 0 ||
	    (hash_head(fd, id->head, &hash) && hash == id->hash);
}

/* ---- what lies beside a log ---- */

struct beside {
	DIR *dir;
	char folder[PATH_MAX];
	char name[NAME_MAX + 1]; /* of the log itself */
};

static bool
open_beside(struct beside *b, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash != NULL ? (size_t)(slash - path) : 0;

	(void)snprintf(b->folder, sizeof(b->folder), "%.*s",
	    slash == NULL ? 1 : (int)(n > 0 ? n : 1), slash ? path : ".");
	if (text_copy(b->name, sizeof(b->name),
		slash != NULL ? slash + 1 : path) == -1)
		return false;
	b->dir = opendir(b->folder);
	return b->dir != NULL;
}

/* Whether name is the log's with something behind it that isn't packed. */
static bool
is_rotated(const struct beside *b, const char *name)
{
	static const char *const packed[] = { ".gz", ".xz", ".bz2", ".zst",
		".lz4" };
	size_t n = strlen(b->name);

	if (strncmp(name, b->name, n) != 0 ||
	    (name[n] != '.' && name[n] != '-'))
		return false;
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		if (text_ends_nocase(name, packed[i]))
			return false;
	return true;
}

/* "mail.log.1", "mail.log-20261122": by logrotate and nobody else. */
static bool
is_numbered(const struct beside *b, const char *name)
{
	const char *s = name + strlen(b->name) + 1;

	return *s != '\0' && s[strspn(s, "0123456789-.")] == '\0';
}

/* Opens the next rotated file; -1 at the end. */
static int
next_beside(struct beside *b, struct stat *st, const char **name)
{
	const struct dirent *d;

	while ((d = readdir(b->dir)) != NULL) {
		int fd;

		if (!is_rotated(b, d->d_name))
			continue;
		fd = openat(dirfd(b->dir), d->d_name,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd == -1)
			continue;
		if (fstat(fd, st) == 0 && S_ISREG(st->st_mode)) {
			*name = d->d_name;
			return fd;
		}
		close(fd);
	}
	return -1;
}

int
log_file_find(const char *path, const struct log_file_id *id, uint64_t size)
{
	struct beside b;
	struct stat st;
	const char *name;
	int fd, copy = -1;

	if (!open_beside(&b, path))
		return -1;
	while ((fd = next_beside(&b, &st, &name)) != -1) {
		bool same = st.st_dev == id->dev && st.st_ino == id->ino;

		if ((uint64_t)st.st_size < size || !log_file_begins(fd, id) ||
		    (!same && (id->head == 0 || copy != -1))) {
			close(fd);
			continue;
		}
		if (copy != -1)
			close(copy);
		copy = fd;
		if (same)
			break;
	}
	closedir(b.dir);
	return copy;
}

static bool
is_later(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

int
log_file_after(const char *path, const struct stat *than)
{
	struct beside b;
	struct stat st, best_st = { 0 };
	const char *name;
	int fd, best = -1;

	if (!open_beside(&b, path))
		return -1;
	while ((fd = next_beside(&b, &st, &name)) != -1) {
		if (!is_numbered(&b, name) || !is_later(&st, than) ||
		    st.st_ino == than->st_ino ||
		    (best != -1 && !is_later(&best_st, &st))) {
			close(fd);
			continue;
		}
		if (best != -1)
			close(best);
		best = fd;
		best_st = st;
	}
	closedir(b.dir);
	return best;
}
