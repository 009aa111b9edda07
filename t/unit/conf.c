/* Tests of share/conf/conf.h, strategy.h, and of the sample config. */
#include "config.h"

#include "share/conf/conf.h"
#include "share/base/buf.h"
#include "share/base/log.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <unistd.h>

static struct conf_mistakes mistakes, notices;

static struct conf *
parse(const char *text)
{
	conf_mistakes_clear(&mistakes);
	conf_mistakes_clear(&notices);
	return conf_parse("f", text, strlen(text), &mistakes, &notices);
}

/* As parse(), for text that must be accepted. */
static struct conf *
accept(const char *text)
{
	struct conf *c = parse(text);

	if (!ok(c != NULL, "accepted: %.50s", text))
		for (size_t i = 0; i < mistakes.n; i++)
			diag("%s", mistakes.line[i]);
	return c;
}

static char *
dumped(const struct conf *c)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	conf_dump(c, out);
	fclose(out);
	return text;
}

static void
test_defaults(void)
{
	struct conf *c = accept("");

	is_str(c->server.state_dir, "/var/lib/tlsherald", "state-dir");
	ok(c->server.hostname[0] != '\0', "hostname: %s", c->server.hostname);
	is_int(c->server.domains.n, 0, "domains");
	is_int(c->log.to, CONF_LOG_AUTO, "log to");
	is_int(c->log.level, LOG_LEVEL_INFO, "log level");
	is_int(c->dns.servers.n, 1, "one server");
	is_str(c->dns.servers.item[0], "system", "... the system's");
	is_str(c->dns.trust_anchors, "/usr/share/dns/root.key", "anchors");
	is_str(c->milter.listen, "inet:8460@127.0.0.1", "milter listen");
	is_int(c->milter.mailers.n, 5, "mailers");
	is_str(c->milter.mailers.item[4], "dsmtp", "... the last");
	is_int(c->milter.tag_header, CONF_TAG_SUMMARY, "tag-header");
	is_int(c->milter.on_unsatisfiable, CONF_REJECT, "on-unsatisfiable");
	is_int(c->milter.on_unsteerable, CONF_REJECT, "on-unsteerable");
	is_int(c->milter.refusal_wait_ms, 2000, "refusal-wait");
	is_int(c->milter.tls_required_no, CONF_TLS_REQUIRED_HONOR, "tlsreq");
	is_int(c->policy.listen.n, 1, "one map socket");
	is_str(c->policy.listen.item[0], "inet:127.0.0.1:8461", "... this");
	is_int(c->policy.mode, CONF_ENFORCE, "mode");
	is_int(c->policy.mta_dnssec, CONF_AUTO, "mta-dnssec");
	is_str(c->policy.site_level, "may", "site-level");
	is_int(c->nrules, 0, "no rule");
	is_int(c->nstrategies, 1, "one strategy");
	is_str(c->strategies[0].id, "default", "... the default");
	is_int(c->strategies[0].dane, STRATEGY_OPTIONAL, "dane");
	ok(!c->strategies[0].starttls_set, "starttls is not set");
	is_int(c->strategies[0].tls_timeout_ms, 180000, "timeout tls");
	is_int(c->strategies[0].sts_timeout_ms, 60000, "timeout mta-sts");
	is_str(c->report_from_address, "", "no from-address");
	is_str(c->report_socket, "/var/spool/postfix/run/tlsrpt/tlsrpt.sock",
	    "collector's socket");
	is_int(c->report.max_size, 5 << 20, "max-size");
	is_int(c->report.store_ms, INT64_C(365) * 86400000, "store");
	ok(!conf_may_refuse(c), "nothing to refuse");
	is_int(notices.n, 0, "no notice");
	ok(conf_ref(c) == c, "a second reference");
	conf_unref(c);
	is_str(conf_metrics_listen(c, "milter"), "", "no metrics");
	conf_unref(c);
	conf_unref(NULL);
}

