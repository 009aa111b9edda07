/* check_sendmail_tls: build, certificates, DANE, STS - check_sendmail.h */
#include "config.h"

#include "milter/check_sendmail.h"

#include "milter/check_parts.h"

#include <string.h>

#define LOSES_MAIL 81802 /* 8.18.2 */
#define CA_FILE "/etc/ssl/certs/ca-certificates.crt"

void
check_sendmail_build(struct check_sendmail *k)
{
	const struct sendmail_host *s = k->s;
	const struct {
		bool there;
		const char *flag, *why;
	} flags[] = {
		{ s->starttls, "STARTTLS", "it can't do TLS" },
		{ s->socketmap, "SOCKETMAP", "it can't ask this daemon" },
		{ s->milter, "MILTER",
		    "what a message requires can't be bound to it" },
		{ s->altnames, "_FFR_TLS_ALTNAMES",
		    "it can't compare the names of certificates" },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].there)
			continue;
		finding_why(findings_add(&k->out, "sendmail-build",
				FINDING_ERROR,
				"This Sendmail is compiled without %s.",
				flags[i].flag),
		    "Without it %s. Debian's packages have it.", flags[i].why);
		good = false;
	}
	if (good)
		findings_add(&k->out, "sendmail-build", FINDING_OK,
		    "Sendmail %s has STARTTLS, SOCKETMAP, MILTER and "
		    "_FFR_TLS_ALTNAMES; DANE: %s.",
		    s->version, s->dane ? "yes" : "no");
}

static void
check_altnames(struct check_sendmail *k)
{
	struct finding *f;

	if (k->s->o_altnames) {
		findings_add(&k->out, "sendmail-altnames", FINDING_OK,
		    "O SetCertAltnames=true.");
		return;
	}
	f = findings_add(&k->out, "sendmail-altnames", FINDING_ERROR,
	    "O SetCertAltnames is not set.");
	finding_why(f,
	    "No certificate fits its host then: all that requires one is "
	    "deferred.");
	finding_fix(f, "LOCAL_CONFIG");
	finding_fix(f, "O SetCertAltnames=true");
}

static void
check_ca(struct check_sendmail *k)
{
	const char *file = k->s->ca_file;
	struct finding *f;
	size_t roots = 0;
	struct err e;

	if (file[0] == '\0') {
		f = findings_add(&k->out, "sendmail-ca", FINDING_ERROR,
		    "O CACertFile is not set.");
	} else if (k->host->ca_roots(k->host->ctx, file, &roots, &e) == -1) {
		f = findings_add(&k->out, "sendmail-ca", FINDING_ERROR,
		    "O CACertFile: %s.", e.text);
	} else if (roots == 0) {
		f = findings_add(&k->out, "sendmail-ca", FINDING_ERROR,
		    "O CACertFile %s holds no root certificate.", file);
	} else {
		findings_add(&k->out, "sendmail-ca", FINDING_OK,
		    "O CACertFile %s: %zu root certificates.", file, roots);
		return;
	}
	finding_why(f,
	    "${verify} is never OK then: all that requires a trusted "
	    "certificate is deferred.");
	finding_fix(f, "define(`confCACERT', `" CA_FILE "')");
	finding_fix(f, "define(`confCACERT_PATH', `/etc/ssl/certs')");
}

void
check_sendmail_certificates(struct check_sendmail *k)
{
	check_altnames(k);
	check_ca(k);
}

static bool
requires_dane(const struct conf *c)
{
	for (size_t i = 0; i < c->nstrategies; i++)
		if (c->strategies[i].dane == STRATEGY_REQUIRE)
			return true;
	return false;
}

/* DANE of Sendmail trusts the AD bit of resolv.conf's servers. */
static void
check_ad(struct check_sendmail *k)
{
	enum ad_probe_result r = AD_PROBE_NOTHING;
	struct finding *f;
	struct err e;

	if (k->host->probe_ad(k->host->ctx, "/etc/resolv.conf",
		k->c->dns.trust_anchors, &r, &e) == 0 &&
	    r == AD_PROBE_YES) {
		findings_add(&k->out, "resolver-ad", FINDING_OK,
		    "The resolver in /etc/resolv.conf validates and gives AD.");
		return;
	}
	f = findings_add(&k->out, "resolver-ad",
	    r == AD_PROBE_NO ? FINDING_ERROR : FINDING_WARN,
	    r == AD_PROBE_NO
		? "The resolver in /etc/resolv.conf gives no AD bit."
		: "The resolver in /etc/resolv.conf did not answer the probe.");
	finding_why(f, "Sendmail trusts TLSA records only with AD.");
	finding_fix(f, "apt-get install unbound");
	finding_fix(f,
	    "# then /etc/resolv.conf: nameserver 127.0.0.1, options edns0 "
	    "trust-ad");
}

