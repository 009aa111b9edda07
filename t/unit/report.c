/* report: the model's limits, sums and order; the words and numbers of types */
#include "config.h"

#include "share/rpt/datagram.h"
#include "share/rpt/report.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static void
test_types(void)
{
	bool exact;

	for (int t = REPORT_POLICY_TLSA; t < REPORT_POLICY_N; t++) {
		enum report_policy_type p = (enum report_policy_type)t;
		const char *name = report_policy_type_name(p);

		is_int(report_policy_type_find(name, strlen(name), &exact), t,
		    "%s by name", name);
		ok(exact, "exactly");
		is_int(report_policy_type_from_code(report_policy_type_code(p)),
		    t, "and by number");
	}
	for (int i = 1; i < REPORT_RESULT_N; i++) {
		enum report_result r = (enum report_result)i;
		const char *name = report_result_name(r);

		is_int(report_result_find(name, strlen(name), &exact), i,
		    "%s by name", name);
		is_int(report_result_from_code(report_result_code(r)), i,
		    "and by number");
	}
	is_int(report_result_find("TLSA-INVALID", 12, &exact),
	    REPORT_TLSA_INVALID, "in other case");
	ok(!exact, "not exactly");
	is_int(report_result_find("tlsa", 4, &exact), REPORT_RESULT_UNKNOWN,
	    "a part is none");
	is_int(report_result_find("", 0, &exact), REPORT_RESULT_UNKNOWN,
	    "nor is nothing");
	is_int(report_result_from_code(0), REPORT_RESULT_UNKNOWN, "nor is 0");
	/* reader and writer of datagrams mean the same */
	is_int(report_result_code(REPORT_STARTTLS_NOT_SUPPORTED),
	    DATAGRAM_STARTTLS_NOT_SUPPORTED, "201");
	is_int(report_result_code(REPORT_VALIDATION_FAILURE),
	    DATAGRAM_VALIDATION_FAILURE, "205");
	is_int(report_result_code(REPORT_DANE_REQUIRED), DATAGRAM_DANE_REQUIRED,
	    "306");
	is_int(report_policy_type_code(REPORT_POLICY_NONE),
	    DATAGRAM_NO_POLICY_FOUND, "9");
}

static void
test_totals(void)
{
	struct report_totals t;
	struct report_policy *p;
	struct report_failure *f;
	struct report r;

	report_init(&r, REPORT_POOL_MAX);
	p = report_add_policy(&r);
	p->success = REPORT_COUNT_MAX - 1;
	p->failure = 3;
	f = report_add_failure(&r, p);
	f->sessions = 1;
	f = report_add_failure(&r, p);
	f->sessions = 2;
	p = report_add_policy(&r);
	p->success = 2;
	p->failure = 5;
	f = report_add_failure(&r, p);
	f->sessions = 1;
	p = report_add_policy(&r);
	p->failure = 7;
	t = report_totals(&r);
	is_int(t.success, REPORT_COUNT_MAX, "sums stop at 2^53 - 1");
	is_int(t.failure, 15, "failures");
	is_int(t.details, 4, "details");
	is_int(t.ndetails, 3, "their entries");
	is_int(t.ndiffers, 1, "a policy without details does not differ");
	report_clear(&r);
	report_clear(&r);
	t = report_totals(&r);
	is_int(t.failure, 0, "nothing is left");
}

static void
test_sort(void)
{
	static const char *const domains[] = { "b.example", "a.example", NULL,
		"a.example" };
	struct report_policy *p;
	struct report r;

	report_init(&r, REPORT_POOL_MAX);
	for (size_t i = 0; i < 4; i++) {
		p = report_add_policy(&r);
		p->type = i == 3 ? REPORT_POLICY_TLSA : REPORT_POLICY_STS;
		p->domain = domains[i];
		p->success = (int64_t)i;
	}
	ok(report_list_add(&r, &r.policies[1].strings, "x", 1) == 0, "a line");
	report_add_failure(&r, p)->result = REPORT_DANE_REQUIRED;
	report_add_failure(&r, p)->mx = "mx";
	report_add_failure(&r, p)->result = REPORT_RESULT_UNKNOWN;
	report_sort(&r);
	is_int(r.policies[0].success, 3, "tlsa is first");
	is_int(r.policies[1].success, 2, "then what has no domain");
	is_int(r.policies[2].success, 1, "then a");
	is_int(r.policies[3].success, 0, "then b");
	ok(r.policies[0].failures[0].mx == NULL, "absent before present");
	is_str(r.policies[0].failures[1].mx, "mx", "present");
	is_int(r.policies[0].failures[2].result, REPORT_DANE_REQUIRED,
	    "by result first");
	report_clear(&r);
}

static void
test_limits(void)
{
	struct report_policy *p = NULL;
	struct report_list l = { NULL, 0, 0 };
	struct report r;
	size_t n = 0;

	report_init(&r, REPORT_POOL_MAX);
	while (n <= REPORT_POLICIES_MAX && report_add_policy(&r) != NULL)
		n++;
	is_int(n, REPORT_POLICIES_MAX, "policies end at the limit");
	p = &r.policies[7];
	for (n = 0; n <= REPORT_FAILURES_MAX; n++)
		if (report_add_failure(&r, p) == NULL)
			break;
	is_int(n, REPORT_FAILURES_MAX, "failures too");
	for (n = 0; n <= REPORT_STRINGS_MAX; n++)
		if (report_list_add(&r, &p->mx, "", 0) == -1)
			break;
	is_int(n, REPORT_STRINGS_MAX, "texts of a list too");
	for (n = 8; n < REPORT_POLICIES_MAX; n++)
		while (report_list_add(&r, &r.policies[n].strings, "", 0) == 0)
			;
	is_int(r.ntexts, REPORT_TEXTS_MAX, "texts of all lists too");
	report_reset(&r);
	is_int(r.ntexts, 0, "a reset begins anew");
	is_int(report_list_add(&r, &l, "x", 1), 0, "and it goes on");
	free(l.text);
	report_clear(&r);
}

int
main(void)
{
	test_types();
	test_totals();
	test_sort();
	test_limits();
	return done_testing();
}