static void
test_values(void)
{
	struct conf *c = accept("[server]\n"
				"hostname = \"'MX.Example.ORG'\"\n"
				"domains = ['*.example.org', 'file:/x']\n"
				"[log]\n"
				"level = 'DEBUG'\n"
				"[metrics]\n"
				"listen = '[::1]:1'\n"
				"[metrics.milter]\n"
				"listen = '127.0.0.1:2'\n"
				"[net]\n"
				"allow = ['10.0.0.0/8', '::1', 'fd00::/8']\n"
				"[dns]\n"
				"servers = '127.0.0.1@5353'\n"
				"[[dns.negative-trust-anchors]]\n"
				"name = 'Broken.Example'\n"
				"until = 2027-01-31\n"
				"reason = 'key lost'\n"
				"[milter]\n"
				"listen = 'unix:/run/x'\n"
				"mailers = \"['smtp', 'x']\"\n"
				"steered = []\n"
				"refusal-wait = '500ms'\n"
				"[policy]\n"
				"listen = ['inet:[::1]:9', 'inet:*:9',\n"
				" 'unix:/run/p,mode=0660,owner=a,group=b']\n"
				"mode = \"'observe'\"\n"
				"mta-dnssec = 'no'\n"
				"site-level = 'dane'\n");

	if (c == NULL)
		return;
	is_str(c->server.hostname, "mx.example.org", "hostname's normal form");
	is_int(c->server.domains.n, 2, "domains");
	is_int(c->log.level, LOG_LEVEL_DEBUG, "level, any case");
	is_str(conf_metrics_listen(c, "milter"), "127.0.0.1:2", "its own");
	is_str(conf_metrics_listen(c, "reportgen"), "[::1]:1", "the common");
	is_int(c->net_allow.n, 3, "allow");
	is_str(c->dns.servers.item[0], "127.0.0.1@5353", "one server");
	is_int(c->dns.nntas, 1, "one negative anchor");
	is_str(c->dns.ntas[0].name, "broken.example", "its name");
	is_str(c->dns.ntas[0].reason, "key lost", "its reason");
	is_int(c->dns.ntas[0].until_s, 1801440000, "until the day's end");
	is_int(c->milter.mailers.n, 2, "a list as a constant");
	is_str(c->milter.mailers.item[1], "x", "... its item");
	is_int(c->milter.refusal_wait_ms, 500, "refusal-wait");
	is_int(c->policy.listen.n, 3, "sockets");
	is_int(c->policy.mode, CONF_OBSERVE, "a word as a constant");
	is_int(c->policy.mta_dnssec, CONF_NO, "mta-dnssec");
	is_str(c->policy.site_level, "dane", "site-level");
	conf_unref(c);
}

/* Both spellings of Stalwart, from its documentation. */
static void
test_spellings(void)
{
	static const char old[] =
	    "[queue.outbound.tls]\n"
	    "dane = \"require\"\n"
	    "mta-sts = \"optional\"\n"
	    "starttls = \"require\"\n"
	    "allow-invalid-certs = \"false\"\n"
	    "[report.tls.aggregate]\n"
	    "from-name = \"'TLS Report'\"\n"
	    "from-address = \"'noreply-tls@example.org'\"\n"
	    "org-name = \"'The Foobar Organization'\"\n"
	    "contact-info = \"'jane@example.org'\"\n"
	    "send = \"daily\"\n"
	    "max-size = 26214400 # 25 mb\n"
	    "sign = \"['rsa']\"\n"
	    "[report]\n"
	    "submitter = \"key_get('default', 'hostname')\"\n"
	    "[server]\n"
	    "hostname = \"mx.example.org\"\n"
	    "[signature.rsa]\n"
	    "domain = 'example.org'\n"
	    "selector = 'mail'\n"
	    "private-key = 'file:/etc/x.pem'\n";
	struct conf *c = accept(old);

	if (c == NULL)
		return;
	is_int(c->nstrategies, 1, "the default strategy alone");
	is_int(c->strategies[0].dane, STRATEGY_REQUIRE, "dane");
	ok(c->strategies[0].starttls_set, "starttls is set");
	ok(conf_may_refuse(c), "may refuse");
	is_str(c->report.from_name, "TLS Report", "from-name");
	is_str(c->report_from_address, "noreply-tls@example.org", "from");
	is_str(c->report.submitter, "mx.example.org", "key_get()");
	is_int(c->report.max_size, 26214400, "max-size");
	is_int(c->report.sign.n, 1, "sign");
	is_str(c->signatures[0].private_key, "file:/etc/x.pem", "key");
	conf_unref(c);
	c = accept("[queue.tls.default]\ndane = \"'require'\"\n"
		   "[queue.strategy]\ntls = \"'default'\"\n");
	is_int(c->strategies[0].dane, STRATEGY_REQUIRE, "the new spelling");
	is_int(c->nrules, 1, "one rule for everything");
	conf_unref(c);
	ok(parse("[queue.outbound.tls]\ndane='require'\n"
		 "[queue.tls.default]\ndane='require'\n") == NULL,
	    "not both spellings of one key");
	has_str(mistakes.line[0], "f:4:1: dane is set at line 2 already",
	    "... says where");
}

