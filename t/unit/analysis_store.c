/* analysis_store: the analyzer's store - see share/store/analysis_store.h */
#include "config.h"

#include "share/base/buf.h"
#include "share/base/xmem.h"
#include "share/store/analysis_store.h"
#include "t/unit/tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY0 INT64_C(20000)

static char dir[] = "/tmp/analysis-XXXXXX";
static char path[64];
static const struct analysis_limits limits = { .wait_ms = 50 };
static const struct analysis_filter all = { .until = ANALYSIS_DAYS_ALL };

/* ---- making reports ---- */

static const struct analysis_failure two_failures[2] = {
	{ .result = "certificate-expired",
	    .sending_ip = "2001:db8::1",
	    .mx = "mx1.example.org",
	    .receiving_ip = "192.0.2.1",
	    .reason = "expired",
	    .sessions = 2 },
	{ .result = "starttls-not-supported",
	    .mx = "mx2.example.org",
	    .sessions = 1 },
};

/* STS and DANE of one domain, and another domain; five failures of which two
 * are not explained. */
static const struct analysis_policy three_policies[3] = {
	{ .type = "sts",
	    .domain = "example.org",
	    .mail_domain = "example.org",
	    .strings = "version: STSv1\nmode: testing",
	    .mx = "*.example.org",
	    .success = 95,
	    .failure = 5,
	    .failures = two_failures,
	    .nfailures = 2 },
	{ .type = "tlsa",
	    .domain = "mx1.example.org",
	    .mail_domain = "example.org",
	    .strings = "3 1 1 aa",
	    .success = 40,
	    .failure = 0 },
	{ .type = "no-policy-found",
	    .domain = "example.net",
	    .mail_domain = "example.net",
	    .success = 7,
	    .failure = 0 },
};

static struct analysis_report
report(const char *organization, int i)
{
	static char id[32];
	int64_t begin = (DAY0 + i) * ANALYSIS_DAY;
	struct analysis_report r = { .organization = organization,
		.report_id = id,
		.contact = "tls@org.example",
		.submitter = "org.example",
		.begin = begin,
		.end = begin + ANALYSIS_DAY,
		.received = begin + 90000,
		.stored = begin + 90001,
		.verdict = ANALYSIS_OK,
		.trust = ANALYSIS_SIGNED,
		.dkim_domain = "org.example",
		.source = "/var/mail/reports",
		.place = "1700000000.M1P2.mx",
		.success = 142,
		.failure = 5,
		.details = 3,
		.ndetails = 2,
		.npolicies = 3,
		.policies = three_policies };

	snprintf(id, sizeof(id), "r%d", i);
	return r;
}

/* ---- opening and putting ---- */

static struct analysis_store
open_limited(const struct analysis_limits *l)
{
	struct analysis_store s;
	struct err e;

	if (analysis_sqlite_open(path, l, &s, &e) == -1) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return s;
}

