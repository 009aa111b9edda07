/* qlen: how many datagrams may wait - see reportgen/qlen.h */
#include "config.h"

#include "reportgen/qlen.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/qlen-XXXXXX";

static void
put(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd == -1 || write(fd, text, strlen(text)) == -1)
		fail("cannot write %s", path);
	close(fd);
}

int
main(void)
{
	static const char *const wrong[] = { "", "x\n", "-1\n", "10x\n" };
	struct err e = { 0 };
	int64_t n = 0;
	int fd = mkstemp(path);

	close(fd);
	put("10\n");
	is_int(qlen_read(path, &n, &e), 0, "a limit");
	is_int(n, 10, "is read");
	is_int(qlen_raise(path, 512, &n, &e), 0, "raised");
	is_int(n, 512, "to what is wanted");
	is_int(qlen_raise(path, 100, &n, &e), 0, "one that is larger");
	is_int(n, 512, "stays");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		put(wrong[i]);
		is_int(qlen_read(path, &n, &e), -1, "\"%s\" is no number",
		    wrong[i]);
	}
	(void)unlink(path);
	is_int(qlen_raise(path, 512, &n, &e), -1, "no file is an error");
	has_str(e.text, path, "that names it");
	return done_testing();
}
