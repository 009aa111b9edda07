/* report_text: numbers and words for people - see report_text.h */
#include "config.h"

#include "reportgen/report_text.h"
#include "share/base/text.h"

#include <string.h>

#define TEXT_SHOWN 200

/* By enum report_result; RFC 8460 section 4.3 defines them. */
static const char *const advice[REPORT_RESULT_N] = {
	[REPORT_RESULT_UNKNOWN] = "Something else went wrong.",
	[REPORT_STARTTLS_NOT_SUPPORTED] =
	    "The server did not offer STARTTLS, or refused it.",
	[REPORT_CERTIFICATE_HOST_MISMATCH] =
	    "The server's certificate does not hold its name.",
	[REPORT_CERTIFICATE_NOT_TRUSTED] =
	    "The server's certificate was issued by nobody that is trusted, or "
	    "an intermediate certificate is missing.",
	[REPORT_CERTIFICATE_EXPIRED] =
	    "The server's certificate has expired, or is not valid yet.",
	[REPORT_VALIDATION_FAILURE] =
	    "The TLS handshake or the check of the certificate failed.",
	[REPORT_STS_POLICY_FETCH_ERROR] =
	    "The MTA-STS policy could not be fetched from its web server.",
	[REPORT_STS_POLICY_INVALID] = "The MTA-STS policy is not of its form.",
	[REPORT_STS_WEBPKI_INVALID] =
	    "The web server of the MTA-STS policy has a certificate that is "
	    "not valid.",
	[REPORT_TLSA_INVALID] =
	    "The TLSA records are not of their form, or none fits the server's "
	    "certificate.",
	[REPORT_DNSSEC_INVALID] =
	    "DNSSEC validation of the domain's records failed.",
	[REPORT_DANE_REQUIRED] =
	    "DANE was required, and the domain has no usable TLSA records.",
};

void
report_text_count(int64_t n, struct buf *out)
{
	char digits[24];
	size_t len;

	snprintf(digits, sizeof(digits), "%lld", (long long)n);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			buf_puts(out, ",");
		buf_add(out, digits + i, 1);
	}
}

void
report_text_escaped(const char *s, struct buf *out)
{
	char text[TEXT_SHOWN];

	buf_puts(out, text_escape(text, sizeof(text), s, strlen(s)));
}

const char *
report_text_advice(enum report_result result)
{
	return advice[result < REPORT_RESULT_N ? result
					       : REPORT_RESULT_UNKNOWN];
}

const char *
report_text_policy(enum report_policy_type type)
{
	switch (type) {
	case REPORT_POLICY_TLSA:
		return "DANE";
	case REPORT_POLICY_STS:
		return "MTA-STS";
	case REPORT_POLICY_NONE:
		return "no policy";
	default:
		return "another policy";
	}
}

const char *
report_text_state(enum outbox_state state)
{
	static const char *const names[OUTBOX_STATES] = {
		[OUTBOX_NEW] = "new",
		[OUTBOX_GOING] = "going",
		[OUTBOX_SENT] = "sent",
		[OUTBOX_FAILED] = "failed",
		[OUTBOX_WITHDRAWN] = "withdrawn",
		[OUTBOX_HELD] = "held",
	};

	return state < OUTBOX_STATES ? names[state] : "unknown";
}

const char *
report_text_fate(enum outbox_fate fate)
{
	static const char *const names[OUTBOX_FATES] = {
		[OUTBOX_PENDING] = "pending",
		[OUTBOX_ACCEPTED] = "accepted",
		[OUTBOX_REFUSED] = "refused",
		[OUTBOX_SUPPRESSED] = "suppressed",
		[OUTBOX_CAPPED] = "capped",
	};

	return fate < OUTBOX_FATES ? names[fate] : "unknown";
}