#define RULES                                                            \
	"[queue.tls.high]\n"                                             \
	"starttls = 'require'\n"                                         \
	"[queue.tls.vip]\n"                                              \
	"dane = 'require'\n"                                             \
	"[queue.strategy]\n"                                             \
	"tls = [\n"                                                      \
	"  { if = \"sender_domain == 'vip.example'\", then = 'vip' },"   \
	"\n"                                                             \
	"  { if = 'ends_with(rcpt_domain, \".gov\")', then = \"'high'\"" \
	" },\n"                                                          \
	"  { else = \"'default'\" } ]\n"

static const char *
choice(const struct conf *c, const char *domain, const char *sender, size_t *i)
{
	struct expr_vars vars = { .value = {
				      [EXPR_RCPT_DOMAIN] = domain,
				      [EXPR_SENDER_DOMAIN] = sender,
				  } };

	return conf_choose(c, &vars, i)->id;
}

static bool
noticed(const char *part)
{
	for (size_t i = 0; i < notices.n; i++)
		if (strstr(notices.line[i], part) != NULL)
			return true;
	for (size_t i = 0; i < notices.n; i++)
		diag("%s", notices.line[i]);
	return false;
}

static void
test_rules(void)
{
	struct conf *c = accept(RULES);
	size_t i;

	if (c == NULL)
		return;
	is_int(c->nrules, 3, "three rules");
	is_str(choice(c, "a.gov", "vip.example", &i), "vip", "the first");
	is_int(i, 0, "... rule 0");
	is_str(choice(c, "a.GOV", "x.example", &i), "high", "the second");
	is_int(i, 1, "... rule 1");
	is_str(choice(c, "a.gov", NULL, &i), "high", "no sender known");
	is_str(choice(c, "a.example", NULL, &i), "default", "else");
	is_int(i, 2, "... rule 2");
	ok(conf_rule_needs_message(c, 0), "the first needs the message");
	ok(!conf_rule_needs_message(c, 1), "the second does not");
	ok(!conf_rule_needs_message(c, 2), "else does not");
	ok(noticed("f:6:7: a Postfix lookup knows the domain alone and can "
		   "never match this rule: sender_domain == 'vip.example'"),
	    "-T names the rule");
	ok(noticed("[queue.tls.vip]: chosen by rules that read the message, "
		   "but not in [milter] steered"),
	    "and the strategy");
	is_int(notices.n, 2, "no other notice");
	is_str(conf_strategy(c, "vip")->id, "vip", "a strategy by its id");
	ok(conf_strategy(c, "none") == NULL, "no such strategy");
	ok(conf_may_refuse(c), "vip may refuse");
	conf_unref(c);
	c = accept("[queue.tls.a]\n[queue.strategy]\n"
		   "tls = [{ if = \"rcpt_domain == 'x'\", then = 'a' }]");
	is_str(choice(c, "y", NULL, &i), "default", "none fits");
	is_int(i, 1, "... index behind the last");
	conf_unref(c);
}

