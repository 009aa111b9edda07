/* Tests of share/base/file_mark. */
#include "config.h"

#include "share/base/file_mark.h"
#include "t/unit/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

int
main(void)
{
	char path[] = "/tmp/file_mark-XXXXXX", other[64];
	struct file_mark none, first, again, longer, moved;
	int fd = mkstemp(path);

	close(fd);
	unlink(path);
	none = file_mark_take(path);
	put(path, "one");
	first = file_mark_take(path);
	again = file_mark_take(path);
	ok(!file_mark_same(&none, &first), "a file that appeared");
	ok(file_mark_same(&first, &again), "a file that stayed");
	put(path, "longer");
	longer = file_mark_take(path);
	ok(!file_mark_same(&first, &longer), "a file that was rewritten");
	(void)snprintf(other, sizeof(other), "%s.new", path);
	put(other, "longer");
	ok(rename(other, path) == 0, "put another file there");
	moved = file_mark_take(path);
	ok(!file_mark_same(&longer, &moved), "a file that was replaced");
	unlink(path);
	return done_testing();
}
