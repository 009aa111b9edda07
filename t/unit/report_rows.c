/* report_rows: collected sessions on disk - see share/store/report_rows.h */
#include "config.h"

#include "share/store/report_rows.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY 86400
#define T0 1764633600 /* 2025-12-02 */

static char dir[] = "/tmp/report_rows-XXXXXX";
static char path[64];
static struct report_db *db;

static void
open_fresh(void)
{
	struct err e = { 0 };
	char wal[80], shm[80];

	report_db_close(db);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	snprintf(shm, sizeof(shm), "%s-shm", path);
	(void)unlink(path);
	(void)unlink(wal);
	(void)unlink(shm);
	db = report_db_open(path, &e);
	if (db == NULL) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
}

static const char *const sts[] = { "version: STSv1", "mode: enforce",
	"mx: mx.example.org", "max_age: 86400" };
static const char *const mx[] = { "mx.example.org", "*.example.net" };
static const struct rows_failure expired = { .result = 204,
	.sending_ip = "192.0.2.1",
	.mx = "mx.example.org",
	.helo = "mx.example.org",
	.receiving_ip = "2001:db8::1",
	.sessions = 2 };
static const struct rows_failure no_tls = { .result = 201,
	.mx = "mx.example.org",
	.info = "https://example.org/x",
	.reason = "none",
	.sessions = 1 };

static struct rows_row
sample(const char *domain, int64_t begin, int32_t length)
{
	return (struct rows_row){ .begin = begin,
		.length = length,
		.host = ROWS_HOST_SELF,
		.domain = domain,
		.record = "v=TLSRPTv1; rua=mailto:a@example.org",
		.type = 2,
		.policy_domain = domain,
		.strings = sts,
		.nstrings = 4,
		.mx = mx,
		.nmx = 2,
		.success = 3,
		.failure = 2 };
}

/* Adds one row in a transaction of its own. */
static bool
add(const struct rows_row *row)
{
	struct err e = { 0 };

	if (report_db_begin(db, &e) == 0 && rows_add(db, row, &e) == 0 &&
	    report_db_commit(db, &e) == 0)
		return true;
	diag("%s", e.text);
	report_db_rollback(db);
	return false;
}

/* Rows as text, one line each. */
struct written {
	char text[4096];
	size_t n, details, rows, stop_after;
	int64_t success, failure, sessions, other;
};

static void
put(struct written *w, const char *s)
{
	int n = snprintf(w->text + w->n, sizeof(w->text) - w->n, "%s",
	    s != NULL ? s : "-");

	if (n > 0)
		w->n += (size_t)n;
	if (w->n >= sizeof(w->text))
		w->n = sizeof(w->text) - 1;
}

static void
put_failure(struct written *w, const struct rows_failure *f)
{
	char number[64];

	snprintf(number, sizeof(number), " [%d*%lld ", f->result,
	    (long long)f->sessions);
	put(w, number);
	put(w, f->sending_ip);
	put(w, " ");
	put(w, f->mx);
	put(w, " ");
	put(w, f->helo);
	put(w, " ");
	put(w, f->receiving_ip);
	put(w, " ");
	put(w, f->info);
	put(w, " ");
	put(w, f->reason);
	put(w, "]");
}

static bool
write_row(void *arg, const struct rows_row *row)
{
	struct written *w = arg;
	char number[128];

	snprintf(number, sizeof(number), "+%lld/%d '%s' ",
	    (long long)(row->begin - T0), row->length, row->host);
	put(w, number);
	put(w, row->domain);
	snprintf(number, sizeof(number), " %d ", row->type);
	put(w, number);
	put(w, row->policy_domain);
	snprintf(number, sizeof(number), " %lld:%lld %zu,%zu",
	    (long long)row->success, (long long)row->failure, row->nstrings,
	    row->nmx);
	put(w, number);
	for (size_t i = 0; i < row->nfailures; i++) {
		put_failure(w, &row->failures[i]);
		w->sessions += row->failures[i].sessions;
		if (row->failures[i].reason != NULL &&
		    strcmp(row->failures[i].reason, "other") == 0)
			w->other += row->failures[i].sessions;
	}
	put(w, "\n");
	w->details += row->nfailures;
	w->success += row->success;
	w->failure += row->failure;
	w->rows++;
	return w->stop_after == 0 || w->rows < w->stop_after;
}

