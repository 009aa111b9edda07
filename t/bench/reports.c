/*
 * reports: how long 10,000 reports take, from collected sessions to signed
 * mails.
 *
 * A day of 10,000 domains, three policies each (one in five domains with
 * failures), lies in a report.db as the collector leaves it. Measured is what
 * the program does: making the reports (report_make: gathered, gzipped, durable
 * in the outbox), and their mails by one thread or two (mail_crew), each mail a
 * whole one with its part for people. A figure with signatures is making and
 * mails together. Yardsticks in the same run: the keys alone on as many hashes.
 *
 * Time is the clock's; CPU time is told beside, for machines that are busy.
 */
#include "config.h"

#include "reportgen/mail_crew.h"
#include "reportgen/report_make.h"
#include "share/base/xmem.h"
#include "share/mail/dkim_key.h"
#include "share/store/report_rows.h"
#include "t/bench/figure.h"

#include <err.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REPORTS 10000
#define SIGNED 1000 /* by a key alone, for the yardstick */
#define DAY 86400
#define MONDAY INT64_C(1794787200)
#define NOW (MONDAY + 2 * DAY)

static char dir[] = "/tmp/bench.XXXXXX";

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
put_key(const char *name, enum dkim_algorithm a)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct dkim_key *key;
	struct buf pem;
	struct err e;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	buf_init(&pem, 65536);
	key = dkim_key_generate(a, 2048, &e);
	if (key == NULL || dkim_key_write(key, &pem, &e) == -1)
		errx(1, "%s: %s", name, e.text);
	if (fd == -1 || write(fd, pem.data, pem.len) != (ssize_t)pem.len)
		err(1, "%s", path);
	close(fd);
	dkim_key_free(key);
	buf_clear(&pem);
	free(path);
}

static struct conf *
make_conf(const char *sign)
{
	struct conf_mistakes m;
	struct conf *c;
	char *text = xasprintf(
	    "[report.tls.aggregate]\nfrom-address = 'tls@example.org'\n"
	    "org-name = 'Example'\ncontact-info = 'jane@example.org'\n"
	    "sign = %s\n"
	    "[signature.a]\ndomain = 'example.org'\nselector = 'a'\n"
	    "private-key = 'file:%s/a'\n"
	    "[signature.b]\ndomain = 'example.org'\nselector = 'b'\n"
	    "private-key = 'file:%s/b'\n"
	    "[signature.ed]\nalgorithm = 'ed25519-sha256'\n"
	    "domain = 'example.org'\nselector = 'ed'\n"
	    "private-key = 'file:%s/ed'\n",
	    sign, dir, dir, dir);

	c = conf_parse("bench", text, strlen(text), &m, NULL);
	if (c == NULL)
		errx(1, "%s", m.line[0]);
	conf_mistakes_clear(&m);
	free(text);
	return c;
}

static void
add_policy(struct report_db *db, struct rows_row *row, int i, int k)
{
	static const int types[] = { 2, 1, 9 };
	char text[4][80];
	const char *lines[4] = { text[0], text[1], text[2], text[3] };
	struct rows_failure f[2];
	struct err e;

	snprintf(text[0], 80, k == 0 ? "version: STSv1" : "3 1 1 %064x", i);
	snprintf(text[1], 80, k == 0 ? "mode: enforce" : "3 1 1 F%063x", i);
	snprintf(text[2], 80, "mx: mx1.d%d.example", i);
	snprintf(text[3], 80, "max_age: 604800");
	row->type = types[k];
	row->strings = lines;
	row->nstrings = k == 0 ? 4 : k == 1 ? 2 : 0;
	row->success = 7 * i + k + 1;
	row->failure = i % 5 == 0 ? 3 : 0;
	row->failures = f;
	row->nfailures = i % 5 == 0 ? 2 : 0;
	for (int n = 0; n < 2; n++)
		f[n] = (struct rows_failure){ .result = 204 + n,
			.sending_ip = "2001:db8::1",
			.mx = text[2] + 4,
			.receiving_ip = "192.0.2.1",
			.reason = n == 0 ? NULL : "handshake failure",
			.sessions = n + 1 };
	if (rows_add(db, row, &e) == -1)
		errx(1, "%s", e.text);
}

static struct report_db *
make_rows(void)
{
	char *path = xasprintf("%s/report.db", dir);
	struct report_db *db;
	struct err e;

	db = report_db_open(path, &e);
	if (db == NULL || report_db_begin(db, &e) == -1)
		errx(1, "%s", e.text);
	for (int i = 0; i < REPORTS; i++) {
		char domain[40], record[80];
		struct rows_row row = { .begin = MONDAY,
			.length = DAY,
			.host = ROWS_HOST_SELF,
			.domain = domain,
			.policy_domain = domain,
			.record = record };

		snprintf(domain, sizeof(domain), "d%d.example", i);
		snprintf(record, sizeof(record),
		    "v=TLSRPTv1; rua=mailto:tlsrpt@%s", domain);
		for (int k = 0; k < 3; k++)
			add_policy(db, &row, i, k);
	}
	if (report_db_commit(db, &e) == -1)
		errx(1, "%s", e.text);
	free(path);
	return db;
}

