/* secret: reads what the config only names - see secret.h */
#include "config.h"

#include "share/base/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether the open file is one that a secret may be in. */
static int
check_file(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_PERM, "%s is not a regular file", path);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(e, ERR_PERM,
		    "%s has mode %04o: others than its owner have access (chmod "
		    "600)",
		    path, (unsigned)st.st_mode & 07777);
	return 0;
}

/* Reads to the end by read(2): stdio would keep a copy that nobody wipes. */
static int
read_all(int fd, const char *name, struct buf *out, struct err *e)
{
	char piece[4096];
	ssize_t n;
	int rc = 0;

	while ((n = read(fd, piece, sizeof(piece))) > 0 && !buf_full(out))
		buf_add(out, piece, (size_t)n);
	if (n == -1)
		rc = err_sys(e, "%s", name);
	else if (buf_full(out))
		rc = err_set(e, ERR_LIMIT, "%s is over %d octets", name,
		    SECRET_MAX);
	else if (out->len == 0)
		rc = err_set(e, ERR_NOENT, "%s is empty", name);
	explicit_bzero(piece, sizeof(piece));
	return rc;
}

static int
read_file(const char *path, struct buf *out, struct err *e)
{
	/* not blocking: a FIFO without a writer must not hold the start up */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc = -1;

	if (fd == -1)
		return err_sys(e, "%s", path);
	if (check_file(fd, path, e) == 0)
		rc = read_all(fd, path, out, e);
	close(fd);
	return rc;
}

static int
read_command(const char *command, struct buf *out, struct err *e)
{
	FILE *f = popen(command, "re");
	int rc, status;

	if (f == NULL)
		return err_sys(e, "%s", command);
	rc = read_all(fileno(f), command, out, e);
	status = pclose(f);
	if (rc == 0 && status != 0)
		rc = err_set(e, ERR_PERM, "%s: ended with %s %d", command,
		    WIFSIGNALED(status) ? "signal" : "status",
		    WIFSIGNALED(status) ? WTERMSIG(status)
					: WEXITSTATUS(status));
	return rc;
}

int
secret_read(const char *ref, struct buf *out, struct err *e)
{
	buf_init(out, SECRET_MAX);
	if (strncmp(ref, "file:", 5) == 0)
		return read_file(ref + 5, out, e);
	if (strncmp(ref, "cmd:", 4) == 0)
		return read_command(ref + 4, out, e);
	return err_set(e, ERR_SYNTAX,
	    "a secret is named by file:/PATH or cmd:COMMAND");
}

void
secret_clear(struct buf *secret)
{
	if (secret->data != NULL)
		explicit_bzero(secret->data, secret->cap);
	buf_clear(secret);
}
