/* session_judge: every level against every kind of session */
#include "config.h"

#include "share/base/xmem.h"
#include "share/policy/session_judge.h"
#include "share/policy/sts_policy.h"
#include "t/unit/tap.h"

#include <string.h>

static char hosts[] = "mx.x.test\0base.x.test\0";
static struct strategy strategy = { .id = (char *)(uintptr_t) "default" };
static struct verdict v;
static struct session_rules rules = { .strategy = &strategy };

static void
reset(enum decision_level level)
{
	memset(&v, 0, sizeof(v));
	v.decision.level = level;
	v.decision.why = "";
	memset(&strategy, 0, sizeof(strategy));
	memset(&rules, 0, sizeof(rules));
	rules.strategy = &strategy;
}

static struct sts_policy *
policy(const char *mode)
{
	struct err e;
	char *text = xasprintf("version: STSv1\nmode: %s\nmx: *.x.test\n"
			       "max_age: 86400\n",
	    mode);
	struct sts_policy *p = sts_policy_parse(text, strlen(text), &e);

	free(text);
	return sts_policy_stamp(p, "x.test", "1", 0);
}

/* A session with that result; the last letter 's': the name fits. */
static struct session
session(const char *word, const char *mx, const char *san)
{
	struct session s;
	struct err e;
	bool tls = strcmp(word, "OK") == 0 || strcmp(word, "FAIL") == 0 ||
	    strcmp(word, "TRUSTED") == 0 || strcmp(word, "DANE_FAIL") == 0;
	char *key = xasprintf("Q/x.test/%s/127.1.0.1/%s/%s/256/%s", mx, word,
	    tls ? "TLSv1.3" : "", san);

	if (session_parse_policy(key, &s, &e) == -1)
		fail("%s: %s", key, e.text);
	free(key);
	return s;
}

static const char *const action_name[] = { "pass", "waive", "fail", "temp" };

static void
judged(const char *word, const char *mx, const char *san, const char *want)
{
	struct session s = session(word, mx, san);
	struct session_judgement j;

	session_judge(&s, &v, &rules, &j);
	is_str(action_name[j.action], want, "%s, %s, %s at %s%s", word, mx, san,
	    decision_level_name(v.decision.level),
	    rules.sendmail_dane ? " with DANE" : "");
	is_int(j.why[0] != '\0',
	    j.action == SESSION_FAIL || j.action == SESSION_TEMP,
	    "with a reason where it needs one: \"%s\"", j.why);
}

/* Rows: verify, host, SAN; columns: what each level says. */
static void
test_table(void)
{
	static const enum decision_level levels[] = { LEVEL_NOTFOUND,
		LEVEL_NONE, LEVEL_MAY, LEVEL_ENCRYPT, LEVEL_VERIFY,
		LEVEL_SECURE };
	static const struct {
		const char *word, *mx, *san;
		const char *passes; /* '+' or '-' per level */
	} rows[] = {
		{ "OK", "mx.x.test", "SAN", "++++++" },
		{ "OK", "mx.x.test", "NOSAN", "++++--" },
		{ "OK", "mx.other.test", "SAN", "+++++-" },
		{ "OK", "[127.1.0.1]", "SAN", "+++++-" },
		{ "FAIL", "mx.x.test", "SAN", "++++--" },
		{ "FAIL", "mx.x.test", "NOSAN", "++++--" },
		{ "NO", "mx.x.test", "SAN", "+++---" },
		{ "NONE", "mx.x.test", "SAN", "+++---" },
		{ "TEMP", "mx.x.test", "SAN", "+++---" },
		{ "SOFTWARE", "mx.x.test", "SAN", "+++---" },
		{ "junk", "mx.x.test", "SAN", "+++---" },
		{ "TRUSTED", "mx.x.test", "NOSAN", "++++++" },
		{ "TRUSTED", "mx.other.test", "NOSAN", "+++++-" },
		{ "DANE_FAIL", "mx.x.test", "SAN", "++++--" },
		{ "DANE_NOTLS", "mx.x.test", "SAN", "+++---" },
		{ "DANE_TEMP", "mx.x.test", "SAN", "+++---" },
	};

	for (size_t l = 0; l < sizeof(levels) / sizeof(levels[0]); l++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			reset(levels[l]);
			v.policy = policy("enforce");
			judged(rows[i].word, rows[i].mx, rows[i].san,
			    rows[i].passes[l] == '+' ? "pass" : "fail");
			sts_policy_unref(v.policy);
		}
}

