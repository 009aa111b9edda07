/* check: every finding, on configurations and hosts that are written here */
#include "config.h"

#include "milter/check.h"
#include "milter/mapref.h"
#include "share/base/buf.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>

/* A host on which all is well; tests change one thing. */
struct fake {
	size_t roots;
	bool ca_unreadable;
	size_t entries;
	enum ad_probe_result ad;
	const char *resolv_jail;  /* NULL: not there */
	const char *map_fault;    /* NULL: answers */
	const char *milter_fault; /* NULL: accepts */
	char asked[512];          /* "listen map jail;" per question */
};

static int
fake_ca_roots(void *ctx, const char *path, size_t *roots, struct err *e)
{
	const struct fake *f = ctx;

	if (f->ca_unreadable)
		return err_set(e, ERR_SYS, "%s: denied", path);
	*roots = f->roots;
	return 0;
}

static char *
fake_read_file(void *ctx, const char *path, struct err *e)
{
	const struct fake *f = ctx;

	if (strcmp(path, "/etc/resolv.conf") == 0)
		return xstrdup("# x\nnameserver 127.0.0.1\nsearch a\n");
	if (f->resolv_jail != NULL && strcmp(path, "/q/etc/resolv.conf") == 0)
		return xstrdup(f->resolv_jail);
	err_set(e, ERR_SYS, "%s: not there", path);
	return NULL;
}

static int
fake_entries(void *ctx, const char *path, size_t *n, struct err *e)
{
	const struct fake *f = ctx;

	if (f->entries == 0)
		return err_set(e, ERR_SYS, "%s: not there", path);
	*n = f->entries;
	return 0;
}

static int
fake_probe_ad(void *ctx, const char *resolv_conf, const char *trust_anchors,
    enum ad_probe_result *result, struct err *e)
{
	const struct fake *f = ctx;

	(void)resolv_conf;
	(void)trust_anchors;
	(void)e;
	*result = f->ad;
	return 0;
}

static int
fake_ask_map(void *ctx, const char *listen, const char *map, const char *jail,
    const char *user, bool *as_postfix, struct err *e)
{
	struct fake *f = ctx;
	size_t n = strlen(f->asked);

	snprintf(f->asked + n, sizeof(f->asked) - n, "%s %s %s;", listen, map,
	    jail != NULL ? jail : "-");
	*as_postfix = strcmp(user, "postfix") == 0;
	if (f->map_fault != NULL)
		return err_set(e, ERR_TEMP, "%s", f->map_fault);
	return 0;
}

static int
fake_connect(void *ctx, const char *listen, const char *jail, const char *user,
    bool *as_postfix, struct err *e)
{
	struct fake *f = ctx;

	*as_postfix = strcmp(user, "postfix") == 0;
	if (f->milter_fault != NULL)
		return err_set(e, ERR_TEMP, "%s in %s: %s", listen,
		    jail != NULL ? jail : "-", f->milter_fault);
	return 0;
}

/* Two tables: what the sample lines would answer. */
static char *
fake_query(void *ctx, const char *table, const char *key)
{
	(void)ctx;
	if (strcmp(table, "regexp:strip") == 0 &&
	    strncmp(key, "X-TLS-", 6) == 0)
		return xstrdup("IGNORE");
	if (strcmp(table, "regexp:steer") == 0 &&
	    strcmp(key, "X-TLS-Strategy: strict") == 0)
		return xstrdup("FILTER tls-strict:");
	if (strcmp(table, "regexp:fixed") == 0)
		return xstrdup("FILTER tls-strict:[relay.example]");
	if (strcmp(table, "regexp:required") == 0 &&
	    strncmp(key, "TLS-Required:", 13) == 0)
		return xstrdup("IGNORE");
	return NULL;
}

static const struct fake good_fake = { .roots = 140,
	.entries = 3,
	.ad = AD_PROBE_YES,
	.resolv_jail = "nameserver 127.0.0.1\n" };