static struct analysis_store
open_store(void)
{
	return open_limited(&limits);
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

/* Puts in a transaction of its own; what came of it, -1 when it failed. */
static int
put(struct analysis_store *s, const struct analysis_report *r)
{
	enum analysis_put what;
	struct err e = { 0 };

	if (s->begin(s->ctx, &e) == -1 ||
	    s->put(s->ctx, r, &what, NULL, &e) == -1 ||
	    s->commit(s->ctx, &e) == -1) {
		diag("%s", e.text);
		s->rollback(s->ctx);
		return -1;
	}
	return (int)what;
}

/* ---- answers as text, a line each ---- */

static bool
print_sum(void *arg, const struct analysis_sum *s)
{
	buf_printf(arg, "%lld %s|%s|%s|%d %lld/%lld r%lld %lld-%lld\n",
	    (long long)(s->day != 0 ? s->day - DAY0 : -1), s->domain, s->sender,
	    s->type, s->trust, (long long)s->success, (long long)s->failure,
	    (long long)s->reports, (long long)(s->first_day - DAY0),
	    (long long)(s->last_day - DAY0));
	return true;
}

static bool
print_failure(void *arg, const struct analysis_failure_sum *s)
{
	buf_printf(arg,
	    "%s|%s|%s|%s|%s|%s %lld in %lld of %lld, %lld-%lld ever %lld\n",
	    s->domain, s->policy_domain, s->type, s->mx, s->result, s->sender,
	    (long long)s->sessions, (long long)s->entries,
	    (long long)s->senders, (long long)(s->first_day - DAY0),
	    (long long)(s->last_day - DAY0), (long long)(s->ever_day - DAY0));
	return true;
}

static bool
print_report(void *arg, const struct analysis_report *r)
{
	buf_printf(arg, "%s %s %s %s+%s %s\n", r->organization, r->report_id,
	    analysis_trust_name(r->trust), r->source, r->place,
	    analysis_verdict_name(r->verdict));
	for (int64_t i = 0; r->policies != NULL && i < r->npolicies; i++) {
		const struct analysis_policy *p = &r->policies[i];

		buf_printf(arg, " %s %s for %s%s %lld/%lld\n", p->type,
		    p->domain, p->mail_domain, p->sibling ? " sibling" : "",
		    (long long)p->success, (long long)p->failure);
		for (size_t k = 0; k < p->nfailures; k++)
			buf_printf(arg, "  %s %s %s %s %lld\n",
			    p->failures[k].result, p->failures[k].mx,
			    p->failures[k].sending_ip, p->failures[k].reason,
			    (long long)p->failures[k].sessions);
	}
	return true;
}

static bool
print_held(void *arg, const struct analysis_held *h)
{
	buf_printf(arg, "%s holds %s %s for %s r%lld %lld-%lld\n", h->sender,
	    h->type, h->domain, h->mail_domain, (long long)h->reports,
	    (long long)(h->first_day - DAY0), (long long)(h->last_day - DAY0));
	return true;
}

static bool
print_sender(void *arg, const struct analysis_sender *s)
{
	buf_printf(arg, "%s r%lld bad%lld %lld/%lld u%lld s%lld v%lld\n",
	    s->sender, (long long)s->reports, (long long)s->salvaged,
	    (long long)s->success, (long long)s->failure,
	    (long long)s->by_trust[ANALYSIS_UNSIGNED],
	    (long long)s->by_trust[ANALYSIS_SIGNED],
	    (long long)s->by_trust[ANALYSIS_VERIFIED]);
	return true;
}

static bool
print_defect(void *arg, const struct analysis_defect *d)
{
	buf_printf(arg, "%s %s %lld\n", d->sender, d->defect,
	    (long long)d->reports);
	return true;
}

static bool
print_count(void *arg, const struct analysis_count *c)
{
	buf_printf(arg, "%lld:", (long long)(c->day - DAY0));
	for (int v = 0; v < ANALYSIS_VERDICTS; v++)
		buf_printf(arg, " %lld", (long long)c->mails[v]);
	buf_puts(arg, "\n");
	return true;
}

static bool
print_item(void *arg, const char *item, int64_t mark)
{
	buf_printf(arg, "%s=%lld\n", item, (long long)mark);
	return true;
}

static bool
print_note(void *arg, const char *key, const char *value)
{
	buf_printf(arg, "%s=%s\n", key, value);
	return true;
}

static struct buf answer;

/* Compares what a question gave (ret, and answer) with the lines wanted. */
static void
is_answer(int ret, const char *want, const char *name)
{
	is_int(ret, 0, "%s: asked", name);
	is_str(buf_str(&answer), want, "%s", name);
	buf_reset(&answer);
}

static void
is_sums(struct analysis_store *s, const struct analysis_filter *f, unsigned by,
    const char *want, const char *name)
{
	is_answer(s->sums(s->ctx, f, by, print_sum, &answer, NULL), want, name);
}

static void
is_failures(struct analysis_store *s, const struct analysis_filter *f,
    unsigned by, const char *want, const char *name)
{
	is_answer(s->failures(s->ctx, f, by, print_failure, &answer, NULL),
	    want, name);
}

static int
count_rows(const char *table)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	char *sql = xasprintf("SELECT COUNT(*) FROM %s", table);
	int n = -1;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) ==
		SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	free(sql);
	return n;
}

