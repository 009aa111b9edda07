/* advice: every result type has one, and nothing hostile gets into it */
#include "config.h"

#include "analyzer/advice.h"
#include "t/unit/tap.h"

#include <stdbool.h>
#include <string.h>

static bool
filled(const struct buf *b)
{
	return b->len > 20 && !buf_full(b) && strchr(buf_str(b), '%') == NULL;
}

static void
test_every_kind(void)
{
	struct advice a;

	for (int p = 0; p < REPORT_POLICY_N; p++)
		for (int r = 0; r < REPORT_RESULT_N; r++) {
			struct advice_case c = { .policy =
						     (enum report_policy_type)p,
				.result = (enum report_result)r,
				.domain = "example.org",
				.mx = "mx.example.org" };
			advice_give(&c, &a);
			ok(filled(&a.means) && filled(&a.why) &&
				filled(&a.check) && filled(&a.fix),
			    "%s of %s has all parts: %s",
			    report_result_name(c.result),
			    report_policy_type_name(c.policy), a.title);
			advice_clear(&a);
		}
}

static void
test_kinds_apart(void)
{
	struct advice_case c = { .policy = REPORT_POLICY_TLSA,
		.result = REPORT_CERTIFICATE_NOT_TRUSTED,
		.domain = "example.org",
		.mx = "mx.example.org" };
	struct advice a;

	advice_give(&c, &a);
	is_str(a.title, "certificate does not match its TLSA records",
	    "under DANE it is the TLSA records");
	has_str(buf_str(&a.check), "TLSA _25._tcp.mx.example.org",
	    "the command has the host");
	advice_clear(&a);
	c.policy = REPORT_POLICY_STS;
	c.mode = ADVICE_MODE_TESTING;
	advice_give(&c, &a);
	is_str(a.title, "certificate not trusted", "under MTA-STS the chain");
	has_str(buf_str(&a.means), "mode testing", "and nothing was held back");
	advice_clear(&a);
	c.result = REPORT_VALIDATION_FAILURE;
	c.mode = ADVICE_MODE_ENFORCE;
	c.reason = "MX-mismatch";
	advice_give(&c, &a);
	is_str(a.title, "MX host outside the policy", "the reason tells it");
	has_str(buf_str(&a.means), "held back", "enforce holds mail back");
	is_int(a.fault, ADVICE_OURS, "ours");
	advice_clear(&a);
	c.reason = "tls-handshake-failure";
	advice_give(&c, &a);
	is_str(a.title, "TLS handshake failed", "another reason, another row");
	is_str(advice_fault_name(a.fault), "either", "nobody's for sure");
	advice_clear(&a);
}

static void
test_hostile(void)
{
	static const char *const bad[] = { "mx; rm -rf /", "$(reboot)", "",
		"a`b`", "-oProxyCommand=x", "192.0.2.1", "mx\nx", NULL };
	struct advice a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct advice_case c = { .result = REPORT_CERTIFICATE_EXPIRED,
			.domain = bad[i],
			.mx = bad[i],
			.reason = bad[i] };

		advice_give(&c, &a);
		ok(strstr(buf_str(&a.check), "-connect MX:25") != NULL &&
			(bad[i] == NULL || *bad[i] == '\0' ||
			    strstr(buf_str(&a.means), bad[i]) == NULL),
		    "a name that is none is not used (%zu)", i);
		advice_clear(&a);
	}
}

int
main(void)
{
	test_every_kind();
	test_kinds_apart();
	test_hostile();
	return done_testing();
}
