/* report_make: what is due becomes reports, once, and what is not stays */
#include "config.h"

#include "reportgen/day_reports.h"
#include "reportgen/hosts.h"
#include "reportgen/report_mail.h"
#include "reportgen/report_make.h"
#include "reportgen/report_pack.h"
#include "reportgen/report_plan.h"
#include "reportgen/schedule.h"
#include "t/unit/dkim_samples.h"
#include "t/unit/report_world.h"

#define HOUR WORLD_HOUR
#define DAY WORLD_DAY
#define MONDAY INT64_C(1794787200) /* 2026-11-16 */
#define RULES                                                             \
	"send = [ { if = \"ends_with(rcpt_domain, '.hourly.example')\", " \
	"then = \"'hourly'\" }, "                                         \
	"{ if = \"ends_with(rcpt_domain, '.weekly.example')\", "          \
	"then = \"'weekly'\" }, "                                         \
	"{ if = \"ends_with(rcpt_domain, '.never.example')\", "           \
	"then = \"'never'\" }, { else = \"'daily'\" } ]\n"

static const char *const lines[] = { "version: STSv1", "mode: enforce",
	"mx: mx.a.example", "max_age: 86400" };

static struct rows_row
make_row(const char *domain, int64_t begin, int32_t length, int64_t success,
    int64_t failure)
{
	return (struct rows_row){ .begin = begin,
		.length = length,
		.host = ROWS_HOST_SELF,
		.domain = domain,
		.record = "v=TLSRPTv1; rua=mailto:t@a.example",
		.type = report_policy_type_code(REPORT_POLICY_STS),
		.policy_domain = domain,
		.strings = lines,
		.nstrings = 4,
		.success = success,
		.failure = failure };
}

static void
add(struct report_world *w, const char *domain, int64_t begin, int64_t length,
    int64_t success, int64_t failure)
{
	struct rows_failure f = { .result = report_result_code(
				      REPORT_CERTIFICATE_EXPIRED),
		.mx = "mx.a.example",
		.sending_ip = "192.0.2.1",
		.sessions = failure };
	struct rows_row row =
	    make_row(domain, begin, (int32_t)length, success, failure);

	row.failures = &f;
	row.nfailures = failure > 0;
	world_add(w, &row);
}

/* As make(), for a submission server with a SIZE. */
static struct report_make_stats
make_size(struct report_world *w, int64_t now_s, int64_t size_max)
{
	struct report_make_stats s;
	struct err e;

	if (report_make_due(w->db, w->c, now_s, size_max, &s, &e) == -1)
		fail("made at %lld: %s", (long long)now_s, e.text);
	return s;
}

static struct report_make_stats
make(struct report_world *w, int64_t now_s)
{
	return make_size(w, now_s, 0);
}

/* A day is reported when it is over and its domain's turn has come. */
static void
test_due(void)
{
	struct report_world w;
	struct report_make_stats s;
	struct report_sum sum;
	int64_t due;

	world_init(&w, world_conf("", ""));
	s = make(&w, MONDAY);
	ok(s.reports == 0 && s.next_s == INT64_MAX, "nothing of nothing");
	add(&w, "a.example", MONDAY, DAY, 7, 2);
	due = schedule_due(w.c, CONF_DAILY, "a.example", MONDAY + DAY);
	s = make(&w, MONDAY + DAY - 1);
	is_int(s.reports, 0, "nothing within the day");
	ok(s.next_s >= due && s.next_s < due + 60 && s.next_s % 60 == 0,
	    "to be looked at in the minute when it is due");
	is_int(make(&w, due - 1).reports, 0, "nothing before it is due");
	s = make(&w, due);
	is_int(s.reports, 1, "a report");
	is_int(s.sessions, 9, "its sessions");
	is_int(s.next_s, INT64_MAX, "nothing is left");
	world_sum(&w, "a.example", &sum, NULL);
	is_int(sum.success, 7, "successes");
	is_int(sum.failure, 2, "failures");
	is_int(sum.details, 2, "their details");
	is_int(sum.told, 9, "the outbox tells the same");
	is_int(world_rows(&w, NULL), 0, "no rows are left");
	is_int(make(&w, due + DAY).reports, 0, "nothing is made twice");
	world_clear(&w);
}