/* ---- tests ---- */

static void
test_identity(void)
{
	struct analysis_store s = open_store();
	struct analysis_report r = report("Org", 0), other;

	is_int(put(&s, &r), ANALYSIS_PUT_NEW, "a report is new");
	is_int(put(&s, &r), ANALYSIS_PUT_AGAIN, "again: a duplicate");
	other = r;
	other.organization = "Other";
	is_int(put(&s, &other), ANALYSIS_PUT_NEW, "other organisation");
	other = r;
	other.report_id = "x";
	is_int(put(&s, &other), ANALYSIS_PUT_NEW, "other report-id");
	other = r;
	other.end += 1;
	is_int(put(&s, &other), ANALYSIS_PUT_NEW, "other range");
	other = r;
	other.place = "elsewhere";
	other.received++;
	is_int(put(&s, &other), ANALYSIS_PUT_AGAIN, "other mail, same report");
	is_int(count_rows("report"), 4, "four are kept");
	s.free(s.ctx);
	s = open_store();
	is_int(put(&s, &r), ANALYSIS_PUT_AGAIN, "also after opening anew");
	s.free(s.ctx);
	remove_files();
}

static void
test_sums(void)
{
	struct analysis_store s = open_store();
	struct analysis_report r = report("A", 0);
	struct analysis_filter f = all;

	(void)put(&s, &r);
	r = report("A", 1);
	(void)put(&s, &r);
	r = report("B", 1);
	r.trust = ANALYSIS_UNSIGNED;
	(void)put(&s, &r);

	is_sums(&s, &all, 0, "-1 |||0 306/15 r3 0-1\n",
	    "all: siblings count once");
	is_sums(&s, &all, ANALYSIS_BY_DAY,
	    "0 |||0 102/5 r1 0-0\n1 |||0 204/10 r2 1-1\n", "by day");
	is_sums(&s, &all, ANALYSIS_BY_TYPE,
	    "-1 ||sts|0 285/15 r3 0-1\n-1 ||tlsa|0 120/0 r0 0-1\n"
	    "-1 ||no-policy-found|0 21/0 r3 0-1\n",
	    "by type, siblings too");
	is_sums(&s, &all, ANALYSIS_BY_DOMAIN | ANALYSIS_BY_TRUST,
	    "-1 example.org|||1 95/5 r1 1-1\n-1 example.org|||2 190/10 r2 0-1\n"
	    "-1 example.net|||1 7/0 r1 1-1\n-1 example.net|||2 14/0 r2 0-1\n",
	    "by domain and trust");
	is_sums(&s, &all, ANALYSIS_BY_SENDER,
	    "-1 |A||0 204/10 r2 0-1\n-1 |B||0 102/5 r1 1-1\n", "by sender");
	f.sender = "A";
	f.domain = "example.net";
	is_sums(&s, &f, ANALYSIS_BY_DAY,
	    "0 |||0 7/0 r1 0-0\n1 |||0 7/0 r1 1-1\n",
	    "of a sender and a domain");
	f = all;
	f.type = "tlsa";
	is_sums(&s, &f, 0, "-1 |||0 120/0 r0 0-1\n", "of a type");
	f = all;
	f.trust = 1u << ANALYSIS_SIGNED | 1u << ANALYSIS_VERIFIED;
	is_sums(&s, &f, 0, "-1 |||0 204/10 r2 0-1\n", "of the signed ones");
	f = all;
	f.since = DAY0 + 1;
	is_sums(&s, &f, 0, "-1 |||0 204/10 r2 1-1\n", "since a day");
	f.since = DAY0;
	f.until = DAY0 + 1;
	is_sums(&s, &f, 0, "-1 |||0 102/5 r1 0-0\n", "until a day");
	f = all;
	f.domain = "nowhere.example";
	is_sums(&s, &f, 0, "", "of an unknown domain");
	s.free(s.ctx);
	remove_files();
}