static struct written
read_rows(const char *domain, const char *host, int64_t from, int64_t to)
{
	struct err e = { 0 };
	struct written w = { .n = 0 };

	if (rows_each(db, domain, host, from, to, write_row, &w, &e) == -1)
		diag("%s", e.text);
	return w;
}

static bool
same_texts(const struct rows_row *row)
{
	for (size_t i = 0; i < 4; i++)
		if (row->nstrings != 4 || strcmp(row->strings[i], sts[i]) != 0)
			return false;
	for (size_t i = 0; i < 2; i++)
		if (row->nmx != 2 || strcmp(row->mx[i], mx[i]) != 0)
			return false;
	return strcmp(row->record, "v=TLSRPTv1; rua=mailto:a@example.org") == 0;
}

static bool
check_texts(void *arg, const struct rows_row *row)
{
	*(bool *)arg = same_texts(row);
	return true;
}

static void
test_adding_up(void)
{
	const struct rows_failure both[] = { expired, no_tls };
	struct rows_row row = sample("example.org", T0, DAY);
	struct err e = { 0 };
	struct written w;
	bool same = false;
	char *record;

	open_fresh();
	is_int(rows_add(db, &row, &e), -1, "adding needs a transaction");
	row.failures = both;
	row.nfailures = 2;
	ok(add(&row), "a row with two details");
	w = read_rows(NULL, NULL, T0, T0 + DAY);
	is_str(w.text,
	    "+0/86400 '' example.org 2 example.org 3:2 4,2 "
	    "[204*2 192.0.2.1 mx.example.org mx.example.org 2001:db8::1 - -] "
	    "[201*1 - mx.example.org - - https://example.org/x none]\n",
	    "comes back as it was");
	ok(rows_each(db, "example.org", "", T0, T0 + 1, check_texts, &same,
	       &e) == 0 &&
		same,
	    "with its lines and record");
	row.nfailures = 1;
	row.record = "v=TLSRPTv1; rua=mailto:b@example.org";
	ok(add(&row), "the same key again");
	w = read_rows("example.org", NULL, 0, INT64_MAX);
	has_str(w.text, " 6:4 4,2 [204*4 ", "adds its counts");
	has_str(w.text, "[201*1 ", "and leaves others");
	is_int(w.rows, 1, "in one row");
	record = rows_record(db, "example.org", &e);
	is_str(record, "v=TLSRPTv1; rua=mailto:b@example.org",
	    "the last record is kept");
	free(record);
	ok(rows_record(db, "example.net", &e) == NULL && e.code == ERR_NOENT,
	    "none of a domain that was not seen");
	row.success = INT64_MAX;
	row.record = NULL;
	ok(add(&row), "absurdly many");
	w = read_rows("example.org", NULL, 0, INT64_MAX);
	has_str(w.text, " 9007199254740991:6 ", "stop at I-JSON's limit");
}

static void
test_keys(void)
{
	struct rows_row row = sample("b.example", T0, 3600);
	static const char *const other[] = { "version: STSv1" };
	struct written w;

	open_fresh();
	ok(add(&row), "an hour");
	row.begin = T0 + 3600;
	ok(add(&row), "the next");
	row.begin = T0;
	row.length = DAY;
	ok(add(&row), "the day");
	row.host = "mx2";
	ok(add(&row), "of another host");
	row.host = "";
	row.type = 9;
	ok(add(&row), "of another type");
	row.type = 2;
	row.strings = other;
	row.nstrings = 1;
	ok(add(&row), "with other lines");
	row.mx = NULL;
	row.nmx = 0;
	ok(add(&row), "with other MX patterns");
	row.policy_domain = NULL;
	ok(add(&row), "without policy domain");
	row.domain = "a.example";
	ok(add(&row), "of another domain");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	is_str(w.text,
	    "+0/86400 '' a.example 2 - 3:2 1,0\n"
	    "+0/3600 '' b.example 2 b.example 3:2 4,2\n"
	    "+0/86400 '' b.example 2 b.example 3:2 4,2\n"
	    "+0/86400 '' b.example 2 b.example 3:2 1,2\n"
	    "+0/86400 '' b.example 2 b.example 3:2 1,0\n"
	    "+0/86400 '' b.example 2 - 3:2 1,0\n"
	    "+0/86400 '' b.example 9 b.example 3:2 4,2\n"
	    "+0/86400 'mx2' b.example 2 b.example 3:2 4,2\n"
	    "+3600/3600 '' b.example 2 b.example 3:2 4,2\n",
	    "are rows of their own, in order");
	w = read_rows("b.example", "mx2", 0, INT64_MAX);
	is_int(w.rows, 1, "those of one host");
	w = read_rows("b.example", "mx3", 0, INT64_MAX);
	is_int(w.rows, 0, "a host that is not there has none");
	w = read_rows(NULL, NULL, T0 + 1, T0 + 3601);
	is_int(w.rows, 1, "a range is of what begins in it");
}

