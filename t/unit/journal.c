/* journal: what is not in report.db yet - see reportgen/journal.h */
#include "config.h"

#include "reportgen/journal.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/journal-XXXXXX";

static char *
path_of(int number)
{
	static char path[80];

	snprintf(path, sizeof(path), "%s/journal.%d", dir, number);
	return path;
}

struct seen {
	char text[4096];
	int n, stop_at;
};

static int
see(void *arg, const struct journal_record *r, struct err *e)
{
	struct seen *s = arg;
	size_t at = strlen(s->text);

	snprintf(s->text + at, sizeof(s->text) - at, "%c%lld:%.*s ", r->kind,
	    (long long)r->ms, r->len > 40 ? 40 : (int)r->len, r->text);
	if (++s->n == s->stop_at)
		return err_set(e, ERR_SYS, "enough");
	return 0;
}

static struct seen
read_back(int number, off_t *torn)
{
	struct seen s = { .n = 0 };
	struct err e = { 0 };

	if (journal_replay(dir, (uint64_t)number, see, &s, torn, &e) == -1)
		diag("%s", e.text);
	return s;
}

static void
test_writing(void)
{
	struct journal j;
	struct err e = { 0 };
	struct stat st;
	struct seen s;
	off_t torn;

	journal_init(&j);
	is_int(journal_begin(&j, dir, 1, &e), 0, "a journal");
	ok(stat(path_of(1), &st) == 0 && (st.st_mode & 07777) == 0600,
	    "its mode is 0600");
	ok(journal_add(&j, JOURNAL_DATAGRAM, 5, "one", 3), "a record");
	ok(journal_add(&j, JOURNAL_SIDE, -1, "", 0), "an empty one");
	ok(stat(path_of(1), &st) == 0 && st.st_size == 0,
	    "nothing is written before the batch is whole");
	is_int(journal_write(&j, &e), 0, "the batch");
	is_int(journal_write(&j, &e), 0, "an empty batch");
	ok(journal_add(&j, JOURNAL_DATAGRAM, 6, "t\0o", 3), "the next");
	is_int(journal_write(&j, &e), 0, "batch");
	s = read_back(1, &torn);
	is_str(s.text, "d5:one s-1: d6:t ", "all are there");
	is_int(torn, 0, "and nothing else");
	is_int(journal_begin(&j, dir, 2, &e), 0, "the next journal");
	is_int(journal_begin(&j, dir, 2, &e), -1, "a number is used once");
	ok(journal_add(&j, JOURNAL_DATAGRAM, 7, "lost", 4), "a record");
	is_int(journal_write(&j, &e), -1, "without a file is told");
	is_int(j.batch.len, 0, "and does not pile up");
	journal_clear(&j);
	ok(!journal_add(&j, JOURNAL_DATAGRAM, 1, "x", JOURNAL_RECORD_MAX + 1),
	    "a record beyond any size is left out");
	journal_clear(&j);
}

/* Every way in which the end of a file can be cut or wrong. */
static void
test_torn(void)
{
	struct journal j;
	struct err e = { 0 };
	struct stat st;
	char data[4096], noise = 0x55;
	struct seen s;
	off_t torn, whole;
	int fd, bad = 0, flipped = 0;
	ssize_t n;

	journal_init(&j);
	is_int(journal_begin(&j, dir, 3, &e), 0, "a journal");
	ok(journal_add(&j, JOURNAL_DATAGRAM, 1, "first", 5) &&
		journal_write(&j, &e) == 0 && stat(path_of(3), &st) == 0,
	    "of a record");
	whole = st.st_size;
	ok(journal_add(&j, JOURNAL_DATAGRAM, 2, "second", 6) &&
		journal_write(&j, &e) == 0,
	    "and another");
	journal_clear(&j);
	fd = open(path_of(3), O_RDWR);
	n = pread(fd, data, sizeof(data), 0);
	for (off_t len = n - 1; len > whole; len--) {
		if (ftruncate(fd, len) == -1)
			bad++;
		s = read_back(3, &torn);
		if (strcmp(s.text, "d1:first ") != 0 || torn != len - whole)
			bad++;
	}
	is_int(bad, 0, "cut anywhere, the first one is there");
	for (off_t at = whole; at < n; at++) {
		if (pwrite(fd, data, (size_t)n, 0) != n ||
		    pwrite(fd, &noise, 1, at) != 1)
			bad++;
		s = read_back(3, &torn);
		if (s.n == 2 && data[at] != noise)
			flipped++;
	}
	is_int(flipped, 0, "a wrong octet anywhere is found");
	is_int(bad, 0, "without a fault of this test");
	close(fd);
}