static void
test_failures(void)
{
	struct analysis_store s = open_store();
	struct analysis_report r = report("A", 0);
	struct analysis_filter f = all;

	(void)put(&s, &r);
	r = report("B", 2);
	(void)put(&s, &r);
	is_failures(&s, &all,
	    ANALYSIS_BY_DOMAIN | ANALYSIS_BY_MX | ANALYSIS_BY_RESULT,
	    "example.org|||mx1.example.org|certificate-expired| 4 in 2 of 2, "
	    "0-2 ever 0\n"
	    "example.org||||| 4 in 0 of 2, 0-2 ever 0\n"
	    "example.org|||mx2.example.org|starttls-not-supported| 2 in 2 of "
	    "2, 0-2 ever 0\n",
	    "failures by domain, MX and result; the unexplained ones too");
	f.since = DAY0 + 1;
	f.result = "certificate-expired";
	is_failures(&s, &f, ANALYSIS_BY_SENDER | ANALYSIS_BY_POLICY_DOMAIN,
	    "|example.org||||B 2 in 1 of 1, 2-2 ever 2\n",
	    "of a result, since a day");
	f.since = 0;
	f.result = NULL;
	f.mx = "mx2.example.org";
	is_failures(&s, &f, ANALYSIS_BY_DAY,
	    "||||| 1 in 1 of 1, 0-0 ever 0\n||||| 1 in 1 of 1, 2-2 ever 2\n",
	    "of an MX, by day");
	s.free(s.ctx);
	remove_files();
}

static void
test_trust(void)
{
	struct analysis_store s = open_store();
	struct analysis_report forged = report("A", 0), real = report("A", 0);
	struct analysis_policy lie = three_policies[0];
	int64_t ids[2] = { 0, 0 };
	struct err e = { 0 };

	lie.success = 1000000;
	forged.trust = ANALYSIS_UNSIGNED;
	forged.policies = &lie;
	forged.npolicies = 1;
	real.trust = ANALYSIS_VERIFIED;
	is_int(put(&s, &forged), ANALYSIS_PUT_NEW, "an unsigned report");
	is_int(put(&s, &real), ANALYSIS_PUT_REPLACED, "gives way to a signed");
	is_int(put(&s, &forged), ANALYSIS_PUT_AGAIN, "and not the reverse");
	is_sums(&s, &all, ANALYSIS_BY_TRUST, "-1 |||3 102/5 r1 0-0\n",
	    "sums are those of the real one");
	is_int(s.find(s.ctx, "r0", ids, 2, &e), 1, "one is found");
	is_int(s.set_trust(s.ctx, ids[0], ANALYSIS_SIGNED, "d.example", &e), 0,
	    "trust changes");
	is_sums(&s, &all, ANALYSIS_BY_DOMAIN | ANALYSIS_BY_TRUST,
	    "-1 example.org|||2 95/5 r1 0-0\n-1 example.net|||2 7/0 r1 0-0\n",
	    "and the sums with it");
	is_failures(&s, &all, ANALYSIS_BY_TRUST,
	    "||||| 5 in 2 of 1, 0-0 ever 0\n", "failures too");
	is_int(s.set_trust(s.ctx, 999, ANALYSIS_SIGNED, "", &e), -1,
	    "of no report");
	is_int(e.code, ERR_NOENT, "is told");
	s.free(s.ctx);
	remove_files();
}

