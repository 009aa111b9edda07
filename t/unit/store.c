/* store: what is kept on disk - see share/store/store.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/store/store.h"
#include "t/unit/tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/store-XXXXXX";
static char path[64];

static const char body[] = "version: STSv1\nmode: enforce\n"
			   "mx: mx1.example.org\nmax_age: 86400\n";

/* Policy number i; its body is borrowed. */
static struct store_policy
policy(int i)
{
	struct store_policy p = { .fetched_ms = 1700000000000 + i,
		.expires_ms = 1800000000000 + i };

	snprintf(p.domain, sizeof(p.domain), "d%d.example.org", i);
	snprintf(p.id, sizeof(p.id), "20240101T%06d", i);
	p.body = (char *)(uintptr_t)body;
	return p;
}

/* Whether policy i is there as it was put. */
static bool
holds(struct store *s, int i)
{
	struct store_policy want = policy(i), p;
	struct err e = { 0 };
	int r = s->get(s->ctx, want.domain, &p, &e);
	bool same;

	if (r == -1)
		diag("%s", e.text);
	if (r != 1)
		return false;
	same = strcmp(p.domain, want.domain) == 0 &&
	    strcmp(p.id, want.id) == 0 && strcmp(p.body, body) == 0 &&
	    p.fetched_ms == want.fetched_ms && p.expires_ms == want.expires_ms;
	free(p.body);
	return same;
}

static bool
puts_policy(struct store *s, int i)
{
	struct store_policy p = policy(i);
	struct err e = { 0 };

	if (s->put(s->ctx, &p, &e) == 0)
		return true;
	diag("%s", e.text);
	return false;
}

/* Opens path; a failure ends the test. */
static struct store
open_store(struct err *e)
{
	struct store s;

	if (store_sqlite_open(path, &s, e) == -1) {
		printf("Bail out! %s\n", e->text);
		exit(1);
	}
	return s;
}

static void
remove_files(void)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		closedir(d);
}

/* How many files in the folder have this in their name. */
static int
count_files(const char *part)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int n = 0;

	while (d != NULL && (entry = readdir(d)) != NULL)
		n += strstr(entry->d_name, part) != NULL;
	if (d != NULL)
		closedir(d);
	return n;
}

/* For each(): stops after *arg more. */
static bool
count_down(void *arg, const struct store_policy *p)
{
	int *n = arg;

	ok(strcmp(p->body, body) == 0, "%s is handed over", p->domain);
	return --*n > 0;
}

static void
test_basic(void)
{
	struct store_policy p;
	struct stat st;
	struct err e = { .code = ERR_BUG, .text = "left from before" };
	struct store s = open_store(&e);
	int n;

	is_str(e.text, "", "a new file is no news");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600,
	    "the file is ours alone");
	is_int(s.get(s.ctx, "d1.example.org", &p, &e), 0, "nothing is there");
	ok(puts_policy(&s, 1) && puts_policy(&s, 2) && puts_policy(&s, 3),
	    "three are put");
	ok(holds(&s, 1) && holds(&s, 2) && holds(&s, 3), "they are there");
	is_int(count_files("-wal"), 1, "in write-ahead mode");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "mode");
	p = policy(2);
	p.body = (char *)(uintptr_t) "other";
	is_int(s.put(s.ctx, &p, &e), 0, "one is replaced");
	is_int(s.get(s.ctx, "d2.example.org", &p, &e), 1, "it is there");
	is_str(p.body, "other", "as it is now");
	free(p.body);
	is_int(s.remove(s.ctx, "d2.example.org", &e), 0, "it is removed");
	is_int(s.remove(s.ctx, "d2.example.org", &e), 0, "once more");
	is_int(s.get(s.ctx, "d2.example.org", &p, &e), 0, "it is gone");
	n = 10;
	is_int(s.each(s.ctx, "", count_down, &n, &e), 0,
	    "all are walked through");
	is_int(n, 8, "there are two");
	n = 1;
	is_int(s.each(s.ctx, "", count_down, &n, &e), 0,
	    "or as many as wanted");
	is_int(n, 0, "which was one");
	n = 10;
	is_int(s.each(s.ctx, "d1.example.org", count_down, &n, &e), 0,
	    "or those behind one");
	is_int(n, 9, "which is one of the two");
	is_int(s.expire(s.ctx, 1800000000003, &e), 1, "one expires");
	ok(!holds(&s, 1) && holds(&s, 3), "the one that ends earlier");
	is_int(s.expire(s.ctx, 1800000000003, &e), 0, "then none");
	s.free(s.ctx);
	s = open_store(&e);
	ok(!holds(&s, 1) && holds(&s, 3), "all that survives closing");
	s.free(s.ctx);
}

