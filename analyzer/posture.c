/* posture: what a domain publishes, judged - see posture.h */
#include "config.h"

#include "analyzer/posture.h"

#include "share/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY 86400

static bool
is_known(enum dns_security s)
{
	return s == DNS_SECURE || s == DNS_INSECURE;
}

/* ---- MX hosts ---- */

static void
judge_mx(const struct published *p, struct findings *out)
{
	if (p->mx_security == DNS_BOGUS) {
		finding_why(findings_add(out, "mx", FINDING_ERROR,
				"the MX records of %s are bogus", p->domain),
		    "DNSSEC validation fails: senders that validate hold "
		    "mail back");
	} else if (!is_known(p->mx_security)) {
		findings_add(out, "mx", FINDING_WARN,
		    "the MX records of %s could not be looked up", p->domain);
	} else if (p->no_mail) {
		findings_add(out, "mx", FINDING_OK,
		    "%s takes no mail (null MX)", p->domain);
	} else if (p->nmx == 0) {
		findings_add(out, "mx", FINDING_ERROR,
		    "%s does not exist or has no usable MX host", p->domain);
	} else {
		findings_add(out, "mx", FINDING_OK, "%zu MX host%s, zone %s%s",
		    p->nmx, p->nmx == 1 ? "" : "s",
		    p->mx_security == DNS_SECURE ? "signed" : "not signed",
		    p->implicit ? " (no MX record: the domain itself)" : "");
	}
}

static void
judge_stage(const struct published_mx *mx, struct findings *out)
{
	const struct smtp_probe *r = &mx->probe;

	if (r->stage == SMTP_PROBE_DONE) {
		findings_add(out, "starttls", FINDING_OK, "%s: %s, %s",
		    mx->host, r->version, r->cipher);
		return;
	}
	if (r->stage <= SMTP_PROBE_GREETING) {
		finding_why(findings_add(out, "starttls", FINDING_WARN,
				"%s: no SMTP session from here: %s", mx->host,
				r->why),
		    "many networks block port 25 on the way out; ask from a "
		    "host that sends mail");
		return;
	}
	finding_fix(finding_why(findings_add(out, "starttls", FINDING_ERROR,
				    "%s: no TLS: %s", mx->host, r->why),
			"senders that require TLS hold mail back"),
	    "openssl s_client -starttls smtp -connect %s:25 -brief "
	    "</dev/null",
	    mx->host);
}

static void
judge_dates(const struct published_mx *mx, int64_t now_s, struct findings *out)
{
	for (size_t i = 0; i < mx->probe.ncerts; i++) {
		const struct cert_info *c = &mx->probe.cert[i].info;
		const char *what = i == 0 ? "its certificate" : c->subject;
		char when[32];

		(void)text_rfc3339(when, sizeof(when), (time_t)c->not_after);
		if (c->not_after < now_s)
			finding_fix(findings_add(out, "expiry", FINDING_ERROR,
					"%s: %s expired %s", mx->host, what,
					when),
			    "renew it and reload the server");
		else if (c->not_after < now_s + POSTURE_EXPIRY_WARN_S)
			findings_add(out, "expiry", FINDING_WARN,
			    "%s: %s expires %s", mx->host, what, when);
		else if (i == 0)
			findings_add(out, "expiry", FINDING_OK,
			    "%s: valid until %s", mx->host, when);
	}
}

/* Of what senders without DANE, but with MTA-STS, look at. */
static void
judge_names(const struct published *p, const struct published_mx *mx,
    struct findings *out)
{
	const struct cert_info *c = &mx->probe.cert[0].info;
	/* certificates of hosts with DANE alone need no authority and name */
	enum finding_severity bad =
	    p->policy != NULL && p->policy->mode != STS_NONE ? FINDING_ERROR
							     : FINDING_WARN;