static void
test_notices(void)
{
	struct conf *c = accept("[milter]\n"
				"refusal-wait = '3s'\n"
				"[queue.tls.default]\n"
				"allow-invalid-certs = true\n"
				"[queue.tls.default.timeout]\n"
				"tls = '1m'\n"
				"mta-sts = '10m'\n"
				"[queue.tls.lonely]\n"
				"mta-sts = 'disable'\n"
				"timeout.mta-sts = '5s'\n"
				"[report]\n"
				"domain = 'example.org'\n"
				"submitter = 'other.example'\n"
				"[report.tls.aggregate]\n"
				"contact-info = 'a@example.org'\n"
				"[[dns.negative-trust-anchors]]\n"
				"name = 'x'\n"
				"[report.analysis]\n"
				"forward = true\n");

	if (c == NULL)
		return;
	ok(noticed("f:2:1: refusal-wait has no effect"), "refusal-wait");
	ok(noticed("f:4:1: [queue.tls.default] allow-invalid-certs"), "certs");
	ok(noticed("f:6:1: [queue.tls.default.timeout] tls has no effect"),
	    "a timeout that nothing reads");
	ok(noticed("f:7:11: [queue.tls.default.timeout] mta-sts is taken as "
		   "60s"),
	    "a timeout that is capped");
	is_int(c->strategies[0].sts_timeout_ms, 60000, "... it is");
	ok(noticed("[queue.tls.lonely]: no rule chooses it"), "no rule");
	ok(noticed("f:10:9: [queue.tls.lonely.timeout] mta-sts has no effect"),
	    "a timeout of what is disabled");
	ok(noticed("f:19:1: checked only: no program of this release"),
	    "keys of later releases");
	ok(noticed("f:13:13: submitter: RFC 8460 wants"), "submitter");
	ok(noticed("without \"until\" DNSSEC stays off below x"), "anchor");
	is_int(notices.n, 9, "no other notice");
	conf_unref(c);
}

static void
test_demands(void)
{
	static const enum strategy_want o = STRATEGY_OPTIONAL,
					r = STRATEGY_REQUIRE,
					d = STRATEGY_DISABLE;
	const struct strategy plain = { .dane = o,
		.mta_sts = o,
		.starttls = o };
	struct strategy s = plain;

	ok(!strategy_demands_more(&s, &plain), "the same demands no more");
	s.dane = r;
	ok(strategy_demands_more(&s, &plain), "dane = require");
	ok(!strategy_demands_more(&plain, &s), "... and not back");
	s = plain;
	s.mta_sts = r;
	ok(strategy_demands_more(&s, &plain), "mta-sts = require");
	s = plain;
	s.starttls = r;
	ok(strategy_demands_more(&s, &plain), "starttls = require");
	s.starttls = d;
	ok(strategy_demands_more(&plain, &s), "starttls optional over disable");
	ok(!strategy_demands_more(&s, &plain), "... and not back");
	s = plain;
	s.allow_invalid_certs = true;
	ok(strategy_demands_more(&plain, &s), "only the other takes any");
	ok(!strategy_demands_more(&s, &plain), "... and not back");
	is_str(strategy_want_name(d), "disable", "a level's name");
}

/* text must be refused with exactly this one message behind "f:". */
static void
mistake(const char *text, const char *want)
{
	struct conf *c = parse(text);

	ok(c == NULL, "refused: %.60s", text);
	is_int(mistakes.n, 1, "... with one message");
	if (mistakes.n > 0)
		has_str(mistakes.line[0], want, "... this");
	for (size_t i = 1; i < mistakes.n; i++)
		diag("%s", mistakes.line[i]);
	conf_unref(c);
}

static void
test_unknown(void)
{
	mistake("[milterr]\nlisten = 1\n",
	    "f:1:2: unknown section [milterr] (did you mean [milter]?)");
	mistake("[queue.tsl.default]\n",
	    "f:1:8: unknown section [queue.tsl] (did you mean \"tls\"?)");
	mistake("[collect]\n", "(did you mean [report.collect]?)");
	mistake("[zzz.y]\nx = 1\n", "f:1:2: unknown section [zzz]");
	mistake("[milter]\ntag-heder = 'x'\n",
	    "f:2:1: unknown key \"tag-heder\" in [milter] (did you mean "
	    "\"tag-header\"?)");
	mistake("[milter]\n  site-level = 'x'\n",
	    "f:2:3: unknown key \"site-level\" in [milter] (it belongs into "
	    "[policy])");
	mistake("mode = 'x'\n", "unknown key \"mode\" before the first");
	mistake("milter = 1\n", "f:1:1: milter is a section, not a key");
	mistake("[[milter]]\n", "milter is a section, not a key");
	mistake("[queue]\ntls.x = 1\n", "f:2:5: x is a section, not a key");
	mistake("[queue.tls.'a b']\ndane = 'require'\n",
	    "[queue.tls.a b]: a name has 1 to 64");
	mistake("[queue.tls.'a.timeout']\ntls = '3m'\n",
	    "unknown section [queue.tls.a.timeout]");
	mistake("[signature.'']\ndomain = 'x'\n",
	    "unknown section [signature.]");
}

