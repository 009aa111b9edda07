/*
 * file_mark: whether a path still names the file that was read from it.
 *
 * A reload asks what has changed besides the config: resolv.conf, trust
 * anchors, CA certificates. Thread safety: no state.
 * Tests: t/unit/file_mark.c
 */
#ifndef FILE_MARK_H
#define FILE_MARK_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

struct file_mark {
	dev_t dev; /* all zero: there was no such file */
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

/* The mark of what path names now. */
struct file_mark file_mark_take(const char *path);

/* Whether two marks are of the same content, as far as that can be told. */
bool file_mark_same(const struct file_mark *a, const struct file_mark *b);

#endif
