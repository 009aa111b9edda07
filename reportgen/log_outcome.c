/* log_outcome: a session under its policy - see log_outcome.h */
#include "config.h"

#include "reportgen/log_outcome.h"
#include "share/rpt/datagram.h"

#include <string.h>

/* What is found out, and from it the datagram. */
struct judged {
	bool failed;
	enum datagram_code code;
	const char *reason;
};

/* ---- which policy ---- */

static void
use_tlsa(const struct log_tlsa *t, struct datagram_policy *out)
{
	out->type = DATAGRAM_TLSA;
	out->domain = t->base;
	out->strings = (const char *const *)t->records.text;
	out->nstrings = t->records.n;
}

static void
use_sts(const struct log_policy *p, struct datagram_policy *out)
{
	out->type = DATAGRAM_STS;
	out->domain = p->domain;
	out->strings = (const char *const *)p->strings.text;
	out->nstrings = p->strings.n;
	out->mx = (const char *const *)p->mx.text;
	out->nmx = p->mx.n;
}

/* Only DANE has codes of its own; its records may be gone by now. */
static bool
is_dane(const struct log_session *s, const struct log_policy *p)
{
	if (s->fact == LOG_FACT_UNUSABLE)
		return true;
	if (s->fact == LOG_FACT_SKIPPED)
		return s->code != DATAGRAM_VALIDATION_FAILURE;
	if (p->level == LOG_LEVEL_DANE_ONLY)
		return true;
	return p->level == LOG_LEVEL_DANE &&
	    log_policy_tlsa(p, s->peer.host) != NULL;
}

static void
choose_policy(const struct log_session *s, const struct log_policy *p,
    struct datagram_policy *out)
{
	const struct log_tlsa *tlsa;

	memset(out, 0, sizeof(*out));
	if (is_dane(s, p)) {
		tlsa = log_policy_tlsa(p, s->peer.host);
		out->type = DATAGRAM_TLSA;
		out->domain = s->peer.host;
		if (tlsa != NULL)
			use_tlsa(tlsa, out);
	} else if (p->sts) {
		use_sts(p, out);
	} else {
		out->type = DATAGRAM_NO_POLICY_FOUND;
		out->domain = s->domain;
	}
}

/* ---- which result ---- */

static enum log_verdict
fail(struct judged *j, enum datagram_code code, const char *reason)
{
	j->failed = true;
	j->code = code;
	j->reason = reason;
	return LOG_SEND;
}

/* What Postfix calls a certificate that does not fit, when it says nothing. */
static enum log_verdict
fail_verify(const struct log_session *s, struct judged *j)
{
	if (s->code != 0)
		return fail(j, s->code, s->reason);
	if (s->trust >= LOG_TRUSTED)
		return fail(j, DATAGRAM_CERTIFICATE_HOST_MISMATCH, NULL);
	return fail(j, DATAGRAM_CERTIFICATE_NOT_TRUSTED, NULL);
}

static bool
must_match(enum datagram_policy_type type, const struct log_policy *p)
{
	return type == DATAGRAM_TLSA || p->level == LOG_LEVEL_VERIFY;
}

/* Nobody checked; the log knows whether a CA stands behind the certificate. */
static enum log_verdict
judge_testing(const struct log_session *s, const struct log_policy *p,
    struct judged *j)
{
	if (!log_policy_lists(p, s->peer.host))
		return fail(j, DATAGRAM_VALIDATION_FAILURE, "mx-mismatch");
	if (s->trust < LOG_TRUSTED)
		return fail_verify(s, j);
	return LOG_SEND;
}

static enum log_verdict
judge_tls(const struct log_session *s, const struct log_policy *p,
    enum datagram_policy_type type, struct judged *j)
{
	if (s->refused)
		return fail_verify(s, j);
	if (type == DATAGRAM_STS && p->testing)
		return judge_testing(s, p, j);
	/* "TLS-Required: No", or a transport with a map of its own */
	if (must_match(type, p) && s->trust != LOG_VERIFIED)
		return LOG_NOT_FORCE;
	return LOG_SEND;
}

static enum log_verdict
judge_plain(const struct log_policy *p, enum datagram_policy_type type,
    struct judged *j)
{
	if (type == DATAGRAM_STS && p->testing)
		return fail(j, DATAGRAM_STARTTLS_NOT_SUPPORTED, NULL);
	return p->level == LOG_LEVEL_ENCRYPT || must_match(type, p)
	    ? LOG_NOT_FORCE
	    : LOG_NOTHING;
}

static enum log_verdict
judge(const struct log_session *s, const struct log_policy *p,
    enum datagram_policy_type type, struct judged *j)
{
	switch (s->fact) {
	case LOG_FACT_TLS:
		return judge_tls(s, p, type, j);
	case LOG_FACT_UNUSABLE:
		return fail(j, DATAGRAM_TLSA_INVALID,
		    "all-TLSA-records-unusable");
	case LOG_FACT_HANDSHAKE:
		return fail(j, DATAGRAM_VALIDATION_FAILURE,
		    "tls-handshake-failure");
	case LOG_FACT_NO_STARTTLS:
		return fail(j, DATAGRAM_STARTTLS_NOT_SUPPORTED, NULL);
	case LOG_FACT_PLAIN:
		return judge_plain(p, type, j);
	case LOG_FACT_SKIPPED:
		return fail(j, s->code, s->reason);
	}
	return LOG_NOTHING;
}

enum log_verdict
log_outcome_write(const struct log_session *s, const struct log_policy *p,
    const char *record, struct buf *out)
{
	struct datagram_policy policy;
	struct datagram_failure failure = { 0 };
	struct datagram d = { .domain = s->domain,
		.record = record,
		.policies = &policy,
		.npolicies = 1 };
	struct judged j = { 0 };
	enum log_verdict v;

	if (p->temp)
		return LOG_NOT_FORCE;
	choose_policy(s, p, &policy);
	if (s->told && s->fact != LOG_FACT_SKIPPED &&
	    !(policy.type == DATAGRAM_STS && p->testing))
		return LOG_TOLD;
	v = judge(s, p, policy.type, &j);
	if (v != LOG_SEND)
		return v;
	policy.failed = j.failed;
	if (j.failed) {
		failure.code = j.code;
		failure.reason = j.reason;
		failure.mx = s->peer.host;
		if (s->peer.address[0] != '\0')
			failure.receiving_ip = s->peer.address;
		policy.failures = &failure;
		policy.nfailures = 1;
	}
	datagram_write(&d, true, out);
	return LOG_SEND;
}