static void
test_wrong(void)
{
	mistake("[milter]\nlisten = 1\n",
	    "f:2:10: listen: must be a string, not an integer");
	mistake("[milter]\nmailers = 1\n", "must be a list of strings, not");
	mistake("[milter]\nmailers = ['a', 2]\n", "f:2:17: mailers: must be");
	mistake("[milter]\nmailers = ['a', 'a']\n",
	    "f:2:17: mailers = \"a\": stands in the list twice");
	mistake("[milter]\nmailers = []\n", "f:2:11: mailers: must not be");
	mistake("[milter]\nmailers = \"['a'\"\n", "f:2:11: mailers: ");
	mistake("[milter]\ntag-header = 'ful'\n",
	    "f:2:14: tag-header = \"ful\": must be \"none\", \"summary\" or "
	    "\"full\" (did you mean \"full\"?)");
	mistake("[milter]\nrefusal-wait = 2\n", "(did you mean \"2s\"?)");
	mistake("[milter]\nrefusal-wait = '2'\n", "a duration has a unit");
	mistake("[milter]\nrefusal-wait = 'soon'\n", "duration (like");
	mistake("[milter]\nrefusal-wait = '1h'\n",
	    "refusal-wait: must be from \"0s\" to \"20s\"");
	mistake("[milter]\nlisten = '8460'\n", "inet:PORT@HOST");
	mistake("[milter]\nlisten = 'inet:0@127.0.0.1'\n", "inet:PORT@HOST");
	mistake("[milter]\nlisten = 'unix:x'\n", "a path from the root");
	mistake("[milter]\nsteered = ['default']\n", "f:2:11: steered: \"def");
	mistake("[milter]\nsteered = ['defaul']\n",
	    "steered: unknown strategy \"defaul\" (did you mean \"default\"?)");
	mistake("[policy]\nlisten = 'inet:8461@127.0.0.1'\n", "inet:ADDRESS");
	mistake("[policy]\nlisten = 'inet:localhost:1'\n", "inet:ADDRESS");
	mistake("[policy]\nlisten = 'unix:/x,mode=9'\n", "octal mode");
	mistake("[policy]\nlisten = 'unix:/x,user=a'\n", "only mode=, owner=");
	mistake("[policy]\nlisten = []\n", "must not be empty");
	mistake("[policy]\nmode = 'enforcing'\n", "did you mean \"enforce\"?");
	mistake("[policy]\nsite-level = 'strict'\n", "must be \"none\", ");
	mistake("[net]\nallow = ['10.0.0.1/8']\n", "bits set behind the firs");
	mistake("[net]\nallow = ['10.0.0.0/33']\n", "address or a block");
	mistake("[net]\nallow = ['example']\n", "address or a block");
	mistake("[dns]\nservers = ['system', '::1']\n", "stands alone");
	mistake("[dns]\nservers = ['ns.example']\n", "ADDRESS[@PORT]");
	mistake("[dns]\nservers = []\n", "must not be empty");
	mistake("[dns]\nnegative-trust-anchors = 'x'\n", "must be a list");
	mistake("[dns]\nnegative-trust-anchors = [{ until = 2027-01-01 }]\n",
	    "f:2:27: negative-trust-anchors: this one lacks \"name\"");
	mistake("[dns]\nnegative-trust-anchors = [{ name = 'a b' }]\n",
	    "name is no domain");
	mistake("[dns]\nnegative-trust-anchors = [{ name='a', untli=1 }]\n",
	    "unknown key \"untli\" (did you mean \"until\"?)");
	mistake("[dns]\nnegative-trust-anchors = [{ name='a', until=1 }]\n",
	    "until must be a date");
	mistake("[server]\nhostname = 'a b'\n", "f:2:12: hostname = \"a b\"");
	mistake("[server]\nhostname = \"key_get('a', 'b')\"\n", "key_get");
	mistake("[server]\nstate-dir = 'var'\n", "path from the root");
	mistake("[server]\nuser = ''\n", "must not be empty");
	mistake("[server]\ndomains = ['a@b']\n", "must be a domain, a glob");
	mistake("[metrics]\nlisten = '9461'\n", "ADDRESS:PORT");
	mistake("[report.deliver]\nvia = 'smtp://u:p@h'\n", "a password does");
	mistake("[report.tls.aggregate]\nsign = ['a']\n",
	    "no [signature.*] is called \"a\"");
	mistake("[report.tls.aggregate]\nmax-size = 1\n", "must be from \"10k");
	mistake("[report.tls.aggregate]\nfrom-address = 'x'\n", "mail address");
}

