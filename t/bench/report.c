/*
 * report: how fast reports and datagrams are read, on one core.
 *
 * 1,000 different reports as large senders write them (three policies of about
 * 2 kB of JSON in all, one in five with failure details), plain and gzipped, and
 * 1,000 datagrams as Postfix sends them. Each figure is the median of five
 * rounds of CPU time. Yardsticks in the same run: zlib alone on the same gzip
 * data, memcpy over the same text. Goals: parse only 30,000 mails/s a core, of
 * which the report is this part; a mixed datagram 6 us with all that follows.
 */
#include "config.h"

#include "share/base/buf.h"
#include "share/base/xmem.h"
#include "share/rpt/datagram.h"
#include "share/rpt/datagram_read.h"
#include "share/rpt/gz.h"
#include "share/rpt/report_merge.h"
#include "share/rpt/report_read.h"
#include "share/rpt/report_write.h"
#include "t/bench/figure.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INPUTS 1000
#define ROUNDS 5
#define REPEATS 20

struct inputs {
	struct buf plain[INPUTS], packed[INPUTS], datagram[INPUTS];
	size_t octets; /* of all plain ones */
	struct report_reader *rr;
	struct datagram_reader *dr;
	struct gz *gz;
	struct report r;
	struct defects d;
};

static void
put_policy(struct buf *b, int i, int k, bool failures)
{
	buf_printf(b,
	    "%s{\"policy\":{\"policy-type\":\"%s\",\"policy-string\":["
	    "\"version: STSv1\",\"mode: enforce\",\"mx: mx1.d%d.example\","
	    "\"mx: mx2.d%d.example\",\"max_age: 604800\"],"
	    "\"policy-domain\":\"d%d.example\",\"mx-host\":["
	    "\"mx1.d%d.example\",\"mx2.d%d.example\"]},\"summary\":{"
	    "\"total-successful-session-count\":%d,"
	    "\"total-failure-session-count\":%d}",
	    k > 0 ? "," : "", k > 0 ? "tlsa" : "sts", i, i, i, i, i, i * 7 + k,
	    failures ? 2 * k + 2 : 0);
	for (int f = 0; failures && f < 2; f++)
		buf_printf(b,
		    "%s{\"result-type\":\"certificate-expired\","
		    "\"sending-mta-ip\":\"2001:db8:0:%x::%d\","
		    "\"receiving-mx-hostname\":\"mx%d.d%d.example\","
		    "\"receiving-ip\":\"192.0.2.%d\","
		    "\"failed-session-count\":%d}",
		    f > 0 ? "," : ",\"failure-details\":[", i, k + 1, f + 1, i,
		    i % 250 + 1, k + 1);
	buf_puts(b, failures ? "]}" : "}");
}

static void
make_report(struct buf *b, int i)
{
	buf_init(b, 65536);
	buf_printf(b,
	    "{\"organization-name\":\"Organisation %d\",\"date-range\":{"
	    "\"start-datetime\":\"2026-11-20T00:00:00Z\","
	    "\"end-datetime\":\"2026-11-20T23:59:59Z\"},"
	    "\"contact-info\":\"smtp-tls-reporting@org%d.example\","
	    "\"report-id\":\"2026-11-20T00:00:00Z_d%d.example\","
	    "\"policies\":[",
	    i, i, i);
	for (int k = 0; k < 3; k++)
		put_policy(b, i, k, i % 5 == 0);
	buf_puts(b, "]}");
}

static void
make_datagram(struct buf *b, int i)
{
	static const char *const strings[] = { "version: STSv1",
		"mode: enforce", "mx: *.mail.example", "max_age: 604800" };
	static const char *const mx[] = { "*.mail.example" };
	const struct datagram_failure f = { DATAGRAM_CERTIFICATE_EXPIRED,
		"192.0.2.1", "mx1.mail.example",
		"250-mx1.mail.example\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n"
		"250 SMTPUTF8",
		"198.51.100.7", NULL, "certificate has expired" };
	const struct datagram_policy p = { .type = DATAGRAM_STS,
		.strings = strings,
		.nstrings = 4,
		.mx = mx,
		.nmx = 1,
		.failures = &f,
		.nfailures = i % 5 == 0,
		.failed = i % 5 == 0 };
	char domain[64];
	const struct datagram d = { domain,
		"v=TLSRPTv1; rua=mailto:tlsrpt@mail.example", &p, 1 };

	(void)snprintf(domain, sizeof(domain), "d%d.example", i % 100);
	buf_init(b, DATAGRAM_MAX);
	datagram_write(&d, true, b);
}