static bool
take_report(void *arg, const struct outbox_report *r)
{
	struct buf *b = arg;

	buf_printf(b, "%s part %u from %s for %s, %s, missing \"%s\"\n", r->id,
	    r->part, r->submitter, r->domain, r->record, r->missing);
	return true;
}

static void
check_outbox(struct report_world *w, const char *want, const char *name)
{
	struct buf b;
	struct err e;

	buf_init(&b, 100000);
	if (outbox_each(w->db, NULL, INT64_MIN, INT64_MAX, 1u << OUTBOX_NEW,
		take_report, &b, &e) == -1)
		fail("%s", e.text);
	is_str(buf_str(&b), want, "%s", name);
	buf_clear(&b);
}

/* What comes for a range after its report is a further one. */
static void
test_late(void)
{
	struct report_world w;

	world_init(&w, world_conf("", ""));
	add(&w, "a.example", MONDAY, DAY, 7, 0);
	is_int(make(&w, MONDAY + 2 * DAY).reports, 1,
	    "success alone is reported: the heartbeat");
	add(&w, "a.example", MONDAY, DAY, 1, 0);
	is_int(make(&w, MONDAY + 2 * DAY + 60).reports, 1, "a late session");
	add(&w, "a.example", MONDAY, DAY, 1, 0);
	is_int(make(&w, MONDAY + 2 * DAY + 120).reports, 1, "another one");
#define NAME "20261116T000000Z-20261117T000000Z.a.example"
#define REST                                                         \
	" from example.org for a.example, v=TLSRPTv1; rua=mailto:t@" \
	"a.example, missing \"\"\n"
	check_outbox(&w,
	    NAME "@example.org part 0" REST NAME
		 ".002@example.org part 2" REST NAME
		 ".003@example.org part 3" REST,
	    "each has a number of its own");
	world_clear(&w);
}

/* Hourly, daily and weekly domains, and one that wants nothing. */
static void
test_periods(void)
{
	struct report_world w;
	struct report_sum sum;
	struct report_make_stats s;

	world_init(&w, world_conf(RULES "spread = '0s'", ""));
	for (int h = 0; h < 48; h++)
		add(&w, "a.hourly.example", MONDAY + h * HOUR, HOUR, 1, 0);
	for (int d = 0; d < 9; d++) {
		add(&w, "a.daily.example", MONDAY + d * DAY, DAY, 1, 0);
		add(&w, "a.weekly.example", MONDAY + d * DAY, DAY, 1, 0);
		add(&w, "a.never.example", MONDAY + d * DAY, DAY, 1, 0);
	}
	s = make(&w, MONDAY + HOUR + 60);
	is_int(s.reports, 1, "after an hour that of the hour");
	is_int(s.next_s, MONDAY + 2 * HOUR + 60, "the next in an hour");
	is_int(make(&w, MONDAY + DAY + 60).reports, 23 + 1,
	    "after a day 23 more, and that of the day");
	is_int(make(&w, MONDAY + 7 * DAY + 59).reports, 24 + 5,
	    "on Sunday all but the last day");
	is_int(make(&w, MONDAY + 7 * DAY + 60).reports, 2, "then day and week");
	world_sum(&w, "a.weekly.example", &sum, NULL);
	is_int(sum.n, 1, "one report on the week");
	is_int(sum.success, 7, "of seven days");
	is_int(world_rows(&w, "a.never.example"), 9, "of never none");
	s = make(&w, MONDAY + 8 * DAY + 60);
	is_int(s.reports, 1, "a day later that of the day");
	is_int(s.expired, 1, "and of never the first day is too old");
	world_clear(&w);
}

/* The period is changed in the config while sessions are waiting. */
static void
test_changed_period(void)
{
	struct report_world w;
	struct report_plan plan;
	struct report_sum sum;
	struct err e;

	world_init(&w, world_conf("send = 'hourly'\nspread = '0s'", ""));
	add(&w, "a.example", MONDAY, DAY, 100, 0);
	add(&w, "a.example", MONDAY, HOUR, 1, 0);
	add(&w, "a.example", MONDAY + 13 * HOUR, HOUR, 10, 0);
	add(&w, "a.example", MONDAY + DAY + 2 * HOUR, HOUR, 1000, 0);
	if (report_plan_make(w.db, w.c, NULL, INT64_MIN, INT64_MAX, &plan,
		&e) == -1)
		fail("%s", e.text);
	is_int(plan.n, 2, "the day's bucket takes its hours with it");
	is_int(plan.job[0].end - plan.job[0].begin, DAY, "as a day");
	is_int(plan.job[0].success, 111, "with all of them");
	is_int(plan.job[1].end - plan.job[1].begin, HOUR, "then an hour");
	report_plan_clear(&plan);
	is_int(make(&w, MONDAY + 14 * HOUR + 60).reports, 0,
	    "nothing before the longer one is over");
	is_int(make(&w, MONDAY + 2 * DAY).reports, 2, "both later");
	world_sum(&w, NULL, &sum, NULL);
	is_int(sum.success, 1111, "each session once");
	world_clear(&w);
}