static void
test_contradictions(void)
{
	mistake("[queue.tls.x]\nstarttls='disable'\ndane='disable'\n",
	    "f:2:10: [queue.tls.x] starttls = \"disable\" contradicts "
	    "mta-sts = \"optional\"");
	mistake("[queue.tls.x]\nstarttls='disable'\nmta-sts='disable'\n"
		"dane='require'\n",
	    "contradicts dane = \"require\"");
	mistake("[queue.tls.x]\ndane = [{ if='true', then='require' }]\n",
	    "rules are not written per key");
	mistake("[queue.tls.x]\nallow-invalid-certs = 'no'\n",
	    "must be true or false");
}

static void
test_rule_mistakes(void)
{
	mistake("[queue.strategy]\ntls = 1\n", "must be a list of rules");
	mistake("[queue.strategy]\ntls = 'nope'\n",
	    "unknown strategy \"nope\"");
	mistake("[queue.strategy]\ntls = ['default']\n", "a rule is { if");
	mistake("[queue.strategy]\ntls = [{ if = 'true' }]\n",
	    "f:2:8: [queue.strategy] tls: this rule lacks \"then\"");
	mistake("[queue.strategy]\ntls = [{ then = 'default' }]\n",
	    "lacks \"if\"");
	mistake("[queue.strategy]\ntls = [{ els = 'default', if = 'true', "
		"then = 'default' }]\n",
	    "unknown key \"els\" (did you mean \"else\"?)");
	mistake("[queue.strategy]\ntls = [{ else = 'default' },\n"
		"{ if = 'true', then = 'default' }]\n",
	    "f:2:10: else: the rules behind it could never match");
	mistake("[queue.strategy]\ntls = [{ if = true, then='default' }]\n",
	    "if: must be a string, not true or false");
	mistake("[queue.strategy]\n"
		"tls = [{ if = \"rcpt_domian == 'x'\", then='default' }]\n",
	    "f:2:16: if: unknown variable \"rcpt_domian\"");
	mistake("[queue.strategy]\n"
		"tls = [{ if = \"'\xc3\xbc' == rcpt\xc3\xbc\", "
		"then='default' }]\n",
	    "f:2:27: if: ");
	mistake("[queue.strategy]\n"
		"tls = [{ if = \"\\\"x\\\" == nope\", then='default' }]\n",
	    "f:2:15: if: unknown variable \"nope\" (a string stands in "
	    "quotes) (at character 8 of the expression)");
}

static void
test_secrets(void)
{
	static const char text[] = "[signature.a]\n"
				   "domain = 'example.org'\n"
				   "selector = 's'\n"
				   "private-key = 'MIIhunter2'\n";
	struct conf *c;
	char *dump;

	mistake(text, "f:4:15: private-key: a secret stands outside");
	ok(mistakes.n == 1 && strstr(mistakes.line[0], "hunter2") == NULL,
	    "the secret is not repeated");
	mistake("[signature.a]\ndomain='x'\nselector='s'\n",
	    "f:1:12: [signature.a] lacks \"private-key\"");
	c = accept("[signature.a]\ndomain='x'\nselector='s'\n"
		   "private-key='cmd:pass show dkim'\n");
	dump = dumped(c);
	has_str(dump, "private-key = \"cmd:pass show dkim\"", "the reference");
	free(dump);
	conf_unref(c);
}

/* Every mistake at once, in the order of the file; a syntax error alone. */
static void
test_all_at_once(void)
{
	struct buf b;
	struct conf *c = parse("[milter]\nlisten = 1\nx = 2\n[polcy]\n"
			       "[log]\nlevel = 'loud'\n");

	ok(c == NULL, "refused");
	is_int(mistakes.n, 4, "four mistakes");
	if (mistakes.n == 4) {
		has_str(mistakes.line[0], "f:2:10: ", "the first");
		has_str(mistakes.line[1], "f:3:1: ", "the second");
		has_str(mistakes.line[2], "f:4:2: ", "the third");
		has_str(mistakes.line[3], "f:6:9: ", "the fourth");
	}
	mistake("[milter]\nlisten = 1\nx = = 2\n[polcy]\n", "f:3:5: ");
	mistake("[milter]\nlisten = 1\nlisten = 2\n", "f:3:");
	buf_init(&b, 1 << 16);
	for (int i = 0; i < 150; i++)
		buf_printf(&b, "k%d = 1\n", i);
	ok(parse(buf_str(&b)) == NULL, "150 mistakes");
	is_int(mistakes.n, CONF_MISTAKES_MAX + 1, "no more than the limit");
	is_str(mistakes.line[CONF_MISTAKES_MAX], "f: and 50 more",
	    "... and the rest is counted");
	buf_clear(&b);
}