static void
dane_off(struct check_sendmail *k)
{
	struct finding *f;

	f = findings_add(&k->out, "sendmail-dane", FINDING_WARN,
	    k->s->dane ? "O DANE is not set."
		       : "This Sendmail is built without DANE (8.18 has it).");
	finding_why(f,
	    "Domains with TLSA records get TLS without authentication, or by "
	    "their MTA-STS policy%s.",
	    requires_dane(k->c)
		? "; what strategies with dane = require ask for is refused"
		: "");
	if (k->s->dane) {
		finding_fix(f, "LOCAL_CONFIG");
		finding_fix(f, "O DANE=true");
	}
}

void
check_sendmail_dane(struct check_sendmail *k)
{
	bool does = sendmail_host_does_dane(k->s);
	int says = k->c->milter.sendmail_dane;
	struct finding *f;

	if ((says == CONF_YES && !does) || (says == CONF_NO && does)) {
		f = findings_add(&k->out, "sendmail-dane", FINDING_ERROR,
		    "[milter] sendmail-dane = \"%s\", but Sendmail %s DANE.",
		    says == CONF_YES ? "yes" : "no", does ? "does" : "does no");
		finding_why(f,
		    says == CONF_YES
			? "All mail for domains with TLSA records is deferred."
			: "DANE is done but not asked for.");
		finding_fix(f, "[milter]");
		finding_fix(f, "sendmail-dane = \"auto\"");
	} else if (does) {
		findings_add(&k->out, "sendmail-dane", FINDING_OK,
		    "Sendmail does DANE by itself.");
	} else {
		dane_off(k);
	}
	if (does)
		check_ad(k);
}

/* Proved: several recipients in different domains on one MX host. */
static bool
loses_mail(const struct sendmail_host *s)
{
	return check_sendmail_version(s->version) >= LOSES_MAIL &&
	    (s->o_sts || s->sends_sni) && !s->max_rcpt_1;
}

void
check_sendmail_sts(struct check_sendmail *k)
{
	const struct sendmail_host *s = k->s;
	struct finding *f;

	if (loses_mail(s)) {
		f = findings_add(&k->out, "sendmail-sts", FINDING_ERROR,
		    "Sendmail %s with %s loses mail.", s->version,
		    s->o_sts ? "FEATURE(`sts')"
			     : "servername= in tls_clt_features");
		finding_why(f,
		    "Of a message to several domains on one MX host some "
		    "recipients are neither delivered nor queued nor bounced.");
		finding_fix(f, "define(`SMTP_MAILER_MAXRCPTS', `1')");
		finding_fix(f,
		    "# or take FEATURE(`sts') and servername= away: "
		    "tlsherald.m4 needs neither");
	} else if (s->o_sts) {
		f = findings_add(&k->out, "sendmail-sts", FINDING_WARN,
		    "FEATURE(`sts') is there beside tlsherald.m4.");
		finding_why(f,
		    "It knows MTA-STS policies alone, no strategies, and its "
		    "deferrals give no reason; with Sendmail 8.18.2 it loses "
		    "mail.");
		finding_fix(f, "# take the line FEATURE(`sts', ...) away");
	} else {
		findings_add(&k->out, "sendmail-sts", FINDING_OK,
		    s->sends_sni
			? "No FEATURE(`sts'); server names are sent (SNI)."
			: "No FEATURE(`sts'). No server name is sent (SNI): a "
			  "host that chooses certificates by it may show "
			  "another one.");
	}
}

void
check_sendmail_connection(struct check_sendmail *k)
{
	struct finding *f;

	if (!k->s->calls_connection || k->s->full_tls_check) {
		findings_add(&k->out, "sendmail-connection", FINDING_OK,
		    "No local ruleset calls TLS_connection without its map.");
		return;
	}
	f = findings_add(&k->out, "sendmail-connection", FINDING_ERROR,
	    "A local ruleset calls TLS_connection, but there is no map macro.");
	finding_why(f,
	    "Sendmail logs \"map macro not found\" and delivers all the same.");
	finding_fix(f, "define(`_FULL_TLS_CONNECTION_CHECK_', `1')");
	finding_fix(f, "define(`_NEED_MACRO_MAP_', `1')");
}
