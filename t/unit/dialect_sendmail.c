/* Sendmail's dialects: exact replies, and a linter that finds what is off */
#include "config.h"

#include "share/base/xmem.h"
#include "share/policy/dialect.h"
#include "share/policy/reply_lint_sendmail.h"
#include "share/policy/sts_policy.h"
#include "share/policy/verdict_reply.h"
#include "t/unit/tap.h"

#include <string.h>

static struct strategy strategy = { .id = (char *)(uintptr_t) "default" };
static struct session_rules rules = { .strategy = &strategy };
static struct verdict v = { .decision = { .why = "" } };
static struct session session;
static struct buf out;

static const char *
reply(enum dialect_id id)
{
	buf_reset(&out);
	verdict_reply_session(&v, id, "x.test",
	    id == DIALECT_STS ? NULL : &session, &rules, &out);
	return buf_str(&out);
}

static struct sts_policy *
policy(const char *text)
{
	struct err e;

	return sts_policy_stamp(sts_policy_parse(text, strlen(text), &e),
	    "x.test", "1", 0);
}

static void
test_sts(void)
{
	v.policy = policy("version: STSv1\nmode: enforce\nmx: mx.x.test\n"
			  "mx: *.y.test\nmax_age: 86400\n");
	v.decision.level = LEVEL_SECURE;
	is_str(reply(DIALECT_STS),
	    "OK secure match=mx.x.test:.y.test servername=hostname",
	    "exactly this");
	v.decision.level = LEVEL_NOTFOUND;
	is_str(reply(DIALECT_STS), "NOTFOUND ", "nothing demanded");
	v.decision.level = LEVEL_DANE_ONLY;
	is_str(reply(DIALECT_STS),
	    "OK secure match=mx.x.test:.y.test servername=hostname",
	    "DANE that Sendmail doesn't do: its policy");
	rules.sendmail_dane = true;
	is_str(reply(DIALECT_STS), "NOTFOUND ", "DANE that it does");
	rules.sendmail_dane = false;
	sts_policy_unref(v.policy);
	v.policy = NULL;
	is_str(reply(DIALECT_STS), "NOTFOUND ", "DANE and no policy");
	v.decision.level = LEVEL_VERIFY;
	has_str(reply(DIALECT_STS), "TEMP x.test: FEATURE(sts) cannot enforce",
	    "what it can't say is held back");
	v.decision.level = LEVEL_TEMP;
	v.decision.why = "bogus";
	is_str(reply(DIALECT_STS), "TEMP x.test: bogus", "held back");
	rules.observe = true;
	is_str(reply(DIALECT_STS), "NOTFOUND ", "observe: nothing");
	rules.observe = false;
	v.decision.why = "";
}

static void
test_tlspol(void)
{
	struct err e;

	is_int(session_parse_policy("Q/x.test/mx.x.test/127.1.0.1/NONE//0/"
				    "NOSAN",
		   &session, &e),
	    0, "a session in plaintext");
	v.decision.level = LEVEL_NOTFOUND;
	is_str(reply(DIALECT_TLSPOL), "OK PASS", "pass");
	v.decision.level = LEVEL_VERIFY;
	is_str(reply(DIALECT_TLSPOL),
	    "OK FAIL no STARTTLS - the TLS strategy of x.test",
	    "fail, and why");
	v.decision.level = LEVEL_TEMP;
	v.decision.why = "it's \"bogus\" (<$x>)\\";
	is_str(reply(DIALECT_TLSPOL), "TEMP x.test - it's  bogus     x   ",
	    "no sign that Sendmail trips over");
	v.decision.require = REQUIRE_UNMET;
	is_str(reply(DIALECT_TLSPOL), "OK FAIL x.test - it's  bogus     x   ",
	    "nor where it is read");
	v.decision.require = REQUIRE_MET;
	v.decision.overridden = true;
	v.decision.override = LEVEL_MAY;
	session.verify = VERIFY_DANE_NOTLS;
	is_str(reply(DIALECT_TLSPOL), "OK WAIVE", "an override");
	v.decision.overridden = false;
	is_str(reply(DIALECT_TLSREP), "OK PASS", "tlsrep");
}