/* Text that would be a key of its own kind stays text. */
static void
test_odd_text(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);
	struct store_policy p = policy(1), got;

	memcpy(p.domain, "'; DROP TABLE policy; --", 25);
	p.body = (char *)(uintptr_t) "a\r\nb'\"\\\xc3\xa4";
	p.expires_ms = INT64_MAX;
	is_int(s.put(s.ctx, &p, &e), 0, "odd text is put");
	is_int(s.get(s.ctx, p.domain, &got, &e), 1, "it is there");
	is_str(got.body, p.body, "unchanged");
	ok(got.expires_ms == INT64_MAX, "and so is a large time");
	free(got.body);
	p.body = xmalloc(65537);
	memset(p.body, 'x', 65536);
	p.body[65536] = '\0';
	is_int(s.put(s.ctx, &p, &e), 0, "64 KiB are put");
	is_int(s.get(s.ctx, p.domain, &got, &e), 1, "they are there");
	ok(strcmp(got.body, p.body) == 0, "unchanged");
	free(got.body);
	free(p.body);
	s.free(s.ctx);
}

/* A child writes and tells after each put; kill -9 loses none of these. */
static void
test_kill(void)
{
	struct err e = { 0 };
	struct store s;
	int fd[2], told = 0, there = 0;
	char c;
	pid_t pid;

	if (pipe(fd) == -1 || (pid = fork()) == -1) {
		fail("a child");
		return;
	}
	if (pid == 0) {
		s = open_store(&e);
		for (int i = 0; puts_policy(&s, i); i++)
			if (write(fd[1], "", 1) != 1)
				break;
		_exit(0);
	}
	close(fd[1]);
	while (told < 50 && read(fd[0], &c, 1) == 1)
		told++;
	kill(pid, SIGKILL);
	while (read(fd[0], &c, 1) == 1)
		told++;
	waitpid(pid, NULL, 0);
	close(fd[0]);
	ok(told >= 50, "%d puts had succeeded", told);
	s = open_store(&e);
	is_str(e.text, "", "the file is not damaged");
	while (there < told && holds(&s, there))
		there++;
	is_int(there, told, "each of them is there");
	ok(puts_policy(&s, 100000), "and more can be put");
	s.free(s.ctx);
}

/* Overwrites size octets of the file at offset. */
static void
damage(off_t offset, size_t size)
{
	char junk[4096];
	int fd = open(path, O_WRONLY);

	memset(junk, 'J', sizeof(junk));
	for (; fd != -1 && size > 0; offset += 4096, size -= 4096)
		if (pwrite(fd, junk, sizeof(junk), offset) == -1)
			fail("overwrite");
	close(fd);
}

static void
test_damaged_header(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);

	ok(puts_policy(&s, 1), "a policy is put");
	s.free(s.ctx);
	damage(0, 4096);
	s = open_store(&e);
	has_str(e.text, "was damaged, put aside as ", "that is told");
	has_str(e.text, path, "with the name");
	is_int(count_files(".damaged-2"), 1, "the old file is kept");
	ok(!holds(&s, 1), "the new one is empty");
	ok(puts_policy(&s, 2) && holds(&s, 2), "and works");
	s.free(s.ctx);
	damage(0, 4096);
	s = open_store(&e);
	is_int(count_files(".damaged-2"), 2, "a second one is kept as well");
	s.free(s.ctx);
	is_int(truncate(path, 100), 0, "the file is cut");
	s = open_store(&e);
	has_str(e.text, "was damaged", "that is damage too");
	s.free(s.ctx);
	is_int(truncate(path, 0), 0, "the file is emptied");
	s = open_store(&e);
	is_str(e.text, "", "an empty one is new");
	ok(puts_policy(&s, 1) && holds(&s, 1), "and works");
	s.free(s.ctx);
}

