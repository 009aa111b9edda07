/* report_outbox: reports and their destinations - report_outbox.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/report_outbox.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define D0 (20000 * DAY)

static char dir[] = "/tmp/outbox-XXXXXX";
static char path[64];
static struct report_db *db;
static struct err e;

/* Checks that a call worked. */
static bool
fine(int ret, const char *what)
{
	return ok(ret == 0, "%s%s%s", what, ret == 0 ? "" : ": ",
	    ret == 0 ? "" : e.text);
}

static int64_t
add(const char *id, const char *domain, int64_t begin, unsigned part,
    int64_t due)
{
	struct outbox_report r = { .id = id,
		.domain = domain,
		.submitter = "example.org",
		.begin = begin,
		.end = begin + DAY,
		.part = part,
		.made_s = begin + DAY + 60,
		.due_s = due,
		.success = 7,
		.failure = 2,
		.packed = "\x1f\x8b\0z",
		.packed_len = 4 };

	if (report_db_begin(db, &e) == -1 || outbox_add(db, &r, &e) == -1) {
		report_db_rollback(db);
		return -1;
	}
	return report_db_commit(db, &e) == 0 ? r.number : -1;
}

static int
put(int64_t report, const char *uri, const char *target, enum outbox_fate fate,
    int64_t next, int64_t settled)
{
	const struct outbox_destination d = { .report = report,
		.uri = uri,
		.target = target,
		.fate = fate,
		.tries = 1,
		.first_s = D0,
		.next_s = next,
		.settled_s = settled,
		.error = fate == OUTBOX_PENDING ? "450 later" : NULL };

	return outbox_put_destination(db, &d, &e);
}

/* Collects what each() is called with as text. */
static char seen[1024];

static void
see(const char *text)
{
	strncat(seen, text, sizeof(seen) - strlen(seen) - 1);
	strncat(seen, " ", sizeof(seen) - strlen(seen) - 1);
}

static bool
see_report(void *arg, const struct outbox_report *r)
{
	int *left = arg;

	see(r->id);
	if (r->packed != NULL)
		fail("a list comes without octets");
	return left == NULL || --*left > 0;
}

static bool
see_destination(void *arg, const struct outbox_destination *d)
{
	(void)arg;
	see(d->uri);
	return true;
}

static const char *
list(const char *domain, int64_t from, int64_t to, unsigned states)
{
	seen[0] = '\0';
	if (outbox_each(db, domain, from, to, states, see_report, NULL, &e) ==
	    -1)
		fail("%s", e.text);
	return seen;
}

static const char *
due(int64_t now)
{
	int64_t numbers[8];
	char text[32];
	size_t n;

	seen[0] = '\0';
	if (outbox_due(db, now, numbers, 8, &n, &e) == -1)
		fail("%s", e.text);
	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%lld", (long long)numbers[i]);
		see(text);
	}
	return seen;
}

static int64_t
next_due(void)
{
	int64_t at;

	if (outbox_next_due(db, &at, &e) == -1)
		fail("%s", e.text);
	return at;
}

/* outbox_with()'s callback: compares. */
static int
with(void *arg, const struct outbox_report *r, struct err *err)
{
	bool *forgotten = arg;

	is_str(r->id, "a-1", "id");
	is_str(r->domain, "a.test", "domain");
	is_str(r->submitter, "example.org", "submitter");
	is_str(r->record, "", "no record");
	is_str(r->missing, "", "nobody missing");
	is_int(r->begin, D0, "begin");
	is_int(r->end, D0 + DAY, "end");
	is_int(r->success * 10 + r->failure, 72, "counts");
	is_int(r->due_s, D0 + DAY + 100, "due");
	if (*forgotten)
		ok(r->packed == NULL, "the octets are forgotten");
	else
		is_mem(r->packed, "\x1f\x8b\0z", 4, "octets");
	return *forgotten ? err_set(err, ERR_PERM, "as told") : 0;
}