/* Down for three days: every day is reported, with its own range. */
static void
test_down(void)
{
	struct report_world w;

	world_init(&w, world_conf("", ""));
	for (int d = 0; d < 3; d++)
		add(&w, "a.example", MONDAY + d * DAY, DAY, d + 1, 0);
	is_int(make(&w, MONDAY + 3 * DAY + 5 * HOUR).reports, 3, "three days");
#undef REST
#define REST                                                             \
	".a.example@example.org part 0 from example.org for a.example, " \
	"v=TLSRPTv1; rua=mailto:t@a.example, missing \"\"\n"
	check_outbox(&w,
	    "20261116T000000Z-20261117T000000Z" REST
	    "20261117T000000Z-20261118T000000Z" REST
	    "20261118T000000Z-20261119T000000Z" REST,
	    "a report each, of whole UTC days");
	world_clear(&w);
}

/* A host that is late is waited for, then named; what it sends is reported. */
static void
test_hosts(void)
{
	const struct hosts_export x = { "mx2.example.org", MONDAY, 1,
		MONDAY + DAY };
	struct report_world w;
	struct report_make_stats s;
	struct rows_row row;
	struct report_sum sum;
	struct err e;

	world_init(&w,
	    world_conf("hosts = ['mx2.example.org', 'mx3.example.org']\n"
		       "spread = '0s'\n",
		""));
	add(&w, "a.example", MONDAY, DAY, 1, 0);
	s = make(&w, MONDAY + DAY + 60);
	is_int(s.reports, 0, "no report without the others");
	is_int(s.waiting, 1, "it is waited for");
	is_int(s.next_s, MONDAY + DAY + 120, "looked at again in a minute");
	row = make_row("a.example", MONDAY, (int32_t)DAY, 10, 0);
	row.host = "mx2.example.org";
	world_add(&w, &row);
	if (report_db_begin(w.db, &e) == -1 || hosts_note(w.db, &x, &e) == -1 ||
	    report_db_commit(w.db, &e) == -1)
		fail("%s", e.text);
	is_int(make(&w, MONDAY + DAY + 6 * HOUR - 1).waiting, 1,
	    "the third is missing until the end of grace");
	s = make(&w, MONDAY + DAY + 6 * HOUR);
	is_int(s.reports, 1, "then it is sent without");
	is_int(s.sessions, 11, "with what is there");
	row.host = "mx3.example.org";
	row.success = 100;
	world_add(&w, &row);
	is_int(make(&w, MONDAY + DAY + 7 * HOUR).reports, 1,
	    "what comes later is a part of its own");
	check_outbox(&w,
	    "20261116T000000Z-20261117T000000Z.a.example@example.org part 0 "
	    "from example.org for a.example, v=TLSRPTv1; rua=mailto:t@"
	    "a.example, missing \"mx3.example.org\"\n"
	    "20261116T000000Z-20261117T000000Z.a.example.002@example.org "
	    "part 2 from example.org for a.example, v=TLSRPTv1; rua=mailto:t@"
	    "a.example, missing \"mx3.example.org\"\n",
	    "the missing host is named");
	world_sum(&w, NULL, &sum, NULL);
	is_int(sum.success, 111, "each session once");
	world_clear(&w);
}