/* Damage that opening does not see. */
static void
test_damaged_page(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);
	struct store_policy p;
	struct stat st;
	int met = 0;

	for (int i = 0; i < 300; i++)
		if (!puts_policy(&s, i))
			fail("put %d", i);
	s.free(s.ctx);
	ok(stat(path, &st) == 0 && st.st_size > 40960, "a file of many pages");
	damage(16384, (size_t)st.st_size / 4096 * 4096 - 16384);
	s = open_store(&e);
	is_str(e.text, "", "it opens");
	for (int i = 0; i < 300 && met == 0; i++) {
		struct store_policy want = policy(i);

		if (s.get(s.ctx, want.domain, &p, &e) == -1)
			met++;
		else if (p.body != NULL)
			free(p.body);
		p.body = NULL;
	}
	is_int(met, 1, "a get meets the damage");
	has_str(e.text, "was damaged, put aside as ", "and says so");
	is_int(count_files(".damaged-2"), 1, "the old file is kept");
	ok(puts_policy(&s, 1) && holds(&s, 1), "the next call works");
	s.free(s.ctx);
	s = open_store(&e);
	ok(holds(&s, 1), "and lasts");
	s.free(s.ctx);
}

/* What is written to a file that has no name any more is lost. */
static void
test_taken_away(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e), other;
	char *aside = xasprintf("%s.aside", path);

	ok(puts_policy(&s, 1), "a policy is put");
	is_int(rename(path, aside), 0, "the file is taken away");
	ok(puts_policy(&s, 2) && holds(&s, 2), "the next goes to a new file");
	ok(!holds(&s, 1), "that holds nothing of the old one");
	other = open_store(&e);
	ok(holds(&other, 2), "by the name of old");
	other.free(other.ctx);
	is_int(rename(aside, path), 0, "the old one is put in its place");
	ok(holds(&s, 1) && !holds(&s, 2), "it is as it was left");
	ok(puts_policy(&s, 3) && holds(&s, 3), "and works");
	s.free(s.ctx);
	s = open_store(&e);
	is_str(e.text, "", "it is whole");
	ok(holds(&s, 1) && holds(&s, 3), "and lasts");
	s.free(s.ctx);
	free(aside);
}

static void
run_sql(const char *sql)
{
	sqlite3 *db = NULL;

	ok(sqlite3_open(path, &db) == SQLITE_OK &&
		sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
	    "%s", sql);
	sqlite3_close(db);
}

static void
test_versions(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);

	s.free(s.ctx);
	run_sql("PRAGMA user_version = 1000");
	is_int(store_sqlite_open(path, &s, &e), -1, "a newer file is refused");
	is_int(e.code, ERR_PERM, "for ever");
	has_str(e.text, "newer version", "and why");
	is_int(count_files(".damaged"), 0, "it is not put aside");
}

/* A file that cannot be written any more: read what is there. */
static void
test_read_only(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);
	struct store_policy p = policy(2);
	pid_t pid;
	int status = 0;

	ok(puts_policy(&s, 1), "a policy is put");
	s.free(s.ctx);
	if (chmod(path, 0444) == -1 || chmod(dir, 0777) == -1) {
		fail("chmod");
		return;
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 &&
		    (setgid(65534) == -1 || setuid(65534) == -1))
			_exit(10);
		if (store_sqlite_open(path, &s, &e) == -1)
			_exit(11);
		_exit(!holds(&s, 1) + 2 * (s.put(s.ctx, &p, &e) == 0));
	}
	waitpid(pid, &status, 0);
	chmod(dir, 0755);
	chmod(path, 0600);
	is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0,
	    "a read-only store is read, and put() fails");
}

/* No room left: put() fails, reading goes on, and room helps. */
static void
test_full(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);
	struct store_policy p = policy(2);
	const struct rlimit none = { .rlim_cur = 0, .rlim_max = RLIM_INFINITY };
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	ok(puts_policy(&s, 1), "a policy is put");
	signal(SIGXFSZ, SIG_IGN);
	fflush(stdout);
	setrlimit(RLIMIT_FSIZE, &none);
	is_int(s.put(s.ctx, &p, &e), -1, "without room a put fails");
	is_int(e.code, ERR_SYS, "because of the system");
	ok(holds(&s, 1) && !holds(&s, 2), "reading goes on");
	setrlimit(RLIMIT_FSIZE, &all);
	ok(puts_policy(&s, 2) && holds(&s, 2), "with room it works");
	s.free(s.ctx);
	s = open_store(&e);
	is_str(e.text, "", "the file is not damaged");
	ok(holds(&s, 1) && holds(&s, 2), "all is there");
	s.free(s.ctx);
}