static void
make_inputs(struct inputs *in)
{
	struct err e;

	memset(in, 0, sizeof(*in));
	for (int i = 0; i < INPUTS; i++) {
		make_report(&in->plain[i], i);
		buf_init(&in->packed[i], 65536);
		if (gz_write(in->plain[i].data, in->plain[i].len,
			&in->packed[i], &e) == -1)
			errx(1, "%s", e.text);
		make_datagram(&in->datagram[i], i);
		in->octets += in->plain[i].len;
	}
	in->rr = report_reader_new();
	in->dr = datagram_reader_new();
	in->gz = gz_new();
	report_init(&in->r, REPORT_POOL_MAX);
}

static void
read_plain(struct inputs *in, size_t i)
{
	if (report_read(in->rr, in->plain[i].data, in->plain[i].len, &in->r,
		&in->d) != REPORT_OK)
		errx(1, "report %zu is not ok", i);
}

static void
read_packed(struct inputs *in, size_t i)
{
	if (report_read_packed(in->rr, in->packed[i].data, in->packed[i].len,
		&in->r, &in->d) != REPORT_OK)
		errx(1, "packed report %zu is not ok", i);
}

static void
inflate_only(struct inputs *in, size_t i)
{
	const struct gz_limits limits = { REPORT_READ_MAX, GZ_RATIO_MAX };
	const char *piece;

	gz_start(in->gz, GZ_GZIP, in->packed[i].data, in->packed[i].len,
	    &limits);
	while (gz_next(in->gz, &piece) > 0)
		;
	if (gz_status(in->gz) != GZ_DONE)
		errx(1, "packed report %zu is not inflated", i);
}

static void
copy_only(struct inputs *in, size_t i)
{
	static char to[65536];
	volatile char *seen = to;

	memcpy(to, in->plain[i].data, in->plain[i].len);
	(void)seen[in->plain[i].len - 1];
}

static void
read_datagram(struct inputs *in, size_t i)
{
	struct datagram_outcome o;

	if (datagram_read(in->dr, in->datagram[i].data, in->datagram[i].len,
		&o) != DATAGRAM_GOOD)
		errx(1, "datagram %zu is not good", i);
}

/* CPU seconds of one call, the median of the rounds. */
static double
measure(struct inputs *in, void (*call)(struct inputs *in, size_t i))
{
	double seconds[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		clock_t a = clock();

		for (size_t n = 0; n < REPEATS; n++)
			for (size_t i = 0; i < INPUTS; i++)
				call(in, i);
		seconds[round] =
		    (double)(clock() - a) / CLOCKS_PER_SEC / REPEATS / INPUTS;
	}
	return figure_median(seconds, ROUNDS);
}

/* Datagrams read and merged, as a collector in memory does. */
static double
measure_merge(struct inputs *in)
{
	struct datagram_outcome o;
	struct report_merger *m;
	struct report into;
	clock_t a;
	double us;

	report_init(&into, REPORT_POOL_MAX);
	m = report_merger_new(&into);
	a = clock();
	for (size_t n = 0; n < REPEATS; n++)
		for (size_t i = 0; i < INPUTS; i++) {
			if (datagram_read(in->dr, in->datagram[i].data,
				in->datagram[i].len, &o) != DATAGRAM_GOOD ||
			    report_merge_policy(m, &o.policies[0]) == -1)
				errx(1, "datagram %zu is not merged", i);
		}
	us = (double)(clock() - a) / CLOCKS_PER_SEC * 1e6 / REPEATS / INPUTS;
	if (report_totals(&into).success + report_totals(&into).failure !=
	    REPEATS * INPUTS)
		errx(1, "sums are wrong");
	report_merger_free(m);
	report_clear(&into);
	return us;
}

int
main(void)
{
	static struct inputs in;
	double plain;

	make_inputs(&in);
	printf("# %zu octets a report, %zu packed, %zu a datagram\n",
	    in.octets / INPUTS, in.packed[1].len, in.datagram[1].len);
	plain = measure(&in, read_plain);
	figure_at_least("report_read", 1 / plain, "reports/s", 30000);
	printf("# that is %.0f MB/s; memcpy of the text: %.2f us, reading: "
	       "%.2f us\n",
	    (double)in.octets / INPUTS / plain / 1e6,
	    measure(&in, copy_only) * 1e6, plain * 1e6);
	figure_at_least("report_read_packed", 1 / measure(&in, read_packed),
	    "reports/s", 30000);
	printf("# inflating alone: %.2f us\n",
	    measure(&in, inflate_only) * 1e6);
	figure_at_most("datagram_read", measure(&in, read_datagram) * 1e6, "us",
	    6);
	figure_at_most("datagram_read_and_merge", measure_merge(&in), "us", 6);
	for (size_t i = 0; i < INPUTS; i++) {
		buf_clear(&in.plain[i]);
		buf_clear(&in.packed[i]);
		buf_clear(&in.datagram[i]);
	}
	report_reader_free(in.rr);
	datagram_reader_free(in.dr);
	gz_free(in.gz);
	report_clear(&in.r);
	return 0;
}
