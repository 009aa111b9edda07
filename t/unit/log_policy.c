/* log_policy: what the map json says, read as the policy in force */
#include "config.h"

#include "reportgen/log_policy.h"
#include "t/unit/tap.h"

static struct log_policy *p;

static bool
read_as(const char *tlsrpt, const char *links)
{
	struct err e = { 0 };
	char reply[4096];

	log_policy_free(p);
	(void)snprintf(reply, sizeof(reply),
	    "OK {\"schema\":1,\"domain\":\"d.test\",\"replies\":{\"postfix\":"
	    "\"OK none\",\"postfix-tlsrpt\":\"%s\"},\"links\":[%s]}",
	    tlsrpt, links);
	p = log_policy_read(reply, &e);
	return p != NULL;
}

static void
test_levels(void)
{
	static const struct {
		const char *reply;
		enum log_level_class level;
	} levels[] = {
		{ "NOTFOUND ", LOG_LEVEL_OPEN },
		{ "OK may", LOG_LEVEL_OPEN },
		{ "OK none", LOG_LEVEL_OPEN },
		{ "OK encrypt", LOG_LEVEL_ENCRYPT },
		{ "OK dane", LOG_LEVEL_DANE },
		{ "OK dane-only", LOG_LEVEL_DANE_ONLY },
		{ "OK verify match=hostname servername=hostname",
		    LOG_LEVEL_VERIFY },
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		ok(read_as(levels[i].reply, ""), "read: %s", levels[i].reply);
		ok(p != NULL && p->level == levels[i].level && !p->sts &&
			!p->testing && !p->temp,
		    "%s: its level, no policy", levels[i].reply);
	}
	ok(read_as("TEMP d.test: MX cannot be known", "") && p->temp,
	    "TEMP: nothing is known");
}

static void
test_sts(void)
{
	ok(read_as("OK secure match=mx.d.test:.w.test servername=hostname "
		   "policy_type=sts policy_domain=d.test {policy_string = "
		   "version: STSv1} {policy_string = mode: enforce} "
		   "{policy_string = mx: mx.d.test} {policy_string = mx: "
		   "*.w.test} {policy_string = max_age: 86400} "
		   "mx_host_pattern=mx.d.test mx_host_pattern=*.w.test",
	       ""),
	    "an enforce policy");
	ok(p->sts && !p->testing && p->level == LOG_LEVEL_VERIFY, "is one");
	is_str(p->domain, "d.test", "its domain");
	is_int((long long)p->strings.n, 5, "five strings");
	is_str(p->strings.text[3], "mx: *.w.test", "the fourth");
	is_int((long long)p->mx.n, 2, "two patterns");
	ok(log_policy_lists(p, "mx.d.test") && log_policy_lists(p, "a.w.test"),
	    "hosts that they name");
	ok(!log_policy_lists(p, "a.b.w.test") &&
		!log_policy_lists(p, "w.test") &&
		!log_policy_lists(p, "mx.e.test"),
	    "hosts that they don't");
	ok(read_as("OK may policy_type=sts policy_domain=d.test "
		   "{policy_string = version: STSv1} {policy_string = mode: "
		   "testing} mx_host_pattern=mx.d.test",
	       "") &&
		p->sts && p->testing && p->level == LOG_LEVEL_OPEN,
	    "a testing policy");
	ok(read_as("OK may policy_type=sts policy_domain=d.test "
		   "{policy_string = version",
	       "") &&
		p->strings.n == 0,
	    "a brace that does not close");
}

#define LINK(name, type, status, data)                                      \
	"{\"name\":\"" name "\",\"type\":\"" type "\",\"status\":\"" status \
	"\",\"ttl\":60,\"data\":\"" data "\",\"why\":\"\"}"

static void
test_tlsa(void)
{
	const struct log_tlsa *t;

	ok(read_as("OK dane-only",
	       LINK("_25._tcp.mx.d.test", "TLSA", "secure",
		   "3 1 1 ABCD, 2 0 1 EF, 1 1 1 00") "," LINK("_25._tcp.mx2.d.test",
		   "TLSA", "insecure",
		   "3 1 1 AA") "," LINK("_25._tcp.mx3.d.test", "TLSA", "secure",
		   "1 1 1 AA") "," LINK("_25._tcp.base.test", "TLSA", "secure",
		   "3 1 1 BB") "," LINK("alias.d.test", "A", "secure",
		   "CNAME base.test, 192.0.2.1")),
	    "links");
	t = log_policy_tlsa(p, "mx.d.test");
	ok(t != NULL && t->records.n == 2, "usable records only");
	is_str(t != NULL ? t->records.text[0] : NULL, "3 1 1 ABCD", "first");
	is_str(t != NULL ? t->records.text[1] : NULL, "2 0 1 EF", "second");
	ok(log_policy_tlsa(p, "mx2.d.test") == NULL, "none that are insecure");
	ok(log_policy_tlsa(p, "mx3.d.test") == NULL, "none that are unusable");
	t = log_policy_tlsa(p, "alias.d.test");
	is_str(t != NULL ? t->base : NULL, "base.test",
	    "of an alias those at its target");
}

static void
test_faults(void)
{
	struct err e = { 0 };

	ok(log_policy_read("TEMP busy", &e) == NULL, "no answer");
	is_int(e.code, ERR_TEMP, "may come later");
	ok(log_policy_read("OK {", &e) == NULL, "no JSON");
	ok(log_policy_read("OK []", &e) == NULL, "no object");
	ok(log_policy_read("OK {\"replies\":{\"postfix-tlsrpt\":5}}", &e) ==
		NULL,
	    "no text");
	is_int(e.code, ERR_SYNTAX, "is not the map we know");
}

int
main(void)
{
	test_levels();
	test_sts();
	test_tlsa();
	test_faults();
	log_policy_free(p);
	return done_testing();
}