static const char good_main[] =
    "mail_version = 3.7.11\n"
    "mail_owner = postfix\n"
    "queue_directory = /q\n"
    "relayhost =\n"
    "smtp_tls_CAfile = /etc/ca.crt\n"
    "smtp_tls_CApath =\n"
    "smtp_dns_support_level = dnssec\n"
    "smtp_tls_dane_insecure_mx_policy = dane\n"
    "smtp_tls_security_level = may\n"
    "smtp_tls_loglevel = 1\n"
    "smtp_tls_policy_maps = socketmap:inet:127.0.0.1:8461:postfix\n"
    "smtpd_milters = { inet:127.0.0.1:8460, default_action=accept }\n"
    "non_smtpd_milters = { inet:127.0.0.1:8460, default_action=accept }\n"
    "milter_default_action = tempfail\n"
    "milter_header_checks =\n"
    "header_checks =\n"
    "sender_dependent_default_transport_maps =\n"
    "smtp_header_checks = regexp:strip\n";

static const char good_services[] = "smtp unix - - y - - smtp\n"
				    "smtp inet n - y - - smtpd\n";

/* One run: the good host with lines put before main.cf's (first counts). */
struct run {
	struct check k;
	struct conf *c;
	struct fake fake;
	struct check_host host;
};

static struct run
run_check(const char *toml, const char *main_cf, const char *services,
    const char *overrides, const struct fake *fake)
{
	struct conf_mistakes mistakes = { NULL, 0 };
	struct postconf *p = postconf_new();
	struct run r;

	memset(&r, 0, sizeof(r));
	r.fake = fake != NULL ? *fake : good_fake;
	r.host = (struct check_host){ fake_ca_roots, fake_read_file,
		fake_entries, fake_probe_ad, fake_ask_map, fake_connect,
		fake_query, &r.fake };
	r.c = conf_parse("t", toml, strlen(toml), &mistakes, NULL);
	if (r.c == NULL) {
		diag("%s", mistakes.n > 0 ? mistakes.line[0] : "no config");
		exit(1);
	}
	postconf_add_main(p, main_cf);
	postconf_add_main(p, good_main);
	postconf_add_services(p, good_services);
	postconf_add_services(p, services);
	postconf_add_overrides(p, overrides);
	r.k.c = r.c;
	r.k.p = p;
	r.k.host = &r.host;
	r.k.postconf_cmd = "postconf";
	check_run(&r.k);
	return r;
}

static void
run_clear(struct run *r)
{
	findings_clear(&r->k.out);
	postconf_free((struct postconf *)r->k.p);
	conf_unref(r->c);
}

/* The first finding of id that is no "ok", or NULL. */
static const struct finding *
fault(const struct run *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->k.out.n; i++)
		if (strcmp(r->k.out.at[i].id, id) == 0 &&
		    r->k.out.at[i].severity != FINDING_OK)
			return &r->k.out.at[i];
	return NULL;
}

/* All findings that are no "ok" are of id; the fix holds line. */
static void
expect(const char *name, struct run r, const char *id,
    enum finding_severity severity, const char *line)
{
	const struct finding *f = fault(&r, id);
	size_t i;

	ok(f != NULL, "%s: found", name);
	if (f != NULL) {
		is_int(f->severity, severity, "%s: severity", name);
		has_str(f->fix != NULL ? f->fix : "", line, "%s: fix", name);
		ok(f->why != NULL, "%s: why", name);
	}
	for (i = 0; i < r.k.out.n; i++)
		if (r.k.out.at[i].severity != FINDING_OK &&
		    strcmp(r.k.out.at[i].id, id) != 0)
			fail("%s: also %s: %s", name, r.k.out.at[i].id,
			    r.k.out.at[i].what);
	run_clear(&r);
}