static void
test_list(void)
{
	struct analysis_store s = open_store();
	struct analysis_report r = report("A", 0);
	struct analysis_filter f = all;
	int64_t ids[4];
	struct err e = { 0 };

	r.raw = "gz\0gz";
	r.nraw = 5;
	(void)put(&s, &r);
	r = report("B", 1);
	(void)put(&s, &r);
	is_answer(s.list(s.ctx, &all, 0, print_report, &answer, &e),
	    "B r1 signed /var/mail/reports+1700000000.M1P2.mx ok\n"
	    "A r0 signed /var/mail/reports+1700000000.M1P2.mx ok\n",
	    "the newest first");
	f.result = "certificate-expired";
	f.domain = "example.org";
	f.sender = "A";
	is_answer(s.list(s.ctx, &f, 0, print_report, &answer, &e),
	    "A r0 signed /var/mail/reports+1700000000.M1P2.mx ok\n",
	    "with a failure");
	f.domain = "example.net";
	is_answer(s.list(s.ctx, &f, 0, print_report, &answer, &e), "",
	    "domain and failure are of one policy");
	is_int(s.find(s.ctx, "r", ids, 4, &e), 2, "found by a beginning");
	is_answer(s.list(s.ctx, &all, ids[1], print_report, &answer, &e),
	    "A r0 signed /var/mail/reports+1700000000.M1P2.mx ok\n",
	    "the page behind one");
	is_answer(s.get(s.ctx, ids[0], print_report, &answer, &e),
	    "A r0 signed /var/mail/reports+1700000000.M1P2.mx ok\n"
	    " sts example.org for example.org 95/5\n"
	    "  certificate-expired mx1.example.org 2001:db8::1 expired 2\n"
	    "  starttls-not-supported mx2.example.org   1\n"
	    " tlsa mx1.example.org for example.org sibling 40/0\n"
	    " no-policy-found example.net for example.net 7/0\n",
	    "one whole");
	is_int(count_rows("raw"), 1, "its text is kept where it was given");
	s.free(s.ctx);
	remove_files();
}

static void
test_senders(void)
{
	struct analysis_store s = open_store();
	struct analysis_report r = report("A", 0);
	struct analysis_filter f = all;
	struct err e = { 0 };

	(void)put(&s, &r);
	r = report("B", 0);
	r.verdict = ANALYSIS_SALVAGED;
	r.defects = "json-utf8 old-name";
	(void)put(&s, &r);
	r = report("B", 1);
	r.trust = ANALYSIS_UNSIGNED;
	r.verdict = ANALYSIS_SALVAGED;
	r.defects = "json-utf8";
	(void)put(&s, &r);
	is_answer(s.senders(s.ctx, &all, print_sender, &answer, &e),
	    "B r2 bad2 204/10 u1 s1 v0\nA r1 bad0 102/5 u0 s1 v0\n", "senders");
	is_answer(s.defects(s.ctx, &all, print_defect, &answer, &e),
	    "B json-utf8 2\nB old-name 1\n", "their defects");
	f.sender = "B";
	f.type = "sts";
	is_answer(s.held(s.ctx, &f, print_held, &answer, &e),
	    "B holds sts example.org for example.org r2 0-1\n",
	    "the policy that one holds");
	f.since = DAY0 + 2;
	is_answer(s.held(s.ctx, &f, print_held, &answer, &e), "",
	    "and none after its last report");
	s.free(s.ctx);
	remove_files();
}

static void
test_positions(void)
{
	struct analysis_store s = open_store();
	struct analysis_source source, again;
	struct err e = { 0 };
	char *name;

	is_int(s.begin(s.ctx, &e), 0, "begun");
	is_int(s.source(s.ctx, "/m", &source, &e), 0, "a source");
	is_str(source.state, "", "is new");
	is_int(s.source_state(s.ctx, source.id, "12 34", &e), 0, "state kept");
	for (int i = 3; i > 0; i--) {
		name = xasprintf("item%d", i);
		is_int(s.seen_add(s.ctx, source.id, name, i, &e), 0, "%s",
		    name);
		free(name);
	}
	is_int(s.seen_remove(s.ctx, source.id, "item2", &e), 0, "one less");
	is_int(s.count(s.ctx, DAY0, ANALYSIS_OK, 2, &e), 0, "counted");
	is_int(s.count(s.ctx, DAY0, ANALYSIS_OK, 1, &e), 0, "and more");
	is_int(s.count(s.ctx, DAY0 + 1, ANALYSIS_FOREIGN, 1, &e), 0, "later");
	is_int(s.commit(s.ctx, &e), 0, "committed");

	is_int(s.begin(s.ctx, &e), 0, "begun again");
	is_int(s.seen_add(s.ctx, source.id, "lost", 1, &e), 0, "noted");
	is_int(s.source(s.ctx, "/other", &again, &e), 0, "another source");
	s.rollback(s.ctx);
	s.free(s.ctx);

	s = open_store();
	is_int(s.begin(s.ctx, &e), 0, "begun anew");
	is_int(s.source(s.ctx, "/m", &again, &e), 0, "the source");
	ok(again.id == source.id, "is the same");
	is_str(again.state, "12 34", "with its state");
	s.rollback(s.ctx);
	is_answer(s.seen_each(s.ctx, source.id, print_item, &answer, &e),
	    "item1=1\nitem3=3\n", "items, without those rolled back");
	is_answer(s.counts(s.ctx, 0, ANALYSIS_DAYS_ALL, print_count, &answer,
		      &e),
	    "0: 3 0 0 0 0 0\n1: 0 0 0 0 1 0\n", "mails by day");
	is_int(s.note(s.ctx, "a.1", "x", &e), 0, "a note");
	is_int(s.note(s.ctx, "a.2", "y", &e), 0, "another");
	is_int(s.note(s.ctx, "b.1", "z", &e), 0, "of another kind");
	is_int(s.note(s.ctx, "a.1", "w", &e), 0, "one changes");
	is_int(s.note(s.ctx, "a.2", NULL, &e), 0, "one goes");
	is_answer(s.notes(s.ctx, "a.", print_note, &answer, &e), "a.1=w\n",
	    "what is left");
	s.free(s.ctx);
	remove_files();
}