static bool
write_span(void *arg, const struct rows_span *s)
{
	struct written *w = arg;
	char line[400];

	snprintf(line, sizeof(line), "%s %lld-%lld %lld:%lld %zu\n", s->domain,
	    (long long)(s->begin - T0), (long long)(s->end - T0),
	    (long long)s->success, (long long)s->failure, s->rows);
	put(w, line);
	return true;
}

static void
test_spans(void)
{
	struct err e = { 0 };
	struct written w = { .n = 0 };

	is_int(rows_spans(db, NULL, 0, INT64_MAX, write_span, &w, &e), 0,
	    "spans");
	is_str(w.text,
	    "a.example 0-86400 3:2 1\n"
	    "b.example 0-3600 3:2 1\n"
	    "b.example 0-86400 18:12 6\n"
	    "b.example 3600-7200 3:2 1\n",
	    "one for each domain and bucket");
	w = (struct written){ .n = 0 };
	is_int(rows_spans(db, "a.example", T0, T0 + 1, write_span, &w, &e), 0,
	    "of one domain");
	is_str(w.text, "a.example 0-86400 3:2 1\n", "its own");
}

static int
take_out(const char *domain, const char *host, int64_t from, int64_t to)
{
	struct err e = { 0 };

	if (report_db_begin(db, &e) == 0 &&
	    rows_remove(db, domain, host, from, to, &e) == 0 &&
	    report_db_commit(db, &e) == 0)
		return 0;
	diag("%s", e.text);
	report_db_rollback(db);
	return -1;
}

static void
test_removing(void)
{
	struct written w;
	struct err e = { 0 };

	is_int(rows_remove(db, NULL, NULL, 0, 1, &e), -1,
	    "removing needs a transaction");
	is_int(take_out("b.example", "mx2", T0, T0 + 1), 0, "one host's");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	is_int(w.rows, 8, "are gone");
	is_int(take_out("b.example", NULL, T0 + 3600, T0 + DAY), 0,
	    "one range's");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	is_int(w.rows, 7, "are gone");
	is_int(take_out("c.example", NULL, 0, INT64_MAX), 0,
	    "a domain that is not there is fine");
	is_int(take_out("b.example", NULL, 0, INT64_MAX), 0, "one domain's");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	is_int(w.rows, 1, "are gone");
	is_int(take_out(NULL, NULL, 0, INT64_MAX), 0, "all");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	is_int(w.rows, 0, "are gone");
}

/* Of the closed file, so that no log is beside it. */
static off_t
size_on_disk(void)
{
	char wal[80];
	struct stat st;
	off_t size = 0;

	snprintf(wal, sizeof(wal), "%s-wal", path);
	if (stat(path, &st) == 0)
		size += st.st_size;
	if (stat(wal, &st) == 0)
		size += st.st_size;
	return size;
}

static void
test_expiry(void)
{
	const struct rows_failure both[] = { expired, no_tls };
	struct rows_row row = sample("old.example", T0, DAY);
	struct err e = { 0 };
	int64_t sessions = -1;
	struct written w;
	char domain[64];

	open_fresh();
	row.failures = both;
	row.nfailures = 2;
	ok(add(&row), "of the day before");
	row.begin = T0 + DAY;
	ok(add(&row), "and of the day");
	is_int(rows_expire(db, T0 + DAY - 1, &sessions, &e), 0,
	    "a second before its end");
	is_int(sessions, 0, "it stays");
	is_int(rows_expire(db, T0 + DAY, &sessions, &e), 0, "at its end");
	is_int(sessions, 5, "its sessions are told");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	has_str(w.text, "+86400/86400 '' old.example", "the other one stays");
	is_int(w.details, 2, "with its details");
	is_int(w.rows, 1, "alone");
	is_int(rows_expire(db, INT64_MAX, NULL, &e), 0, "the rest");
	ok(rows_record(db, "old.example", &e) == NULL,
	    "texts that nobody needs are gone");
	for (int round = 0; round < 3; round++) {
		static off_t first;

		if (report_db_begin(db, &e) == -1)
			diag("%s", e.text);
		for (int i = 0; i < 500; i++) {
			snprintf(domain, sizeof(domain), "r%d-%d.example",
			    round, i);
			row = sample(domain, T0, DAY);
			if (rows_add(db, &row, &e) == -1)
				diag("%s", e.text);
		}
		is_int(report_db_commit(db, &e), 0, "500 domains, round %d",
		    round);
		is_int(rows_expire(db, INT64_MAX, NULL, &e), 0, "expire");
		report_db_close(db);
		if (round == 0)
			first = size_on_disk();
		ok(size_on_disk() <= first + 65536,
		    "the file does not grow: %lld, %lld", (long long)first,
		    (long long)size_on_disk());
		db = report_db_open(path, &e);
	}
}