static void
expect_fine(const char *name, struct run r)
{
	size_t i;

	is_int(findings_count(&r.k.out, FINDING_OK), r.k.out.n, "%s", name);
	for (i = 0; i < r.k.out.n; i++)
		if (r.k.out.at[i].severity != FINDING_OK)
			diag("%s: %s", r.k.out.at[i].id, r.k.out.at[i].what);
	run_clear(&r);
}

/* One line of main.cf changed. */
static struct run
with(const char *main_cf)
{
	return run_check("", main_cf, "", "", NULL);
}

static void
test_tls(void)
{
	struct fake f = good_fake;

	expect_fine("a good host", with(""));
	expect("no CA file", run_check("", "smtp_tls_CAfile =\n", "", "", NULL),
	    "ca-file", FINDING_ERROR, "postconf -e 'smtp_tls_CAfile = /etc/");
	f.entries = 0;
	expect("an empty CApath in the jail",
	    run_check("", "smtp_tls_CAfile =\nsmtp_tls_CApath = /c\n", "", "",
		&f),
	    "ca-file", FINDING_ERROR, "smtp_tls_CAfile");
	expect("a CApath", with("smtp_tls_CAfile =\nsmtp_tls_CApath = /c\n"),
	    "ca-file", FINDING_WARN, "smtp_tls_CAfile");
	f = good_fake;
	f.roots = 0;
	expect("no root in it", run_check("", "", "", "", &f), "ca-file",
	    FINDING_ERROR, "ca-certificates");
	f.ca_unreadable = true;
	expect("unreadable", run_check("", "", "", "", &f), "ca-file",
	    FINDING_ERROR, "smtp_tls_CAfile");
	expect("no dnssec", with("smtp_dns_support_level =\n"), "dns-support",
	    FINDING_ERROR, "postconf -e 'smtp_dns_support_level = dnssec'");
	expect("insecure MX", with("smtp_tls_dane_insecure_mx_policy = may\n"),
	    "insecure-mx", FINDING_WARN,
	    "postconf -e 'smtp_tls_dane_insecure_mx_policy = dane'");
	expect("no level", with("smtp_tls_security_level =\n"),
	    "security-level", FINDING_WARN,
	    "postconf -e 'smtp_tls_security_level = may'");
	expect("another level", with("smtp_tls_security_level = encrypt\n"),
	    "security-level", FINDING_WARN, "site-level = \"encrypt\"");
	expect("no log", with("smtp_tls_loglevel = 0\n"), "log-level",
	    FINDING_WARN, "postconf -e 'smtp_tls_loglevel = 1'");
	expect_fine("without DANE no dnssec is needed",
	    run_check("[queue.tls.default]\ndane = \"disable\"\n",
		"smtp_dns_support_level =\n"
		"smtp_tls_dane_insecure_mx_policy = may\n",
		"", "", NULL));
}

static void
test_resolver(void)
{
	struct fake f = good_fake;

	f.ad = AD_PROBE_NO;
	expect("no AD", run_check("", "", "", "", &f), "resolver-ad",
	    FINDING_ERROR, "unbound");
	f.ad = AD_PROBE_NOTHING;
	expect("no answer", run_check("", "", "", "", &f), "resolver-ad",
	    FINDING_WARN, "");
	f = good_fake;
	f.resolv_jail = NULL;
	expect("no resolv.conf in the jail", run_check("", "", "", "", &f),
	    "resolver-jail", FINDING_ERROR,
	    "cp /etc/resolv.conf /q/etc/resolv.conf");
	f.resolv_jail = "nameserver 127.0.0.1\nnameserver 192.0.2.1\n";
	expect("another one", run_check("", "", "", "", &f), "resolver-jail",
	    FINDING_WARN, "cp /etc/resolv.conf");
	expect("switched off",
	    run_check("[policy]\nmta-dnssec = \"no\"\n", "", "", "", NULL),
	    "mta-dnssec", FINDING_WARN, "mta-dnssec = \"auto\"");
}

