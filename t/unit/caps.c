/* caps: how many reports an address gets a day - see reportgen/caps.h */
#include "config.h"

#include "reportgen/caps.h"
#include "share/store/report_outbox.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define D0 (20000 * DAY)

static char dir[] = "/tmp/caps-XXXXXX";
static struct report_db *db;
static struct err e;

static bool
take(struct caps *c, const char *uri, const char *host, int64_t at)
{
	bool fits = false;

	if (caps_take(c, db, uri, host, at, &fits, &e) == -1)
		fail("%s", e.text);
	return fits;
}

/* A report that uri accepted at that time. */
static void
accepted(int64_t report, const char *uri, const char *target, int64_t at)
{
	const struct outbox_destination d = { .report = report,
		.uri = uri,
		.target = target,
		.fate = OUTBOX_ACCEPTED,
		.settled_s = at };

	if (outbox_put_destination(db, &d, &e) == -1)
		fail("%s", e.text);
}

static void
test_caps(void)
{
	struct caps c;

	caps_init(&c, 2, 3);
	ok(take(&c, "mailto:a@x", "x", D0), "the first");
	ok(take(&c, "mailto:a@x", "x", D0 + 5), "the second");
	ok(!take(&c, "mailto:a@x", "x", D0 + 6), "not the third");
	ok(take(&c, "mailto:b@x", "x", D0 + 7), "another address");
	ok(!take(&c, "mailto:c@x", "x", D0 + 8), "its host has had three");
	ok(take(&c, "mailto:a@y", "y", D0 + 9), "another host");
	caps_give_back(&c, "mailto:b@x", "x");
	ok(take(&c, "mailto:c@x", "x", D0 + 10), "one was given back");
	ok(!take(&c, "mailto:b@x", "x", D0 + DAY - 1), "all day");
	ok(take(&c, "mailto:a@x", "x", D0 + DAY), "the next day is another");
	for (int i = 0; i < 9; i++)
		caps_give_back(&c, "mailto:new@z", "z");
	ok(take(&c, "mailto:new@z", "z", D0 + DAY), "less than none is none");
	caps_clear(&c);
}

/* What was accepted before the process began counts too. */
static void
test_restart(void)
{
	struct caps c;

	accepted(1, "mailto:a@x", "a@x", D0 + 10);
	accepted(2, "mailto:a@x", "a@x", D0 - 10);
	accepted(3, "https://x/", "x", D0 + 10);
	caps_init(&c, 2, 4);
	ok(take(&c, "mailto:a@x", "x", D0 + 20), "one of two");
	ok(!take(&c, "mailto:a@x", "x", D0 + 20), "two");
	ok(take(&c, "https://x/", "x", D0 + 20), "four at the host");
	ok(!take(&c, "https://x/2", "x", D0 + 20), "and no more");
	caps_clear(&c);
	is_str(caps_host("\"a@b\"@x.test"), "x.test", "an address's host");
	is_str(caps_host("x.test"), "x.test", "a host");
}

int
main(void)
{
	char path[64], command[64];

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/report.db", dir);
	db = report_db_open(path, &e);
	if (db == NULL) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	test_caps();
	test_restart();
	report_db_close(db);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ok(system(command) == 0, "cleaned up");
	return done_testing();
}
