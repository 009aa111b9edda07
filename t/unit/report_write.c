/* report_write: the octets of a report, and that our own reader finds it good */
#include "config.h"

#include "share/rpt/report_read.h"
#include "share/rpt/report_write.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static void
fill(struct report *r)
{
	struct report_failure *f;
	struct report_policy *p;

	report_init(r, REPORT_POOL_MAX);
	r->organization = "Org \"x\" \\ \xc3\xbc";
	r->contact = "tls@org.example";
	r->id = "id@org.example";
	r->begin = 1795132800;
	r->end = 1795219199;
	p = report_add_policy(r);
	p->type = REPORT_POLICY_STS;
	p->domain = "a.example";
	p->success = 5;
	p->failure = 3;
	if (report_list_add(r, &p->strings, "version: STSv1", 14) == -1 ||
	    report_list_add(r, &p->strings, "mode: testing", 13) == -1 ||
	    report_list_add(r, &p->mx, "*.a.example", 11) == -1)
		abort();
	f = report_add_failure(r, p);
	f->result = REPORT_CERTIFICATE_EXPIRED;
	f->sending_ip = "2001:db8::1";
	f->mx = "mx.a.example";
	f->helo = "mx";
	f->receiving_ip = "192.0.2.1";
	f->sessions = 2;
	f->info = "https://org.example/";
	f->reason = "line\r\n\x01\x7f\xff\xef\xbf\xbf";
	f = report_add_failure(r, p);
	f->result = REPORT_STARTTLS_NOT_SUPPORTED;
	f->sessions = 1;
	p = report_add_policy(r);
	p->type = REPORT_POLICY_NONE;
	p->domain = "a.example";
	p->success = REPORT_COUNT_MAX;
}

static const char want[] =
    "{\"organization-name\":\"Org \\\"x\\\" \\\\ \xc3\xbc\","
    "\"date-range\":{\"start-datetime\":\"2026-11-20T00:00:00Z\","
    "\"end-datetime\":\"2026-11-20T23:59:59Z\"},"
    "\"contact-info\":\"tls@org.example\",\"report-id\":\"id@org.example\","
    "\"policies\":[{\"policy\":{\"policy-type\":\"sts\","
    "\"policy-string\":[\"version: STSv1\",\"mode: testing\"],"
    "\"policy-domain\":\"a.example\",\"mx-host\":[\"*.a.example\"]},"
    "\"summary\":{\"total-successful-session-count\":5,"
    "\"total-failure-session-count\":3},"
    "\"failure-details\":[{\"result-type\":\"certificate-expired\","
    "\"sending-mta-ip\":\"2001:db8::1\","
    "\"receiving-mx-hostname\":\"mx.a.example\","
    "\"receiving-mx-helo\":\"mx\",\"receiving-ip\":\"192.0.2.1\","
    "\"failed-session-count\":2,"
    "\"additional-information\":\"https://org.example/\","
    "\"failure-reason-code\":\"line\\r\\n\\u0001\\u007f"
    "\xef\xbf\xbd\xef\xbf\xbd\"},"
    "{\"result-type\":\"starttls-not-supported\","
    "\"failed-session-count\":1}]},"
    "{\"policy\":{\"policy-type\":\"no-policy-found\","
    "\"policy-domain\":\"a.example\"},"
    "\"summary\":{\"total-successful-session-count\":9007199254740991,"
    "\"total-failure-session-count\":0}}]}\n";

static void
test_octets(void)
{
	struct report_reader *rr = report_reader_new();
	const struct report_part part = { "part@org.example", 1, 1 };
	struct report r, back;
	struct defects d;
	struct buf out, again;
	struct err e;

	fill(&r);
	report_init(&back, REPORT_POOL_MAX);
	buf_init(&out, 65536);
	buf_init(&again, 65536);
	is_int(report_write(&r, &out, &e), 0, "written");
	is_str(buf_str(&out), want, "as it should be");
	is_int(report_read(rr, out.data, out.len, &back, &d), REPORT_OK,
	    "our reader finds no defect");
	is_int(d.kinds, 0, "nor anything to note");
	is_int(report_write(&back, &again, &e), 0, "written again");
	is_str(buf_str(&again), want, "the same");
	buf_reset(&out);
	is_int(report_write_part(&r, &part, &out, &e), 0, "a part");
	is_int(report_read(rr, out.data, out.len, &back, &d), REPORT_OK,
	    "is a report");
	is_str(back.id, "part@org.example", "with its own id");
	is_int(back.npolicies, 1, "of one policy");
	is_int(back.policies[0].type, REPORT_POLICY_NONE, "the second");
	r.contact = NULL;
	is_int(report_write(&r, &out, &e), -1, "without contact-info: none");
	is_int(e.code, ERR_BUG, "and that is ours");
	r.contact = "x";
	buf_clear(&out);
	buf_init(&out, 100);
	is_int(report_write(&r, &out, &e), -1, "too long for the buffer");
	is_int(e.code, ERR_LIMIT, "is a limit");
	report_clear(&r);
	report_clear(&back);
	buf_clear(&out);
	buf_clear(&again);
	report_reader_free(rr);
}

static void
test_fold(void)
{
	static const enum report_result results[] = { REPORT_VALIDATION_FAILURE,
		REPORT_TLSA_INVALID };
	struct report_totals before, after;
	struct report_policy *p;
	struct report r;
	size_t others = 0;

	report_init(&r, REPORT_POOL_MAX);
	p = report_add_policy(&r);
	for (int i = 0; i < 100; i++) {
		struct report_failure *f = report_add_failure(&r, p);

		f->result = results[i % 2];
		f->reason = "r";
		f->sessions = i;
		p->failure += i;
	}
	before = report_totals(&r);
	is_int(report_fold(&r, 100), 0, "nothing to fold");
	is_int(report_fold(&r, 10), 88, "90 become 2");
	after = report_totals(&r);
	is_int(r.nfailures, 12, "12 are left");
	is_int(after.details, before.details, "no session is lost");
	is_int(after.ndiffers, 0, "sums are right");
	for (size_t i = 0; i < 12; i++) {
		const struct report_failure *f = &r.policies[0].failures[i];

		if (strcmp(f->reason, "other") == 0)
			others++;
		else if (f->sessions < 90)
			fail("a rare one stayed");
	}
	is_int(others, 2, "one for each result");
	is_int(report_fold(&r, 0), 10, "all may be folded");
	is_int(report_totals(&r).details, before.details,
	    "with their sessions");
	report_clear(&r);
}

int
main(void)
{
	test_octets();
	test_fold();
	return done_testing();
}