static void
test_reports(void)
{
	bool forgotten = false;
	int64_t number;
	int part, left = 1;

	is_int(next_due(), INT64_MAX, "nothing is due");
	is_int(add("a-1", "a.test", D0, 0, D0 + DAY + 100), 1, "added");
	is_int(add("b-1", "b.test", D0, 0, D0 + DAY + 50), 2, "added");
	is_int(add("a-2", "a.test", D0, 2, D0 + DAY + 200), 3, "a part");
	is_int(add("a-3", "a.test", D0 + DAY, 0, D0 + 2 * DAY), 4, "a day");
	is_int(add("a-1", "x.test", D0, 0, D0), -1, "an id is unique");
	fine(outbox_with(db, 1, with, &forgotten, &e), "with");
	is_int(outbox_with(db, 99, with, &forgotten, &e), -1, "no such");
	is_int(e.code, ERR_NOENT, "is told: %s", e.text);
	fine(outbox_find(db, "a-2", &number, &e), "find");
	is_int(number, 3, "its number");
	is_int(outbox_find(db, "zz", &number, &e), -1, "not found");
	is_int(e.code, ERR_NOENT, "is told");
	fine(outbox_last_part(db, "a.test", D0, D0 + DAY, &part, &e), "part");
	is_int(part, 2, "the largest");
	fine(outbox_last_part(db, "b.test", D0, D0 + DAY, &part, &e), "part");
	is_int(part, 0, "a whole report");
	fine(outbox_last_part(db, "b.test", D0, D0 + 1, &part, &e), "part");
	is_int(part, -1, "none on that range");
	is_str(list(NULL, INT64_MIN, INT64_MAX, ~0u), "a-1 a-2 b-1 a-3 ",
	    "all");
	is_str(list("a.test", D0, D0 + DAY, ~0u), "a-1 a-2 ", "of one day");
	is_str(list(NULL, D0, D0 + DAY, 1u << OUTBOX_SENT), "", "of a state");
	seen[0] = '\0';
	fine(outbox_each(db, NULL, D0, D0 + DAY, ~0u, see_report, &left, &e),
	    "each");
	is_str(seen, "a-1 ", "ends when told");
}

static void
test_due(void)
{
	is_int(next_due(), D0 + DAY + 50, "the earliest");
	is_str(due(D0), "", "nothing yet");
	is_str(due(D0 + DAY + 100), "2 1 ", "the earliest first");
	fine(put(2, "mailto:x@b.test", "x@b.test", OUTBOX_PENDING,
		 D0 + DAY + 900, 0),
	    "a destination");
	fine(put(2, "https://b.test/", "b.test", OUTBOX_PENDING, D0 + DAY + 700,
		 0),
	    "another");
	fine(outbox_set_state(db, 2, OUTBOX_GOING, D0, &e), "going");
	is_str(due(D0 + DAY + 699), "1 3 ", "not before its time");
	is_str(due(D0 + DAY + 700), "1 3 2 ", "at its time, once");
	is_str(due(D0 + DAY + 901), "1 3 2 ", "once for two destinations");
	seen[0] = '\0';
	fine(outbox_destinations(db, 2, see_destination, NULL, &e), "list");
	is_str(seen, "mailto:x@b.test https://b.test/ ", "in their order");
	fine(outbox_put_off(db, 3, D0 + 2 * DAY, &e), "put off");
	is_str(due(D0 + DAY + 900), "1 2 ", "not before that");
	fine(outbox_hurry(db, 2, D0 + 5, &e), "hurry");
	fine(outbox_hurry(db, 3, D0 + 6, &e), "hurry");
	is_str(due(D0 + 6), "2 3 ", "both are due");
	fine(put(2, "mailto:x@b.test", "x@b.test", OUTBOX_ACCEPTED, 0,
		 D0 + DAY + 10),
	    "accepted");
	fine(put(2, "https://b.test/", "b.test", OUTBOX_REFUSED, 0,
		 D0 + DAY + 10),
	    "refused");
	is_str(due(D0 + DAY + 50), "3 ", "nothing more to do");
	fine(outbox_set_state(db, 2, OUTBOX_SENT, D0 + DAY + 10, &e), "sent");
	is_int(next_due(), D0 + 6, "the next");
}

static void
note_count(void *arg, const char *uri, const char *target, int64_t n)
{
	char text[128];

	(void)arg;
	snprintf(text, sizeof(text), "%s=%s=%lld", uri, target, (long long)n);
	see(text);
}

static void
test_counts(void)
{
	char uri[64];
	int64_t n;

	fine(put(3, "mailto:x@b.test", "x@b.test", OUTBOX_ACCEPTED, 0,
		 D0 + DAY + 20),
	    "another report to the same");
	fine(outbox_count_target(db, "x@b.test", D0 + DAY + 10, &n, &e), "n");
	is_int(n, 2, "accepted since then");
	fine(outbox_count_target(db, "x@b.test", D0 + DAY + 11, &n, &e), "n");
	is_int(n, 1, "since later");
	fine(outbox_count_target(db, "b.test", D0, &n, &e), "n");
	is_int(n, 0, "refused ones do not count");
	seen[0] = '\0';
	fine(outbox_count_each(db, D0, note_count, NULL, &e), "all");
	is_str(seen, "mailto:x@b.test=x@b.test=2 ", "counts");
	for (int i = 0; i < OUTBOX_URIS_MAX; i++) {
		snprintf(uri, sizeof(uri), "mailto:%d@c.test", i);
		if (put(4, uri, uri + 7, OUTBOX_PENDING, 0, 0) == -1)
			fail("%s", e.text);
	}
	is_int(put(4, "mailto:x@c.test", "", OUTBOX_PENDING, 0, 0), -1,
	    "one too many");
	is_int(e.code, ERR_LIMIT, "is told");
	fine(put(4, "mailto:3@c.test", "", OUTBOX_PENDING, 0, 0),
	    "one that is there");
	seen[0] = '\0';
	fine(outbox_destinations(db, 4, see_destination, NULL, &e), "list");
	ok(strncmp(seen,
	       "mailto:0@c.test mailto:1@c.test mailto:2@c.test "
	       "mailto:3@c.test ",
	       64) == 0,
	    "keeps its place");
}

