/* report_db: the file of the reporter - see share/store/report_db.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/report_db.h"
#include "share/store/report_rows.h"
#include "t/unit/tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/report_db-XXXXXX";
static char path[64];

/* Opens path; a failure ends the test. */
static struct report_db *
open_db(struct err *e)
{
	struct report_db *db = report_db_open(path, e);

	if (db == NULL) {
		printf("Bail out! %s\n", e->text);
		exit(1);
	}
	return db;
}

static int64_t
get(struct report_db *db, const char *name)
{
	struct err e = { 0 };
	int64_t v;

	if (report_db_get_int(db, name, -7, &v, &e) == -1) {
		diag("%s", e.text);
		return -99;
	}
	return v;
}

/* How many files of the directory begin with prefix. */
static int
count_files(const char *prefix)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	int n = 0;

	while (d != NULL && (de = readdir(d)) != NULL)
		n += strncmp(de->d_name, prefix, strlen(prefix)) == 0;
	if (d != NULL)
		closedir(d);
	return n;
}

static void
remove_files(void)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	char name[400];

	while (d != NULL && (de = readdir(d)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", dir, de->d_name);
		if (de->d_name[0] != '.')
			(void)unlink(name);
	}
	if (d != NULL)
		closedir(d);
}

static void
collect_name(void *arg, const char *name, int64_t value)
{
	char *out = arg;

	snprintf(out + strlen(out), 200 - strlen(out), "%s=%lld ", name,
	    (long long)value);
}

static void
test_numbers(void)
{
	struct err e = { 0 };
	struct report_db *db = open_db(&e);
	char names[200] = "";
	struct stat st;

	is_int(e.code, ERR_NONE, "a new file has no text to tell");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600,
	    "its mode is 0600");
	is_int(get(db, "a"), -7, "a number that is not there is the fallback");
	ok(report_db_put_int(db, "n.a", 5, &e) == 0 &&
		report_db_add_int(db, "n.a", 3, &e) == 0 &&
		report_db_add_int(db, "n.b", -2, &e) == 0 &&
		report_db_put_int(db, "m", 1, &e) == 0,
	    "numbers are put and added to");
	is_int(get(db, "n.a"), 8, "5 and 3");
	is_int(get(db, "n.b"), -2, "nothing and -2");
	ok(report_db_each_int(db, "n.", collect_name, names, &e) == 0,
	    "those of a prefix");
	is_str(names, "n.a=8 n.b=-2 ", "are in their order");
	report_db_close(db);
	db = open_db(&e);
	is_int(get(db, "n.a"), 8, "they are there after a restart");
	report_db_close(db);
	report_db_close(NULL);
}

static void
test_transactions(void)
{
	struct err e = { 0 };
	struct report_db *db = open_db(&e), *other = open_db(&e);

	ok(report_db_begin(db, &e) == 0 &&
		report_db_put_int(db, "t", 1, &e) == 0,
	    "begun and written");
	is_int(report_db_begin(db, &e), -1, "they do not nest");
	is_int(e.code, ERR_BUG, "which is our mistake");
	is_int(get(other, "t"), -7, "nobody else sees it");
	report_db_rollback(db);
	is_int(get(db, "t"), -7, "taken back");
	ok(report_db_begin(db, &e) == 0 &&
		report_db_put_int(db, "t", 2, &e) == 0 &&
		report_db_commit(db, &e) == 0,
	    "committed");
	is_int(get(other, "t"), 2, "everybody sees it");
	ok(report_db_begin_read(other, &e) == 0 && get(other, "t") == 2 &&
		report_db_put_int(db, "t", 3, &e) == 0,
	    "a writer does not wait for a reader");
	is_int(get(other, "t"), 2, "who stays in its moment");
	is_int(report_db_commit(other, &e), 0, "until it ends");
	is_int(get(other, "t"), 3, "then it sees the next one");
	is_int(report_db_commit(db, &e), -1, "what was not begun cannot end");
	ok(report_db_begin(db, &e) == 0, "begun");
	report_db_close(db);
	is_int(get(other, "t"), 3, "closing takes it back");
	report_db_close(other);
}

