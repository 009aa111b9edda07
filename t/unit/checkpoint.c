/* checkpoint: each record is in report.db once - see reportgen/checkpoint.h */
#include "config.h"

#include "reportgen/checkpoint.h"
#include "reportgen/intake.h"
#include "share/base/clock.h"
#include "t/unit/tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define T0 INT64_C(1764633600000)

static char dir[] = "/tmp/checkpoint-XXXXXX";
static char db_path[64];
static struct log silent = { false, LOG_LEVEL_ERROR };

static const char datagram[] =
    "{\"d\": \"a.example\",\"pr\": \"v=TLSRPTv1; rua=mailto:a@b\","
    "\"policies\":[{\"policy-type\":9,\"t\":0,\"f\":0}]}";

/* A journal of n datagrams and one position of the log. */
static void
write_journal(uint64_t number, int n)
{
	struct journal j;
	struct err e;
	char at[64];

	journal_init(&j);
	if (journal_begin(&j, dir, number, &e) == -1)
		fail("%s", e.text);
	for (int i = 0; i < n; i++)
		if (!journal_add(&j, JOURNAL_DATAGRAM, T0, datagram,
			sizeof(datagram) - 1))
			fail("journal_add");
	snprintf(at, sizeof(at), "AT 1 file 1.%d\n", (int)number * 100);
	if (!journal_add(&j, JOURNAL_SIDE, T0, at, strlen(at)) ||
	    journal_write(&j, &e) == -1)
		fail("%s", e.text);
	journal_clear(&j);
}

static int64_t
number(const char *name)
{
	struct err e;
	struct report_db *db = report_db_open_ro(db_path, &e);
	int64_t n = -1;

	if (db == NULL || report_db_get_int(db, name, 0, &n, &e) == -1)
		diag("%s", e.text);
	report_db_close(db);
	return n;
}

static size_t
journals(void)
{
	uint64_t *numbers;
	struct err e;
	size_t n;

	if (journal_list(dir, &numbers, &n, &e) == -1)
		return 999;
	free(numbers);
	return n;
}

static void
test_replay(const struct conf *c)
{
	struct position_set set;
	struct err e = { 0 };
	struct report_db *db = report_db_open(db_path, &e);
	size_t n;

	write_journal(3, 10);
	write_journal(4, 5);
	write_journal(9, 1);
	is_int(checkpoint_replay(db, dir, 9, c, &set, NULL, &n, &e), 0,
	    "what a process left");
	is_int(n, 2, "below a number");
	is_int(number("sessions"), 15, "is counted");
	is_int(number("journal"), 4, "and noted");
	is_int(position_of(&set, "file").offset, 400, "with its positions");
	is_int(journals(), 1, "then those journals are gone");
	is_int(checkpoint_replay(db, dir, 9, c, &set, NULL, &n, &e), 0,
	    "again");
	is_int(number("sessions"), 15, "nothing is new");
	is_int(position_of(&set, "file").offset, 400, "positions are there");
	/* as if the process had died before it could remove them */
	write_journal(4, 5);
	is_int(checkpoint_replay(db, dir, 9, c, &set, NULL, &n, &e), 0,
	    "a journal that is in report.db");
	is_int(number("sessions"), 15, "is not counted again");
	is_int(journals(), 1, "but removed");
	report_db_close(db);
	journal_remove(dir, 99);
}

static void
wait_for(int fd, struct checkpoint *cp, struct position_set *set,
    struct filter *f, bool idle)
{
	struct pollfd p = { fd, POLLIN, 0 };
	uint64_t one;

	while (!(
	    idle ? checkpoint_is_idle(cp) : checkpoint_is_ready(cp, set, f))) {
		if (poll(&p, 1, 10000) <= 0) {
			fail("the thread does nothing");
			return;
		}
		(void)!read(fd, &one, sizeof(one));
	}
}

static struct aggregate *
count(struct conf *c, int n)
{
	struct aggregate *a = aggregate_new(1 << 20);
	struct intake in;

	intake_init(&in, c, a);
	for (int i = 0; i < n; i++)
		(void)intake_datagram(&in, T0, datagram, sizeof(datagram) - 1,
		    false);
	intake_clear(&in);
	return a;
}

