/* advice: what a reported failure means and how to mend it - see advice.h */
#include "config.h"

#include "analyzer/advice.h"

#include "share/base/hostname.h"

#include <stdbool.h>
#include <string.h>

#define ANY REPORT_POLICY_UNKNOWN

/*
 * One kind of failure. In texts %d is the policy domain and %m the MX host.
 * The first row that fits counts: those of a policy type or a reason stand
 * before the general one.
 */
struct kind {
	enum report_result result;
	enum report_policy_type policy; /* ANY: of each type */
	const char *reason;             /* that the reason holds; NULL: any */
	enum advice_fault fault;
	const char *title;
	const char *means;
	const char *why;
	const char *check;
	const char *fix;
};

#define OPENSSL "openssl s_client -starttls smtp -connect %m:25 -servername %m"

static const struct kind kinds[] = {
	{ REPORT_STARTTLS_NOT_SUPPORTED, ANY, NULL, ADVICE_OURS,
	    "no STARTTLS offered",
	    "The sender connected to %m and was not offered TLS, or the server "
	    "refused to start it.",
	    "A server that has TLS set up offers it to everybody. Something on "
	    "the way (a firewall that inspects SMTP) can take the offer away.",
	    "openssl s_client -starttls smtp -connect %m:25 -brief </dev/null",
	    "Set smtpd_tls_security_level = may and a certificate on %m, read "
	    "its log for TLS errors, and turn off SMTP inspection in firewalls "
	    "before it." },
	{ REPORT_CERTIFICATE_HOST_MISMATCH, REPORT_POLICY_STS, NULL,
	    ADVICE_OURS, "certificate for another name",
	    "The certificate of %m does not name %m, so the MTA-STS policy of "
	    "%d cannot be met.",
	    "A certificate's names are the same for every sender that uses "
	    "SNI; one that sends no SNI gets the default certificate.",
	    OPENSSL " </dev/null 2>/dev/null | openssl x509 -noout -ext "
		    "subjectAltName",
	    "Get a certificate whose subjectAltName has %m (a CN alone does "
	    "not count) and make it the default certificate of port 25." },
	{ REPORT_CERTIFICATE_HOST_MISMATCH, ANY, NULL, ADVICE_OURS,
	    "certificate for another name",
	    "The certificate of %m names neither %m nor what the policy of %d "
	    "allows.",
	    "A certificate's names are the same for every sender.",
	    OPENSSL " </dev/null 2>/dev/null | openssl x509 -noout -ext "
		    "subjectAltName",
	    "Get a certificate whose subjectAltName has %m." },
	{ REPORT_CERTIFICATE_EXPIRED, ANY, NULL, ADVICE_OURS,
	    "certificate expired",
	    "The certificate that %m showed, or one of its chain, was past its "
	    "date.",
	    "Dates are the same for every sender; a sender whose clock is "
	    "wrong would report it of everybody.",
	    OPENSSL " </dev/null 2>/dev/null | openssl x509 -noout -enddate",
	    "Renew the certificate and have the server load it: a renewal "
	    "without a reload goes on with the old one." },
	{ REPORT_CERTIFICATE_NOT_TRUSTED, REPORT_POLICY_TLSA, NULL, ADVICE_OURS,
	    "certificate does not match its TLSA records",
	    "The certificate or key of %m matches none of the TLSA records at "
	    "_25._tcp.%m, so senders with DANE do not deliver there.",
	    "This happens when a certificate is renewed with a new key and the "
	    "TLSA records stay.",
	    "dig +dnssec +short TLSA _25._tcp.%m\n" OPENSSL
	    " </dev/null 2>/dev/null | openssl x509 -noout -pubkey | openssl "
	    "pkey -pubin -outform DER | openssl dgst -sha256",
	    "Publish \"3 1 1\" with the hash of the key in use, keep the old "
	    "record until its TTL has passed, and renew with the same key or "
	    "publish the next key's record first." },
	{ REPORT_CERTIFICATE_NOT_TRUSTED, ANY, NULL, ADVICE_OURS,
	    "certificate not trusted",
	    "No chain led from the certificate of %m to a certificate "
	    "authority that the sender trusts: it is self-signed, its "
	    "intermediate certificates are not sent, or the authority is not "
	    "known everywhere.",
	    "If one sender alone reports it, its store of authorities may be "
	    "old; if several do, it is the chain.",
	    OPENSSL " -verify_return_error -brief </dev/null",
	    "Send the whole chain (smtpd_tls_chain_files with the "
	    "intermediate certificates) of a publicly trusted authority." },
	{ REPORT_VALIDATION_FAILURE, REPORT_POLICY_STS, "mx", ADVICE_OURS,
	    "MX host outside the policy",
	    "%m is an MX host of %d that the MTA-STS policy does not list; "
	    "senders pass it over.",
	    "Both the MX records and the policy are published by this site.",
	    "dig +short MX %d\ncurl -sS "
	    "https://mta-sts.%d/.well-known/mta-sts.txt",
	    "List %m as \"mx: %m\" in the policy and change the id of the "
	    "_mta-sts record, or take it out of the MX records." },
	{ REPORT_VALIDATION_FAILURE, ANY, "handshake", ADVICE_EITHER,
	    "TLS handshake failed",
	    "The TLS handshake with %m broke off before a certificate was "
	    "judged.",
	    "Old protocols or ciphers on one side, a connection that was cut, "
	    "or a firewall can do this.",
	    "openssl s_client -starttls smtp -connect %m:25 -brief </dev/null",
	    "Offer TLS 1.2 and 1.3 with the default ciphers; look for the same "
	    "minute in the server's log." },
	{ REPORT_VALIDATION_FAILURE, REPORT_POLICY_TLSA, NULL, ADVICE_OURS,
	    "DANE validation failed",
	    "The sender could not validate %m by its TLSA records.",
	    "TLSA records and certificate are both published by this site.",
	    "dig +dnssec TLSA _25._tcp.%m\n" OPENSSL " -brief </dev/null",
	    "Compare the records with the certificate in use; posture %d does "
	    "it for every MX host." },
	{ REPORT_VALIDATION_FAILURE, ANY, NULL, ADVICE_EITHER,
	    "validation failed",
	    "The session with %m failed for a reason that the sender gives no "
	    "kind of its own.",
	    "The reason beside it may tell more.", OPENSSL " -brief </dev/null",
	    "Read the reason and the server's log of that day." },
	{ REPORT_STS_POLICY_FETCH_ERROR, ANY, NULL, ADVICE_OURS,
	    "MTA-STS policy could not be fetched",
	    "The _mta-sts record of %d announces a policy that the sender "
	    "could not get by HTTPS.",
	    "If few sessions of one sender are concerned, its connection may "
	    "have failed for a while.",
	    "curl -sSv https://mta-sts.%d/.well-known/mta-sts.txt",
	    "Answer that address with status 200, without a redirect, as "
	    "text/plain, within seconds, over IPv4 and IPv6; or take the "
	    "_mta-sts record away." },
	{ REPORT_STS_POLICY_INVALID, ANY, NULL, ADVICE_OURS,
	    "MTA-STS policy not valid",
	    "The policy file of %d was fetched and is not of the form that RFC "
	    "8461 section 3.2 wants.",
	    "The file is the same for every sender; one that is stricter than "
	    "the others may see it alone.",
	    "curl -sS https://mta-sts.%d/.well-known/mta-sts.txt | od -c | "
	    "head",
	    "version: STSv1, mode, mx and max_age, a line each; no octet order "
	    "mark, no HTML." },
	{ REPORT_STS_WEBPKI_INVALID, ANY, NULL, ADVICE_OURS,
	    "certificate of the policy host not valid",
	    "The HTTPS certificate of mta-sts.%d did not verify, so its policy "
	    "does not count.",
	    "The certificate is the same for every sender.",
	    "curl -sSvI https://mta-sts.%d/.well-known/mta-sts.txt",
	    "Renew it, and have it name mta-sts.%d." },
	{ REPORT_TLSA_INVALID, ANY, NULL, ADVICE_OURS,
	    "TLSA records not usable",
	    "The TLSA records at _25._tcp.%m are there, but a sender can use "
	    "none of them.",
	    "Usages 0 and 1 are not for SMTP (RFC 7672 section 3.1.3), and a "
	    "hash must have its length.",
	    "dig +dnssec TLSA _25._tcp.%m",
	    "Publish \"3 1 1\" or \"2 1 1\" records with whole hashes." },
	{ REPORT_DNSSEC_INVALID, ANY, NULL, ADVICE_EITHER, "DNSSEC broken",
	    "The sender's resolver got an answer about %m that did not "
	    "validate, or none.",
	    "Signatures past their date are seen by every sender; a resolver "
	    "with a wrong clock or an old trust anchor sees it alone.",
	    "delv %m A\ndelv _25._tcp.%m TLSA",
	    "Look at the signatures' dates and the DS record at the parent; "
	    "re-sign the zone." },
	{ REPORT_DANE_REQUIRED, ANY, NULL, ADVICE_EITHER,
	    "sender insists on DANE",
	    "The sender is configured to use DANE for %d, and no MX host had "
	    "usable TLSA records.",
	    "Either the records went away here, or the sender asks for what "
	    "was never promised.",
	    "dig +dnssec TLSA _25._tcp.%m",
	    "Publish TLSA records for every MX host, in a signed zone; or ask "
	    "the sender." },
	{ REPORT_RESULT_UNKNOWN, ANY, NULL, ADVICE_EITHER,
	    "a failure of a kind RFC 8460 does not know",
	    "The sender uses a result type of its own for sessions with %m.",
	    "The reason beside it may tell more.", OPENSSL " -brief </dev/null",
	    "Ask the sender; contact-info is in the report." },
};