/* Nothing can be sent: sessions wait seven days from their period's end. */
static void
test_obstacles(void)
{
	static const struct {
		const char *key, *want;
	} rows[] = {
		{ "contact-info", "contact-info is not set" },
		{ "org-name", "org-name is not set" },
		{ "from-address", "from-address is not set" },
		{ "sign", "sign names no signature" },
	};
	struct report_world w;
	struct report_make_stats s;
	struct conf *c;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		c = world_conf("", "");
		/* a config may lack each of them; this one is changed */
		if (i == 0)
			c->report.contact_info[0] = '\0';
		else if (i == 1)
			c->report.org_name[0] = '\0';
		else if (i == 2)
			c->report_from_address[0] = '\0';
		else
			c->report.sign.n = 0;
		has_str(report_make_obstacle(c), rows[i].want, "no %s",
		    rows[i].key);
		c->report.sign.n = 1;
		conf_unref(c);
	}
	c = world_conf("", "");
	is_str(report_make_obstacle(c), NULL, "nothing is in the way");
	conf_unref(c);
	world_init(&w, world_conf(RULES, "via = 'none'"));
	has_str(report_make_obstacle(w.c), "via is none", "no way out");
	add(&w, "a.example", MONDAY, DAY, 5, 1);
	add(&w, "a.weekly.example", MONDAY, DAY, 5, 1);
	s = make(&w, MONDAY + 8 * DAY - 1);
	ok(s.reports == 0 && s.expired == 0, "sessions are kept");
	ok(s.next_s >= MONDAY + 8 * DAY && s.next_s < MONDAY + 8 * DAY + 60,
	    "for seven days");
	is_int(report_make_day(w.db, w.c, MONDAY, NULL, MONDAY + DAY, 0, &s,
		   &e),
	    -1, "nor are they made on demand");
	is_int(e.code, ERR_PERM, "for good");
	s = make(&w, MONDAY + 8 * DAY);
	is_int(s.expired, 6, "then dropped and counted");
	is_int(world_rows(&w, NULL), 6, "the week's are younger");
	if (report_db_get_int(w.db, "expired-sessions", 0, &s.next_s, &e) == -1)
		fail("%s", e.text);
	is_int(s.next_s, 6, "in report.db too");
	is_int(make(&w, MONDAY + 14 * DAY).expired, 6, "then they go as well");
	world_clear(&w);
}

/* "send DAY": now, whatever the clock says. */
static void
test_day(void)
{
	struct report_world w;
	struct report_make_stats s;
	struct report_sum sum;
	struct err e;

	world_init(&w, world_conf(RULES, ""));
	add(&w, "a.example", MONDAY, DAY, 1, 0);
	add(&w, "b.example", MONDAY, DAY, 10, 0);
	add(&w, "a.example", MONDAY + DAY, DAY, 100, 0);
	add(&w, "a.weekly.example", MONDAY, DAY, 1, 0);
	add(&w, "a.weekly.example", MONDAY + DAY, DAY, 1, 0);
	add(&w, "a.never.example", MONDAY, DAY, 1, 0);
	for (int h = 0; h < 25; h++)
		add(&w, "a.hourly.example", MONDAY + h * HOUR, HOUR, 1, 0);
	is_int(report_make_day(w.db, w.c, MONDAY, "b.example", MONDAY + HOUR, 0,
		   &s, &e),
	    0, "one domain's day before it is over");
	is_int(s.sessions, 10, "its sessions");
	is_int(report_make_day(w.db, w.c, MONDAY, NULL, MONDAY + DAY, 0, &s,
		   &e),
	    0, "all of a day");
	is_int(s.reports, 1 + 1 + 24, "day, week and hours");
	is_int(s.sessions, 1 + 2 + 24, "their sessions");
	is_int(world_rows(&w, NULL), 100 + 1 + 1, "the others stay");
	world_sum(&w, NULL, &sum, NULL);
	is_int(sum.success, 10 + 1 + 2 + 24, "each once");
	world_clear(&w);
}

/* Two connections make reports of the same rows: one of them finds nothing. */
static void
test_two_makers(void)
{
	struct report_world w, other;
	struct report_sum sum;
	uint64_t made;

	world_init(&w, world_conf("", ""));
	for (int i = 0; i < 200; i++) {
		char domain[32];

		snprintf(domain, sizeof(domain), "d%d.example", i);
		add(&w, domain, MONDAY, DAY, 1, 0);
	}
	other = w;
	other.db = NULL;
	world_open(&other);
	made = make(&w, MONDAY + 2 * DAY).reports;
	is_int(made, 200, "the first makes all, in several transactions");
	is_int(make(&other, MONDAY + 2 * DAY).reports, 0, "the second nothing");
	world_sum(&w, NULL, &sum, NULL);
	is_int(sum.success, 200, "each session once");
	report_db_close(other.db);
	world_clear(&w);
}

