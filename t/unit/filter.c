/* filter: which sessions are counted - see reportgen/filter.h */
#include "config.h"

#include "reportgen/filter.h"
#include "t/unit/tap.h"

#define T0 INT64_C(1764633600000)

static struct report_policy
policy(enum report_policy_type type, const char **lines, size_t n, bool good)
{
	return (struct report_policy){ .type = type,
		.domain = "example.org",
		.strings = { lines, n, n },
		.success = good,
		.failure = !good };
}

static void
test_testing_mode(void)
{
	static const char *const yes[] = { "mode: testing", "mode:testing",
		"Mode : TESTING ", "\tmode:\ttesting\r" };
	static const char *const no[] = { "mode: enforce", "mode: none",
		"mode: testing2", "mode testing", "xmode: testing",
		"mode: test", "" };
	const char *line;
	struct report_policy p;

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		line = yes[i];
		p = policy(REPORT_POLICY_STS, &line, 1, true);
		ok(filter_is_testing(&p), "\"%s\" is testing", line);
		p.type = REPORT_POLICY_TLSA;
		ok(!filter_is_testing(&p), "but not of DANE");
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		line = no[i];
		p = policy(REPORT_POLICY_STS, &line, 1, true);
		ok(!filter_is_testing(&p), "\"%s\" is not", line);
	}
}

static void
test_sessions(void)
{
	static const char *lines[] = { "version: STSv1", "mode: testing" };
	struct report_policy good = policy(REPORT_POLICY_STS, lines, 2, true);
	struct report_policy bad = policy(REPORT_POLICY_STS, lines, 2, false);
	struct report_policy none = policy(REPORT_POLICY_NONE, NULL, 0, true);
	struct datagram_outcome o = { .domain = "example.org",
		.record = "v=TLSRPTv1; rua=mailto:a@b",
		.npolicies = 1 };
	struct filter *f = filter_new(false);

	is_int(filter_session(f, &o, &none, false), SHARED_DROPPED,
	    "a session without policy is counted");
	is_int(filter_session(f, &o, &good, false), SHARED_TESTING,
	    "a success of a testing policy is not: nothing proves it");
	is_int(filter_session(f, &o, &bad, false), SHARED_DROPPED,
	    "a failure is");
	o.exact = true;
	is_int(filter_session(f, &o, &good, false), SHARED_DROPPED,
	    "who proves it is believed");
	o.exact = false;
	filter_set_log(f, true);
	is_int(filter_session(f, &o, &good, false), SHARED_LOGGED,
	    "beside a log the success is the log's");
	is_int(filter_session(f, &o, &bad, false), SHARED_LOGGED,
	    "and the failure");
	is_int(filter_session(f, &o, &good, true), SHARED_DROPPED,
	    "what the log says is counted");
	is_int(filter_session(f, &o, &none, false), SHARED_DROPPED,
	    "other policies are the datagram's still");
	o.exact = true;
	is_int(filter_session(f, &o, &good, false), SHARED_DROPPED,
	    "an exact sender is believed beside a log");
	o.record = NULL;
	is_int(filter_session(f, &o, &none, false), SHARED_NO_RECORD,
	    "without a TLSRPT record nobody is told");
	o.record = "";
	is_int(filter_session(f, &o, &none, false), SHARED_NO_RECORD,
	    "an empty one is none");
	is_int(filter_session(f, &o, &none, true), SHARED_DROPPED,
	    "the log does not know records");
	filter_free(f);
	filter_free(NULL);
}

static void
test_own(void)
{
	struct filter *f = filter_new(false);

	ok(!filter_is_own(f, "a.example", T0), "nothing of ours");
	filter_own(f, "a.example", T0);
	filter_own(f, "a.example", T0 + 1);
	filter_own(f, "b.example", T0 + 2);
	ok(!filter_is_own(f, "c.example", T0 + 3), "another domain's is not");
	ok(filter_is_own(f, "a.example", T0 + 3), "one of ours");
	ok(filter_is_own(f, "a.example", T0 + 3), "two of ours");
	ok(!filter_is_own(f, "a.example", T0 + 3), "the third is a stranger's");
	ok(!filter_is_own(f, "b.example", T0 + 3 + FILTER_CREDIT_MS),
	    "after a quarter of an hour it is too late");
	filter_own(f, "b.example", T0 + FILTER_CREDIT_MS);
	ok(!filter_is_own(f, "b.example", T0 - 1),
	    "a clock set back does not keep it");
	filter_free(f);
}

static void
count_credit(void *arg, const char *domain, int64_t ms)
{
	(void)domain;
	(void)ms;
	++*(int *)arg;
}

static void
test_bounds(void)
{
	struct filter *f = filter_new(false);
	char name[64];
	int n = 0;

	for (int i = 0; i < FILTER_CREDITS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "d%d.example", i);
		filter_own(f, name, T0);
	}
	filter_each_credit(f, T0, count_credit, &n);
	is_int(n, FILTER_CREDITS_MAX, "credits are bounded");
	ok(!filter_is_own(f, "d9.example", T0), "the oldest goes first");
	ok(filter_is_own(f, "d10.example", T0), "the next one stays");
	n = 0;
	filter_each_credit(f, T0 + FILTER_CREDIT_MS + 1, count_credit, &n);
	is_int(n, 0, "later they are gone");
	filter_free(f);
}

int
main(void)
{
	test_testing_mode();
	test_sessions();
	test_own();
	test_bounds();
	return done_testing();
}