	if (!cert_info_has_name(c, mx->host))
		finding_fix(finding_why(findings_add(out, "name", bad,
					    "%s: its certificate does not "
					    "name it",
					    mx->host),
				"MTA-STS wants the MX host in a "
				"subjectAltName (RFC 8461 section 4.1)"),
		    "get a certificate for %s", mx->host);
	else
		findings_add(out, "name", FINDING_OK,
		    "%s: its certificate names it", mx->host);
	if (!mx->probe.trusted)
		finding_why(findings_add(out, "chain", bad,
				"%s: its certificate is not trusted: %s",
				mx->host, mx->probe.untrusted),
		    "MTA-STS wants a chain to a public authority");
	else
		findings_add(out, "chain", FINDING_OK,
		    "%s: its chain leads to an authority", mx->host);
}

/* Whether a certificate of the server matches a record (RFC 7672). */
static bool
matches(const struct smtp_probe *r, const struct dns_tlsa *t)
{
	/* usage 3: the leaf alone; usage 2: any that was sent above it */
	for (size_t i = t->usage == 2 ? 1 : 0; i < r->ncerts; i++) {
		const struct smtp_probe_cert *c = &r->cert[i];

		if (cert_info_matches(&c->info, c->der, c->len, t->selector,
			t->mtype, t->data, t->len))
			return true;
		if (t->usage == 3)
			break;
	}
	return false;
}

/* How many records senders can use (RFC 7672 section 3.1.3), how many match. */
struct tlsa_count {
	size_t usable, matching;
};

static struct tlsa_count
count_tlsa(const struct published_mx *mx)
{
	struct tlsa_count n = { 0, 0 };

	for (size_t i = 0; i < mx->ntlsa; i++) {
		const struct dns_tlsa *t = &mx->tlsa[i];

		if ((t->usage != 2 && t->usage != 3) || t->selector > 1 ||
		    t->mtype > 2)
			continue;
		n.usable++;
		if (mx->probed && mx->probe.stage == SMTP_PROBE_DONE)
			n.matching += matches(&mx->probe, t);
	}
	return n;
}

/* Records that are there, and whose zone is signed. */
static void
judge_records(const struct published_mx *mx, struct findings *out)
{
	struct tlsa_count n = count_tlsa(mx);

	if (n.usable == 0)
		findings_add(out, "tlsa", FINDING_ERROR,
		    "%s: none of its %zu TLSA records is usable", mx->host,
		    mx->ntlsa);
	else if (!mx->probed || mx->probe.stage != SMTP_PROBE_DONE)
		findings_add(out, "tlsa", FINDING_WARN,
		    "%s: %zu TLSA records, not compared", mx->host, n.usable);
	else if (n.matching == 0)
		finding_fix(finding_why(findings_add(out, "tlsa", FINDING_ERROR,
					    "%s: no TLSA record matches its "
					    "certificate",
					    mx->host),
				"senders with DANE hold mail back"),
		    "publish the hash of the key in use as \"3 1 1\" at "
		    "_25._tcp.%s",
		    mx->host);
	else
		findings_add(out, "tlsa", FINDING_OK,
		    "%s: %zu of %zu TLSA records match", mx->host, n.matching,
		    mx->ntlsa);
}

static void
judge_tlsa(const struct published_mx *mx, struct findings *out)
{
	if (mx->tlsa_security == DNS_BOGUS)
		findings_add(out, "tlsa", FINDING_ERROR,
		    "%s: its TLSA records are bogus", mx->host);
	else if (mx->tlsa_security == DNS_UNKNOWN)
		findings_add(out, "tlsa", FINDING_WARN,
		    "%s: TLSA records could not be looked up", mx->host);
	else if (mx->ntlsa == 0)
		findings_add(out, "tlsa", FINDING_OK, "%s: no DANE", mx->host);
	else if (mx->tlsa_security != DNS_SECURE)
		finding_why(findings_add(out, "tlsa", FINDING_WARN,
				"%s: TLSA records in a zone that is not "
				"signed",
				mx->host),
		    "nobody uses them (RFC 7672 section 2.2)");
	else
		judge_records(mx, out);
}

