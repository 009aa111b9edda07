/* file_mark: whether a path still names the same file - see file_mark.h */
#include "config.h"

#include "share/base/file_mark.h"

#include <string.h>
#include <sys/stat.h>

struct file_mark
file_mark_take(const char *path)
{
	struct file_mark m;
	struct stat st;

	memset(&m, 0, sizeof(m));
	if (stat(path, &st) == 0) {
		m.dev = st.st_dev;
		m.ino = st.st_ino;
		m.size = st.st_size;
		m.mtime = st.st_mtim;
	}
	return m;
}

bool
file_mark_same(const struct file_mark *a, const struct file_mark *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime.tv_sec == b->mtime.tv_sec &&
	    a->mtime.tv_nsec == b->mtime.tv_nsec;
}