/* Makes the reports; seconds. */
static double
measure_make(struct report_db *db)
{
	struct conf *c = make_conf("['a']");
	struct report_make_stats s;
	struct err e;
	double t = figure_now(), used = cpu();

	if (report_make_due(db, c, NOW, 0, &s, &e) == -1)
		errx(1, "%s", e.text);
	t = figure_now() - t;
	if (s.reports != REPORTS)
		errx(1, "%llu reports", (unsigned long long)s.reports);
	printf("# making: %.2f s, CPU %.2f s\n", t, cpu() - used);
	conf_unref(c);
	return t;
}

static int
take_mail(void *ctx, const struct outbox_report *r, const char *to, size_t i,
    const struct buf *mail, struct err *e)
{
	(void)r;
	(void)to;
	(void)i;
	(void)e;
	atomic_fetch_add((atomic_size_t *)ctx, mail->len);
	return 0;
}

static int
add_report(void *arg, const struct outbox_report *r, struct err *e)
{
	return mail_crew_add(arg, r, e);
}

/* Writes and signs all mails; seconds, the reading of the outbox included. */
static double
measure_mails(struct report_db *db, const char *sign, size_t threads)
{
	struct conf *c = make_conf(sign);
	struct mail_crew *crew;
	atomic_size_t octets = 0;
	struct err e;
	size_t mails;
	double t = figure_now(), used = cpu();

	crew = mail_crew_start(c, threads, NOW, take_mail, &octets, &e);
	if (crew == NULL)
		errx(1, "%s", e.text);
	for (int64_t n = 1; n <= REPORTS; n++)
		if (outbox_with(db, n, add_report, crew, &e) == -1)
			errx(1, "report %lld: %s", (long long)n, e.text);
	if (mail_crew_end(crew, &mails, &e) == -1 || mails != REPORTS)
		errx(1, "%zu mails", mails);
	t = figure_now() - t;
	printf("# %s, %zu threads: %.2f s, CPU %.2f s, %zu octets a mail\n",
	    sign, threads, t, cpu() - used, octets / REPORTS);
	conf_unref(c);
	return t;
}

/* Seconds that the key alone takes for as many signatures. */
static double
measure_key(const char *name, enum dkim_algorithm a)
{
	char *ref = xasprintf("file:%s/%s", dir, name);
	unsigned char sum[DKIM_SHA256_LEN] = { 0 }, sig[DKIM_SIG_MAX];
	struct dkim_key *key;
	struct err e;
	size_t n;
	double used;

	key = dkim_key_load(ref, a, &e);
	if (key == NULL)
		errx(1, "%s", e.text);
	used = cpu();
	for (int i = 0; i < SIGNED; i++) {
		sum[i % DKIM_SHA256_LEN]++;
		if (dkim_key_sign(key, sum, sig, &n, &e) == -1)
			errx(1, "%s", e.text);
	}
	used = (cpu() - used) * REPORTS / SIGNED;
	dkim_key_free(key);
	free(ref);
	return used;
}

static void
clean(void)
{
	static const char *const names[] = { "report.db", "report.db-wal",
		"report.db-shm", "a", "b", "ed" };

	if (chdir(dir) == -1)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	rmdir(dir);
}

int
main(void)
{
	struct report_db *db;
	double made;

	if (mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	put_key("a", DKIM_RSA_SHA256);
	put_key("b", DKIM_RSA_SHA256);
	put_key("ed", DKIM_ED25519_SHA256);
	db = make_rows();
	made = measure_make(db);
	printf("# the keys alone, CPU for %d: RSA-2048 %.2f s, Ed25519 %.2f "
	       "s\n",
	    REPORTS, measure_key("a", DKIM_RSA_SHA256),
	    measure_key("ed", DKIM_ED25519_SHA256));
	figure_at_most("reports_made_10000", made, "s", 8);
	figure_at_most("reports_rsa_one_core",
	    made + measure_mails(db, "['a']", 1), "s", 45);
	figure_at_most("reports_two_rsa_two_cores",
	    made + measure_mails(db, "['a', 'b']", 2), "s", 45);
	figure_at_most("reports_ed25519", made + measure_mails(db, "['ed']", 1),
	    "s", 10);
	report_db_close(db);
	clean();
	return 0;
}