static void
test_read_only(void)
{
	struct err e = { 0 };
	struct report_db *db;
	char none[80];

	snprintf(none, sizeof(none), "%s/none.db", dir);
	db = report_db_open_ro(none, &e);
	ok(db == NULL && e.code == ERR_NOENT, "a reader makes no file");
	is_int(access(none, F_OK), -1, "indeed");
	db = report_db_open_ro(path, &e);
	if (!ok(db != NULL, "a file that is there is read"))
		return;
	is_int(get(db, "t"), 3, "what is in it");
	is_int(report_db_put_int(db, "t", 9, &e), -1, "but not written");
	is_int(get(db, "t"), 3, "indeed");
	report_db_close(db);
}

/* Writes noise over what is behind the first page. */
static void
damage(off_t from)
{
	char noise[4096];
	int fd = open(path, O_WRONLY);
	struct stat st;

	memset(noise, 0xa5, sizeof(noise));
	if (fd == -1 || fstat(fd, &st) == -1) {
		fail("cannot damage %s", path);
		return;
	}
	for (off_t at = from; at < st.st_size; at += (off_t)sizeof(noise))
		if (pwrite(fd, noise, sizeof(noise), at) == -1)
			fail("cannot damage %s", path);
	close(fd);
}

static void
test_damage_at_open(void)
{
	struct err e = { 0 };
	struct report_db *db;

	remove_files();
	db = open_db(&e);
	ok(report_db_put_int(db, "d", 1, &e) == 0, "a number");
	report_db_close(db);
	damage(0);
	db = report_db_open_ro(path, &e);
	ok(db == NULL && e.code == ERR_SYS, "a reader of a damaged file fails");
	is_int(count_files("report.db.damaged"), 0, "and leaves it in place");
	db = open_db(&e);
	has_str(e.text, "put aside", "it is put aside, and told");
	is_int(count_files("report.db.damaged"), 1, "under another name");
	is_int(get(db, "d"), -7, "a fresh one is there");
	report_db_close(db);
}

/* Damage that shows within a transaction: none of it happens, none elsewhere.*/
static void
test_damage_in_transaction(void)
{
	struct err e = { 0 };
	struct report_db *db;
	char name[32];
	bool failed = false;

	remove_files();
	db = open_db(&e);
	ok(report_db_begin(db, &e) == 0, "begun");
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "number-%d", i);
		if (report_db_put_int(db, name, i, &e) == -1)
			diag("%s", e.text);
	}
	is_int(report_db_commit(db, &e), 0, "2,000 numbers");
	report_db_close(db);
	damage(4096);
	db = open_db(&e);
	is_int(e.code, ERR_NONE, "the first page is good");
	ok(report_db_begin(db, &e) == 0, "begun");
	for (int i = 0; i < 2000 && !failed; i += 100) {
		snprintf(name, sizeof(name), "number-%d", i);
		failed = report_db_put_int(db, name, i, &e) == -1;
	}
	ok(failed, "writing fails: %s", e.text);
	is_int(count_files("report.db.damaged"), 0,
	    "within the transaction the file stays");
	is_int(report_db_put_int(db, "x", 1, &e), -1, "the rest of it fails");
	is_int(report_db_commit(db, &e), -1, "and so does its end");
	is_int(count_files("report.db.damaged"), 1, "then it is put aside");
	is_int(get(db, "x"), -7, "nothing of it came into the fresh file");
	is_int(report_db_put_int(db, "x", 2, &e), 0, "which works");
	is_int(get(db, "x"), 2, "indeed");
	report_db_close(db);
}

static void
test_newer(void)
{
	struct err e = { 0 };
	struct report_db *db;
	sqlite3 *raw = NULL;

	ok(sqlite3_open(path, &raw) == SQLITE_OK &&
		sqlite3_exec(raw, "PRAGMA user_version = 999", NULL, NULL,
		    NULL) == SQLITE_OK,
	    "a file of the future");
	sqlite3_close(raw);
	db = report_db_open(path, &e);
	ok(db == NULL && e.code == ERR_PERM, "is not touched: %s", e.text);
	has_str(e.text, "newer version", "and the text says why");
}

