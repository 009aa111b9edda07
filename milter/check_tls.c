/* check_tls: Postfix's own TLS client settings - see check_parts.h */
#include "config.h"

#include "milter/check_parts.h"
#include "share/base/xmem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

const char *
check_value(const struct check *k, const char *name)
{
	const char *v = postconf_get_for(k->p, CHECK_SMTP, name);

	return v != NULL ? v : "";
}

void
check_fix_set(struct check *k, struct finding *f, const char *name,
    const char *fmt, ...)
{
	va_list ap;
	char *value;

	va_start(ap, fmt);
	if (vasprintf(&value, fmt, ap) < 0)
		abort();
	va_end(ap);
	finding_fix(f, "%s -e '%s = %s'", k->postconf_cmd, name, value);
	free(value);
}

bool
check_uses_dane(const struct conf *c)
{
	size_t i;

	for (i = 0; i < c->nstrategies; i++)
		if (c->strategies[i].dane != STRATEGY_DISABLE)
			return true;
	return false;
}

bool
check_jailed(const struct check *k)
{
	const struct postconf_service *s = postconf_service(k->p, CHECK_SMTP);

	return s != NULL && s->chroot;
}

/* No CAfile: is there at least a usable CApath? */
static void
ca_path(struct check *k)
{
	const char *path = check_value(k, "smtp_tls_CApath");
	struct finding *f;
	struct err e;
	size_t n = 0;
	char *seen;

	seen = xasprintf("%s%s",
	    check_jailed(k) ? check_value(k, "queue_directory") : "", path);
	if (*path == '\0') {
		f = findings_add(&k->out, "ca-file", FINDING_ERROR,
		    "smtp_tls_CAfile is empty.");
		finding_why(f,
		    "Without root certificates every delivery that needs a "
		    "verified certificate (MTA-STS, starttls = require) is "
		    "deferred.");
	} else if (k->host->entries(k->host->ctx, seen, &n, &e) != 0 ||
	    n == 0) {
		f = findings_add(&k->out, "ca-file", FINDING_ERROR,
		    "smtp_tls_CAfile is empty and smtp_tls_CApath, seen by "
		    "smtp(8) as %s, has no certificates.",
		    seen);
		finding_why(f,
		    "A CApath is read inside the jail; a CAfile is read "
		    "before it.");
	} else {
		f = findings_add(&k->out, "ca-file", FINDING_WARN,
		    "smtp_tls_CAfile is empty; smtp_tls_CApath (%s) is used.",
		    seen);
		finding_why(f,
		    "The jail's copy of a CApath grows old; a CAfile is read "
		    "before smtp(8) enters the jail.");
	}
	check_fix_set(k, f, "smtp_tls_CAfile", SYSTEM_CA);
	free(seen);
}

void
check_ca_file(struct check *k)
{
	const char *path = check_value(k, "smtp_tls_CAfile");
	struct finding *f;
	struct err e;
	size_t roots = 0;

	if (*path == '\0') {
		ca_path(k);
		return;
	}
	if (k->host->ca_roots(k->host->ctx, path, &roots, &e) != 0) {
		f = findings_add(&k->out, "ca-file", FINDING_ERROR,
		    "smtp_tls_CAfile can't be read: %s.", e.text);
	} else if (roots == 0) {
		f = findings_add(&k->out, "ca-file", FINDING_ERROR,
		    "%s holds no root certificate.", path);
	} else {
		findings_add(&k->out, "ca-file", FINDING_OK,
		    "smtp_tls_CAfile = %s holds %zu root certificate%s%s.",
		    path, roots, roots == 1 ? "" : "s",
		    check_jailed(k) ? " and is read before the jail" : "");
		return;
	}
	finding_why(f,
	    "Every delivery that needs a verified certificate is deferred.");
	finding_fix(f, "apt-get install ca-certificates");
	check_fix_set(k, f, "smtp_tls_CAfile", SYSTEM_CA);
}

void
check_dns_support(struct check *k)
{
	const char *v = check_value(k, "smtp_dns_support_level");
	struct finding *f;

	if (strcmp(v, "dnssec") == 0) {
		findings_add(&k->out, "dns-support", FINDING_OK,
		    "smtp_dns_support_level = dnssec.");
		return;
	}
	if (!check_uses_dane(k->c)) {
		findings_add(&k->out, "dns-support", FINDING_OK,
		    "smtp_dns_support_level = %s; no strategy uses DANE.", v);
		return;
	}
	f = findings_add(&k->out, "dns-support", FINDING_ERROR,
	    "smtp_dns_support_level is \"%s\", not dnssec.", v);
	finding_why(f,
	    "Postfix then ignores TLSA records: \"dane\" silently allows "
	    "clear text and \"dane-only\" defers everything.");
	check_fix_set(k, f, "smtp_dns_support_level", "dnssec");
}

void
check_insecure_mx(struct check *k)
{
	const char *v = check_value(k, "smtp_tls_dane_insecure_mx_policy");
	struct finding *f;

	if (strcmp(v, "dane") == 0 || !check_uses_dane(k->c)) {
		findings_add(&k->out, "insecure-mx", FINDING_OK,
		    "smtp_tls_dane_insecure_mx_policy = %s%s.", v,
		    check_uses_dane(k->c) ? "" : "; no strategy uses DANE");
		return;
	}
	f = findings_add(&k->out, "insecure-mx", FINDING_WARN,
	    "smtp_tls_dane_insecure_mx_policy is \"%s\", not dane.", v);
	finding_why(f,
	    "Where the MX record is unsigned but its hosts have TLSA "
	    "records, \"dane\" is answered; Postfix then doesn't check "
	    "them.");
	check_fix_set(k, f, "smtp_tls_dane_insecure_mx_policy", "dane");
}

void
check_security_level(struct check *k)
{
	const char *v = check_value(k, "smtp_tls_security_level");
	const char *site = k->c->policy.site_level;
	struct finding *f;

	if (*v == '\0' || strcmp(v, "none") == 0) {
		f = findings_add(&k->out, "security-level", FINDING_WARN,
		    "smtp_tls_security_level is \"%s\".", v);
		finding_why(f,
		    "Mail for domains without a policy leaves in clear text "
		    "even where TLS is offered.");
		check_fix_set(k, f, "smtp_tls_security_level", "may");
	} else if (strcmp(v, site) != 0) {
		f = findings_add(&k->out, "security-level", FINDING_WARN,
		    "smtp_tls_security_level is \"%s\", [policy] site-level "
		    "is \"%s\".",
		    v, site);
		finding_why(f,
		    "The site's level applies where nothing is demanded; a "
		    "testing policy is answered only where it is \"may\", so "
		    "it must be known here.");
		finding_fix(f, "[policy]");
		finding_fix(f, "site-level = \"%s\"", v);
	} else
		findings_add(&k->out, "security-level", FINDING_OK,
		    "smtp_tls_security_level = %s.", v);
}

void
check_log_level(struct check *k)
{
	const char *v = check_value(k, "smtp_tls_loglevel");
	struct finding *f;

	if (strtol(v, NULL, 10) >= 1) {
		findings_add(&k->out, "log-level", FINDING_OK,
		    "smtp_tls_loglevel = %s.", v);
		return;
	}
	f = findings_add(&k->out, "log-level", FINDING_WARN,
	    "smtp_tls_loglevel is \"%s\".", v);
	finding_why(f,
	    "How each TLS connection ended (Verified, Trusted, Untrusted) is "
	    "not in the mail log.");
	check_fix_set(k, f, "smtp_tls_loglevel", "1");
}