/* Hostile: many policies and details, several days, another host. */
static int64_t
add_large(struct report_world *w, int policies, int failures, int days)
{
	struct rows_failure *f = xcalloc((size_t)failures, sizeof(*f));
	char(*texts)[40] = xcalloc((size_t)(policies * days + failures), 40);
	struct err e;
	uint32_t x = 1;

	for (int i = 0; i < policies * days + failures; i++) {
		x = x * 1664525 + 1013904223;
		snprintf(texts[i], 40, "%08x%08x", x, x * 2654435761u);
	}
	if (report_db_begin(w->db, &e) == -1)
		fail("%s", e.text);
	for (int i = 0; i < days * policies; i++) {
		struct rows_row row = make_row("a.example",
		    MONDAY + i / policies % 7 * DAY, (int32_t)DAY, 1, failures);
		const char *string = texts[i];

		if (i / policies >= 7)
			row.host = "mx2.example.org";
		row.strings = &string;
		row.nstrings = 1;
		for (int k = 0; k < failures; k++)
			f[k] = (struct rows_failure){ .result = 201 + k % 5,
				.reason = texts[i % policies + k],
				.sessions = 1 };
		row.failures = f;
		row.nfailures = (size_t)failures;
		if (rows_add(w->db, &row, &e) == -1)
			fail("%s", e.text);
	}
	if (report_db_commit(w->db, &e) == -1)
		fail("%s", e.text);
	free(texts);
	free(f);
	return (int64_t)policies * days * failures;
}

static void
test_large(void)
{
	enum { POLICIES = 60, FAILURES = 200, DAYS = 14 };
	struct report_world w;
	struct report_make_stats s;
	struct report_sum sum;
	int64_t failures;

	world_init(&w, world_conf("send = 'weekly'\nmax-size = '10kb'", ""));
	failures = add_large(&w, POLICIES, FAILURES, DAYS);
	s = make(&w, MONDAY + 8 * DAY);
	is_int(s.reports, 1, "one report");
	ok(s.parts > 1, "in parts (%llu)", (unsigned long long)s.parts);
	is_int(s.sessions, failures + DAYS * POLICIES, "of all sessions");
	world_sum(&w, NULL, &sum, NULL);
	is_int(sum.success, DAYS * POLICIES, "no success is lost");
	is_int(sum.failure, failures, "no failure is lost");
	is_int(sum.details, failures, "no detail's session is lost");
	world_clear(&w);
}

/* The largest mail of the outbox. */
struct mails {
	struct report_world *w;
	struct keyring keys;
	size_t n, largest;
};

static int
write_mail(void *arg, const struct outbox_report *r, struct err *e)
{
	struct mails *m = arg;
	struct buf mail;
	int rc;

	buf_init(&mail, 10 << 20);
	rc = report_mail_write(m->w->c, &m->keys, r, "tlsrpt@a.example", MONDAY,
	    &mail, e);
	m->n++;
	m->largest = mail.len > m->largest ? mail.len : m->largest;
	buf_clear(&mail);
	return rc;
}

/* What a submission server takes (SIZE) is of whole mails: they are no larger.*/
static void
test_mail_size(int64_t size_max)
{
	struct report_world w;
	struct mails m = { .w = &w };
	struct report_make_stats s;
	struct report_sum sum;
	struct err e;
	int64_t failures;

	for (int i = 0; i < 2; i++)
		m.keys.signer[i] =
		    (struct dkim_signer){ dkim_key_parse(rsa4096_pkcs8,
					      strlen(rsa4096_pkcs8),
					      DKIM_RSA_SHA256, &e),
			    "example.org", "a", DKIM_RELAXED, DKIM_RELAXED };
	m.keys.n = 2;
	world_init(&w, world_conf("send = 'weekly'", ""));
	failures = add_large(&w, 60, 100, 7);
	s = make_size(&w, MONDAY + 8 * DAY, size_max);
	for (int64_t n = 1; n <= (int64_t)s.parts; n++)
		if (outbox_with(w.db, n, write_mail, &m, &e) == -1)
			fail("%s", e.text);
	ok(m.n > 0 && m.largest <= (size_t)size_max,
	    "SIZE %lld: no mail of %zu is larger (%zu)", (long long)size_max,
	    m.n, m.largest);
	world_sum(&w, NULL, &sum, NULL);
	is_int(sum.failure, failures, "and no session is lost");
	for (int i = 0; i < 2; i++)
		dkim_key_free(m.keys.signer[i].key);
	world_clear(&w);
}