static void
judge_host(const struct published *p, const struct published_mx *mx,
    int64_t now_s, struct findings *out)
{
	if (mx->naddresses == 0)
		findings_add(out, "address", FINDING_ERROR,
		    "%s: no address was found", mx->host);
	if (mx->probed)
		judge_stage(mx, out);
	if (mx->probed && mx->probe.ncerts > 0) {
		judge_dates(mx, now_s, out);
		judge_names(p, mx, out);
	}
	judge_tlsa(mx, out);
}

/* ---- MTA-STS and TLSRPT ---- */

static void
judge_coverage(const struct published *p, struct findings *out)
{
	enum finding_severity bad =
	    p->policy->mode == STS_ENFORCE ? FINDING_ERROR : FINDING_WARN;

	for (size_t i = 0; i < p->nmx && p->policy->mode != STS_NONE; i++)
		if (!sts_policy_covers(p->policy, p->mx[i].host))
			finding_fix(findings_add(out, "sts-mx", bad,
					"%s is an MX host outside the MTA-STS "
					"policy",
					p->mx[i].host),
			    "add \"mx: %s\" to the policy and change the id "
			    "of its record",
			    p->mx[i].host);
}

static void
judge_sts(const struct published *p, struct findings *out)
{
	if (!p->sts_known) {
		findings_add(out, "sts", FINDING_WARN,
		    "_mta-sts.%s could not be looked up", p->domain);
	} else if (p->sts == STS_RECORD_MALFORMED) {
		finding_fix(findings_add(out, "sts", FINDING_ERROR,
				"_mta-sts.%s is malformed: it counts as none",
				p->domain),
		    "publish exactly one: \"v=STSv1; id=20260101T000000;\"");
	} else if (p->sts == STS_RECORD_NONE) {
		findings_add(out, "sts", FINDING_OK, "no MTA-STS");
	} else if (p->policy == NULL) {
		finding_fix(findings_add(out, "sts", FINDING_ERROR,
				"the MTA-STS policy cannot be used: %s (%s)",
				sts_fetch_result_name(p->fetch), p->fetch_why),
		    "curl -v https://mta-sts.%s/.well-known/mta-sts.txt",
		    p->domain);
	} else {
		findings_add(out, "sts", FINDING_OK,
		    "MTA-STS policy in mode %s, max_age %u s, %u patterns",
		    sts_mode_name(p->policy->mode), p->policy->max_age,
		    (unsigned)p->policy->nmx);
		if (p->policy->max_age < DAY)
			findings_add(out, "sts-age", FINDING_WARN,
			    "max_age is below a day: an attacker only needs "
			    "to wait (RFC 8461 section 3.2 wants weeks)");
		judge_coverage(p, out);
	}
}

static void
judge_tlsrpt(const struct published *p, struct findings *out)
{
	if (!p->tlsrpt_known)
		findings_add(out, "tlsrpt", FINDING_WARN,
		    "_smtp._tls.%s could not be looked up", p->domain);
	else if (p->tlsrpt == TLSRPT_OK)
		findings_add(out, "tlsrpt", FINDING_OK, "reports are wanted");
	else if (p->tlsrpt == TLSRPT_NONE)
		finding_fix(findings_add(out, "tlsrpt", FINDING_WARN,
				"no TLSRPT record: nobody reports"),
		    "_smtp._tls.%s. TXT \"v=TLSRPTv1; rua=mailto:tlsrpt@%s\"",
		    p->domain, p->domain);
	else
		findings_add(out, "tlsrpt", FINDING_ERROR,
		    "the TLSRPT record is of no use: %s",
		    tlsrpt_result_text(p->tlsrpt));
}

void
posture_judge(const struct published *p, int64_t now_s, struct findings *out)
{
	judge_mx(p, out);
	for (size_t i = 0; i < p->nmx; i++)
		judge_host(p, &p->mx[i], now_s, out);
	judge_sts(p, out);
	judge_tlsrpt(p, out);
}