static void
test_wrong_place(void)
{
	struct err e = { 0 };
	struct store s;
	char other[128];

	snprintf(other, sizeof(other), "%s/missing/x.db", dir);
	is_int(store_sqlite_open(other, &s, &e), -1, "a folder is missing");
	is_int(e.code, ERR_SYS, "the system says so");
	has_str(e.text, "missing/x.db", "with the name");
	is_int(store_sqlite_open(dir, &s, &e), -1, "a folder is no file");
}

/* Another process that writes for long delays, and then fails, a put. */
static void
test_busy(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);
	struct store_policy p = policy(1);
	sqlite3 *db = NULL;

	ok(sqlite3_open(path, &db) == SQLITE_OK &&
		sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) ==
		    SQLITE_OK,
	    "somebody writes");
	is_int(s.put(s.ctx, &p, &e), -1, "a put fails");
	is_int(e.code, ERR_TEMP, "for now");
	is_int(s.get(s.ctx, p.domain, &p, &e), 0, "reading goes on");
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	ok(puts_policy(&s, 1) && holds(&s, 1), "later it works");
	sqlite3_close(db);
	s.free(s.ctx);
}

static void
test_none(void)
{
	struct err e = { 0 };
	struct store s;
	struct store_policy p = policy(1);
	int n = 1;

	store_none(&s);
	is_int(s.put(s.ctx, &p, &e), 0, "the empty store takes a policy");
	is_int(s.get(s.ctx, p.domain, &p, &e), 0, "and has none");
	is_int(s.remove(s.ctx, p.domain, &e), 0, "nothing to remove");
	is_int(s.expire(s.ctx, INT64_MAX, &e), 0, "nothing to expire");
	is_int(s.each(s.ctx, "", count_down, &n, &e), 0, "nothing to walk");
	is_int(n, 1, "really");
	s.free(s.ctx);
}

/* ---- overrides, history, downgrades ---- */

static bool
first_override(void *arg, const struct store_override *o)
{
	struct store_override *first = arg;

	if (first->domain[0] == '\0')
		*first = *o;
	return true;
}

static void
test_overrides(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);
	struct store_override o = { "b.example", "may", true, 1, 2, "why",
		"root" },
			      got = { 0 };

	is_int(s.override_put(s.ctx, &o, &e), 0, "put");
	(void)text_copy(o.domain, sizeof(o.domain), "a.example");
	is_int(s.override_put(s.ctx, &o, &e), 0, "another");
	o.created_ms = 3;
	o.force = false;
	is_int(s.override_put(s.ctx, &o, &e), 0, "the same again");
	s.free(s.ctx);
	s = open_store(&e);
	is_int(s.override_each(s.ctx, first_override, &got, &e), 0, "listed");
	is_str(got.domain, "a.example", "by domain");
	is_int(got.created_ms, 3, "the last word counts");
	ok(!got.force && got.expires_ms == 2, "all of it");
	is_str(got.level, "may", "level");
	is_str(got.reason, "why", "reason");
	is_str(got.by, "root", "by");
	is_int(s.override_remove(s.ctx, "a.example", &e), 0, "removed");
	is_int(s.override_remove(s.ctx, "a.example", &e), 0, "not there");
	got.domain[0] = '\0';
	(void)s.override_each(s.ctx, first_override, &got, &e);
	is_str(got.domain, "b.example", "the other is left");
	s.free(s.ctx);
}

static void
test_history(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);
	struct store_history h[2] = { { "a.example", 10, 20, "enforce", 30,
					  40 },
		{ "b.example", 1, 0, "", 0, 0 } };
	struct store_history got;

	is_int(s.history_get(s.ctx, "a.example", &got, &e), 0, "not there");
	is_int(s.history_put(s.ctx, h, 2, &e), 0, "two at once");
	h[1].sts_ms = 5;
	is_int(s.history_put(s.ctx, &h[1], 1, &e), 0, "one again");
	s.free(s.ctx);
	s = open_store(&e);
	is_int(s.history_get(s.ctx, "a.example", &got, &e), 1, "there");
	ok(got.dane_ms == 10 && got.sts_ms == 20 && got.dane_lost_ms == 30 &&
		got.sts_lost_ms == 40,
	    "all of it");
	is_str(got.sts_mode, "enforce", "mode");
	is_int(s.forget(s.ctx, 40, &e), 0, "forget");
	is_int(s.history_get(s.ctx, "a.example", &got, &e), 1, "young: stays");
	is_int(s.history_get(s.ctx, "b.example", &got, &e), 0, "old: gone");
	s.free(s.ctx);
}

