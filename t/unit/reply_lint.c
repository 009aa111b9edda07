/* Tests of share/policy/reply_lint. */
#include "config.h"

#include "share/policy/reply_lint.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>

static const char *const good[] = {
	"NOTFOUND ",
	"TEMP example.com: the MX records could not be looked up",
	"OK none",
	"OK may",
	"OK encrypt",
	"OK dane",
	"OK dane-only",
	"OK verify match=hostname servername=hostname",
	"OK secure match=mx.example.com:.example.net servername=hostname",
};

static const char *const good_tlsrpt[] = {
	"OK may policy_type=sts policy_domain=example.com "
	"{policy_string = version: STSv1} {policy_string = mode: testing} "
	"mx_host_pattern=*.example.com",
	"OK secure match=mx.example.com servername=hostname policy_type=sts "
	"policy_domain=example.com {policy_string = mode: enforce} "
	"{policy_string = mx: mx.example.com} mx_host_pattern=mx.example.com",
};

/* Each of these Postfix would refuse, or it means what nobody wants. */
static const char *const bad[] = {
	"",
	"OK",
	"OK ",
	"ok may",
	"PERM no",
	"NOTFOUND",
	"NOTFOUND x",
	"TEMP ",
	"OK strict",
	"OK MAY",
	"OK may\nOK none",
	"OK may match=mx.example.com",
	"OK secure servername=hostname",
	"OK secure match= servername=hostname",
	"OK secure match=a.example match=b.example servername=hostname",
	"OK secure match=a.example:: servername=hostname",
	"OK secure match=a servername=hostname",
	"OK secure match=*.example.com servername=hostname",
	"OK secure match=a.example servername=a b",
	"OK secure match=a.example servername=mx.example.com",
	"OK dane-only,may",
	"OK may policy_type=sts policy_type=sts",
	"OK may policy_domain=example.com",
	"OK may policy_type=tlsa",
	"OK may policy_type=sts policy_domain=bad_name",
	"OK may policy_type=sts {policy_string = a } b}",
	"OK may policy_type=sts {policy_string = {a}}",
	"OK may policy_type=sts {policy_string = a",
	"OK may policy_type=sts {policy_string = }",
	"OK may policy_type=sts mx_host_pattern=localhost",
	"OK may policy_type=sts policy_ttl=60",
	"OK none policy_type=sts",
	"OK may {may}",
};

static bool
passes(const char *reply, bool tlsrpt)
{
	struct err e = { 0 };

	if (reply_lint(reply, strlen(reply), tlsrpt, &e) == 0)
		return true;
	diag("%s", e.text);
	return false;
}

static void
test_size(void)
{
	size_t n = 100001;
	char *reply = malloc(n + 1);

	memset(reply, 'x', n);
	memcpy(reply, "TEMP ", 5);
	reply[n] = '\0';
	ok(!passes(reply, true), "100001 octets are too many");
	reply[n - 1] = '\0';
	ok(passes(reply, true), "100000 are not");
	free(reply);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ok(passes(good[i], false), "good: %s", good[i]);
		ok(passes(good[i], true), "good with tlsrpt: %s", good[i]);
	}
	for (size_t i = 0; i < sizeof(good_tlsrpt) / sizeof(char *); i++) {
		ok(passes(good_tlsrpt[i], true), "good: %s", good_tlsrpt[i]);
		ok(!passes(good_tlsrpt[i], false), "before 3.10 it is not");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!passes(bad[i], true), "bad: %s", bad[i]);
	test_size();
	return done_testing();
}
