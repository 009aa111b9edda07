/* qlen: how many datagrams may wait in a Unix socket - see qlen.h */
#include "config.h"

#include "reportgen/qlen.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
qlen_read(const char *path, int64_t *n, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32], *end;
	ssize_t len = -1;

	if (fd != -1) {
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (len == -1)
		return err_sys(e, "cannot read %s", path);
	text[len] = '\0';
	errno = 0;
	*n = strtoll(text, &end, 10);
	if (end == text || (*end != '\n' && *end != '\0') || errno != 0 ||
	    *n < 0)
		return err_set(e, ERR_SYNTAX, "%s holds no number", path);
	return 0;
}

int
qlen_raise(const char *path, int64_t wanted, int64_t *n, struct err *e)
{
	char text[32];
	int fd, len;

	if (qlen_read(path, n, e) == -1)
		return -1;
	if (*n >= wanted)
		return 0;
	len = snprintf(text, sizeof(text), "%" PRId64 "\n", wanted);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1 || write(fd, text, (size_t)len) != len) {
		(void)err_sys(e, "cannot raise %s from %" PRId64, path, *n);
		if (fd != -1)
			close(fd);
		return -1;
	}
	close(fd);
	return qlen_read(path, n, e);
}