static void
lints(enum dialect_id id, const char *text, int want)
{
	struct err e;

	is_int(reply_lint_sendmail(text, strlen(text), id, &e), want,
	    "lint of \"%s\"", text);
}

static void
test_lint(void)
{
	static const char *const bad[] = { "", "OK", "OK ", "OK pass",
		"OK PASS extra", "OK FAIL", "OK FAIL ", "OK FAIL (x", "PERM no",
		"NOTFOUND ", "TEMP ", "OK FAIL a\"b", "OK FAIL a$b",
		"OK FAIL a,b", "OK FAIL a\nb", "TEMP a\tb", "OK WAIVE it" };
	static const char *const bad_sts[] = { "", "OK ", "OK secure",
		"OK secure match= servername=hostname",
		"OK secure match=a.test servername=hostname x",
		"OK secure match=a.test",
		"OK secure match=a.test: servername=hostname",
		"OK secure match=*.test servername=hostname",
		"OK secure match=a.test  servername=hostname",
		"OK secure match=A.test servername=hostname",
		"OK secure match=a.test servername=hostname policy_type=sts",
		"OK encrypt", "PERM no", "NOTFOUND", "TEMP " };
	struct err e;
	char *big = xcalloc(1, REPLY_SENDMAIL_MAX + 2);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		lints(DIALECT_TLSPOL, bad[i], -1);
	for (size_t i = 0; i < sizeof(bad_sts) / sizeof(bad_sts[0]); i++)
		lints(DIALECT_STS, bad_sts[i], -1);
	lints(DIALECT_TLSPOL, "OK PASS", 0);
	lints(DIALECT_TLSPOL, "OK WAIVE", 0);
	lints(DIALECT_TLSPOL, "OK FAIL a reason: 1.2 - it's so", 0);
	lints(DIALECT_TLSPOL, "TEMP (anything)", 0);
	lints(DIALECT_STS,
	    "OK secure match=a.test:.b.test "
	    "servername=hostname",
	    0);
	lints(DIALECT_STS, "NOTFOUND ", 0);
	memset(big, 'a', REPLY_SENDMAIL_MAX + 1);
	memcpy(big, "TEMP ", 5);
	is_int(reply_lint_sendmail(big, REPLY_SENDMAIL_MAX + 1, DIALECT_TLSPOL,
		   &e),
	    -1, "too long");
	is_int(reply_lint_sendmail(big, REPLY_SENDMAIL_MAX, DIALECT_TLSPOL, &e),
	    0, "just not too long");
	free(big);
}

/* A policy of 256 patterns does not fit into Sendmail's line. */
static void
test_large(void)
{
	struct buf text;

	buf_init(&text, 100000);
	buf_puts(&text, "version: STSv1\nmode: enforce\nmax_age: 1\n");
	for (int i = 0; i < 256; i++)
		buf_printf(&text, "mx: mail-%04d.x.test\n", i);
	v.policy = policy(buf_str(&text));
	v.decision.level = LEVEL_SECURE;
	is_str(reply(DIALECT_STS), "TEMP the policy is too large for Sendmail",
	    "held back, and said");
	sts_policy_unref(v.policy);
	v.policy = NULL;
	buf_clear(&text);
}

static void
test_names(void)
{
	static const struct {
		const char *map;
		int id;
	} cases[] = {
		{ "sts", DIALECT_STS },
		{ "tlspol", DIALECT_TLSPOL },
		{ "tlsrep", DIALECT_TLSREP },
		{ "tlspol/high", -1 },
		{ "TLSPOL", -1 },
		{ "tlspol ", -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *forced = "unset";
		const struct dialect *d = dialect_find(cases[i].map, &forced);

		is_int(d != NULL ? (int)d->id : -1, cases[i].id, "map \"%s\"",
		    cases[i].map);
		is_str(forced, NULL, "no strategy is forced");
	}
}

int
main(void)
{
	buf_init(&out, 100000);
	test_names();
	test_sts();
	test_tlspol();
	test_lint();
	test_large();
	buf_clear(&out);
	return done_testing();
}
