/* plan: what becomes of messages; refusal: which recipients are refused */
#include "config.h"

#include "milter/plan.h"
#include "share/base/buf.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static const char base[] =
    "[queue.strategy]\n"
    "tls = [ { if = \"rcpt_domain == 'bank.test'\", then = \"'high'\" },\n"
    "  { if = \"sender == 'ceo@here.test'\", then = \"'strict'\" },\n"
    "  { else = \"'default'\" } ]\n"
    "[queue.tls.high]\n"
    "mta-sts = \"require\"\n"
    "[queue.tls.strict]\n"
    "dane = \"require\"\n"
    "[report]\n"
    "domain = \"here.test\"\n"
    "[report.tls.aggregate]\n"
    "from-address = \"reports@here.test\"\n"
    "contact-info = \"a@here.test\"\n"
    "org-name = \"Here\"\n";

/* The conf of base with more in front. */
static struct conf *
conf(const char *more)
{
	struct conf_mistakes mistakes;
	struct conf *c;
	struct buf text;

	memset(&mistakes, 0, sizeof(mistakes));
	buf_init(&text, 4096);
	buf_puts(&text, more);
	buf_puts(&text, base);
	c = conf_parse("test", text.data, text.len, &mistakes, NULL);
	if (c == NULL) {
		fail("the config is good");
		diag("%s", mistakes.line[0]);
		exit(done_testing());
	}
	buf_clear(&text);
	conf_mistakes_clear(&mistakes);
	return c;
}

static struct message *
message(struct conf *c, const char *sender, const char *ip)
{
	char *argv[] = { (char *)sender, NULL };

	return message_new(conf_ref(c), argv, NULL, ip, "Postfix 3.7.11");
}

static void
rcpt(struct message *m, const char *arg, const char *mailer, const char *host)
{
	struct recipient r;
	struct nexthop n;

	message_recipient(m, arg, mailer, host, &r, &n);
	message_add(m, &r);
}

static struct plan
plan(struct message *m)
{
	struct plan p;

	plan_make(m, &p);
	message_free(m);
	return p;
}

static void
test_steering(void)
{
	struct conf *c = conf("[milter]\nsteered = [\"strict\"]\n");
	struct message *m = message(c, "<CEO@here.test>", NULL);
	struct plan p;

	rcpt(m, "<a@a.test>", "smtp", "a.test");
	p = plan(m);
	is_int(p.verdict, PLAN_ACCEPT, "a steered strategy");
	is_str(p.strategy, "strict", "is told to the MTA");
	ok(p.own && p.counts[COUNTER_STEERED], "acts, and is counted");

	m = message(c, "<ceo@here.test>", NULL);
	rcpt(m, "<a@a.test>", "smtp", "a.test");
	rcpt(m, "<b@here.test>", "local", "here.test");
	p = plan(m);
	is_int(p.verdict, PLAN_REJECT, "with a local recipient: refused");
	is_str(p.reply.code, "550", "for good");
	is_str(p.reply.xcode, "5.7.10", "with the enhanced code");
	is_str(p.reply.text,
	    "recipients of this message need different TLS; send separately",
	    "and what to do");
	is_str(p.strategy, NULL, "no header then");

	m = message(c, "<ceo@here.test>", NULL);
	rcpt(m, "<a@a.test>", "smtp", "[relay.test]:25");
	p = plan(m);
	is_int(p.verdict, PLAN_REJECT, "through a relayhost: refused");
	has_str(p.reply.text, "route", "and says that it is the route");

	m = message(c, "<u@here.test>", NULL);
	rcpt(m, "<a@bank.test>", "smtp", "bank.test");
	rcpt(m, "<b@a.test>", "smtp", "a.test");
	p = plan(m);
	is_int(p.verdict, PLAN_ACCEPT, "strategies by domain need nothing");
	ok(p.strategy == NULL && !p.own, "and no header");
	conf_unref(c);
}

static void
test_unsteerable(void)
{
	struct conf *c = conf("[milter]\non-unsteerable = \"tempfail\"\n");
	struct message *m = message(c, "<ceo@here.test>", NULL);
	struct plan p;

	rcpt(m, "<a@a.test>", "smtp", "a.test");
	p = plan(m);
	is_int(p.verdict, PLAN_TEMPFAIL, "on-unsteerable = tempfail");
	is_str(p.reply.code, "450", "puts off");
	is_str(p.reply.xcode, "4.7.10", "with the enhanced code");
	conf_unref(c);
	c = conf("[milter]\non-unsteerable = \"accept\"\n");
	m = message(c, "<ceo@here.test>", NULL);
	rcpt(m, "<a@a.test>", "smtp", "a.test");
	p = plan(m);
	is_int(p.verdict, PLAN_ACCEPT, "on-unsteerable = accept");
	ok(p.counts[COUNTER_WEAKER] && p.note != NULL, "counted and noted");
	conf_unref(c);
}