/* A full disk: the file stays whole and goes on later. */
static void
test_full_disk(void)
{
	struct rlimit limit = { 100, RLIM_INFINITY }, before;
	struct journal j;
	struct err e = { 0 };
	struct seen s;
	off_t torn;
	char text[60];

	memset(text, 'x', sizeof(text));
	journal_init(&j);
	is_int(journal_begin(&j, dir, 4, &e), 0, "a journal");
	ok(journal_add(&j, JOURNAL_DATAGRAM, 1, "one", 3) &&
		journal_write(&j, &e) == 0,
	    "of a record");
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)getrlimit(RLIMIT_FSIZE, &before);
	(void)setrlimit(RLIMIT_FSIZE, &limit);
	ok(journal_add(&j, JOURNAL_DATAGRAM, 2, text, sizeof(text)) &&
		journal_add(&j, JOURNAL_DATAGRAM, 3, text, sizeof(text)),
	    "two more");
	is_int(journal_write(&j, &e), -1, "do not fit: %s", e.text);
	s = read_back(4, &torn);
	is_str(s.text, "d1:one ", "what was there is there");
	is_int(torn, 0, "with nothing half-written behind it");
	(void)setrlimit(RLIMIT_FSIZE, &before);
	ok(journal_add(&j, JOURNAL_DATAGRAM, 4, "four", 4) &&
		journal_write(&j, &e) == 0,
	    "when there is room it goes on");
	s = read_back(4, &torn);
	is_str(s.text, "d1:one d4:four ", "behind what is whole");
	journal_clear(&j);
}

static void
test_listing(void)
{
	static const char *const names[] = { "journal.0", "journal.x",
		"journal.12x", "journal.", "journal.007", "journal.5.gz",
		"journal.99999999999999999999999" };
	uint64_t *numbers;
	struct err e = { 0 };
	size_t n;
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		close(open(path, O_WRONLY | O_CREAT, 0600));
	}
	close(open(path_of(10), O_WRONLY | O_CREAT, 0600));
	is_int(journal_list(dir, &numbers, &n, &e), 0, "the list");
	is_int(n, 5, "has journals alone");
	ok(n == 5 && numbers[0] == 1 && numbers[3] == 4 && numbers[4] == 10,
	    "by number");
	free(numbers);
	journal_remove(dir, 4);
	is_int(journal_list(dir, &numbers, &n, &e), 0, "up to 4");
	ok(n == 1 && numbers[0] == 10, "they are gone");
	free(numbers);
	is_int(access(path_of(10), F_OK), 0, "no other is");
	is_int(journal_list("/nonexistent", &numbers, &n, &e), -1,
	    "no directory is an error");
	journal_remove(dir, 10);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
}

static void
test_stopping(void)
{
	struct seen s = { .stop_at = 1 };
	struct journal j;
	struct err e = { 0 };
	off_t torn;

	journal_init(&j);
	ok(journal_begin(&j, dir, 6, &e) == 0 &&
		journal_add(&j, JOURNAL_DATAGRAM, 1, "a", 1) &&
		journal_add(&j, JOURNAL_DATAGRAM, 2, "b", 1) &&
		journal_write(&j, &e) == 0,
	    "two records");
	is_int(journal_replay(dir, 6, see, &s, &torn, &e), -1,
	    "a reader that fails ends it");
	is_str(e.text, "enough", "and its error is told");
	is_int(journal_replay(dir, 7, see, &s, &torn, &e), -1,
	    "no file is an error");
	journal_clear(&j);
	journal_remove(dir, 6);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL) {
		printf("Bail out! %s\n", dir);
		return 1;
	}
	test_writing();
	test_torn();
	test_full_disk();
	test_listing();
	test_stopping();
	(void)rmdir(dir);
	is_int(access(dir, F_OK), -1, "nothing is left");
	return done_testing();
}