/* What a submission server takes (SIZE) is of the whole mail. */
static void
test_size(void)
{
	struct conf *c = world_conf("max-size = '5mb'", "");

	is_int(report_pack_max(c, 0), 5 << 20, "unknown: max-size");
	is_int(report_pack_max(c, INT64_C(1) << 40), 5 << 20, "a large one");
	ok(report_pack_max(c, 1000000) < 1000000 * 57 / 78,
	    "base64 and the rest of the mail count (%zu)",
	    report_pack_max(c, 1000000));
	ok(report_pack_max(c, 1000000) > 600000, "and nothing else");
	ok(report_pack_max(c, 20000) > 5000, "a tiny one leaves something");
	conf_unref(c);
}

struct seen {
	size_t kept, coming;
	int64_t sessions;
};

static int
see(void *arg, const struct outbox_report *r, const struct report_job *job,
    struct err *e)
{
	struct seen *s = arg;

	(void)e;
	s->kept += job == NULL;
	s->coming += job != NULL;
	if (job != NULL && strcmp(r->domain, "a.example") == 0)
		is_str(r->id,
		    "20261116T000000Z-20261117T000000Z.a.example.002@"
		    "example.org",
		    "what is late is under the name it will have");
	s->sessions += r->success + r->failure;
	return 0;
}

/* What preview and build show changes nothing. */
static void
test_show(void)
{
	struct report_world w;
	struct seen s = { 0 };
	uint64_t failed;
	struct err e;

	world_init(&w, world_conf("", ""));
	add(&w, "a.example", MONDAY, DAY, 1, 0);
	is_int(make(&w, MONDAY + 2 * DAY).reports, 1, "one is made");
	add(&w, "a.example", MONDAY, DAY, 10, 2);
	add(&w, "b.example", MONDAY, DAY, 100, 0);
	add(&w, "b.example", MONDAY + DAY, DAY, 1000, 0);
	for (int i = 0; i < 2; i++) {
		memset(&s, 0, sizeof(s));
		is_int(day_reports_each(w.db, w.c, NULL, MONDAY, MONDAY + DAY,
			   MONDAY + 2 * DAY, see, &s, &failed, &e),
		    0, "all of a day");
		ok(s.kept == 1 && s.coming == 2 && s.sessions == 113,
		    "one that was made, two that will be");
	}
	is_int(world_rows(&w, NULL), 1112, "the rows are still there");
	world_clear(&w);
}

/* A TLSA policy's records in another order are the same policy. */
static void
test_tlsa_order(void)
{
	static const char *const one[] = { "3 1 1 AA", "3 1 1 BB" };
	static const char *const two[] = { "3 1 1 BB", "3 1 1 AA" };
	struct report_world w;
	struct rows_row row;
	struct report_sum sum;
	struct report merged;

	world_init(&w, world_conf("", ""));
	row = make_row("a.example", MONDAY, (int32_t)DAY, 1, 0);
	row.type = report_policy_type_code(REPORT_POLICY_TLSA);
	row.nstrings = 2;
	row.strings = one;
	world_add(&w, &row);
	row.strings = two;
	row.host = "mx2.example.org";
	world_add(&w, &row);
	is_int(make(&w, MONDAY + 2 * DAY).reports, 1, "a report of both");
	report_init(&merged, REPORT_POOL_MAX);
	world_sum(&w, NULL, &sum, &merged);
	is_int(merged.npolicies, 1, "one policy");
	is_int(sum.success, 2, "both sessions");
	report_clear(&merged);
	world_clear(&w);
}

int
main(void)
{
	test_due();
	test_late();
	test_periods();
	test_changed_period();
	test_down();
	test_hosts();
	test_obstacles();
	test_day();
	test_two_makers();
	test_large();
	test_mail_size(60000);
	test_mail_size(300000);
	test_size();
	test_show();
	test_tlsa_order();
	return done_testing();
}