/* Mail of Postfix's sendmail command comes without macros. */
static void
test_no_macros(void)
{
	struct conf *c = conf("");
	struct message *m = message(c, "ceo@here.test", NULL);
	struct plan p;

	rcpt(m, "a@a.test", NULL, NULL);
	p = plan(m);
	is_int(p.verdict, PLAN_REJECT, "unsteerable: a reject bounces it");
	conf_unref(c);
}

static void
test_null_sender(void)
{
	static const char text[] =
	    "[queue.strategy]\n"
	    "tls = [ { if = \"sender == ''\", then = \"'strict'\" },\n"
	    "  { else = \"'default'\" } ]\n"
	    "[queue.tls.strict]\n"
	    "dane = \"require\"\n";
	struct conf_mistakes mistakes = { NULL, 0 };
	struct conf *c =
	    conf_parse("t", text, sizeof(text) - 1, &mistakes, NULL);
	struct message *m;
	struct plan p;

	if (!ok(c != NULL, "a config with a rule for bounces"))
		return;
	m = message(c, "", NULL);
	rcpt(m, "a@a.test", NULL, NULL);
	p = plan(m);
	is_int(p.verdict, PLAN_ACCEPT,
	    "a null sender's message would vanish: accepted");
	ok(p.counts[COUNTER_WEAKER], "and counted as sent weaker");
	m = message(c, "<>", NULL);
	rcpt(m, "<a@a.test>", "smtp", "a.test");
	p = plan(m);
	is_int(p.verdict, PLAN_REJECT, "over SMTP the client is told");
	conf_unref(c);
}

static void
test_observe(void)
{
	struct conf *c = conf("[policy]\nmode = \"observe\"\n"
			      "[milter]\nsteered = [\"strict\"]\n"
			      "tls-required-no = \"reject\"\n");
	struct message *m = message(c, "<ceo@here.test>", NULL);
	struct plan p;

	rcpt(m, "<a@a.test>", "smtp", "a.test");
	p = plan(m);
	ok(p.verdict == PLAN_ACCEPT && p.strategy == NULL,
	    "observe mode adds no header for steering");
	m = message(c, "<ceo@here.test>", NULL);
	rcpt(m, "<a@a.test>", "smtp", "[relay.test]");
	message_header(m, "TLS-Required", "No");
	p = plan(m);
	is_int(p.verdict, PLAN_ACCEPT, "and refuses nothing");
	ok(p.counts[COUNTER_WOULD_UNSTEERABLE] &&
		!p.counts[COUNTER_UNSTEERABLE] && !p.counts[COUNTER_REJECTED],
	    "but counts what it would have done");
	conf_unref(c);
}

static enum plan_verdict
tls_required(struct conf *c, const char *value, bool requiretls)
{
	char sender[] = "<u@here.test>", param[] = "REQUIRETLS";
	char *argv[] = { sender, requiretls ? param : NULL, NULL };
	struct message *m =
	    message_new(conf_ref(c), argv, NULL, NULL, "Postfix 3.10.13");

	rcpt(m, "<a@a.test>", "smtp", "a.test");
	message_header(m, "tls-required", value);
	return plan(m).verdict;
}

static void
test_tls_required_no(void)
{
	struct conf *c = conf("[milter]\ntls-required-no = \"reject\"\n");

	is_int(tls_required(c, "No", false), PLAN_REJECT, "No is refused");
	is_int(tls_required(c, " no\r\n", false), PLAN_REJECT,
	    "in any case, with blanks around");
	is_int(tls_required(c, "Nope", false), PLAN_ACCEPT, "another value");
	is_int(tls_required(c, "No way", false), PLAN_ACCEPT, "more than No");
	is_int(tls_required(c, "", false), PLAN_ACCEPT, "no value");
	is_int(tls_required(c, "No", true), PLAN_ACCEPT,
	    "REQUIRETLS outranks it");
	conf_unref(c);
	c = conf("");
	is_int(tls_required(c, "No", false), PLAN_ACCEPT, "honor takes it");
	conf_unref(c);
}

static void
test_exempt(void)
{
	struct conf *c = conf("[milter]\ntls-required-no = \"reject\"\n");
	struct message *m = message(c, "<reports@here.test>", "127.0.0.1");
	struct plan p;

	ok(m->exempt, "our own report from loopback is exempt");
	rcpt(m, "<a@bank.test>", "smtp", "bank.test");
	ok(!refusal_possible(m, &m->rcpt[0], "smtp"),
	    "its recipients are never refused");
	message_header(m, "TLS-Required", "No");
	p = plan(m);
	is_int(p.verdict, PLAN_ACCEPT, "nor is the message");
	m = message(c, "<reports@here.test>", "IPv6:::1");
	ok(m->exempt, "IPv6 loopback, as Postfix writes it");
	message_free(m);
	m = message(c, "<reports@here.test>", "192.0.2.1");
	ok(!m->exempt, "the same address from elsewhere is not");
	message_free(m);
	m = message(c, "<reports@here.test>", NULL);
	ok(!m->exempt, "nor when nobody says from where");
	message_free(m);
	conf_unref(c);
}

