/* pid_file: who works on the state directory - see reportgen/pid_file.h */
#include "config.h"

#include "reportgen/pid_file.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/pid_file-XXXXXX";

static void
test_lock(const struct conf *c)
{
	struct err e = { 0 };
	int fd = pid_file_lock(c, true, &e);

	ok(fd != -1, "locked: %s", e.text);
	is_int(pid_file_read(c), getpid(), "it says who we are");
	is_int(pid_file_lock(c, true, &e), -1, "nobody else gets it");
	is_int(e.code, ERR_TEMP, "for now");
	close(fd);
	is_int(pid_file_read(c), 0, "nobody works there");
}

/* The folder is the user's, and the daemon begins as root. */
static void
test_link(const struct conf *c)
{
	char *path = xasprintf("%s/reportgen.pid", dir);
	char *victim = xasprintf("%s/victim", dir);
	struct err e = { 0 };
	struct stat st;
	int fd = open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	is_int(write(fd, "precious", 8), 8, "a file of somebody else");
	close(fd);
	(void)unlink(path);
	is_int(symlink(victim, path), 0, "a link to it");
	fd = pid_file_lock(c, true, &e);
	is_int(fd, -1, "a link is no pid file");
	if (fd != -1)
		close(fd);
	is_int(stat(victim, &st), 0, "where it leads");
	is_int(st.st_size, 8, "nothing has changed");
	(void)unlink(path);
	(void)unlink(victim);
	free(victim);
	free(path);
}

int
main(void)
{
	struct conf c;

	memset(&c, 0, sizeof(c));
	if (mkdtemp(dir) == NULL) {
		printf("Bail out! %s\n", dir);
		return 1;
	}
	c.server.state_dir = dir;
	test_lock(&c);
	test_link(&c);
	(void)rmdir(dir);
	return done_testing();
}
