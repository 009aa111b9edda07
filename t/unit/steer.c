/* steer: which messages can be steered, and which would be sent weaker */
#include "config.h"

#include "milter/steer.h"
#include "t/unit/tap.h"

static struct strategy plain = { .id = (char *)"default" };
static struct strategy strict = { .id = (char *)"strict",
	.dane = STRATEGY_REQUIRE };
static struct strategy sts = { .id = (char *)"sts",
	.mta_sts = STRATEGY_REQUIRE };
static struct strategy tls = { .id = (char *)"tls",
	.starttls = STRATEGY_REQUIRE };
static struct strategy lax = { .id = (char *)"lax",
	.allow_invalid_certs = true };

static char strict_id[] = "strict", lax_id[] = "lax", tls_id[] = "tls";
static char *listed[] = { strict_id, lax_id, tls_id };
static const struct conf_list steered = { listed, 3 };
static const struct conf_list nothing = { NULL, 0 };

/* A recipient that goes by smtp to its own domain. */
static struct recipient
out(const char *domain, const struct strategy *s, const struct strategy *p)
{
	struct recipient r = { .domain = (char *)domain,
		.hop = (char *)domain,
		.leaves = true,
		.smtp = true,
		.own_hop = true,
		.strategy = s,
		.plain = p };

	return r;
}

static struct recipient
local(const char *domain)
{
	struct recipient r = { .domain = (char *)domain };

	return r;
}

static enum steer_verdict
judge(const struct recipient *r, size_t n)
{
	return steer_judge(r, n, &steered, false).verdict;
}

static void
test_nothing_to_steer(void)
{
	struct recipient r[2];

	is_int(steer_judge(NULL, 0, &steered, false).verdict, STEER_NONE,
	    "no recipient: nothing to steer");
	r[0] = out("a.test", &plain, &plain);
	r[1] = local("here.test");
	is_int(judge(r, 2), STEER_NONE, "the map's own strategy: nothing");
	r[0] = out("a.test", &strict, &strict);
	r[0].own_hop = false;
	is_int(judge(r, 2), STEER_NONE,
	    "a strategy by domain needs no header, whatever the route");
	r[0] = local("here.test");
	is_int(judge(r, 2), STEER_NONE, "local mail alone: nothing");
}

static void
test_header(void)
{
	struct recipient r[3];
	struct steer s;

	r[0] = out("a.test", &strict, &plain);
	r[1] = out("b.test", &strict, &plain);
	r[2] = out("c.test", &strict, &strict);
	s = steer_judge(r, 1, &steered, false);
	is_int(s.verdict, STEER_HEADER, "one recipient, steered strategy");
	is_str(s.id, "strict", "its id is the header's");
	is_int(judge(r, 2), STEER_HEADER, "two domains, chosen by sender");
	is_int(judge(r, 3), STEER_HEADER,
	    "one of them has it from the map anyway");
	r[0] = out("a.test", &lax, &plain);
	s = steer_judge(r, 1, &steered, false);
	is_int(s.verdict, STEER_HEADER, "a weaker strategy is steered too");
}

static void
test_unsteerable(void)
{
	struct recipient r[2];
	struct steer s;

	r[0] = out("a.test", &strict, &plain);
	r[1] = local("here.test");
	is_int(judge(r, 2), STEER_UNSTEERABLE,
	    "a local recipient would be sent out too");
	r[1] = out("b.test", &plain, &plain);
	s = steer_judge(r, 2, &steered, false);
	is_int(s.verdict, STEER_UNSTEERABLE, "two strategies in one message");
	has_str(s.why, "different strategies", "and the reason says so");
	r[1] = out("b.test", &tls, &plain);
	is_int(judge(r, 2), STEER_UNSTEERABLE, "two steered strategies");
	r[0].own_hop = false;
	s = steer_judge(r, 1, &steered, false);
	is_int(s.verdict, STEER_UNSTEERABLE, "relayhost");
	has_str(s.why, "next hop", "and the reason says so");
	r[0] = out("a.test", &strict, &plain);
	r[0].smtp = false;
	is_int(judge(r, 1), STEER_UNSTEERABLE,
	    "another transport, or none told");
	r[0] = out("a.test", &sts, &plain);
	s = steer_judge(r, 1, &steered, false);
	is_int(s.verdict, STEER_UNSTEERABLE, "a strategy that is not listed");
	has_str(s.why, "steered", "and the reason says so");
	r[0] = out("a.test", &strict, &plain);
	is_int(steer_judge(r, 1, &nothing, false).verdict, STEER_UNSTEERABLE,
	    "no strategy is listed");
	r[0] = out("a.test", &plain, &lax);
	is_int(judge(r, 1), STEER_UNSTEERABLE,
	    "the map accepts certificates that the strategy does not");
}

static void
test_never_weaker(void)
{
	struct recipient r[2];

	r[0] = out("a.test", &lax, &plain);
	r[1] = local("here.test");
	is_int(judge(r, 2), STEER_NONE,
	    "less than the map asks: the map's answer stands");
	r[0] = out("a.test", &plain, &strict);
	is_int(judge(r, 1), STEER_NONE, "the map requires more: fine");
	r[0] = out("a.test", &sts, &strict);
	is_int(judge(r, 1), STEER_UNSTEERABLE,
	    "another requirement is not a weaker one");
}

static void
test_bcc(void)
{
	struct recipient r[2];

	r[0] = out("a.test", &strict, &plain);
	r[1] = out("b.test", &strict, &plain);
	r[0].by_domain = r[1].by_domain = true;
	is_int(judge(r, 2), STEER_UNSTEERABLE,
	    "chosen by domain, two domains: the header would tell");
	r[1].domain = r[0].domain;
	is_int(judge(r, 2), STEER_HEADER, "chosen by domain, one domain");
	r[1] = out("b.test", &strict, &plain);
	r[0].by_domain = false;
	is_int(judge(r, 2), STEER_HEADER, "neither is chosen by domain");
	r[1].by_domain = true;
	is_int(judge(r, 2), STEER_UNSTEERABLE, "one of them is");
}

static void
test_sendmail(void)
{
	struct recipient r[3];

	r[0] = out("a.test", &strict, &plain);
	r[0].smtp = false;
	r[1] = local("here.test");
	r[2] = out("b.test", &sts, &plain);
	is_int(steer_judge(r, 3, &nothing, true).verdict, STEER_NONE,
	    "Sendmail gets each domain's own requirement");
	r[2] = out("a.test", &plain, &plain);
	is_int(steer_judge(r, 3, &nothing, true).verdict, STEER_NONE,
	    "within one domain the stronger one serves both");
	r[2] = out("a.test", &sts, &plain);
	is_int(steer_judge(r, 3, &nothing, true).verdict, STEER_UNSTEERABLE,
	    "two that outdo each other cannot be told");
}

int
main(void)
{
	test_nothing_to_steer();
	test_header();
	test_unsteerable();
	test_never_weaker();
	test_bcc();
	test_sendmail();
	return done_testing();
}