static void
test_map(void)
{
	struct fake f = good_fake;
	struct run r;

	expect("not attached", with("smtp_tls_policy_maps = hash:/a\n"),
	    "policy-maps", FINDING_ERROR,
	    "postconf -e 'smtp_tls_policy_maps = hash:/a, "
	    "socketmap:inet:127.0.0.1:8461:postfix'");
	expect("another port",
	    with("smtp_tls_policy_maps = socketmap:inet:127.0.0.1:1:postfix\n"),
	    "policy-maps", FINDING_ERROR, "8461");
	expect_fine("behind a table of the site's own",
	    with("smtp_tls_policy_maps = hash:/a "
		 "proxy:socketmap:inet:localhost:8461:QUERY\n"));
	expect("the attributes on 3.7",
	    with("smtp_tls_policy_maps = "
		 "socketmap:inet:127.0.0.1:8461:postfix-tlsrpt\n"),
	    "map-name", FINDING_ERROR,
	    "postconf -e 'smtp_tls_policy_maps = "
	    "socketmap:inet:127.0.0.1:8461:postfix'");
	expect("no attributes on 3.10", with("mail_version = 3.10.5\n"),
	    "map-name", FINDING_WARN, ":8461:postfix-tlsrpt'");
	expect("a name that is not served",
	    with("smtp_tls_policy_maps = "
		 "socketmap:inet:127.0.0.1:8461:tls\n"),
	    "map-name", FINDING_ERROR, ":postfix'");
	expect("json is no answer for Postfix",
	    with("smtp_tls_policy_maps = "
		 "socketmap:inet:127.0.0.1:8461:json\n"),
	    "map-name", FINDING_ERROR, ":postfix'");
	expect("a strategy that is not there",
	    with("smtp_tls_policy_maps = "
		 "socketmap:inet:127.0.0.1:8461:postfix/x\n"),
	    "map-name", FINDING_ERROR, "[queue.tls.x]");
	expect("a service of its own without us",
	    run_check("", "", "slow unix - - y - - smtp\n",
		"slow/unix/smtp_tls_policy_maps = hash:/b\n", NULL),
	    "policy-maps", FINDING_WARN,
	    "postconf -PX 'slow/unix/smtp_tls_policy_maps'");
	expect_fine("a service that asks nobody on purpose",
	    run_check("", "", "plain unix - - y - - smtp\n",
		"plain/unix/smtp_tls_policy_maps = static:may\n", NULL));
	f.map_fault = "nobody accepts";
	expect("nobody answers", run_check("", "", "", "", &f), "map-reachable",
	    FINDING_ERROR, "systemctl restart");
	expect("a relayhost", with("relayhost = [relay.example]\n"),
	    "relayhost", FINDING_WARN, "");
	expect("patterns switched off",
	    with("mail_version = 3.10.5\n"
		 "smtp_tls_enforce_sts_mx_patterns = no\n"
		 "smtp_tls_policy_maps = "
		 "socketmap:inet:127.0.0.1:8461:postfix-tlsrpt\n"),
	    "mx-patterns", FINDING_WARN,
	    "postconf -e 'smtp_tls_enforce_sts_mx_patterns = yes'");

	r = run_check("[policy]\nlisten = [\"unix:/q/t/s,mode=0660\"]\n",
	    "smtp_tls_policy_maps = socketmap:unix:/t/s:postfix\n", "", "",
	    NULL);
	is_str(r.fake.asked, "unix:/t/s postfix /q;",
	    "a Unix socket is asked from inside the jail");
	expect_fine("and is ours", r);
	r = run_check("[policy]\nlisten = [\"unix:/run/s\"]\n",
	    "smtp_tls_policy_maps = socketmap:unix:/run/s:postfix\n", "", "",
	    NULL);
	expect("a socket outside the jail", r, "policy-maps", FINDING_ERROR,
	    "listen = [\"inet:127.0.0.1:8461\"]");
}