static void
test_many_policies(void)
{
	struct rows_row row = sample("many.example", T0, DAY);
	struct err e = { 0 };
	char line[64];
	const char *lines[1] = { line };
	struct written w;

	open_fresh();
	row.strings = lines;
	row.nstrings = 1;
	is_int(report_db_begin(db, &e), 0, "begin");
	for (int i = 0; i < 500; i++) {
		snprintf(line, sizeof(line), "policy %d", i);
		row.type = i % 2 == 0 ? 2 : 1;
		row.policy_domain = i % 3 == 0 ? line : "many.example";
		if (rows_add(db, &row, &e) == -1)
			diag("%s", e.text);
	}
	is_int(report_db_commit(db, &e), 0, "500 policies of one domain");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	is_int(w.rows, ROWS_POLICIES_MAX + 2, "are bounded: one per type more");
	is_int(w.success, 1500, "the counts are exact");
	is_int(w.failure, 1000, "of failures too");
}

static void
test_many_details(void)
{
	struct rows_row row = sample("many.example", T0, DAY);
	struct rows_failure f = expired;
	char helo[64];
	struct written w;

	open_fresh();
	f.helo = helo;
	f.sessions = 1;
	row.failures = &f;
	row.nfailures = 1;
	for (int i = 0; i < 600; i++) {
		snprintf(helo, sizeof(helo), "h%d.example", i);
		f.result = i % 2 == 0 ? 204 : 205;
		if (!add(&row))
			break;
	}
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	is_int(w.details, ROWS_FAILURES_MAX + 2,
	    "details are bounded: one per result more");
	is_int(w.sessions, 600, "their counts are exact");
	is_int(w.other, 600 - ROWS_FAILURES_MAX, "the rest is \"other\"");
	snprintf(helo, sizeof(helo), "h1.example");
	f.result = 205;
	ok(add(&row), "one that is known");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	is_int(w.other, 600 - ROWS_FAILURES_MAX, "counts where it was");
	is_int(w.sessions, 601, "once");
}

/* Hostile texts are texts. */
static void
test_odd_texts(void)
{
	static const char *const lines[] = { "", "a\nmb\nsc", "'; DROP--",
		"\xff\xfe" };
	struct rows_row row = sample("odd.example", T0, DAY);
	struct rows_failure f = { .result = 205, .reason = "", .sessions = 1 };
	char *long_line = malloc(100001);
	const char *too_long[1];
	struct written w;

	open_fresh();
	row.strings = lines;
	row.failures = &f;
	row.nfailures = 1;
	ok(add(&row), "lines with anything in them");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	has_str(w.text, " 3:2 4,2 [205*1 - - - - - ]", "stay four lines");
	f.reason = NULL;
	ok(add(&row), "absent");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	is_int(w.details, 2, "is not empty");
	memset(long_line, 'x', 100000);
	long_line[100000] = '\0';
	too_long[0] = long_line;
	row.strings = too_long;
	row.nstrings = 1;
	ok(add(&row), "a policy beyond any size");
	w = read_rows(NULL, NULL, 0, INT64_MAX);
	has_str(w.text, " 3:2 0,0 ", "is one without its lines");
	free(long_line);
}

static bool
stop_at_once(void *arg, const struct rows_row *row)
{
	(void)row;
	++*(int *)arg;
	return false;
}

static void
test_stopping(void)
{
	struct rows_row row = sample("a.example", T0, DAY);
	struct err e = { 0 };
	int n = 0;

	open_fresh();
	ok(add(&row), "one");
	row.domain = "b.example";
	ok(add(&row), "two");
	is_int(rows_each(db, NULL, NULL, 0, INT64_MAX, stop_at_once, &n, &e), 0,
	    "a reader that has enough");
	is_int(n, 1, "is not called again");
	is_int(report_db_begin(db, &e), 0, "and nothing stays open");
	report_db_rollback(db);
}

