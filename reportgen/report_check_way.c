/* report_check_way: the way out - see report_check.h */
#include "config.h"

#include "reportgen/report_check.h"
#include "share/base/hostname.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define TLS_REQUIRED_VERSION 31000 /* Postfix knows TLS-Required: No */

static void
smtp(struct report_check *k, const char *where)
{
	struct report_check_greeting g = { false, 0 };
	const char *port = "25", *colon = strrchr(where, ':');
	char *host = xstrdup(where);
	struct finding *f;
	struct err e;

	/* a bare IPv6 address has colons of its own */
	if (colon != NULL && !hostname_is_address(where, strlen(where), NULL)) {
		host[colon - where] = '\0';
		port = colon + 1;
	}
	if (k->host->greet(k->host->ctx, host, port, &g, &e) == -1) {
		f = findings_add(&k->out, "way", FINDING_ERROR,
		    "smtp://%s takes no mail: %s.", where, e.text);
		finding_why(f, "Reports wait, and are given up after %lld h.",
		    (long long)(k->c->report.retry_ms / 3600000));
	} else if (g.has_size && g.size > 0 &&
	    g.size < k->c->report.max_size / 3 * 4) {
		/* base64 makes 4 octets of 3 */
		f = findings_add(&k->out, "way", FINDING_OK,
		    "smtp://%s takes mails of up to %lld octets.", where,
		    (long long)g.size);
		finding_why(f,
		    "That is less than max-size: larger reports are folded "
		    "and split.");
	} else {
		findings_add(&k->out, "way", FINDING_OK,
		    "smtp://%s takes mail.", where);
	}
	free(host);
}

void
report_check_way(struct report_check *k)
{
	const char *via = k->c->report.deliver_via;
	struct finding *f;

	if (strncmp(via, "smtp://", 7) == 0) {
		smtp(k, via + 7);
	} else if (strncmp(via, "sendmail:", 9) == 0 &&
	    !k->host->may_run(k->host->ctx, via + 9)) {
		f = findings_add(&k->out, "way", FINDING_ERROR,
		    "%s can't be run.", via + 9);
		finding_why(f, "[report.deliver] via names it.");
	} else if (strcmp(via, "none") != 0) {
		findings_add(&k->out, "way", FINDING_OK, "%s is there.",
		    via + 9);
	}
}

void
report_check_own(struct report_check *k)
{
	const char *from = k->c->report_from_address, *required, *maps;
	struct finding *f;

	if (k->p == NULL || from[0] == '\0' ||
	    strcmp(k->c->report.deliver_via, "none") == 0)
		return;
	required = postconf_get(k->p, "tls_required_enable");
	maps = postconf_get(k->p, "sender_dependent_default_transport_maps");
	if (maps != NULL && strstr(maps, from) != NULL) {
		findings_add(&k->out, "own-reports", FINDING_OK,
		    "Mail from %s has a transport of its own.", from);
	} else if (postconf_version(k->p) >= TLS_REQUIRED_VERSION &&
	    (required == NULL || strcmp(required, "no") != 0)) {
		findings_add(&k->out, "own-reports", FINDING_OK,
		    "Postfix heeds the \"TLS-Required: No\" of reports.");
	} else {
		f = findings_add(&k->out, "own-reports", FINDING_WARN,
		    "Postfix enforces TLS on reports as on other mail.");
		finding_why(f,
		    "A report about broken TLS must leave although TLS is "
		    "broken (RFC 8460 section 3): see main.cf-reports and "
		    "master.cf-reports.");
		finding_fix(f,
		    "postconf -M 'tlsrpt-plain/unix = tlsrpt-plain unix - - "
		    "%s - - smtp'",
		    report_check_jailed(k) ? "y" : "n");
		finding_fix(f,
		    "postconf -P 'tlsrpt-plain/unix/smtp_tls_policy_maps="
		    "static:may'");
		finding_fix(f,
		    "postconf -e 'sender_dependent_default_transport_maps = "
		    "%s%sinline:{{%s = tlsrpt-plain:}}'",
		    maps != NULL ? maps : "",
		    maps != NULL && maps[0] != '\0' ? ", " : "", from);
	}
}