static bool
last_downgrade(void *arg, const struct store_downgrade *d)
{
	*(struct store_downgrade *)arg = *d;
	return true;
}

static void
test_downgrades(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);
	struct store_downgrade d = { "a.example", "dane-lost", 100, 50, "x" };
	struct store_downgrade got = { 0 };

	is_int(s.downgrade_put(s.ctx, &d, &e), 0, "put");
	d.when_ms = 200;
	is_int(s.downgrade_put(s.ctx, &d, &e), 0, "again");
	(void)text_copy(d.what, sizeof(d.what), "mta-sts-lost");
	d.when_ms = 150;
	is_int(s.downgrade_put(s.ctx, &d, &e), 0, "another kind");
	is_int(s.downgrade_each(s.ctx, last_downgrade, &got, &e), 0, "listed");
	is_str(got.what, "mta-sts-lost", "the latest first, this one last");
	is_int(got.had_ms, 50, "had");
	is_str(got.detail, "x", "detail");
	is_int(s.forget(s.ctx, 160, &e), 0, "forget");
	(void)s.downgrade_each(s.ctx, last_downgrade, &got, &e);
	is_str(got.what, "dane-lost", "one of a kind is left");
	is_int(got.when_ms, 200, "the later one");
	s.free(s.ctx);
}

struct listed {
	struct store_binding last;
	int n;
};

static bool
list_binding(void *arg, const struct store_binding *b)
{
	struct listed *l = arg;

	l->last = *b;
	l->n++;
	return true;
}

static void
test_bindings(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);
	struct store_binding b[3] = {
		{ "Q1", "a.test", "high", "", false, true, 300 },
		{ "Q1", "b.test", "high", "[relay.test]", true, false, 200 },
		{ "Q2", "a.test", "other", "", false, false, 100 },
	};
	struct listed l = { .n = 0 };

	is_int(s.binding_put(s.ctx, b, 3, &e), 0, "three at once");
	s.free(s.ctx);
	s = open_store(&e);
	is_int(s.binding_each(s.ctx, list_binding, &l, &e), 0, "listed");
	is_int(l.n, 3, "all are there after a restart");
	is_str(l.last.domain, "a.test", "the one that lives longest is last");
	ok(l.last.tls_required_no && !l.last.exempt, "with what it says");
	(void)text_copy(b[0].strategy, sizeof(b[0].strategy), "new");
	is_int(s.binding_put(s.ctx, b, 1, &e), 0, "replaced");
	is_int(s.binding_expire(s.ctx, 200, &e), 0, "expire");
	l.n = 0;
	is_int(s.binding_each(s.ctx, list_binding, &l, &e), 0, "listed");
	is_int(l.n, 2, "one has ended");
	is_str(l.last.strategy, "new", "the later one counts");
	is_int(s.binding_expire(s.ctx, 1000, &e), 0, "the rest");
	s.free(s.ctx);
}

/* A file of the first version is brought up; what it holds stays. */
static void
test_migration(void)
{
	struct err e = { 0 };
	struct store s = open_store(&e);
	struct store_history got;

	ok(puts_policy(&s, 1), "a policy");
	s.free(s.ctx);
	run_sql("DROP TABLE override; DROP TABLE history; "
		"DROP TABLE downgrade; DROP TABLE binding; "
		"PRAGMA user_version = 1");
	s = open_store(&e);
	ok(holds(&s, 1), "is still there");
	is_int(s.history_get(s.ctx, "a.example", &got, &e), 0,
	    "and the new tables are");
	s.free(s.ctx);
}

int
main(void)
{
	static void (*const tests[])(void) = { test_basic, test_odd_text,
		test_kill, test_damaged_header, test_damaged_page,
		test_taken_away, test_versions, test_read_only, test_full,
		test_wrong_place, test_busy, test_none, test_overrides,
		test_history, test_downgrades, test_bindings, test_migration };

	if (mkdtemp(dir) == NULL || chmod(dir, 0755) == -1) {
		perror(dir);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/policy.db", dir);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		tests[i]();
		remove_files();
	}
	ok(rmdir(dir) == 0, "cleaned up");
	return done_testing();
}