/* dump(load(dump(x))) == dump(x) */
static void
same_again(const char *text)
{
	struct conf *c = accept(text), *again;
	char *first, *second;

	if (c == NULL)
		return;
	first = dumped(c);
	again = accept(first);
	if (again != NULL) {
		second = dumped(again);
		is_str(second, first, "the dump loads to the same");
		free(second);
	}
	conf_unref(again);
	conf_unref(c);
	free(first);
}

static void
test_dump(void)
{
	struct conf *c = accept(RULES "[milter]\nsteered = ['vip']\n");
	char *dump = dumped(c);

	has_str(dump, "\nuser = \"tlsherald\"  # default\n", "a default");
	has_str(dump, "\nsteered = [\"vip\"]\n", "a value that is set");
	has_str(dump, "\n[queue.tls.vip]\ndane = \"require\"\n", "strategy");
	has_str(dump, "\nstarttls = \"require\"\n", "starttls where set");
	has_str(dump, "\n#starttls = \"optional\"  # default\n",
	    "... and where not");
	has_str(dump, "then = \"'vip'\" }, # never matches a Postfix lookup\n",
	    "a rule");
	has_str(dump, "\n[queue.tls.vip.timeout]\n", "its timeouts");
	has_str(dump, "# default; smtp_starttls_timeout of generated", "tls");
	has_str(dump, "\n#send = \"daily\"  # default\n", "how often");
	has_str(dump, "\nstore = \"365d\"  # default\n", "how long");
	has_str(dump, "\n#forward = false  # default\n", "not used yet");
	free(dump);
	conf_unref(c);
	same_again("");
	same_again(RULES);
	same_again("[queue.strategy]\ntls = \"'default'\"\n");
	same_again("[report.tls.aggregate]\n"
		   "from-name = \"\\\"it's\\\" \\u00fc \\\\ x\"\n"
		   "org-name = \"'\\\\'quoted\\\\''\"\n"
		   "subject = \"'[x]'\"\nsend = 'weekly'\nmax-size = 12345\n"
		   "[report.analysis]\nstore = '36h'\nforward = true\n");
	same_again("[queue.tls.default]\ntimeout.mta-sts = '10m'\n"
		   "[queue.tls.a]\nstarttls = 'optional'\n"
		   "timeout.tls = '1500ms'\n"
		   "[[dns.negative-trust-anchors]]\nname = 'x'\n"
		   "[[dns.negative-trust-anchors]]\nname = 'y'\n"
		   "until = 2027-01-31T00:00:00.5-02:30\nreason = \"a'\\\"\"\n"
		   "[signature.s]\ndomain='x'\nselector='y'\n"
		   "private-key='file:/x'\nalgorithm='ed25519-sha256'\n"
		   "[report.tls.aggregate]\nsign='s'\n");
}

/* Reads a whole file below the source directory; "" if it is not there. */
static char *
slurp(const char *name)
{
	const char *dir = getenv("SRCDIR");
	char path[512], *text = NULL;
	size_t size = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir == NULL ? "." : dir,
	    name);
	f = fopen(path, "r");
	if (f == NULL || getdelim(&text, &size, '\0', f) == -1)
		fail("%s can be read", path);
	if (f != NULL)
		fclose(f);
	return text;
}

