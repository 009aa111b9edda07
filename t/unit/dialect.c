/* dialect: map names, Postfix's words for each level, sizes, sentences */
#include "config.h"

#include "share/policy/dialect.h"
#include "share/base/xmem.h"
#include "share/net/socketmap.h"
#include "share/policy/dialect_input.h"
#include "share/policy/reason.h"
#include "share/policy/reply_lint.h"
#include "t/unit/tap.h"

#include <jansson.h>
#include <stdlib.h>

static struct facts facts;
static struct strategy strategy;
static struct decision decision = { .why = "" };
static struct dialect_input input = { .facts = &facts,
	.strategy = &strategy,
	.decision = &decision };
static struct buf out;

static void
test_names(void)
{
	static const struct {
		const char *map;
		int id; /* -1: none */
		const char *strategy;
	} cases[] = {
		{ "postfix", DIALECT_POSTFIX, NULL },
		{ "postfix-tlsrpt", DIALECT_POSTFIX_TLSRPT, NULL },
		{ "json", DIALECT_JSON, NULL },
		{ "QUERY", DIALECT_POSTFIX, NULL },
		{ "QUERYwithTLSRPT", DIALECT_POSTFIX_TLSRPT, NULL },
		{ "postfix/high", DIALECT_POSTFIX, "high" },
		{ "postfix-tlsrpt/a/b", DIALECT_POSTFIX_TLSRPT, "a/b" },
		{ "json/", DIALECT_JSON, "" },
		{ "QUERY/high", -1, NULL },
		{ "query", -1, NULL },
		{ "Postfix", -1, NULL },
		{ "postfi", -1, NULL },
		{ "postfixx", -1, NULL },
		{ "/high", -1, NULL },
		{ "", -1, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *forced = "unset";
		const struct dialect *d = dialect_find(cases[i].map, &forced);

		is_int(d != NULL ? (int)d->id : -1, cases[i].id, "map \"%s\"",
		    cases[i].map);
		is_str(forced, cases[i].strategy, "its strategy");
		if (d != NULL)
			ok(dialect_get(d->id) == d, "found by its id too");
	}
}

static const char *
reply(enum dialect_id id)
{
	struct err e;

	buf_reset(&out);
	dialect_get(id)->write(&input, &out);
	if (id != DIALECT_JSON)
		is_int(reply_lint(out.data, out.len,
			   id == DIALECT_POSTFIX_TLSRPT, &e),
		    0, "Postfix takes it");
	return buf_str(&out);
}

/* Both dialects say the same. */
static void
both(const char *want)
{
	is_str(reply(DIALECT_POSTFIX), want, "postfix");
	is_str(reply(DIALECT_POSTFIX_TLSRPT), want, "postfix-tlsrpt");
}

static void
test_levels(void)
{
	static const struct {
		enum decision_level level;
		const char *want;
	} cases[] = {
		{ LEVEL_NOTFOUND, "NOTFOUND " },
		{ LEVEL_NONE, "OK none" },
		{ LEVEL_MAY, "OK may" },
		{ LEVEL_ENCRYPT, "OK encrypt" },
		{ LEVEL_DANE, "OK dane" },
		{ LEVEL_DANE_ONLY, "OK dane-only" },
		{ LEVEL_VERIFY,
		    "OK verify match=hostname servername=hostname" },
		{ LEVEL_TEMP, "TEMP a.test: not now" },
	};

	decision.why = "not now";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		decision.level = cases[i].level;
		both(cases[i].want);
		input.observe = true;
		both("NOTFOUND ");
		input.observe = false;
	}
	decision.why = "";
}

/* Puts body's policy in place of the one that is there. */
static bool
set_policy(const char *body)
{
	sts_policy_unref(facts.policy);
	facts.policy = sts_policy_parse(body, strlen(body), NULL);
	facts.sts = FACTS_STS_POLICY;
	input.policy = facts.policy;
	return facts.policy != NULL;
}

static void
test_policy(void)
{
	static const char body[] =
	    "version: STSv1\nmode: enforce\n"
	    "max_age: 86400\nmx: mx.a.test\nmx: *.b.test\n";

	if (!ok(set_policy(body), "a policy"))
		return;
	decision.level = LEVEL_SECURE;
	is_str(reply(DIALECT_POSTFIX),
	    "OK secure match=mx.a.test:.b.test servername=hostname",
	    "no TLSRPT attribute for any Postfix");
	is_str(reply(DIALECT_POSTFIX_TLSRPT),
	    "OK secure match=mx.a.test:.b.test servername=hostname"
	    " policy_type=sts policy_domain=a.test"
	    " {policy_string = version: STSv1}"
	    " {policy_string = mode: enforce}"
	    " {policy_string = mx: mx.a.test}"
	    " {policy_string = mx: *.b.test}"
	    " {policy_string = max_age: 86400}"
	    " mx_host_pattern=mx.a.test mx_host_pattern=*.b.test",
	    "each of them for a new one");
	facts.policy->mode = STS_TESTING;
	decision.testing = true;
	decision.level = LEVEL_NOTFOUND;
	is_str(reply(DIALECT_POSTFIX), "NOTFOUND ", "testing: nothing");
	has_str(reply(DIALECT_POSTFIX_TLSRPT),
	    "OK may policy_type=sts policy_domain=a.test"
	    " {policy_string = version: STSv1}"
	    " {policy_string = mode: testing}",
	    "testing: booked");
	decision.testing = false;
}