/* A file that may not grow is a full disk, without filling one. */
static void
test_full_disk(void)
{
	struct rlimit limit = { 65536, RLIM_INFINITY }, before;
	struct err e = { 0 };
	struct report_db *db;
	char name[200];
	bool failed = false;

	remove_files();
	db = open_db(&e);
	ok(report_db_put_int(db, "before", 1, &e) == 0, "a number");
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)getrlimit(RLIMIT_FSIZE, &before);
	(void)setrlimit(RLIMIT_FSIZE, &limit);
	ok(report_db_begin(db, &e) == 0, "begun");
	for (int i = 0; i < 20000 && !failed; i++) {
		snprintf(name, sizeof(name), "%0190d", i);
		failed = report_db_put_int(db, name, i, &e) == -1;
	}
	if (!failed)
		failed = report_db_commit(db, &e) == -1;
	ok(failed, "a full disk is told: %s", e.text);
	report_db_rollback(db);
	(void)setrlimit(RLIMIT_FSIZE, &before);
	is_int(get(db, "before"), 1, "what was there is there");
	is_int(report_db_put_int(db, "after", 1, &e), 0,
	    "and it goes on when there is room");
	is_int(count_files("report.db.damaged"), 0, "it is no damage");
	report_db_close(db);
}

/* Another process is killed within a transaction. */
static void
test_killed(void)
{
	struct err e = { 0 };
	struct report_db *db = open_db(&e);
	int status = 0;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		struct report_db *mine = report_db_open(path, &e);

		if (mine != NULL && report_db_begin(mine, &e) == 0 &&
		    report_db_put_int(mine, "killed", 1, &e) == 0)
			(void)raise(SIGKILL);
		_exit(1);
	}
	(void)waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "killed");
	is_int(get(db, "killed"), -7, "nothing of it is there");
	is_int(report_db_put_int(db, "alive", 1, &e), 0, "and nothing locked");
	report_db_close(db);
}

/*
 * A second look within one process takes no lock from the first: else another
 * process that ends takes itself for the last one and removes the log.
 */
static void
test_two_handles(void)
{
	struct err e = { 0 };
	struct report_db *db = open_db(&e), *second;
	char wal[80];
	int status;
	pid_t pid;

	snprintf(wal, sizeof(wal), "%s-wal", path);
	is_int(report_db_put_int(db, "first", 1, &e), 0, "a number");
	second = report_db_open_ro(path, &e);
	report_db_close(second);
	pid = fork();
	if (pid == 0) {
		(void)execl("/proc/self/exe", "report_db", path, (char *)NULL);
		_exit(127);
	}
	is_int(waitpid(pid, &status, 0), pid, "another process comes");
	is_int(status, 0, "and goes");
	is_int(access(wal, F_OK), 0, "the log is there still");
	is_int(report_db_put_int(db, "second", 2, &e), 0, "another number");
	report_db_close(db);
	db = open_db(&e);
	is_int(get(db, "second"), 2, "is there");
	report_db_close(db);
}

/* Root makes and changes nothing where a link of the user's leads. */
static void
test_link(void)
{
	char elsewhere[80], link[80];
	struct err e = { 0 };
	struct report_db *db;

	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", dir);
	snprintf(link, sizeof(link), "%s/link.db", dir);
	is_int(symlink(elsewhere, link), 0, "a link to nothing");
	db = report_db_open(link, &e);
	ok(db == NULL, "is refused");
	is_int(access(elsewhere, F_OK), -1, "nothing is made there");
	report_db_close(db);
	(void)unlink(link);
}

/* What is at the path counts. */
static void
test_replaced(void)
{
	struct err e = { 0 };
	struct report_db *db = open_db(&e);
	char other[80];

	snprintf(other, sizeof(other), "%s.old", path);
	is_int(rename(path, other), 0, "somebody takes the file away");
	is_int(report_db_put_int(db, "new", 1, &e), 0, "writing goes on");
	is_int(access(path, F_OK), 0, "into a new file");
	is_int(get(db, "alive"), -7, "which is another one");
	report_db_close(db);
}

int
main(int argc, char **argv)
{
	struct err e = { 0 };

	if (argc > 1) { /* test_two_handles(): the other process */
		struct report_db *db = report_db_open(argv[1], &e);

		report_db_close(db);
		return db == NULL;
	}
	if (mkdtemp(dir) == NULL) {
		printf("Bail out! %s\n", dir);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/report.db", dir);
	test_numbers();
	test_transactions();
	test_read_only();
	test_damage_at_open();
	test_damage_in_transaction();
	test_newer();
	test_full_disk();
	test_killed();
	test_replaced();
	test_two_handles();
	test_link();
	remove_files();
	(void)rmdir(dir);
	return done_testing();
}