static bool
see_suppressed(void *arg, const struct outbox_suppressed *s)
{
	char text[128];

	(void)arg;
	snprintf(text, sizeof(text), "%s:%lld:%s", s->target,
	    (long long)s->until_s, s->why);
	see(text);
	return true;
}

static void
see_held(void *arg, const char *domain)
{
	(void)arg;
	see(domain);
}

static void
test_suppress(void)
{
	struct outbox_suppressed s = { "x@b.test", D0, "bounced", 1 };
	bool yes;

	fine(outbox_suppress(db, &s, &e), "suppress");
	s.target = "a.test";
	fine(outbox_suppress(db, &s, &e), "suppress");
	s.until_s++;
	fine(outbox_suppress(db, &s, &e), "again");
	seen[0] = '\0';
	fine(outbox_suppressed_each(db, see_suppressed, NULL, &e), "list");
	has_str(seen, "a.test:1728000001:bounced x@b.test:1728000000:bounced ",
	    "both");
	fine(outbox_is_suppressed(db, "a.test", D0, &yes, &e), "now?");
	ok(yes, "until then");
	fine(outbox_is_suppressed(db, "a.test", D0 + 1, &yes, &e), "then?");
	ok(!yes, "not from then on");
	fine(outbox_is_suppressed(db, "z.test", D0, &yes, &e), "another?");
	ok(!yes, "another is not");
	fine(outbox_unsuppress(db, "a.test", &e), "no more");
	fine(outbox_unsuppress(db, "a.test", &e), "not there");
	seen[0] = '\0';
	fine(outbox_suppressed_each(db, see_suppressed, NULL, &e), "list");
	is_str(seen, "x@b.test:1728000000:bounced ", "one");
}

static void
test_hold(void)
{
	bool held;

	fine(outbox_set_state(db, 4, OUTBOX_GOING, D0, &e), "going");
	fine(outbox_hold(db, "a.test", true, &e), "hold");
	fine(outbox_is_held(db, "a.test", &held, &e), "held?");
	ok(held, "held");
	is_str(list(NULL, 0, INT64_MAX, 1u << OUTBOX_HELD), "a-1 a-2 a-3 ",
	    "its reports are");
	is_str(list(NULL, 0, INT64_MAX, 1u << OUTBOX_SENT), "b-1 ",
	    "what is settled stays");
	is_int(add("a-4", "a.test", D0 + DAY, 2, D0), 5, "one that comes");
	is_str(due(INT64_MAX), "", "nothing is due");
	fine(outbox_hold(db, "*", true, &e), "all");
	fine(outbox_is_held(db, "z.test", &held, &e), "held?");
	ok(held, "any is");
	fine(outbox_hold(db, "a.test", false, &e), "release one");
	is_str(due(INT64_MAX), "", "all are held still");
	fine(outbox_hold(db, "a.test", true, &e), "hold");
	fine(outbox_hold(db, "*", false, &e), "release all");
	is_str(due(INT64_MAX), "", "the one is held still");
	seen[0] = '\0';
	fine(outbox_held_each(db, see_held, NULL, &e), "held");
	is_str(seen, "a.test ", "the one");
	fine(outbox_hold(db, "a.test", false, &e), "release");
	is_str(list(NULL, 0, INT64_MAX, 1u << OUTBOX_GOING), "a-2 a-3 ",
	    "with destinations: going");
	is_str(list(NULL, 0, INT64_MAX, 1u << OUTBOX_NEW), "a-1 a-4 ",
	    "without: new");
}

static void
test_expire(void)
{
	bool forgotten = true;
	int64_t n;

	fine(outbox_set_state(db, 1, OUTBOX_WITHDRAWN, D0 + 100, &e), "gone");
	fine(outbox_expire(db, D0 + 101, D0 + 100, &e), "expire");
	is_int(outbox_with(db, 1, with, &forgotten, &e), -1, "with");
	is_str(e.text, "as told", "its error comes through");
	fine(outbox_expire(db, D0, D0 + DAY + 11, &e), "expire");
	is_str(list(NULL, 0, INT64_MAX, ~0u), "a-2 a-3 a-4 ", "what stays");
	fine(outbox_count_target(db, "x@b.test", 0, &n, &e), "n");
	is_int(n, 1, "destinations went as well");
}

int
main(void)
{
	char command[64];

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/report.db", dir);
	db = report_db_open(path, &e);
	if (db == NULL) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	test_reports();
	test_due();
	test_counts();
	test_suppress();
	test_hold();
	test_expire();
	report_db_close(db);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ok(system(command) == 0, "cleaned up");
	return done_testing();
}
