/*
 * analysis: the analyzer's store: a year of reports, and what views of it take.
 *
 * 365 days x 100 domains, five senders each with a report a day, two policies
 * (STS and DANE), one report in five with failure details: 182,500 reports.
 * Yardstick of no figure: the goals are octets and milliseconds; the time of
 * putting them is printed beside.
 */
#include "config.h"

#include "share/store/analysis_store.h"
#include "t/bench/figure.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DAYS 365
#define DOMAINS 100
#define SENDERS 5
#define DAY0 20000

struct texts {
	char domain[32], mx[2][64], strings[256], id[128], place[64];
};

static void
put_one(struct analysis_store *s, int day, int d, int o)
{
	static const char *const senders[SENDERS] = { "Google Inc.",
		"Microsoft Corporation", "Mail.ru", "Company of Comfort",
		"Organisation with a rather long name GmbH" };
	static int n;
	struct texts t;
	struct analysis_failure f[2];
	struct analysis_policy p[2] = { { .type = "sts", .success = 100 },
		{ .type = "tlsa", .success = 90, .strings = "3 1 1 aabbcc" } };
	struct analysis_report r = { .organization = senders[o],
		.begin = (DAY0 + day) * INT64_C(86400),
		.contact = "smtp-tls-reporting@example.com",
		.submitter = "example.com",
		.verdict = ANALYSIS_OK,
		.trust = ANALYSIS_VERIFIED,
		.source = "/var/mail/tlsrpt",
		.npolicies = 2,
		.policies = p,
		.success = 190 };
	enum analysis_put what;
	struct err e;

	n++;
	(void)snprintf(t.domain, sizeof(t.domain), "domain%d.example.org", d);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(t.mx[i], sizeof(t.mx[i]), "mx%d.%s", i,
		    t.domain);
		f[i] =
		    (struct analysis_failure){ .result = "certificate-expired",
			    .sending_ip = "2001:db8::1",
			    .mx = t.mx[i],
			    .receiving_ip = "192.0.2.1",
			    .sessions = 1 + i };
	}
	(void)snprintf(t.strings, sizeof(t.strings),
	    "version: STSv1\nmode: enforce\nmx: *.%s\nmax_age: 604800",
	    t.domain);
	(void)snprintf(t.id, sizeof(t.id), "2026-%d-T00:00:00Z_%s", day,
	    t.domain);
	(void)snprintf(t.place, sizeof(t.place),
	    "1790000000.M%dP12345.mx.example.org", n);
	p[0].domain = p[0].mail_domain = p[1].mail_domain = t.domain;
	p[0].strings = t.strings;
	p[1].domain = t.mx[0];
	if (n % 5 == 0) {
		p[0].failures = f;
		p[0].nfailures = 2;
		p[0].failure = r.failure = r.details = 3;
		r.ndetails = 2;
	}
	r.end = r.begin + 86400;
	r.received = r.stored = r.end + 3600;
	r.report_id = t.id;
	r.place = t.place;
	if (s->put(s->ctx, &r, &what, NULL, &e) == -1 ||
	    what != ANALYSIS_PUT_NEW)
		errx(1, "%s", e.text);
}

static void
fill(struct analysis_store *s)
{
	clock_t a = clock();
	struct err e;

	for (int day = 0; day < DAYS; day++) {
		if (s->begin(s->ctx, &e) == -1)
			errx(1, "%s", e.text);
		for (int d = 0; d < DOMAINS; d++)
			for (int o = 0; o < SENDERS; o++)
				put_one(s, day, d, o);
		if (s->commit(s->ctx, &e) == -1)
			errx(1, "%s", e.text);
	}
	printf("# %.1f us of CPU a report put\n",
	    (double)(clock() - a) * 1e6 / CLOCKS_PER_SEC /
		(DAYS * DOMAINS * SENDERS));
}

static bool
count_sum(void *arg, const struct analysis_sum *sum)
{
	(void)sum;
	++*(int *)arg;
	return true;
}

static bool
count_failure(void *arg, const struct analysis_failure_sum *sum)
{
	(void)sum;
	++*(int *)arg;
	return true;
}

/* The middle of five rounds, in ms. */
static void
view(struct analysis_store *s, const char *name, unsigned by, bool failures,
    const struct analysis_filter *f)
{
	double v[5];
	struct err e;
	int rows = 0;

	for (int i = 0; i < 5; i++) {
		double a = figure_now();
		int ret;

		rows = 0;
		ret = failures
		    ? s->failures(s->ctx, f, by, count_failure, &rows, &e)
		    : s->sums(s->ctx, f, by, count_sum, &rows, &e);
		if (ret == -1)
			errx(1, "%s", e.text);
		v[i] = (figure_now() - a) * 1000;
	}
	figure_at_most(name, figure_median(v, 5), "ms", 50);
	printf("# in %d rows\n", rows);
}

static void
measure(const char *path)
{
	const struct analysis_filter all = { .until = ANALYSIS_DAYS_ALL,
		.trust = 1u << ANALYSIS_VERIFIED };
	struct analysis_filter one = all;
	struct analysis_store s;
	struct analysis_size size;
	struct err e;

	if (analysis_sqlite_open(path, NULL, &s, &e) == -1 ||
	    s.size(s.ctx, &size, &e) == -1)
		errx(1, "%s", e.text);
	figure_at_most("store_octets_a_report",
	    (double)size.octets / (double)size.reports, "octets", 1000);
	view(&s, "view_by_domain", ANALYSIS_BY_DOMAIN, false, &all);
	view(&s, "view_by_sender", ANALYSIS_BY_SENDER, false, &all);
	view(&s, "view_by_day", ANALYSIS_BY_DAY, false, &all);
	view(&s, "view_by_domain_and_type",
	    ANALYSIS_BY_DOMAIN | ANALYSIS_BY_TYPE, false, &all);
	view(&s, "view_by_domain_and_day", ANALYSIS_BY_DOMAIN | ANALYSIS_BY_DAY,
	    false, &all);
	view(&s, "view_failures",
	    ANALYSIS_BY_DOMAIN | ANALYSIS_BY_MX | ANALYSIS_BY_RESULT, true,
	    &all);
	view(&s, "view_failures_by_day", ANALYSIS_BY_DAY, true, &all);
	one.domain = "domain7.example.org";
	view(&s, "view_of_a_domain_by_sender", ANALYSIS_BY_SENDER, false, &one);
	s.free(s.ctx);
}

int
main(void)
{
	static const struct analysis_limits limits = { .wait_ms = 1000 };
	char dir[] = "/tmp/bench-analysis-XXXXXX";
	char path[64], command[128];
	struct analysis_store s;
	struct err e;

	if (mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	(void)snprintf(path, sizeof(path), "%s/analysis.db", dir);
	if (analysis_sqlite_open(path, &limits, &s, &e) == -1)
		errx(1, "%s", e.text);
	fill(&s);
	s.free(s.ctx);
	measure(path);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command) == 0 ? 0 : 1;
}