static void
test_caps(void)
{
	static const struct analysis_limits tight = { .per_sender_max = 2,
		.octets_max = 300000 };
	struct analysis_store s = open_limited(&tight);
	struct analysis_report r = report("A", 0);
	struct analysis_size size;
	struct err e = { 0 };
	char id[32];
	int what = 0, i;

	r.report_id = id;
	for (i = 0; i < 3; i++) {
		snprintf(id, sizeof(id), "id%d", i);
		what = put(&s, &r);
	}
	is_int(what, ANALYSIS_PUT_CAPPED, "the third of a day is one too many");
	is_int(count_rows("report"), 2, "and not kept");
	snprintf(id, sizeof(id), "id1");
	is_int(put(&s, &r), ANALYSIS_PUT_AGAIN, "a duplicate is one, still");
	r.stored += ANALYSIS_DAY;
	snprintf(id, sizeof(id), "id2");
	is_int(put(&s, &r), ANALYSIS_PUT_NEW, "the next day it has room");

	for (i = 0; i < 10000; i++) {
		enum analysis_put put_what;

		r.stored += ANALYSIS_DAY;
		snprintf(id, sizeof(id), "more%d", i);
		if (s.begin(s.ctx, &e) == -1)
			break;
		if (s.put(s.ctx, &r, &put_what, NULL, &e) == -1 ||
		    s.commit(s.ctx, &e) == -1)
			break;
	}
	is_int(e.code, ERR_LIMIT, "the store is full: %s", e.text);
	is_int(s.size(s.ctx, &size, &e), 0, "its size");
	ok(size.octets > 300000 && size.octets < 320000,
	    "is what was given, and a page or two: %lld",
	    (long long)size.octets);
	is_int(size.reports, i + 3, "all but that one are in it");
	s.free(s.ctx);
	remove_files();
}

static void
test_expire(void)
{
	struct analysis_store s = open_store();
	struct analysis_report r = report("Old", 0);
	struct analysis_policy policy = three_policies[0];
	struct err e = { 0 };
	int texts;

	r = report("New", 5);
	(void)put(&s, &r);
	texts = count_rows("text");
	policy.domain = policy.mail_domain = "old.example.org";
	for (int i = 0; i < 5; i++) {
		r = report("Old", i);
		r.policies = &policy;
		r.npolicies = 1;
		r.raw = "x";
		r.nraw = 1;
		(void)put(&s, &r);
	}
	is_int(s.expire(s.ctx, DAY0 + 5, 2, &e), 2, "two at most");
	is_int(s.expire(s.ctx, DAY0 + 5, 2, &e), 2, "two more");
	is_int(s.expire(s.ctx, DAY0 + 5, 2, &e), 1, "and the last");
	is_int(s.expire(s.ctx, DAY0 + 5, 2, &e), 0, "nothing is left to do");
	is_int(count_rows("report"), 1, "the new one stays");
	is_int(count_rows("raw"), 0, "texts went with the others");
	is_int(count_rows("failure"), 2, "and failures");
	is_int(count_rows("text"), texts + 1,
	    "and what only they used; arrivals of today name the sender");
	is_sums(&s, &all, ANALYSIS_BY_SENDER, "-1 |New||0 102/5 r1 5-5\n",
	    "sums are those of the new one");
	is_int(put(&s, &r), ANALYSIS_PUT_NEW, "one comes again");
	s.free(s.ctx);
	remove_files();
}