static void
test_milters(void)
{
	struct fake f = good_fake;
	struct run r;

	expect("no milter", with("smtpd_milters = inet:127.0.0.1:1\n"),
	    "milters", FINDING_WARN,
	    "postconf -e 'smtpd_milters = inet:127.0.0.1:1, { "
	    "inet:127.0.0.1:8460, default_action=accept }'");
	expect("none for sendmail(1)", with("non_smtpd_milters =\n"), "milters",
	    FINDING_WARN,
	    "postconf -e 'non_smtpd_milters = { inet:127.0.0.1:8460");
	expect("a dead milter would stop mail",
	    with("smtpd_milters = inet:localhost:8460\n"), "milters",
	    FINDING_WARN, "default_action=accept");
	expect_fine("the default action of the host",
	    with("smtpd_milters = inet:localhost:8460\n"
		 "milter_default_action = accept\n"));
	expect("submission without it",
	    run_check("", "", "submission inet n - y - - smtpd\n",
		"submission/inet/smtpd_milters = \n", NULL),
	    "milters", FINDING_WARN,
	    "postconf -P 'submission/inet/smtpd_milters="
	    "{inet:127.0.0.1:8460,default_action=accept}'");
	expect_fine("a Unix socket, seen from the jail",
	    run_check("[milter]\nlisten = \"unix:/q/t/m\"\n",
		"smtpd_milters = { unix:/t/m, default_action=accept }\n"
		"non_smtpd_milters = { unix:t/m, default_action=accept }\n",
		"", "", NULL));
	f.milter_fault = "denied";
	r = run_check("[milter]\nlisten = \"unix:/q/t/m\"\n",
	    "smtpd_milters = { unix:/t/m, default_action=accept }\n"
	    "non_smtpd_milters = { unix:/t/m, default_action=accept }\n",
	    "", "", &f);
	is_str(fault(&r, "milters")->what,
	    "unix:/q/t/m can't be reached for smtpd_milters: unix:/t/m in /q: "
	    "denied.",
	    "a socket that smtpd(8) may not use, as it sees it");
	expect("and how it is mended", r, "milters", FINDING_WARN,
	    "group = \"postfix\"");
	expect("headers stay on", with("smtp_header_checks =\n"),
	    "strip-headers", FINDING_WARN,
	    "postconf -e 'smtp_header_checks = "
	    "regexp:{{/^X-TLS-(Strategy|Requirement):/ IGNORE}}'");
	expect_fine("no headers, nothing to strip",
	    run_check("[milter]\ntag-header = \"none\"\n",
		"smtp_header_checks =\n", "", "", NULL));
}

static const char strict_toml[] =
    "[milter]\nsteered = [\"strict\"]\n"
    "[queue.strategy]\n"
    "tls = [ { if = \"sender == 'a@b.example'\", then = \"'strict'\" }, "
    "{ else = \"'default'\" } ]\n"
    "[queue.tls.strict]\nmta-sts = \"require\"\n";

static const char strict_service[] = "tls-strict unix - - y - - smtp\n";
static const char strict_map[] = "tls-strict/unix/smtp_tls_policy_maps = "
				 "socketmap:inet:127.0.0.1:8461:postfix/strict"
				 "\n";

