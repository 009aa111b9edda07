/* source_maildir: mails of a Maildir - see source.h */
#include "config.h"

#include "analyzer/source.h"

#include "share/base/xmem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A change within this long before a look may be missed by times alone. */
#define RACY_NS INT64_C(2000000000)

static const char *const folders[] = { "new", "cur" };

struct walk {
	struct source_run *run;
	const char *path;
	struct analysis_source source;
	struct source_octets octets;
	struct map hasher; /* for its key; holds nothing */
	uint64_t *there;   /* hashes of the names that are there */
	size_t n, room;
	size_t done, total;
};

static bool
is_directory(const char *path, const char *name)
{
	char *full = xasprintf("%s/%s", path, name);
	struct stat st;
	bool is = stat(full, &st) == 0 && S_ISDIR(st.st_mode);

	free(full);
	return is;
}

static bool
fits(const char *path, const struct stat *st)
{
	return S_ISDIR(st->st_mode) && is_directory(path, "new") &&
	    is_directory(path, "cur");
}

/* ---- whether anything changed ---- */

static int64_t
nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/*
 * Writes what the folders look like; "" where a change might look the same
 * because it is too fresh.
 */
static int
look(const char *path, char *state, size_t size, struct err *e)
{
	struct timespec now;
	size_t used = 0;
	bool fresh = false;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	for (int i = 0; i < 2; i++) {
		char *full = xasprintf("%s/%s", path, folders[i]);
		struct stat st;
		int rc = stat(full, &st);

		if (rc == -1)
			(void)err_sys(e, "cannot read %s", full);
		free(full);
		if (rc == -1)
			return -1;
		used += (size_t)snprintf(state + used, size - used,
		    "%" PRIu64 ":%" PRIu64 ":%" PRId64 " ", (uint64_t)st.st_dev,
		    (uint64_t)st.st_ino, nanoseconds(st.st_mtim));
		fresh = fresh ||
		    nanoseconds(now) - nanoseconds(st.st_mtim) < RACY_NS;
	}
	if (fresh)
		state[0] = '\0';
	return 0;
}

/* ---- one mail ---- */

/* How much of a file's name stays when flags change. */
static size_t
key_len(const char *name)
{
	const char *flags = strstr(name, ":2,");

	return flags != NULL ? (size_t)(flags - name) : strlen(name);
}

static void
remember(struct walk *w, const char *key)
{
	if (w->n == w->room) {
		w->room = w->room == 0 ? 1024 : 2 * w->room;
		w->there = xreallocarray(w->there, w->room, sizeof(*w->there));
	}
	w->there[w->n++] = map_hash(&w->hasher, key, strlen(key));
}

static int
take(struct walk *w, int at, const char *folder, const char *name,
    const char *key, struct err *e)
{
	struct intake_item item = { .place = key };
	struct err why;
	char *path;

	if (source_octets_read(&w->octets, at, name, &why) == -1) {
		/* moved or deleted: the next look tells */
		if (why.code != ERR_NOENT)
			source_complain(w->run, &why);
		return 0;
	}
	item.data = w->octets.data;
	item.n = w->octets.n;
	item.too_long = w->octets.too_long;
	item.received = w->octets.st.st_mtim.tv_sec;
	if (intake_take(w->run->in, &item, e) == -1 ||
	    intake_seen(w->run->in, key, 0, e) == -1)
		return -1;
	path = xasprintf("%s/%s/%s", w->path, folder, name);
	source_away(w->run, path);
	free(path);
	return 0;
}

static int
take_name(struct walk *w, int at, const char *folder, const char *name,
    struct err *e)
{
	char *key = xstrndup(name, key_len(name));
	int64_t mark;
	int seen = 0, ret = 0;

	remember(w, key);
	if (!w->run->again)
		seen = intake_is_seen(w->run->in, key, &mark, e);
	if (seen != 0)
		ret = seen == -1 ? -1 : 0;
	else
		ret = take(w, at, folder, name, key, e);
	free(key);
	source_progress(w->run, ++w->done, w->total);
	return ret;
}