static void
test_two_at_once(void)
{
	struct analysis_store writer = open_store(), other = open_store();
	struct analysis_store reader;
	struct analysis_report r = report("A", 0);
	enum analysis_put what;
	struct err e = { 0 };

	(void)put(&writer, &r);
	is_int(analysis_sqlite_open(path, NULL, &reader, &e), 0, "a reader");
	r = report("B", 1);
	is_int(writer.begin(writer.ctx, &e), 0, "one writes");
	is_int(writer.put(writer.ctx, &r, &what, NULL, &e), 0, "a report");
	is_sums(&reader, &all, ANALYSIS_BY_SENDER, "-1 |A||0 102/5 r1 0-0\n",
	    "the reader does not see it");
	is_int(other.begin(other.ctx, &e), -1, "another writer");
	is_int(e.code, ERR_TEMP, "is told to come again: %s", e.text);
	is_int(writer.commit(writer.ctx, &e), 0, "committed");
	is_sums(&reader, &all, ANALYSIS_BY_SENDER,
	    "-1 |A||0 102/5 r1 0-0\n-1 |B||0 102/5 r1 1-1\n",
	    "the reader sees it");
	is_int(reader.begin(reader.ctx, &e), -1, "a reader writes nothing");
	is_int((int)other.expire(other.ctx, DAY0 + 1, 0, &e), 1,
	    "the other one removes a report");
	r = report("A", 2);
	is_int(put(&writer, &r), ANALYSIS_PUT_NEW,
	    "the first one knows that texts are gone");
	is_sums(&reader, &all, ANALYSIS_BY_DAY | ANALYSIS_BY_SENDER,
	    "1 |B||0 102/5 r1 1-1\n2 |A||0 102/5 r1 2-2\n", "and adds them");
	writer.free(writer.ctx);
	other.free(other.ctx);
	reader.free(reader.ctx);
	remove_files();
}

static void
write_file(const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ok(fd != -1 && write(fd, text, n) == (ssize_t)n, "file written");
	close(fd);
}

/* Runs SQL on the file from outside. */
static void
outside(const char *sql)
{
	sqlite3 *db = NULL;

	ok(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) ==
		    SQLITE_OK &&
		sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
	    "%s", sql);
	sqlite3_close(db);
}

static void
test_bad_files(void)
{
	static char rubbish[8192];
	struct analysis_store s;
	struct err e = { 0 };
	struct stat st;

	is_int(analysis_sqlite_open(path, NULL, &s, &e), -1, "no file");
	is_int(e.code, ERR_NOENT, "is none to read: %s", e.text);
	memset(rubbish, 'x', sizeof(rubbish));
	write_file(rubbish, sizeof(rubbish));
	is_int(analysis_sqlite_open(path, &limits, &s, &e), -1, "rubbish");
	is_int(e.code, ERR_PERM, "is refused: %s", e.text);
	ok(stat(path, &st) == 0 && st.st_size == sizeof(rubbish),
	    "and left as it is");
	remove_files();

	s = open_store();
	s.free(s.ctx);
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "a new file is for its owner alone");
	outside("PRAGMA user_version = 99");
	is_int(analysis_sqlite_open(path, &limits, &s, &e), -1, "a newer one");
	is_int(e.code, ERR_PERM, "is refused: %s", e.text);
	remove_files();
}

