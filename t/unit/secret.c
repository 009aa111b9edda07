/* secret: files that others can read are refused, and what else goes wrong */
#include "config.h"

#include "share/base/secret.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/tlsherald-secret.XXXXXX";

/* A file with these octets and mode; its path. */
static const char *
make_file(const char *name, mode_t mode, const char *text, size_t n)
{
	static char path[200];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, text, n) != (ssize_t)n ||
	    fchmod(fd, mode) == -1)
		abort();
	close(fd);
	return path;
}

static void
check(const char *ref, enum err_code want, const char *text, const char *name)
{
	struct err e;
	struct buf b;

	err_clear(&e);
	is_int(secret_read(ref, &b, &e), want == ERR_NONE ? 0 : -1, "%s", name);
	is_int(e.code, want, "%s: code (%s)", name, e.text);
	if (want == ERR_NONE)
		is_str(buf_str(&b), text, "%s: what was read", name);
	else
		has_str(e.text, text, "%s: the error says why", name);
	secret_clear(&b);
	is_int(b.len, 0, "%s: cleared", name);
}

static void
check_file(const char *path, enum err_code want, const char *text,
    const char *name)
{
	char ref[300];

	(void)snprintf(ref, sizeof(ref), "file:%s", path);
	check(ref, want, text, name);
}

static void
test_files(void)
{
	static char big[SECRET_MAX + 1];
	char fifo[200];

	memset(big, 'x', sizeof(big));
	check_file(make_file("a", 0600, "key\n", 4), ERR_NONE, "key\n", "0600");
	check_file(make_file("a", 0400, "key\n", 4), ERR_NONE, "key\n", "0400");
	check_file(make_file("b", 0640, "key\n", 4), ERR_PERM, "mode 0640",
	    "the group may read");
	check_file(make_file("c", 0604, "key\n", 4), ERR_PERM, "mode 0604",
	    "others may read");
	check_file(make_file("d", 0620, "key\n", 4), ERR_PERM, "mode 0620",
	    "the group may write");
	check_file(make_file("e", 0600, "", 0), ERR_NOENT, "empty", "empty");
	check_file(make_file("f", 0600, big, SECRET_MAX + 1), ERR_LIMIT, "over",
	    "one octet too many");
	check_file(dir, ERR_PERM, "regular", "a folder");
	check_file("/nonexistent/key", ERR_SYS, "No such file", "not there");
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	is_int(mkfifo(fifo, 0600), 0, "a FIFO");
	check_file(fifo, ERR_PERM, "regular", "a FIFO nobody writes to");
}

/* Started as root, the keys belong to the user that we shall be. */
static void
test_owner(void)
{
	const char *path = make_file("g", 0600, "key\n", 4);

	if (geteuid() != 0) {
		pass("only root can make a file of another user");
		return;
	}
	is_int(chown(path, 65534, 65534), 0, "chown");
	check_file(path, ERR_NONE, "key\n", "another's file");
}

static void
test_others(void)
{
	check("cmd:printf 'a b'", ERR_NONE, "a b", "a command");
	check("cmd:echo key; exit 3", ERR_PERM, "status 3", "it fails");
	check("cmd:echo key; kill -9 $$", ERR_PERM, "signal 9", "it is killed");
	check("cmd:true", ERR_NOENT, "empty", "it says nothing");
	check("/etc/key", ERR_SYNTAX, "file:/PATH", "no kind named");
	check("", ERR_SYNTAX, "file:/PATH", "nothing named");
}

int
main(void)
{
	char command[100];

	if (mkdtemp(dir) == NULL)
		abort();
	test_files();
	test_owner();
	test_others();
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? done_testing() : 1;
}