static const char testing[] = " The policy is in mode testing: the mail was "
			      "delivered nevertheless.";
static const char enforced[] = " The policy is in mode enforce: this mail "
			       "was held back and may have bounced.";

const char *
advice_fault_name(enum advice_fault f)
{
	static const char *const names[] = { "ours", "sender", "either" };

	return names[f];
}

/* Whether n octets of text are there, in any letter case. */
static bool
holds(const char *text, const char *word)
{
	return text != NULL && strcasestr(text, word) != NULL;
}

static const struct kind *
find(const struct advice_case *c)
{
	size_t i = 0, n = sizeof(kinds) / sizeof(kinds[0]);

	/* the last row fits what no other one does */
	while (i + 1 < n &&
	    (kinds[i].result != c->result ||
		(kinds[i].policy != ANY && kinds[i].policy != c->policy) ||
		(kinds[i].reason != NULL &&
		    !holds(c->reason, kinds[i].reason))))
		i++;
	return &kinds[i];
}

/* A name that may stand in a command, or what stands for it. */
static const char *
safe(const char *name, const char *instead)
{
	return name != NULL && hostname_is_normal(name) ? name : instead;
}

static void
fill(struct buf *out, const char *text, const struct advice_case *c)
{
	const char *p;

	for (; (p = strchr(text, '%')) != NULL; text = p + 2) {
		buf_add(out, text, (size_t)(p - text));
		buf_puts(out,
		    p[1] == 'm' ? safe(c->mx, "MX")
				: safe(c->domain, "DOMAIN"));
	}
	buf_puts(out, text);
}

void
advice_give(const struct advice_case *c, struct advice *a)
{
	const struct kind *k = find(c);

	buf_init(&a->means, ADVICE_TEXT_MAX);
	buf_init(&a->why, ADVICE_TEXT_MAX);
	buf_init(&a->check, ADVICE_TEXT_MAX);
	buf_init(&a->fix, ADVICE_TEXT_MAX);
	a->fault = k->fault;
	a->title = k->title;
	fill(&a->means, k->means, c);
	if (c->mode == ADVICE_MODE_TESTING)
		buf_puts(&a->means, testing);
	else if (c->mode == ADVICE_MODE_ENFORCE)
		buf_puts(&a->means, enforced);
	fill(&a->why, k->why, c);
	fill(&a->check, k->check, c);
	fill(&a->fix, k->fix, c);
}

void
advice_clear(struct advice *a)
{
	buf_clear(&a->means);
	buf_clear(&a->why);
	buf_clear(&a->check);
	buf_clear(&a->fix);
}