static void
test_full_disk(void)
{
	struct analysis_store s = open_store();
	struct analysis_report r = report("A", 0);
	struct rlimit old, tight = { 100000, 100000 };
	struct err e = { 0 };
	enum analysis_put what;
	char id[32];
	int i, ret = 0;

	(void)put(&s, &r);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	tight.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &tight);
	r.report_id = id;
	for (i = 0; ret == 0 && i < 10000; i++) {
		snprintf(id, sizeof(id), "full%d", i);
		ret = s.begin(s.ctx, &e);
		if (ret == 0)
			ret = s.put(s.ctx, &r, &what, NULL, &e);
		if (ret == 0)
			ret = s.commit(s.ctx, &e);
	}
	setrlimit(RLIMIT_FSIZE, &old);
	s.rollback(s.ctx);
	is_int(ret, -1, "a full disk is told");
	is_int(e.code, ERR_SYS, "as such: %s", e.text);
	is_int(count_rows("report"), i, "what was committed before is there");
	is_int(put(&s, &r), ANALYSIS_PUT_NEW, "with room again it goes on");
	s.free(s.ctx);
	remove_files();
}

/* Counts that would overflow in sums leave views that work. */
static void
test_huge(void)
{
	struct analysis_store s = open_store();
	struct analysis_policy policy = three_policies[0];
	struct analysis_report r;
	int64_t success = 0;

	policy.success = (INT64_C(1) << 53) - 1;
	for (int i = 0; i < 2000; i++) {
		char id[32];

		snprintf(id, sizeof(id), "huge%d", i);
		r = report("A", 0);
		r.report_id = id;
		r.policies = &policy;
		r.npolicies = 1;
		if (put(&s, &r) != ANALYSIS_PUT_NEW)
			break;
		success++;
	}
	is_int(success, 2000, "reports of absurd counts are kept");
	is_sums(&s, &all, ANALYSIS_BY_DOMAIN,
	    "-1 example.org|||0 9223372036854775807/10000 r2000 0-0\n",
	    "sums end at the greatest number");
	s.free(s.ctx);
	remove_files();
}

/* A year of reports as large sites get them: size, and what a view takes. */
static void
test_year(void)
{
	static char strings[] =
	    "version: STSv1\nmode: enforce\nmx: *.d.example\n"
	    "max_age: 604800";
	struct analysis_store s = open_store();
	struct analysis_policy p = { .type = "sts",
		.strings = strings,
		.mx = "*.d.example",
		.success = 100 };
	struct analysis_size size;
	struct err e = { 0 };
	char domain[64], id[128], place[64];
	int n = 0;
	enum analysis_put what;

	is_int(s.begin(s.ctx, &e), 0, "begun");
	for (int day = 0; day < 60; day++)
		for (int d = 0; d < 20; d++)
			for (int o = 0; o < 3; o++) {
				struct analysis_report r = report(o == 0 ? "A"
					: o == 1                         ? "B"
									 : "C",
				    day);

				snprintf(domain, sizeof(domain),
				    "domain%d.example.org", d);
				snprintf(id, sizeof(id),
				    "2026-01-01T%05d:00:00Z_%s", day, domain);
				snprintf(place, sizeof(place),
				    "1790000000.M%dP12345.mx.example.org", n);
				p.domain = p.mail_domain = domain;
				p.failures = two_failures;
				p.nfailures = n % 5 == 0 ? 2 : 0;
				p.failure = n % 5 == 0 ? 3 : 0;
				r.report_id = id;
				r.place = place;
				r.policies = &p;
				r.npolicies = 1;
				n += s.put(s.ctx, &r, &what, NULL, &e) == 0;
			}
	is_int(s.commit(s.ctx, &e), 0, "committed");
	is_int(n, 3600, "reports put");
	is_int(s.size(s.ctx, &size, &e), 0, "size");
	ok(size.octets / n <= 1000, "%lld octets a report, 1000 at most",
	    (long long)(size.octets / n));
	s.free(s.ctx);
	remove_files();
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/analysis.db", dir);
	buf_init(&answer, 1 << 20);
	test_identity();
	test_sums();
	test_failures();
	test_trust();
	test_list();
	test_senders();
	test_positions();
	test_caps();
	test_expire();
	test_two_at_once();
	test_bad_files();
	test_full_disk();
	test_huge();
	test_year();
	buf_clear(&answer);
	remove_files();
	(void)rmdir(dir);
	return done_testing();
}