static void
test_send(void)
{
	struct conf *c;

	mistake("[report.tls.aggregate]\nsend = 'monthly'\n",
	    "[report.tls.aggregate] send \"monthly\"");
	mistake("[report.tls.aggregate]\nsend = [{ if = \"sender == 'a'\", "
		"then = 'daily' }]\n",
	    "knows rcpt_domain alone");
	mistake("[report.collect]\nqueue = '512'\n", "must be a number");
	mistake("[report.collect]\nqueue = 0\n", "must be from 1 to 65536");
	mistake("[report.collect]\nlog = 'mail.log'\n", "\"journal\"");
	c = accept("");
	is_int(conf_send_for(c, "a.example"), CONF_DAILY, "daily unless told");
	conf_unref(c);
	c = accept("[report.tls.aggregate]\nsend = \"'weekly'\"\n");
	is_int(conf_send_for(c, "a.example"), CONF_WEEKLY, "one word for all");
	conf_unref(c);
#define SEND                                                             \
	"[report.tls.aggregate]\nsend = ["                               \
	"{ if = \"rcpt_domain == 'a.example'\", then = \"'hourly'\" }, " \
	"{ if = \"ends_with(rcpt_domain, '.test')\", then = \"'never'\" } ]\n"
	c = accept(SEND);
	is_int(conf_send_for(c, "a.example"), CONF_HOURLY, "by a rule");
	is_int(conf_send_for(c, "b.test"), CONF_NEVER, "by the second rule");
	is_int(conf_send_for(c, "b.example"), CONF_DAILY, "by none");
	conf_unref(c);
	same_again(SEND "[report.collect]\nqueue = 7\nlog = 'journal'\n");
}

/* The sample changes nothing, nor does it with every key of it in force. */
static void
test_sample(void)
{
	char *sample = slurp("share/etc/tlsherald.toml");
	struct conf *none = accept(""), *c;
	char *want = dumped(none), *got;
	struct buf b;

	if (sample == NULL)
		return;
	c = accept(sample);
	got = dumped(c);
	is_str(got, want, "the sample is the default");
	is_int(notices.n, 0, "... without a notice");
	free(got);
	conf_unref(c);
	buf_init(&b, 1 << 16);
	for (const char *s = sample; *s != '\0'; s++) {
		bool first = s == sample || s[-1] == '\n';

		if (!first || *s != '#' || strchr(" \n", s[1]) != NULL)
			buf_add(&b, s, 1);
	}
	c = accept(buf_str(&b));
	if (c != NULL) {
		is_str(c->milter.listen, none->milter.listen, "listen");
		is_int(c->milter.mailers.n, none->milter.mailers.n, "mailers");
		is_int(c->nstrategies, 2, "the strategy of the example");
		is_int(c->nrules, 2, "the rules of the example");
		is_int(c->nsignatures, 1, "the signature of the example");
	}
	conf_unref(c);
	conf_unref(none);
	buf_clear(&b);
	free(want);
	free(sample);
}

static void
test_load(void)
{
	char path[] = "/tmp/tlsherald-conf-XXXXXX";
	int fd = mkstemp(path);
	struct conf *c;
	char line[64];

	conf_mistakes_clear(&mistakes);
	conf_mistakes_clear(&notices);
	(void)!write(fd, "[log]\nlevel='x'\n", 16);
	c = conf_load(path, &mistakes, &notices);
	ok(c == NULL && mistakes.n == 1, "a bad file");
	(void)snprintf(line, sizeof(line), "%s:2:7: ", path);
	has_str(mistakes.n == 1 ? mistakes.line[0] : "", line, "its place");
	conf_mistakes_clear(&mistakes);
	for (int i = 0; i < CONF_FILE_MAX / 16; i++)
		(void)!write(fd, "# 6789012345678\n", 16);
	c = conf_load(path, &mistakes, &notices);
	ok(c == NULL && mistakes.n == 1, "a large file");
	has_str(mistakes.line[0], "larger than", "... says so");
	conf_mistakes_clear(&mistakes);
	(void)close(fd);
	(void)unlink(path);
	c = conf_load(path, &mistakes, &notices);
	ok(c == NULL && mistakes.n == 1, "no file");
	has_str(mistakes.line[0], "No such file", "... says so");
	conf_mistakes_clear(&mistakes);
}

int
main(void)
{
	test_defaults();
	test_values();
	test_spellings();
	test_rules();
	test_notices();
	test_demands();
	test_unknown();
	test_wrong();
	test_contradictions();
	test_rule_mistakes();
	test_secrets();
	test_all_at_once();
	test_dump();
	test_send();
	test_sample();
	test_load();
	conf_mistakes_clear(&mistakes);
	conf_mistakes_clear(&notices);
	return done_testing();
}