static void
test_thread(struct conf *c)
{
	int wake = eventfd(0, EFD_NONBLOCK);
	struct filter *f = filter_new(false);
	struct position_set set;
	struct err e = { 0 };
	struct shared *s = shared_new(&e);
	struct checkpoint *cp;
	struct journal j;
	struct intake_counts none = { 0 }, counts = { .datagrams = 9 };
	int64_t now = clock_wall_ms(clock_system());
	char own[64];

	counts.fault[DATAGRAM_NOT_JSON] = 2;
	counts.dropped[SHARED_OWN] = 3;

	write_journal(10, 7);
	journal_init(&j);
	snprintf(own, sizeof(own), "OWN %lld b.example\n", (long long)now);
	ok(journal_begin(&j, dir, 11, &e) == 0 &&
		journal_add(&j, JOURNAL_SIDE, now, own, strlen(own)) &&
		journal_write(&j, &e) == 0,
	    "two journals");
	cp = checkpoint_start(dir, 12, c, s, &silent, wake, &e);
	wait_for(wake, cp, &set, f, false);
	is_int(number("sessions"), 22, "are counted by the thread");
	ok(filter_is_own(f, "b.example", clock_wall_ms(clock_system())),
	    "a report that was under way is known");
	is_int(position_of(&set, "file").offset, 1000, "so is the position");
	(void)position_advance(&set, "file", &(struct side_position){ 2, 1 });
	checkpoint_give(cp, count(c, 3), 12, &set, &counts, true);
	wait_for(wake, cp, &set, f, true);
	is_int(number("sessions"), 25, "what is handed over is added");
	is_int(number("journal"), 12, "with its number");
	is_int(number("position-file-generation"), 2, "and position");
	is_int(number("checkpoint-asked"), 1, "for who asked");
	is_int(number("collected-datagrams"), 9, "figures are kept");
	is_int(number("collected-fault-not-json"), 2, "by reason");
	is_int(number("collected-dropped-own"), 3, "of what is dropped, too");
	is_int(s->checkpoints, 1, "the figures know");
	ok(s->checkpoint_ms > 0, "and when");
	checkpoint_give(cp, count(c, 2), 13, &set, &none, false);
	ok(checkpoint_stop(cp, 10000), "the end waits for the last one");
	is_int(number("sessions"), 27, "which is in");
	is_int(number("checkpoint-asked"), 1, "nobody asked for that");
	journal_clear(&j);
	filter_free(f);
	shared_free(s);
	close(wake);
	journal_remove(dir, 99);
}

/* report.db cannot be made: collecting goes on, and later all is there. */
static void
test_no_database(struct conf *c)
{
	int wake = eventfd(0, EFD_NONBLOCK);
	struct filter *f = filter_new(false);
	struct position_set set = { .n = 0 };
	struct intake_counts counts = { 0 };
	struct err e = { 0 };
	struct shared *s = shared_new(&e);
	struct checkpoint *cp;
	struct log none = { false, (enum log_level) - 1 };

	(void)unlink(db_path);
	is_int(mkdir(db_path, 0700), 0, "something else is in its place");
	write_journal(20, 4);
	cp = checkpoint_start(dir, 21, c, s, &none, wake, &e);
	checkpoint_give(cp, count(c, 6), 21, &set, &counts, false);
	ok(!checkpoint_stop(cp, 50), "it is in vain");
	is_int(journals(), 1, "the journal stays");
	is_int(rmdir(db_path), 0, "that goes away");
	cp = checkpoint_start(dir, 22, c, s, &none, wake, &e);
	wait_for(wake, cp, &set, f, false);
	ok(checkpoint_stop(cp, 1000), "later it works");
	is_int(number("sessions"), 4, "and what was in the journal is there");
	filter_free(f);
	shared_free(s);
	close(wake);
}

int
main(void)
{
	static const char text[] = "[report.collect]\nmemory = \"1mb\"\n";
	struct conf *c = conf_parse("test", text, strlen(text), NULL, NULL);

	if (c == NULL || mkdtemp(dir) == NULL) {
		printf("Bail out! %s\n", dir);
		return 1;
	}
	snprintf(db_path, sizeof(db_path), "%s/report.db", dir);
	test_replay(c);
	test_thread(c);
	test_no_database(c);
	conf_unref(c);
	(void)unlink(db_path);
	(void)rmdir(dir);
	is_int(access(dir, F_OK), -1, "nothing is left");
	return done_testing();
}