static void
test_refusal(void)
{
	struct conf *c = conf("");
	struct message *m = message(c, "<u@here.test>", NULL);
	struct decision d = { .require = REQUIRE_UNMET,
		.why = "bank.test: mta-sts is required, but 100% missing\n" };
	struct reply reply;
	struct recipient *bank, *other;

	rcpt(m, "<a@bank.test>", "smtp", "bank.test");
	rcpt(m, "<a@a.test>", "smtp", "a.test");
	bank = &m->rcpt[0];
	other = &m->rcpt[1];
	ok(refusal_possible(m, bank, "smtp"), "a required mechanism");
	ok(!refusal_possible(m, other, "smtp"), "nothing required");
	ok(!refusal_possible(m, bank, NULL), "never without {rcpt_mailer}");
	ok(refusal_judge(m, bank, &d, &reply), "proof is ground");
	is_str(reply.code, "550", "on-unsatisfiable = reject");
	has_str(reply.text, "bank.test", "the domain is named");
	has_str(reply.text, "100%% missing?", "the reason is made safe");
	d.require = REQUIRE_UNKNOWN;
	ok(!refusal_judge(m, bank, &d, &reply), "not knowing is none");
	d.require = REQUIRE_MET;
	ok(!refusal_judge(m, bank, &d, &reply), "nor is what is met");
	message_free(m);
	m = message(c, "<>", NULL);
	rcpt(m, "<a@bank.test>", "smtp", "bank.test");
	ok(!refusal_possible(m, &m->rcpt[0], "smtp"), "never the null sender");
	message_free(m);
	conf_unref(c);
	c = conf("[milter]\non-unsatisfiable = \"tempfail\"\n");
	m = message(c, "<u@here.test>", NULL);
	rcpt(m, "<a@bank.test>", "smtp", "bank.test");
	d.require = REQUIRE_UNMET;
	ok(refusal_judge(m, &m->rcpt[0], &d, &reply), "tempfail");
	is_str(reply.code, "450", "is 450");
	message_free(m);
	conf_unref(c);
}

static void
test_long_reply(void)
{
	char text[2 * REPLY_TEXT_MAX];
	struct reply reply;

	memset(text, '%', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	refusal_reply(&reply, true, text);
	is_int(strlen(reply.text), REPLY_TEXT_MAX, "a long reply is cut");
	is_int(strspn(reply.text, "%") % 2, 0, "never between two percents");
}

static void
test_recipients(void)
{
	struct conf *c = conf("");
	struct message *m = message(c, "<u@here.test>", NULL);
	char address[64];
	int i;

	rcpt(m, "<a@a.test>", "smtp", "a.test");
	rcpt(m, "<b@a.test>", "smtp", "a.test");
	is_int(m->n, 1, "equal recipients are kept once");
	is_int(m->rcpt[0].count, 2, "and counted");
	ok(!m->many_domains, "one domain");
	rcpt(m, "<b@here.test>", "local", "here.test");
	ok(m->many_domains, "a local recipient counts as a domain");
	is_int(m->outgoing, 2, "two leave");
	for (i = 0; i < MESSAGE_RECIPIENTS_MAX; i++) {
		(void)snprintf(address, sizeof(address), "<u@d%d.test>", i);
		rcpt(m, address, "smtp", address + 3);
	}
	is_int(m->n, MESSAGE_RECIPIENTS_MAX, "never more than the maximum");
	is_int(plan(m).verdict, PLAN_TEMPFAIL, "the message is put off then");
	conf_unref(c);
}

static void
test_headers(void)
{
	struct conf *c = conf("");
	struct message *m = message(c, "<u@here.test>", NULL);

	message_header(m, "X-TLS-Requirement", "level=none");
	message_header(m, "x-tls-requirement", "x");
	message_header(m, "X-TLS-Strategy", "strict");
	message_header(m, "X-TLS-Strategy-Not", "strict");
	is_int(m->nheaders[HEADER_REQUIREMENT], 2, "headers of ours by name");
	is_int(m->nheaders[HEADER_STRATEGY], 1, "are counted exactly");
	message_free(m);
	conf_unref(c);
}

int
main(void)
{
	test_steering();
	test_unsteerable();
	test_no_macros();
	test_null_sender();
	test_observe();
	test_tls_required_no();
	test_exempt();
	test_refusal();
	test_long_reply();
	test_recipients();
	test_headers();
	return done_testing();
}
