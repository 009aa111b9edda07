/* report_merge: what is equal becomes one, in any order, and nothing is lost */
#include "config.h"

#include "share/rpt/report_merge.h"
#include "share/rpt/report_read.h"
#include "share/rpt/report_write.h"
#include "t/unit/tap.h"

#include <stdlib.h>

#define HEAD                                                                 \
	"{\"organization-name\":\"o\",\"contact-info\":\"c\",\"report-id\":" \
	"\"i\",\"date-range\":{\"start-datetime\":\"%s\",\"end-datetime\":"  \
	"\"%s\"},\"policies\":["

/* Reports whose sums must not depend on the order in which they come. */
static const char *const inputs[] = {
	HEAD
	"{\"policy\":{\"policy-type\":\"tlsa\",\"policy-domain\":\"mx\","
	"\"policy-string\":[\"a\",\"b\"]},\"summary\":{"
	"\"total-successful-session-count\":1,"
	"\"total-failure-session-count\":2},\"failure-details\":["
	"{\"result-type\":\"tlsa-invalid\",\"failed-session-count\":1,"
	"\"receiving-mx-hostname\":\"m\"},"
	"{\"result-type\":\"tlsa-invalid\",\"failed-session-count\":1}]}]}",
	HEAD "{\"policy\":{\"policy-type\":\"tlsa\",\"policy-domain\":\"mx\","
	     "\"policy-string\":[\"b\",\"a\"]},\"summary\":{"
	     "\"total-successful-session-count\":10,"
	     "\"total-failure-session-count\":20},\"failure-details\":["
	     "{\"result-type\":\"tlsa-invalid\",\"failed-session-count\":20,"
	     "\"receiving-mx-hostname\":\"m\"}]},"
	     "{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"mx\","
	     "\"policy-string\":[\"b\",\"a\"]},\"summary\":{"
	     "\"total-successful-session-count\":7,"
	     "\"total-failure-session-count\":0}}]}",
	HEAD "{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"mx\","
	     "\"policy-string\":[\"a\",\"b\"]},\"summary\":{"
	     "\"total-successful-session-count\":100,"
	     "\"total-failure-session-count\":0}},"
	     "{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"mx\","
	     "\"policy-string\":[\"b\"],\"mx-host\":[\"a\"]},\"summary\":{"
	     "\"total-successful-session-count\":1000,"
	     "\"total-failure-session-count\":0}}]}",
};

static void
read_input(size_t i, struct report *r)
{
	static const char *const begins[] = { "2026-11-20T00:00:00Z",
		"2026-11-19T00:00:00Z", "2026-11-20T06:00:00Z" };
	static const char *const ends[] = { "2026-11-21T00:00:00Z",
		"2026-11-20T00:00:00Z", "2026-11-20T12:00:00Z" };
	struct report_reader *rr = report_reader_new();
	const char *rest = strstr(inputs[i], "{\"policy\":");
	struct defects d;
	struct buf b;

	buf_init(&b, 65536);
	buf_printf(&b, HEAD, begins[i], ends[i]);
	buf_puts(&b, rest);
	if (report_read(rr, b.data, b.len, r, &d) != REPORT_OK)
		fail("input %zu is good", i);
	buf_clear(&b);
	report_reader_free(rr);
}

/* The merged report of inputs in an order, as text. */
static char *
merged(const size_t *order, size_t n)
{
	struct report into, one;
	struct report_merger *m;
	struct buf out;
	struct err e;

	report_init(&into, REPORT_POOL_MAX);
	report_init(&one, REPORT_POOL_MAX);
	buf_init(&out, 65536);
	m = report_merger_new(&into);
	for (size_t i = 0; i < n; i++) {
		read_input(order[i], &one);
		if (report_merge(m, &one) == -1)
			fail("input %zu fits", order[i]);
	}
	report_clear(&one); /* nothing of it may be borrowed */
	into.organization = into.contact = into.id = "x";
	report_sort(&into);
	if (report_write(&into, &out, &e) == -1)
		fail("%s", e.text);
	report_merger_free(m);
	report_clear(&into);
	return buf_take(&out);
}

static void
test_orders(void)
{
	static const size_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 },
		{ 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	char *first = merged(orders[0], 3);

	has_str(first, "\"start-datetime\":\"2026-11-19T00:00:00Z\"",
	    "the range begins with the first");
	has_str(first, "\"end-datetime\":\"2026-11-21T00:00:00Z\"",
	    "and ends with the last");
	has_str(first,
	    "\"summary\":{\"total-successful-session-count\":11,"
	    "\"total-failure-session-count\":22},\"failure-details\":["
	    "{\"result-type\":\"tlsa-invalid\",\"failed-session-count\":1},"
	    "{\"result-type\":\"tlsa-invalid\",\"receiving-mx-hostname\":\"m\","
	    "\"failed-session-count\":21}]",
	    "TLSA records in another order are the same policy");
	has_str(first, "\"total-successful-session-count\":7,",
	    "lines of an sts policy in another order are not");
	has_str(first, "\"total-successful-session-count\":1000,",
	    "nor is a line an MX pattern");
	for (size_t i = 1; i < 6; i++) {
		char *other = merged(orders[i], 3);

		is_str(other, first, "order %zu gives the same", i);
		free(other);
	}
	free(first);
}

/* At every limit the summaries stay exact. */
static void
test_limits(void)
{
	struct report_policy p;
	struct report_failure f;
	struct report_merger *m;
	struct report_totals t;
	struct report into;
	char reason[32];
	int64_t added = 0;

	memset(&p, 0, sizeof(p));
	memset(&f, 0, sizeof(f));
	report_init(&into, 65536);
	m = report_merger_new(&into);
	p.type = REPORT_POLICY_NONE;
	p.domain = "a.example";
	p.failure = 1;
	p.failures = &f;
	p.nfailures = 1;
	f.sessions = 1;
	f.reason = reason;
	f.result = REPORT_VALIDATION_FAILURE;
	for (int i = 0; i < 20000; i++) {
		snprintf(reason, sizeof(reason), "reason %d", i);
		added += report_merge_policy(m, &p) == 0;
	}
	t = report_totals(&into);
	is_int(added, 20000, "hostile details are taken");
	is_int(into.npolicies, 1, "as one policy");
	ok(t.ndetails < 2000, "in little memory (%zu entries)", t.ndetails);
	is_int(t.failure, 20000, "with exact counts");
	is_int(t.details, 20000, "of the details too");
	is_int(report_merger_lost(m), 0, "none is lost");
	f.result = REPORT_TLSA_INVALID;
	f.reason = "a reason that is new";
	is_int(report_merge_policy(m, &p), 0, "a new result");
	is_int(report_merger_lost(m), 1, "has no place at all");
	p.domain = "another.example";
	is_int(report_merge_policy(m, &p), -1, "a new policy is refused");
	is_int(report_totals(&into).failure, 20001, "and nothing of it added");
	report_merger_free(m);
	report_clear(&into);
}

int
main(void)
{
	test_orders();
	test_limits();
	return done_testing();
}