/*
 * What 1 M mixed datagrams over 1,000 domains leave: of each domain the
 * successes of its policy, and of every fourth three kinds of failures on two
 * hosts; ten checkpoints.
 */
static void
test_size_mixed(void)
{
	struct rows_failure f[6];
	struct rows_row row;
	struct err e = { 0 };
	char domain[40], mx1[64], mx2[64], policy[64];
	const char *lines[] = { "version: STSv1", "mode: enforce", policy,
		"max_age: 604800" };
	const char *patterns[] = { mx1, mx2 };
	int64_t total = 0;

	open_fresh();
	for (int round = 0; round < 10; round++) {
		if (report_db_begin(db, &e) == -1)
			diag("%s", e.text);
		for (int i = 0; i < 1000; i++) {
			snprintf(domain, sizeof(domain), "domain-%d.example",
			    i);
			snprintf(mx1, sizeof(mx1), "mx1.%s", domain);
			snprintf(mx2, sizeof(mx2), "mx2.%s", domain);
			snprintf(policy, sizeof(policy), "mx: *.%s", domain);
			row = sample(domain, T0, DAY);
			row.strings = lines;
			row.mx = patterns;
			row.success = 94;
			row.failure = 6;
			for (int k = 0; k < 6; k++) {
				f[k] = expired;
				f[k].result = 203 + k / 2;
				f[k].mx = k % 2 == 0 ? mx1 : mx2;
				f[k].helo = f[k].mx;
				f[k].sessions = 1;
			}
			row.failures = f;
			row.nfailures = i % 4 == 0 ? 6 : 0;
			if (rows_add(db, &row, &e) == -1)
				diag("%s", e.text);
			total += row.success + row.failure;
		}
		if (report_db_commit(db, &e) == -1)
			diag("%s", e.text);
	}
	is_int(total, 1000000, "1 M sessions");
	is_int(read_rows(NULL, NULL, 0, INT64_MAX).success, 940000,
	    "are there");
	report_db_close(db);
	db = NULL;
	ok(size_on_disk() <= 1000000, "in %lld octets",
	    (long long)size_on_disk());
}

/* 40,000 datagrams of a policy of 40 MX hosts with 20 failures. */
static void
test_size_40_20(void)
{
	static char names[40][64];
	static const char *patterns[40];
	struct rows_failure f[20];
	struct rows_row row;
	struct err e = { 0 };
	char domain[40];

	open_fresh();
	for (int round = 0; round < 40; round++) {
		if (report_db_begin(db, &e) == -1)
			diag("%s", e.text);
		for (int i = 0; i < 1000; i++) {
			snprintf(domain, sizeof(domain), "domain-%d.example",
			    i);
			for (int k = 0; k < 40; k++) {
				snprintf(names[k], sizeof(names[k]), "mx%d.%s",
				    k, domain);
				patterns[k] = names[k];
			}
			for (int k = 0; k < 20; k++) {
				f[k] = expired;
				f[k].mx = f[k].helo = names[k];
				f[k].sessions = 1;
			}
			row = sample(domain, T0, DAY);
			row.mx = patterns;
			row.nmx = 40;
			row.success = 0;
			row.failure = 1;
			row.failures = f;
			row.nfailures = 20;
			/* the first round writes, the others only count up */
			if (round < 2 || i < 10)
				if (rows_add(db, &row, &e) == -1)
					diag("%s", e.text);
		}
		if (report_db_commit(db, &e) == -1)
			diag("%s", e.text);
	}
	is_int(read_rows("domain-7.example", NULL, 0, INT64_MAX).sessions, 800,
	    "20 details of 40 sessions");
	report_db_close(db);
	db = NULL;
	ok(size_on_disk() <= 5000000, "in %lld octets",
	    (long long)size_on_disk());
}

int
main(void)
{
	if (mkdtemp(dir) == NULL) {
		printf("Bail out! %s\n", dir);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/report.db", dir);
	test_adding_up();
	test_keys();
	test_spans();
	test_removing();
	test_expiry();
	test_many_policies();
	test_many_details();
	test_odd_texts();
	test_stopping();
	test_size_mixed();
	test_size_40_20();
	report_db_close(db);
	(void)unlink(path);
	(void)rmdir(dir);
	return done_testing();
}