static int
walk_folder(struct walk *w, const char *folder, struct err *e)
{
	char *full = xasprintf("%s/%s", w->path, folder);
	DIR *dir = opendir(full);
	struct dirent *entry;
	int ret = 0;

	if (dir == NULL) {
		(void)err_sys(e, "cannot read %s", full);
		free(full);
		return -1;
	}
	while (ret == 0 && !source_stopped(w->run) &&
	    (errno = 0, entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			ret =
			    take_name(w, dirfd(dir), folder, entry->d_name, e);
	if (ret == 0 && errno != 0)
		ret = err_sys(e, "cannot read %s", full);
	closedir(dir);
	free(full);
	return ret;
}

/* ---- what is there no more ---- */

static int
compare(const void *va, const void *vb)
{
	const uint64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

struct cleaning {
	const struct walk *w;
	char *gone[256];
	size_t n;
};

static bool
check_item(void *arg, const char *item, int64_t mark)
{
	struct cleaning *c = arg;
	uint64_t hash = map_hash(&c->w->hasher, item, strlen(item));

	(void)mark;
	/* without any, there may be no array */
	if (c->w->n > 0 &&
	    bsearch(&hash, c->w->there, c->w->n, sizeof(hash), compare) != NULL)
		return true;
	c->gone[c->n++] = xstrdup(item);
	return c->n < sizeof(c->gone) / sizeof(c->gone[0]);
}

/* Forgets items that are no more, some at a time, as long as there are any. */
static int
clean(struct walk *w, struct err *e)
{
	struct cleaning c;
	int ret;

	if (w->n > 0)
		qsort(w->there, w->n, sizeof(*w->there), compare);
	do {
		c.w = w;
		c.n = 0;
		ret = intake_each_seen(w->run->in, check_item, &c, e);
		for (size_t i = 0; i < c.n; i++) {
			if (ret == 0)
				ret = intake_gone(w->run->in, c.gone[i], e);
			free(c.gone[i]);
		}
	} while (ret == 0 && c.n == sizeof(c.gone) / sizeof(c.gone[0]));
	return ret;
}

/* ---- the Maildir ---- */

/* How many mails there are, for who watches. */
static size_t
count(const char *path)
{
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		char *full = xasprintf("%s/%s", path, folders[i]);
		DIR *dir = opendir(full);
		struct dirent *entry;

		while (dir != NULL && (entry = readdir(dir)) != NULL)
			n += entry->d_name[0] != '.';
		if (dir != NULL)
			closedir(dir);
		free(full);
	}
	return n;
}

static int
walk(struct walk *w, struct err *e)
{
	char state[sizeof(w->source.state)];

	if (look(w->path, state, sizeof(state), e) == -1)
		return -1;
	if (!w->run->again && *state != '\0' &&
	    strcmp(state, w->source.state) == 0)
		return 0;
	if (w->run->progress != NULL)
		w->total = count(w->path);
	for (int i = 0; i < 2; i++)
		if (walk_folder(w, folders[i], e) == -1)
			return -1;
	/* what could not be read, or was not, is looked at again */
	if (source_stopped(w->run))
		return 0;
	if (w->run->complaints > 0)
		state[0] = '\0';
	if (clean(w, e) == -1)
		return -1;
	return intake_position(w->run->in, state, e);
}

static int
ingest(struct source_run *run, const char *path, struct err *e)
{
	struct walk w = { .run = run };
	char *real = realpath(path, NULL);
	int ret;

	if (real == NULL)
		return err_sys(e, "cannot read %s", path);
	w.path = real;
	map_init(&w.hasher);
	source_octets_init(&w.octets);
	ret = intake_source(run->in, real, &w.source, e);
	if (ret == 0)
		ret = walk(&w, e);
	source_octets_clear(&w.octets);
	map_clear(&w.hasher);
	free(w.there);
	free(real);
	return ret;
}

static void
watch(const char *path, void (*add)(void *arg, const char *directory),
    void *arg)
{
	for (int i = 0; i < 2; i++) {
		char *full = xasprintf("%s/%s", path, folders[i]);

		add(arg, full);
		free(full);
	}
}

const struct source_kind source_maildir = {
	.name = "maildir",
	.fits = fits,
	.ingest = ingest,
	.watch = watch,
};
