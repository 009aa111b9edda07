/* status: periods, what is waited for, what became of it */
#include "config.h"

#include "reportgen/status.h"
#include "share/base/xmem.h"
#include "share/store/report_outbox.h"
#include "share/store/report_rows.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define T0 INT64_C(1795219200) /* 2026-11-21 */

static char dir[] = "/tmp/status-XXXXXX";
static struct report_db *db;

static void
must(int rc, const struct err *e)
{
	if (rc == -1) {
		printf("Bail out! %s\n", e->text);
		exit(1);
	}
}

static void
collect(const char *domain, int64_t begin, int64_t success, int64_t failure)
{
	const struct rows_row row = { .begin = begin,
		.length = DAY,
		.host = ROWS_HOST_SELF,
		.domain = domain,
		.type = 9,
		.policy_domain = domain,
		.success = success,
		.failure = failure };
	struct err e;

	must(report_db_begin(db, &e), &e);
	must(rows_add(db, &row, &e), &e);
	must(report_db_commit(db, &e), &e);
}

static void
made(const char *domain, int64_t begin, enum outbox_state state, int64_t due)
{
	static unsigned n;
	char *id = xasprintf("id%u", n++);
	struct outbox_report r = { .id = id,
		.domain = domain,
		.submitter = "example.org",
		.record = "v=TLSRPTv1",
		.begin = begin,
		.end = begin + DAY,
		.made_s = begin,
		.due_s = due,
		.success = 5,
		.failure = 1,
		.missing = "",
		.packed = "x",
		.packed_len = 1 };
	struct err e;

	must(report_db_begin(db, &e), &e);
	must(outbox_add(db, &r, &e), &e);
	must(outbox_set_state(db, r.number, state, begin, &e), &e);
	must(report_db_commit(db, &e), &e);
	free(id);
}

int
main(void)
{
	const struct outbox_suppressed gone = { "a@example.net", T0 + DAY,
		"bounced", T0 };
	struct conf_mistakes mistakes;
	struct conf *c;
	struct status s;
	struct err e;
	char *path, *command;

	if (mkdtemp(dir) == NULL)
		return 1;
	c = conf_parse("t", "", 0, &mistakes, NULL);
	path = xasprintf("%s/report.db", dir);
	db = report_db_open(path, &e);
	if (db == NULL || c == NULL)
		return 1;
	must(status_read(db, c, 0, &s, &e), &e);
	is_int(s.n, 0, "nothing yet");
	ok(s.next_s == INT64_MAX && !s.all_held, "nothing is due");
	status_clear(&s);

	made("a.example", T0 - 30 * DAY, OUTBOX_SENT, 0);
	made("a.example", T0 - DAY, OUTBOX_SENT, 0);
	made("b.example", T0 - DAY, OUTBOX_FAILED, 0);
	made("c.example", T0 - DAY, OUTBOX_WITHDRAWN, 0);
	made("d.example", T0 - DAY, OUTBOX_NEW, T0 + 100);
	made("e.example", T0 - DAY, OUTBOX_HELD, 0);
	collect("a.example", T0 - DAY, 10, 2); /* late: a second report */
	collect("f.example", T0, 7, 0);
	must(report_db_begin(db, &e), &e);
	must(outbox_suppress(db, &gone, &e), &e);
	must(report_db_commit(db, &e), &e);

	must(status_read(db, c, T0 - 14 * DAY, &s, &e), &e);
	is_int(s.n, 2, "two periods of the last two weeks");
	ok(s.n == 2 && s.period[0].begin == T0 && s.period[1].end == T0,
	    "the latest first");
	is_int(s.period[0].waiting, 1, "today: one to be made");
	is_int(s.period[0].success, 7, "today: its sessions");
	ok(s.period[0].next_s > T0 + DAY && s.period[0].next_s < T0 + 2 * DAY,
	    "today: due after the day's end");
	is_int(s.period[1].domains, 5,
	    "yesterday: a domain with two reports counts once");
	is_int(s.period[1].success + s.period[1].failure, 5 * 6 + 12,
	    "yesterday: sessions of both");
	is_int(s.period[1].sent, 1, "yesterday: sent");
	is_int(s.period[1].failed, 1, "yesterday: failed");
	is_int(s.period[1].withdrawn, 1, "yesterday: withdrawn");
	is_int(s.period[1].pending, 1, "yesterday: pending");
	is_int(s.period[1].held, 1, "yesterday: held");
	is_int(s.period[1].waiting, 1, "yesterday: to be made");
	ok(s.next_s <= T0 + 100, "the next is the earliest");
	is_int(s.suppressed, 1, "suppressed addresses");
	ok(!s.all_held, "nothing is held back");
	status_clear(&s);

	must(report_db_begin(db, &e), &e);
	must(outbox_hold(db, "*", true, &e), &e);
	must(report_db_commit(db, &e), &e);
	must(status_read(db, c, T0 - 14 * DAY, &s, &e), &e);
	ok(s.all_held, "all are held back");
	is_int(s.period[1].held, 2, "also the pending one");
	status_clear(&s);
	report_db_close(db);
	conf_unref(c);
	command = xasprintf("rm -r %s", dir);
	if (system(command) != 0)
		diag("%s is left", dir);
	free(command);
	free(path);
	return done_testing();
}
