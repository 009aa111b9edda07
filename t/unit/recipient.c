/* recipient: addresses as MTAs write them, routes as they tell them */
#include "config.h"

#include "milter/recipient.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static const char text[] =
    "[milter]\n"
    "local-domains = [\"here.test\", \"*.IN.test\"]\n"
    "[queue.strategy]\n"
    "tls = [ { if = \"rcpt_domain == 'bank.test'\", then = \"'high'\" },\n"
    "  { if = \"sender == 'ceo@here.test'\", then = \"'strict'\" },\n"
    "  { if = \"rcpt == 'boss@x.test'\", then = \"'high'\" },\n"
    "  { else = \"'default'\" } ]\n"
    "[queue.tls.high]\n"
    "mta-sts = \"require\"\n"
    "[queue.tls.strict]\n"
    "dane = \"require\"\n";

static void
split(const char *arg, const char *address, const char *domain)
{
	char a[RECIPIENT_ADDRESS_MAX], d[RECIPIENT_DOMAIN_SIZE];

	ok(recipient_split(arg, a, d), "\"%s\" is taken", arg);
	is_str(a, address, "its address");
	is_str(d, domain, "its domain");
}

static void
test_split(void)
{
	char a[RECIPIENT_ADDRESS_MAX], d[RECIPIENT_DOMAIN_SIZE];
	char huge[RECIPIENT_ADDRESS_MAX + 10];

	split("<User@Good.TEST>", "user@good.test", "good.test");
	split("user@good.test", "user@good.test", "good.test");
	split("<user@good.test.>", "user@good.test", "good.test");
	split("<\"a@b\"@good.test>", "\"a@b\"@good.test", "good.test");
	split("<u@b\xc3\xbc"
	      "cher.test>",
	    "u@xn--bcher-kva.test", "xn--bcher-kva.test");
	split("<u@[192.0.2.1]>", "u@[192.0.2.1]", "[192.0.2.1]");
	split("<u@[IPv6:2001:DB8::1]>", "u@[ipv6:2001:db8::1]",
	    "[ipv6:2001:db8::1]");
	split("<postmaster>", "postmaster", "");
	split("<>", "", "");
	split("", "", "");
	split("<u@>", "u@", "");
	split("<u@a_b.test>", "u@a_b.test", "a_b.test");
	memset(huge, 'a', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	ok(!recipient_split(huge, a, d), "an oversize address is not taken");
	is_str(a, "", "and gives nothing");
}

/* A domain too long for its buffer is cut, never written beyond it. */
static void
test_long_domain(void)
{
	char a[RECIPIENT_ADDRESS_MAX], d[RECIPIENT_DOMAIN_SIZE];
	char arg[400] = "u@";

	memset(arg + 2, 'x', sizeof(arg) - 3);
	arg[sizeof(arg) - 1] = '\0';
	ok(recipient_split(arg, a, d), "a domain beyond 255 octets");
	is_int(strlen(d), RECIPIENT_DOMAIN_SIZE - 1, "is cut");
}

static void
test_leaves(const struct conf *c)
{
	ok(recipient_leaves(c, "smtp", "x.test"), "smtp leaves");
	ok(recipient_leaves(c, "esmtp", "x.test"), "esmtp leaves");
	ok(!recipient_leaves(c, "local", "x.test"), "local stays");
	ok(!recipient_leaves(c, "SMTP", "x.test"), "names are exact");
	ok(recipient_leaves(c, NULL, "x.test"), "untold, not local: leaves");
	ok(!recipient_leaves(c, NULL, "here.test"), "untold, local: stays");
	ok(!recipient_leaves(c, NULL, "a.in.test"), "by a glob: stays");
	ok(recipient_leaves(c, NULL, "in.test"), "which asks for its dot");
	ok(!recipient_leaves(c, NULL, ""), "no domain: stays");
	ok(recipient_leaves(c, "smtp", "here.test"),
	    "what the MTA says outranks local-domains");
}

static void
test_nexthop(void)
{
	struct nexthop n;

	ok(recipient_nexthop("good.test.", "x.test", &n), "Sendmail's host");
	is_str(n.key, "good.test", "loses its dot");
	ok(recipient_nexthop("[mx.good.test]:587", "x.test", &n), "relayhost");
	is_str(n.key, "[mx.good.test]:587", "is the map's key");
	is_str(n.name, "mx.good.test", "and rcpt_domain its name");
	ok(recipient_nexthop(NULL, "x.test", &n), "no host told");
	is_str(n.key, "x.test", "the address's domain");
	ok(recipient_nexthop(NULL, "[192.0.2.1]", &n), "an address literal");
	is_int(n.kind, NEXTHOP_ADDRESS, "is an address");
	ok(!recipient_nexthop(NULL, "a_b.test", &n), "no host name: none");
}

static void
choose(const struct conf *c, struct recipient *r, const char *sender,
    const char *rcpt, const char *domain)
{
	struct expr_vars v;

	memset(&v, 0, sizeof(v));
	memset(r, 0, sizeof(*r));
	v.value[EXPR_SENDER] = sender;
	v.value[EXPR_RCPT] = rcpt;
	v.value[EXPR_RCPT_DOMAIN] = domain;
	recipient_choose(r, c, &v);
}

static void
test_choose(const struct conf *c)
{
	struct recipient r;

	choose(c, &r, "u@here.test", "a@bank.test", "bank.test");
	is_str(r.strategy->id, "high", "by domain");
	ok(r.strategy == r.plain, "the map's strategy too");
	ok(r.by_domain && r.plain_by_domain, "chosen by domain");
	choose(c, &r, "ceo@here.test", "a@x.test", "x.test");
	is_str(r.strategy->id, "strict", "by sender");
	is_str(r.plain->id, "default", "the map knows no sender");
	ok(!r.by_domain && !r.plain_by_domain, "not by domain");
	choose(c, &r, "u@here.test", "boss@x.test", "x.test");
	is_str(r.strategy->id, "high", "by recipient");
	ok(r.by_domain, "which tells the domain as well");
	is_str(r.plain->id, "default", "the map knows no recipient");
	choose(c, &r, "u@here.test", "a@x.test", "x.test");
	is_str(r.strategy->id, "default", "none fits: else");
	ok(!r.by_domain, "else tells nothing");
}

static void
test_same(void)
{
	char one[] = "a.test", other[] = "b.test";
	struct recipient a = { .domain = one, .hop = one }, b = a;

	ok(recipient_same(&a, &b), "equal in every respect");
	b.hop = NULL;
	ok(!recipient_same(&a, &b), "another next hop");
	b = a;
	b.domain = other;
	ok(!recipient_same(&a, &b), "another domain");
	b = a;
	b.smtp = true;
	ok(!recipient_same(&a, &b), "another transport");
}

int
main(void)
{
	struct conf_mistakes mistakes;
	struct conf *c;

	memset(&mistakes, 0, sizeof(mistakes));
	c = conf_parse("test", text, sizeof(text) - 1, &mistakes, NULL);
	if (!ok(c != NULL, "the config is good")) {
		diag("%s", mistakes.n > 0 ? mistakes.line[0] : "?");
		return done_testing();
	}
	test_split();
	test_long_domain();
	test_leaves(c);
	test_nexthop();
	test_choose(c);
	test_same();
	conf_unref(c);
	return done_testing();
}