static void
test_dane(void)
{
	reset(LEVEL_DANE_ONLY);
	rules.sendmail_dane = true;
	judged("TRUSTED", "mx.x.test", "NOSAN", "pass");
	judged("OK", "mx.x.test", "SAN", "fail");
	judged("DANE_FAIL", "mx.x.test", "SAN", "fail");
	judged("DANE_NOTLS", "mx.x.test", "SAN", "fail");
	judged("DANE_TEMP", "mx.x.test", "SAN", "fail");
	judged("NONE", "mx.x.test", "SAN", "fail");

	reset(LEVEL_DANE);
	rules.sendmail_dane = true;
	v.tlsa_hosts = hosts;
	judged("TRUSTED", "mx.x.test", "NOSAN", "pass");
	judged("OK", "mx.x.test", "SAN", "fail");
	judged("OK", "base.x.test", "SAN", "fail");
	judged("OK", "mx2.x.test", "NOSAN", "pass");
	judged("FAIL", "mx2.x.test", "NOSAN", "pass");
	judged("DANE_FAIL", "mx2.x.test", "NOSAN", "fail");
	judged("NONE", "mx2.x.test", "NOSAN", "fail");
}

/* design.md: dane = optional passes over any TLS */
static void
test_without_dane(void)
{
	for (int i = 0; i < 2; i++) {
		reset(i == 0 ? LEVEL_DANE : LEVEL_DANE_ONLY);
		v.tlsa_hosts = hosts;
		judged("FAIL", "mx.x.test", "NOSAN", "pass");
		judged("NONE", "mx.x.test", "NOSAN", "fail");
		strategy.starttls = STRATEGY_REQUIRE;
		judged("FAIL", "mx.x.test", "NOSAN", "fail");
		judged("OK", "mx.x.test", "SAN", "pass");
		strategy.allow_invalid_certs = true;
		judged("FAIL", "mx.x.test", "NOSAN", "pass");
		strategy.starttls = STRATEGY_OPTIONAL;
		v.policy = policy("testing");
		judged("FAIL", "mx.x.test", "NOSAN", "pass");
		sts_policy_unref(v.policy);
		v.policy = policy("enforce");
		judged("FAIL", "mx.x.test", "NOSAN", "fail");
		judged("OK", "mx.x.test", "NOSAN", "fail");
		judged("OK", "mx.other.test", "SAN", "fail");
		judged("OK", "mx.x.test", "SAN", "pass");
		strategy.dane = STRATEGY_REQUIRE;
		judged("OK", "mx.x.test", "SAN", "fail");
		sts_policy_unref(v.policy);
	}
}

static void
test_temp(void)
{
	reset(LEVEL_TEMP);
	v.decision.why = "the MX records are bogus";
	judged("OK", "mx.x.test", "SAN", "temp");
	v.decision.require = REQUIRE_UNKNOWN;
	judged("TRUSTED", "mx.x.test", "SAN", "temp");
	v.decision.require = REQUIRE_UNMET;
	judged("OK", "mx.x.test", "SAN", "fail");
	rules.tls_required_no = true;
	judged("OK", "mx.x.test", "SAN", "fail");
	rules.observe = true;
	judged("NONE", "mx.x.test", "NOSAN", "pass");
	rules.observe = false;
	v.decision.overridden = true;
	v.decision.override = LEVEL_MAY;
	judged("NONE", "mx.x.test", "NOSAN", "pass");
	judged("DANE_FAIL", "mx.x.test", "NOSAN", "waive");
}

/* RFC 8689 section 4: what the recipient published, never a "require" */
static void
test_tls_required_no(void)
{
	reset(LEVEL_SECURE);
	v.policy = policy("enforce");
	rules.tls_required_no = true;
	judged("NONE", "mx.x.test", "NOSAN", "pass");
	judged("DANE_FAIL", "mx.x.test", "NOSAN", "waive");
	strategy.starttls = STRATEGY_REQUIRE;
	judged("NONE", "mx.x.test", "NOSAN", "fail");
	judged("OK", "mx.other.test", "SAN", "pass");
	judged("FAIL", "mx.other.test", "SAN", "fail");
	strategy.allow_invalid_certs = true;
	judged("FAIL", "mx.other.test", "SAN", "pass");
	strategy.starttls = STRATEGY_OPTIONAL;
	strategy.mta_sts = STRATEGY_REQUIRE;
	judged("OK", "mx.other.test", "SAN", "fail");
	strategy.mta_sts = STRATEGY_OPTIONAL;
	rules.tls_required_no = false;
	rules.exempt = true;
	judged("NONE", "mx.other.test", "NOSAN", "pass");
	sts_policy_unref(v.policy);
}

