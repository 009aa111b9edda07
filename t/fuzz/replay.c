/*
 * replay: run a fuzz target over its corpus, as TAP, with any compiler.
 *
 * t/fuzz/NAME.t reads $SRCDIR/t/fuzz/corpus/NAME (SRCDIR is . when unset), or
 * the files and folders given as arguments. An empty corpus is a failure. The
 * target itself reports nothing: it ends the process when it finds a fault.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "t/unit/tap.h"

/* Feed one input to the parser under test; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (4u << 20)

/* Run one file. The copy is exact in size, so that ASan sees each overrun. */
static void
replay_file(const char *path)
{
	FILE *f;
	uint8_t *data = NULL;
	struct stat st;
	size_t len = 0;

	if ((f = fopen(path, "rb")) == NULL || fstat(fileno(f), &st) == -1 ||
	    st.st_size > INPUT_MAX) {
		fail("%s can be read: %s", path, strerror(errno));
		goto out;
	}
	/* malloc(0) may be NULL, which no parser is promised */
	data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
	if (data == NULL)
		abort();
	len = fread(data, 1, (size_t)st.st_size, f);
	if (len != (size_t)st.st_size) {
		fail("%s is read whole", path);
		goto out;
	}
	printf("# %s\n", path);
	fflush(stdout);
	ok(LLVMFuzzerTestOneInput(data, len) == 0, "%s", path);
out:
	free(data);
	if (f != NULL)
		fclose(f);
}

/* Skip what an editor or the folder itself leaves. */
static int
is_input(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Run one file, or each file of a folder in the order of their names. */
static void
replay_path(const char *path)
{
	struct dirent **list = NULL;
	char name[PATH_MAX];
	int i, n;

	if ((n = scandir(path, &list, is_input, alphasort)) == -1) {
		if (errno == ENOTDIR)
			replay_file(path);
		else
			fail("%s can be read: %s", path, strerror(errno));
		return;
	}
	if (n == 0)
		fail("%s holds an input", path);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, list[i]->d_name);
		replay_file(name);
		free(list[i]);
	}
	free(list);
}

int
main(int argc, char **argv)
{
	const char *srcdir, *name;
	char path[PATH_MAX];
	int i;

	for (i = 1; i < argc; i++)
		replay_path(argv[i]);
	if (argc > 1)
		return done_testing();

	srcdir = getenv("SRCDIR");
	name = strrchr(argv[0], '/');
	name = name == NULL ? argv[0] : name + 1;
	snprintf(path, sizeof(path), "%s/t/fuzz/corpus/%.*s",
	    srcdir == NULL ? "." : srcdir, (int)strcspn(name, "."), name);
	replay_path(path);
	return done_testing();
}