/* As many patterns as there may be, as long as a body can hold. */
static void
test_sizes(void)
{
	struct buf body;

	buf_init(&body, STS_BODY_MAX);
	buf_puts(&body, "version: STSv1\nmode: enforce\nmax_age: 86400\n");
	for (int i = 0; i < STS_MX_MAX; i++)
		buf_printf(&body, "mx: *.h%04d.%055d.%060d.%060d.%060d\n", i, 0,
		    0, 0, 0);
	decision.level = LEVEL_SECURE;
	if (!ok(!buf_full(&body) && set_policy(buf_str(&body)), "a policy"))
		return;
	ok(strncmp(reply(DIALECT_POSTFIX), "OK secure match=.h0000.0", 24) == 0,
	    "as many patterns as there may be");
	ok(strstr(reply(DIALECT_POSTFIX_TLSRPT), "policy_type") == NULL &&
		strncmp(buf_str(&out), "OK secure match=.h0000.0", 24) == 0,
	    "what is too long loses the attributes of TLSRPT");
	buf_clear(&body);
	sts_policy_unref(facts.policy);
	input.policy = facts.policy = NULL;
	facts.sts = FACTS_STS_ABSENT;
}

static void
test_json(void)
{
	struct facts_link link = { (char *)(uintptr_t) "a.test", "MX", "secure",
		300, (char *)(uintptr_t) "10 mx.a.test \xff\n", NULL };
	json_t *o;

	facts.trail = true;
	facts_add_link(&facts, &link);
	decision.level = LEVEL_MAY;
	decision.row = 9;
	decision.source = SOURCE_STRATEGY;
	ok(strncmp(reply(DIALECT_JSON), "OK {", 4) == 0, "an object");
	o = json_loads(buf_str(&out) + 3, 0, NULL);
	if (!ok(o != NULL, "that is JSON"))
		return;
	is_int(json_integer_value(json_object_get(o, "schema")), 1, "schema");
	is_str(json_string_value(
		   json_object_get(json_array_get(json_object_get(o, "links"),
				       0),
		       "data")),
	    "10 mx.a.test \\xff\\x0a", "text of the network is escaped");
	is_str(json_string_value(
		   json_object_get(json_object_get(o, "replies"), "postfix")),
	    "OK may", "the other replies");
	json_decref(o);
	for (int i = 0; i < 500; i++) {
		link.data = xasprintf("%01999d", i);
		facts_add_link(&facts, &link);
		free(link.data);
	}
	reply(DIALECT_JSON);
	ok(out.len < SOCKETMAP_REPLY_MAX, "a reply of a size that is allowed");
	o = json_loads(buf_str(&out) + 3, 0, NULL);
	is_int(json_array_size(json_object_get(o, "links")), 0,
	    "which may cost the links");
	json_decref(o);
}

static bool
says(const char *part)
{
	struct reason r;
	bool found = false;

	reason_init(&r);
	reason_write(&input, &r);
	for (size_t i = 0; i < r.n; i++)
		found = found || strstr(r.line[i], part) != NULL;
	reason_clear(&r);
	return found;
}

/* Every state of MX, host and MTA-STS has its sentence. */
static void
test_reason(void)
{
	struct facts_host *h;

	strategy.dane = STRATEGY_REQUIRE;
	strategy.allow_invalid_certs = true;
	ok(says("strategy other: dane require, mta-sts optional"), "strategy");
	ok(says("allow-invalid-certs"), "and its exception");
	facts.mx = FACTS_MX_HOSTS;
	facts.mx_security = DNS_SECURE;
	h = facts_add_host(&facts, "mx.a.test", 10);
	h->addr = FACTS_ADDR_NONE;
	ok(says("mx.a.test: no address"), "no address");
	h->addr = FACTS_ADDR_UNKNOWN;
	ok(says("could not be looked up"), "no answer");
	h->addr = FACTS_ADDR_HAVE;
	h->tlsa = FACTS_TLSA_USABLE;
	(void)snprintf(h->base, sizeof(h->base), "base.test");
	ok(says("usable TLSA records at base.test"), "TLSA and where");
	for (enum facts_mx m = FACTS_MX_NOT_ASKED; m <= FACTS_MX_NXDOMAIN; m++)
		for (enum facts_sts s = FACTS_STS_DISABLED;
		     s < FACTS_STS_POLICY; s++) {
			facts.mx = m;
			facts.sts = s;
			ok(says("MTA-STS"), "mx %d, sts %d", m, s);
		}
}

int
main(void)
{
	struct nexthop n;

	if (!nexthop_parse("a.test", &n))
		abort();
	facts_init(&facts, &n);
	input.name = facts.nexthop.name;
	strategy.id = (char *)(uintptr_t) "other";
	buf_init(&out, SOCKETMAP_REPLY_MAX);
	test_names();
	test_levels();
	test_policy();
	test_sizes();
	test_json();
	test_reason();
	buf_clear(&out);
	facts_clear(&facts);
	return done_testing();
}