static void
reported(const char *word, const char *mx, const char *san, const char *want)
{
	static const char *const policies[] = { "none", "sts", "tlsa" };
	static const char *const faults[FAULTS] = {
		[FAULT_NONE] = "ok",
		[FAULT_PLAINTEXT] = "plaintext",
		[FAULT_HANDSHAKE] = "handshake",
		[FAULT_UNTRUSTED] = "untrusted",
		[FAULT_NAME] = "name",
		[FAULT_REUSED] = "reused",
		[FAULT_OUTSIDE] = "outside",
		[FAULT_MISMATCH] = "mismatch",
		[FAULT_NO_TLSA] = "no tlsa",
		[FAULT_TLSA_TEMP] = "temp",
		[FAULT_NO_DANE] = "no dane",
	};
	struct session s = session(word, mx, san);
	struct session_report r;
	char *got;

	session_report(&s, &v, &rules, &r);
	got = !r.wanted
	    ? xstrdup("nothing")
	    : xasprintf("%s %s", policies[r.policy], faults[r.fault]);
	is_str(got, want, "report of %s, %s, %s at %s", word, mx, san,
	    decision_level_name(v.decision.level));
	free(got);
}

static void
test_report(void)
{
	reset(LEVEL_NOTFOUND);
	reported("FAIL", "mx.x.test", "NOSAN", "none ok");
	reported("NONE", "mx.x.test", "NOSAN", "nothing");
	reported("SOFTWARE", "mx.x.test", "NOSAN", "none handshake");
	reported("OK", "[127.1.0.1]", "SAN", "nothing");
	v.policy = policy("testing");
	reported("OK", "mx.x.test", "SAN", "sts ok");
	reported("FAIL", "mx.x.test", "NOSAN", "sts untrusted");
	reported("OK", "mx.x.test", "NOSAN", "sts name");
	reported("NONE", "mx.x.test", "NOSAN", "sts plaintext");
	reported("TEMP", "mx.x.test", "NOSAN", "sts plaintext");
	reported("OK", "mx.other.test", "SAN", "sts outside");
	sts_policy_unref(v.policy);

	reset(LEVEL_SECURE);
	v.policy = policy("enforce");
	reported("OK", "mx.x.test", "SAN", "sts ok");
	reported("SOFTWARE", "mx.x.test", "NOSAN", "sts handshake");
	/* an operator's override demands less, the report stays true */
	v.decision.overridden = true;
	v.decision.override = LEVEL_NONE;
	reported("FAIL", "mx.x.test", "NOSAN", "sts untrusted");
	rules.observe = true;
	reported("FAIL", "mx.x.test", "NOSAN", "sts untrusted");
	rules.exempt = true;
	reported("FAIL", "mx.x.test", "NOSAN", "nothing");
	sts_policy_unref(v.policy);

	reset(LEVEL_VERIFY);
	reported("OK", "mx.x.test", "SAN", "none ok");
	reported("FAIL", "mx.x.test", "SAN", "none untrusted");
	reported("NONE", "mx.x.test", "SAN", "none plaintext");
}

static void
test_report_dane(void)
{
	reset(LEVEL_DANE_ONLY);
	v.tlsa_hosts = hosts;
	rules.sendmail_dane = true;
	reported("TRUSTED", "mx.x.test", "NOSAN", "tlsa ok");
	reported("DANE_FAIL", "mx.x.test", "SAN", "tlsa mismatch");
	reported("DANE_NOTLS", "mx.x.test", "SAN", "tlsa plaintext");
	reported("NONE", "mx.x.test", "SAN", "tlsa plaintext");
	reported("DANE_TEMP", "mx.x.test", "SAN", "nothing");
	reported("OK", "mx2.x.test", "SAN", "tlsa no tlsa");
	rules.sendmail_dane = false;
	reported("FAIL", "mx.x.test", "SAN", "none ok");
	v.policy = policy("enforce");
	reported("FAIL", "mx.x.test", "SAN", "sts untrusted");
	sts_policy_unref(v.policy);
	reset(LEVEL_TEMP);
	reported("OK", "mx.x.test", "SAN", "nothing");
}

/* The names that Sendmail has are those of the session opened last. */
static void
test_reused(void)
{
	struct session s = session("OK", "mx.x.test", "SAN");
	struct session_judgement j;

	reset(LEVEL_VERIFY);
	s.reused = true;
	session_judge(&s, &v, &rules, &j);
	is_int(j.action, SESSION_FAIL, "its names are not believed");
	v.decision.level = LEVEL_ENCRYPT;
	session_judge(&s, &v, &rules, &j);
	is_int(j.action, SESSION_PASS, "nor needed for encrypt");
	s = session("TRUSTED", "mx.x.test", "NOSAN");
	s.reused = true;
	v.decision.level = LEVEL_VERIFY;
	session_judge(&s, &v, &rules, &j);
	is_int(j.action, SESSION_PASS, "nor where DANE matched");
}

int
main(void)
{
	test_reused();
	test_table();
	test_dane();
	test_without_dane();
	test_temp();
	test_tls_required_no();
	test_report();
	test_report_dane();
	return done_testing();
}