static void
test_steering(void)
{
	static const char steer[] = "milter_header_checks = regexp:steer\n";

	expect_fine("a steered strategy",
	    run_check(strict_toml, steer, strict_service, strict_map, NULL));
	expect("no header check",
	    run_check(strict_toml, "", strict_service, strict_map, NULL),
	    "steering", FINDING_ERROR,
	    "postconf -e 'milter_header_checks = regexp:{{/^X-TLS-Strategy: "
	    "(strict)$$/ FILTER tls-$$1:}}'");
	expect("a next hop in FILTER",
	    run_check(strict_toml, "milter_header_checks = regexp:fixed\n",
		strict_service, strict_map, NULL),
	    "steering", FINDING_ERROR, "milter_header_checks");
	expect("no transport", run_check(strict_toml, steer, "", "", NULL),
	    "steering", FINDING_ERROR,
	    "postconf -M 'tls-strict/unix = tls-strict unix - - y - - smtp");
	expect("a transport under the plain map",
	    run_check(strict_toml, steer, strict_service, "", NULL), "steering",
	    FINDING_ERROR,
	    "postconf -P 'tls-strict/unix/smtp_tls_policy_maps="
	    "socketmap:inet:127.0.0.1:8461:postfix/strict'");
	expect("a table in front of it",
	    run_check(strict_toml, steer, strict_service,
		"tls-strict/unix/smtp_tls_policy_maps = hash:/a, "
		"socketmap:inet:127.0.0.1:8461:postfix/strict\n",
		NULL),
	    "steering", FINDING_ERROR, "postfix/strict");
	expect("chosen by sender, not steered",
	    run_check(strict_toml +
		    strlen("[milter]\nsteered = [\"strict\"]\n"),
		"", "", "", NULL),
	    "steering", FINDING_WARN, "steered = [\"strict\"]");
}

static void
test_tls_required(void)
{
	static const char require[] =
	    "[queue.tls.default]\nstarttls = \"require\"\n";
	static const char modern[] =
	    "mail_version = 3.10.5\ntls_required_enable = yes\n"
	    "smtp_tls_policy_maps = "
	    "socketmap:inet:127.0.0.1:8461:postfix-tlsrpt\n";
	static const char reports[] =
	    "[report.tls.aggregate]\nfrom-address = \"tls@example.org\"\n";
	char *text;

	expect("require beside TLS-Required",
	    run_check(require, modern, "", "", NULL), "tls-required",
	    FINDING_WARN, "postconf -e 'tls_required_enable = no'");
	expect_fine("nothing is required", run_check("", modern, "", "", NULL));
	text = xasprintf("header_checks = regexp:required\n%s", modern);
	expect_fine("the header is taken off",
	    run_check(require, text, "", "", NULL));
	free(text);
	expect_fine("the header is taken off what users submit",
	    run_check(require, modern, "users unix n - y - 0 cleanup\n",
		"users/unix/header_checks = regexp:required\n", NULL));
	expect("reports need a way out", run_check(reports, "", "", "", NULL),
	    "own-reports", FINDING_WARN,
	    "postconf -e 'sender_dependent_default_transport_maps = "
	    "inline:{{tls@example.org = tlsrpt-plain:}}'");
	expect_fine("and have one",
	    run_check(reports,
		"sender_dependent_default_transport_maps = "
		"inline:{{tls@example.org = tlsrpt-plain:}}\n",
		"", "", NULL));
	expect_fine("3.7 does not know it",
	    run_check(require, "", "", "", NULL));
}

static void
test_json(void)
{
	struct run r = with("smtp_tls_loglevel = 0\n");
	json_t *list = findings_json(&r.k.out);
	const json_t *o;
	size_t i, found = 0;

	is_int(json_array_size(list), r.k.out.n, "JSON has every finding");
	json_array_foreach(list, i, o)
	{
		if (strcmp(json_string_value(json_object_get(o, "id")),
			"log-level") != 0)
			continue;
		found++;
		is_str(json_string_value(json_object_get(o, "severity")),
		    "warn", "severity");
		is_str(json_string_value(
			   json_array_get(json_object_get(o, "fix"), 0)),
		    "postconf -e 'smtp_tls_loglevel = 1'", "fix");
	}
	is_int(found, 1, "the log level is among them");
	json_decref(list);
	run_clear(&r);
}

int
main(void)
{
	test_tls();
	test_resolver();
	test_map();
	test_milters();
	test_steering();
	test_tls_required();
	test_json();
	return done_testing();
}
