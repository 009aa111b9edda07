/* journal: what is not in report.db yet - see journal.h */
#include "config.h"

#include "reportgen/journal.h"

#include "share/base/xmem.h"
#include "share/rpt/gz.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD 8  /* length and checksum */
#define FIXED 9 /* time and kind */
#define BATCH_KEPT (1u << 20)

void
journal_init(struct journal *j)
{
	memset(j, 0, sizeof(*j));
	j->fd = -1;
	buf_init(&j->batch, JOURNAL_BATCH_MAX);
}

void
journal_clear(struct journal *j)
{
	if (j->fd != -1)
		close(j->fd);
	j->fd = -1;
	buf_clear(&j->batch);
}

static char *
path_of(const char *dir, uint64_t number)
{
	return xasprintf("%s/journal.%" PRIu64, dir, number);
}

int
journal_begin(struct journal *j, const char *dir, uint64_t number,
    struct err *e)
{
	char *path = path_of(dir, number);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC,
	    0600);
	int ret = 0;

	if (j->fd != -1)
		close(j->fd);
	j->fd = fd;
	j->number = number;
	j->size = 0;
	j->dirty = false;
	if (fd == -1)
		ret = err_sys(e, "cannot make %s", path);
	free(path);
	return ret;
}

bool
journal_add(struct journal *j, enum journal_kind kind, int64_t ms,
    const void *text, size_t n)
{
	char head[HEAD + FIXED];
	uint32_t length = (uint32_t)(n + FIXED), crc;

	if (n > JOURNAL_RECORD_MAX ||
	    j->batch.len + sizeof(head) + n > JOURNAL_BATCH_MAX)
		return false;
	memcpy(head + HEAD, &ms, sizeof(ms));
	head[HEAD + 8] = (char)kind;
	crc = gz_crc32(0, head + HEAD, FIXED);
	crc = gz_crc32(crc, text, n);
	memcpy(head, &length, sizeof(length));
	memcpy(head + 4, &crc, sizeof(crc));
	buf_add(&j->batch, head, sizeof(head));
	buf_add(&j->batch, text, n);
	return true;
}

/* Writes all of n octets. */
static int
write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, data, n);

		if (w == -1 && errno == EINTR)
			continue;
		if (w <= 0)
			return -1;
		data += w;
		n -= (size_t)w;
	}
	return 0;
}

/* A batch that was cut must not be followed by others: cuts it off. */
static int
clean(struct journal *j)
{
	if (j->dirty && ftruncate(j->fd, j->size) == -1)
		return -1;
	j->dirty = false;
	return 0;
}

int
journal_write(struct journal *j, struct err *e)
{
	size_t n = j->batch.len;
	int ret = 0;

	if (n == 0)
		return 0;
	if (j->fd == -1) {
		ret = err_set(e, ERR_SYS, "no journal could be made");
	} else if (clean(j) == -1 || write_all(j->fd, j->batch.data, n) == -1) {
		ret = err_sys(e, "cannot write journal.%" PRIu64, j->number);
		j->dirty = true;
		(void)clean(j);
	} else {
		j->size += (off_t)n;
	}
	if (j->batch.cap > BATCH_KEPT)
		buf_clear(&j->batch);
	else
		buf_reset(&j->batch);
	return ret;
}

int
journal_dup(const struct journal *j)
{
	return j->fd == -1 ? -1 : fcntl(j->fd, F_DUPFD_CLOEXEC, 3);
}

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The number in a name "journal.N"; 0 when it is none. */
static uint64_t
number_of(const char *name)
{
	char *end;
	unsigned long long n;

	if (strncmp(name, "journal.", 8) != 0 || name[8] < '1' || name[8] > '9')
		return 0;
	errno = 0;
	n = strtoull(name + 8, &end, 10);
	return *end == '\0' && errno == 0 && n < INT64_MAX ? n : 0;
}

int
journal_list(const char *dir, uint64_t **numbers, size_t *n, struct err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *de;
	uint64_t number;

	*numbers = NULL;
	*n = 0;
	if (d == NULL)
		return err_sys(e, "cannot read %s", dir);
	while ((de = readdir(d)) != NULL) {
		number = number_of(de->d_name);
		if (number == 0)
			continue;
		*numbers = xreallocarray(*numbers, *n + 1, sizeof(**numbers));
		(*numbers)[(*n)++] = number;
	}
	closedir(d);
	if (*n > 1)
		qsort(*numbers, *n, sizeof(**numbers), compare_numbers);
	return 0;
}

int
journal_scan(const char *data, size_t n,
    int (*each)(void *arg, const struct journal_record *r, struct err *e),
    void *arg, size_t *whole, struct err *e)
{
	struct journal_record r;
	uint32_t length, crc;

	for (*whole = 0; n - *whole >= HEAD + FIXED; *whole += HEAD + length) {
		const char *p = data + *whole;

		memcpy(&length, p, sizeof(length));
		memcpy(&crc, p + 4, sizeof(crc));
		if (length < FIXED || length > JOURNAL_RECORD_MAX + FIXED ||
		    length > n - *whole - HEAD ||
		    gz_crc32(0, p + HEAD, length) != crc)
			break;
		memcpy(&r.ms, p + HEAD, sizeof(r.ms));
		r.kind = (enum journal_kind)p[HEAD + 8];
		r.text = p + HEAD + FIXED;
		r.len = length - FIXED;
		if (each(arg, &r, e) == -1)
			return -1;
	}
	return 0;
}

int
journal_replay(const char *dir, uint64_t number,
    int (*each)(void *arg, const struct journal_record *r, struct err *e),
    void *arg, off_t *torn, struct err *e)
{
	char *path = path_of(dir, number);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st = { .st_size = 0 };
	size_t whole = 0;
	char *data = NULL;
	int ret = -1;

	*torn = 0;
	if (fd == -1 || fstat(fd, &st) == -1) {
		(void)err_sys(e, "cannot read %s", path);
		goto out;
	}
	if (st.st_size > 0) {
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
		    fd, 0);
		if (data == MAP_FAILED) {
			(void)err_sys(e, "cannot read %s", path);
			goto out;
		}
		ret = journal_scan(data, (size_t)st.st_size, each, arg, &whole,
		    e);
		(void)munmap(data, (size_t)st.st_size);
	} else {
		ret = 0;
	}
	*torn = st.st_size - (off_t)whole;
out:
	if (fd != -1)
		close(fd);
	free(path);
	return ret;
}

void
journal_remove(const char *dir, uint64_t last)
{
	uint64_t *numbers;
	struct err ignored;
	size_t n;

	if (journal_list(dir, &numbers, &n, &ignored) == -1)
		return;
	for (size_t i = 0; i < n && numbers[i] <= last; i++) {
		char *path = path_of(dir, numbers[i]);

		(void)unlink(path);
		free(path);
	}
	free(numbers);
}
