/* hosts: a period is whole when every host's exports of its days are here */
#include "config.h"

#include "reportgen/hosts.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define MONDAY INT64_C(1794787200) /* 2026-11-16 */

static char *others[] = { (char[]){ "mx2.example.org" },
	(char[]){ "MX3.example.org" } };
static const struct conf conf = { .report.hosts = { others, 2 } };

static void
note(struct report_db *db, const char *host, int64_t day, int64_t sequence,
    int64_t complete)
{
	const struct hosts_export x = { host, day, sequence, complete };
	struct err e;

	if (report_db_begin(db, &e) == -1 || hosts_note(db, &x, &e) == -1 ||
	    report_db_commit(db, &e) == -1)
		fail("%s", e.text);
}

static void
check(struct report_db *db, int64_t begin, int64_t end, const char *want,
    const char *name)
{
	struct buf names;
	struct err e;
	size_t n = 99;

	buf_init(&names, 1000);
	if (hosts_missing(db, &conf, begin, end, &names, &n, &e) == -1)
		fail("%s: %s", name, e.text);
	is_str(buf_str(&names), want, "%s", name);
	is_int(n,
	    want[0] == '\0'                 ? 0
		: strchr(want, ',') != NULL ? 2
					    : 1,
	    "their number");
	buf_clear(&names);
}

static void
test_missing(struct report_db *db)
{
	const int64_t day = MONDAY;

	check(db, day, day + DAY, "mx2.example.org, MX3.example.org",
	    "at first both are missing");
	note(db, "mx3.example.org", day, 1, day + DAY);
	check(db, day, day + DAY, "mx2.example.org",
	    "names in any letter case");
	note(db, "mx2.example.org", day, 2, day + DAY);
	check(db, day, day + DAY, "mx2.example.org",
	    "the second export without the first");
	note(db, "mx2.example.org", day, 1, day + 3600);
	check(db, day, day + DAY, "", "in any order they are whole");
	check(db, day + DAY, day + 2 * DAY, "mx2.example.org, MX3.example.org",
	    "the next day is not");
}

static void
test_hours_and_weeks(struct report_db *db)
{
	const int64_t day = MONDAY + 7 * DAY;

	note(db, "mx3.example.org", day, 1, day + DAY);
	note(db, "mx2.example.org", day, 1, day + 2 * 3600);
	check(db, day + 3600, day + 7200, "", "an hour before the export");
	check(db, day + 7200, day + 10800, "mx2.example.org",
	    "an hour after it");
	note(db, "mx2.example.org", day, 2, day + DAY);
	for (int i = 1; i < 6; i++) {
		note(db, "mx2.example.org", day + i * DAY, 1,
		    day + (i + 1) * DAY);
		note(db, "mx3.example.org", day + i * DAY, 1,
		    day + (i + 1) * DAY);
	}
	check(db, day, day + 7 * DAY, "mx2.example.org, MX3.example.org",
	    "a week without its Sunday");
	note(db, "mx2.example.org", day + 6 * DAY, 1, day + 7 * DAY);
	note(db, "mx3.example.org", day + 6 * DAY, 1, day + 7 * DAY - 1);
	check(db, day, day + 7 * DAY, "MX3.example.org",
	    "an export before the day's last second");
	note(db, "mx3.example.org", day + 6 * DAY, 2, day + 8 * DAY);
	check(db, day, day + 7 * DAY, "", "the whole week");
	/* a name that begins like another, a host that is not waited for */
	note(db, "mx2.example.org.evil.example", day + 7 * DAY, 1,
	    day + 8 * DAY);
	check(db, day + 7 * DAY, day + 8 * DAY,
	    "mx2.example.org, MX3.example.org", "other hosts do not count");
}

static void
test_again(struct report_db *db)
{
	struct hosts_export x = { "MX2.Example.org.", MONDAY, 1, 0 };
	struct err e;
	bool has = false;

	is_int(hosts_has(db, &x, &has, &e), 0, "was it imported?");
	ok(has, "it was, by any spelling of the host");
	x.sequence = 3;
	if (hosts_has(db, &x, &has, &e) == -1 || has)
		fail("the third was not");
	x.day_s++;
	is_int(hosts_has(db, &x, &has, &e), -1, "no day");
	x.day_s--;
	x.sequence = HOSTS_SEQUENCE_MAX + 1;
	is_int(hosts_has(db, &x, &has, &e), -1, "no number");
	x.sequence = 1;
	x.host = "../../etc";
	is_int(hosts_has(db, &x, &has, &e), -1, "no host");
	is_int(e.code, ERR_SYNTAX, "is a syntax fault");
}

int
main(void)
{
	char dir[] = "/tmp/hosts.XXXXXX";
	struct report_db *db;
	struct err e;

	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		abort();
	db = report_db_open("report.db", &e);
	if (db == NULL) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	test_missing(db);
	test_hours_and_weeks(db);
	test_again(db);
	report_db_close(db);
	unlink("report.db");
	unlink("report.db-wal");
	unlink("report.db-shm");
	if (rmdir(dir) == -1)
		diag("left behind: %s", dir);
	return done_testing();
}
