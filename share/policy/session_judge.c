/* session_judge: does a session meet the requirement - see session_judge.h */
#include "config.h"

#include "share/policy/session_judge.h"
#include "share/policy/sts_policy.h"

#include <stdio.h>
#include <string.h>

static const char *const fault_text[FAULTS] = {
	[FAULT_NONE] = "",
	[FAULT_PLAINTEXT] = "no STARTTLS",
	[FAULT_HANDSHAKE] = "TLS handshake failed",
	[FAULT_UNTRUSTED] = "certificate not trusted",
	[FAULT_NAME] = "certificate not for this host",
	[FAULT_REUSED] = "session opened for another message",
	[FAULT_OUTSIDE] = "host not in the policy",
	[FAULT_MISMATCH] = "certificate matches no TLSA record",
	[FAULT_NO_TLSA] = "host has no usable TLSA records",
	[FAULT_TLSA_TEMP] = "TLSA records not known",
	[FAULT_NO_DANE] = "DANE is required, but this Sendmail does no DANE",
};

const char *
session_fault_text(enum session_fault fault)
{
	return fault_text[fault];
}

/* ---- what a session lacks ---- */

static enum session_fault
lacks_encrypt(const struct session *s)
{
	if (session_encrypted(s))
		return FAULT_NONE;
	if (s->verify == VERIFY_BROKEN)
		return FAULT_HANDSHAKE;
	return FAULT_PLAINTEXT;
}

static enum session_fault
lacks_verify(const struct session *s)
{
	enum session_fault fault = lacks_encrypt(s);

	if (fault != FAULT_NONE || s->verify == VERIFY_TRUSTED)
		return fault;
	if (s->verify == VERIFY_DANE_FAIL)
		return FAULT_MISMATCH;
	if (s->verify != VERIFY_OK)
		return FAULT_UNTRUSTED;
	if (s->reused)
		return FAULT_REUSED;
	return s->san ? FAULT_NONE : FAULT_NAME;
}

static enum session_fault
lacks_secure(const struct session *s, const struct sts_policy *p)
{
	if (p == NULL || s->mx[0] == '\0' || !sts_policy_covers(p, s->mx))
		return FAULT_OUTSIDE;
	return lacks_verify(s);
}

/* DANE of a host that has usable TLSA, or that must have. */
static enum session_fault
lacks_trusted(const struct session *s, bool has_tlsa)
{
	if (s->verify == VERIFY_DANE_TEMP)
		return FAULT_TLSA_TEMP;
	if (!session_encrypted(s))
		return lacks_encrypt(s);
	if (s->verify == VERIFY_TRUSTED)
		return FAULT_NONE;
	return has_tlsa || s->verify == VERIFY_DANE_FAIL ? FAULT_MISMATCH
							 : FAULT_NO_TLSA;
}

static enum session_fault
lacks_dane(const struct session *s, bool has_tlsa)
{
	if (has_tlsa || s->verify == VERIFY_DANE_FAIL ||
	    s->verify == VERIFY_DANE_TEMP)
		return lacks_trusted(s, has_tlsa);
	return lacks_encrypt(s);
}

static enum session_fault
lacks(const struct session *s, const struct verdict *v,
    enum decision_level level)
{
	bool has_tlsa = verdict_tlsa_base(v, s->mx) != NULL;

	switch (level) {
	case LEVEL_ENCRYPT:
		return lacks_encrypt(s);
	case LEVEL_VERIFY:
		return lacks_verify(s);
	case LEVEL_SECURE:
		return lacks_secure(s, v->policy);
	case LEVEL_DANE:
		return lacks_dane(s, has_tlsa);
	case LEVEL_DANE_ONLY:
		return lacks_trusted(s, has_tlsa);
	default:
		return FAULT_NONE;
	}
}

/* ---- what is demanded ---- */

static bool
is_enforced(const struct verdict *v)
{
	return v->policy != NULL && v->policy->mode == STS_ENFORCE;
}

static bool
is_dane(enum decision_level level)
{
	return level == LEVEL_DANE || level == LEVEL_DANE_ONLY;
}

/* What a strategy alone asks for; what the domain published is set aside. */
static enum decision_level
level_of_strategy(const struct strategy *s, enum decision_level level)
{
	if (s->dane == STRATEGY_REQUIRE || s->mta_sts == STRATEGY_REQUIRE)
		return level;
	if (s->starttls == STRATEGY_REQUIRE)
		return s->allow_invalid_certs || level == LEVEL_ENCRYPT
		    ? LEVEL_ENCRYPT
		    : LEVEL_VERIFY;
	return s->starttls == STRATEGY_DISABLE ? LEVEL_NONE : LEVEL_MAY;
}

/*
 * The level where Sendmail itself knows nothing of DANE: the domain's policy,
 * and what the strategy asks of STARTTLS, step in for it.
 */
static enum decision_level
level_without_dane(const struct verdict *v, const struct strategy *s,
    enum decision_level level)
{
	if (!is_dane(level))
		return level;
	if (is_enforced(v))
		return LEVEL_SECURE;
	return s->starttls == STRATEGY_REQUIRE && !s->allow_invalid_certs
	    ? LEVEL_VERIFY
	    : LEVEL_ENCRYPT;
}

static const char *
source_of(const struct verdict *v, enum decision_level level)
{
	if (v->decision.overridden)
		return "an override";
	if (level == LEVEL_SECURE)
		return "MTA-STS";
	return is_dane(level) ? "DANE" : "the TLS strategy";
}

static void
fail(struct session_judgement *out, enum session_action action,
    const char *domain, const char *why)
{
	out->action = action;
	(void)snprintf(out->why, sizeof(out->why), "%.100s - %s", domain, why);
}

static void
judge_temp(const struct session *s, const struct verdict *v,
    struct session_judgement *out)
{
	const struct decision *d = &v->decision;

	fail(out, d->require == REQUIRE_UNMET ? SESSION_FAIL : SESSION_TEMP,
	    s->domain, d->why);
}

static bool
sendmail_says_dane(const struct session *s)
{
	return s->verify == VERIFY_DANE_FAIL ||
	    s->verify == VERIFY_DANE_NOTLS || s->verify == VERIFY_DANE_TEMP;
}

static void
judge_level(const struct session *s, const struct verdict *v,
    struct session_judgement *out)
{
	out->fault = lacks(s, v, out->level);
	if (out->fault == FAULT_NONE)
		return;
	out->action = SESSION_FAIL;
	/* what is wrong comes first: mailq cuts the line */
	(void)snprintf(out->why, sizeof(out->why), "%s - %s of %.90s",
	    fault_text[out->fault], source_of(v, out->level), s->domain);
}

void
session_judge(const struct session *s, const struct verdict *v,
    const struct session_rules *r, struct session_judgement *out)
{
	bool waived = r->exempt || v->decision.overridden;

	memset(out, 0, sizeof(*out));
	out->level = r->exempt ? LEVEL_MAY : decision_in_force(&v->decision);
	if (r->observe)
		return;
	if (r->tls_required_no && !waived && out->level != LEVEL_TEMP) {
		enum decision_level level =
		    level_of_strategy(r->strategy, out->level);

		waived = level != out->level;
		out->level = level;
	}
	if (out->level == LEVEL_TEMP) {
		judge_temp(s, v, out);
		return;
	}
	if (!r->sendmail_dane && is_dane(out->level)) {
		if (r->strategy->dane == STRATEGY_REQUIRE) {
			out->fault = FAULT_NO_DANE;
			fail(out, SESSION_FAIL, s->domain,
			    fault_text[FAULT_NO_DANE]);
			return;
		}
		out->level = level_without_dane(v, r->strategy, out->level);
	}
	judge_level(s, v, out);
	if (out->action == SESSION_PASS && waived && sendmail_says_dane(s))
		out->action = SESSION_WAIVE;
}

/* ---- what is reported ---- */

/* The policy in force, whatever an operator or the sender set aside. */
static enum session_policy
policy_of(const struct session *s, const struct verdict *v,
    const struct session_rules *r, const char **base)
{
	const struct decision *d = &v->decision;

	*base = verdict_tlsa_base(v, s->mx);
	if (*base != NULL && is_dane(d->level) && r->sendmail_dane)
		return SESSION_TLSA;
	if (d->level == LEVEL_DANE_ONLY && r->sendmail_dane) {
		*base = s->mx; /* dane-required of a host that has none */
		return SESSION_TLSA;
	}
	if (d->level == LEVEL_SECURE ||
	    (is_dane(d->level) && !r->sendmail_dane && is_enforced(v)))
		return SESSION_STS;
	if (!is_dane(d->level) && v->policy != NULL &&
	    v->policy->mode == STS_TESTING)
		return SESSION_STS;
	return SESSION_NO_POLICY;
}

/*
 * Without a policy a session counts when it is encrypted, whatever its
 * certificate, unless somebody here demanded more; no TLS where none was
 * demanded is no result (RFC 8460 section 4.3 knows failures alone).
 */
static void
report_no_policy(const struct session *s, const struct verdict *v,
    const struct session_rules *r, struct session_report *out)
{
	enum decision_level level = v->decision.level;

	if (!r->sendmail_dane)
		level = level_without_dane(v, r->strategy, level);
	out->fault = lacks(s, v, level);
	out->wanted = session_encrypted(s) || out->fault != FAULT_NONE;
}

void
session_report(const struct session *s, const struct verdict *v,
    const struct session_rules *r, struct session_report *out)
{
	memset(out, 0, sizeof(*out));
	if (r->exempt || r->tls_required_no || s->mx[0] == '\0' ||
	    v->decision.level == LEVEL_TEMP)
		return;
	out->policy = policy_of(s, v, r, &out->base);
	switch (out->policy) {
	case SESSION_TLSA:
		out->fault =
		    lacks_trusted(s, verdict_tlsa_base(v, s->mx) != NULL);
		/* nothing was decided about the host */
		out->wanted = out->fault != FAULT_TLSA_TEMP;
		break;
	case SESSION_STS:
		out->fault = lacks_secure(s, v->policy);
		out->wanted = true;
		break;
	case SESSION_NO_POLICY:
		report_no_policy(s, v, r, out);
		/* a handshake that broke says as much without a policy */
		if (s->verify == VERIFY_BROKEN) {
			out->fault = FAULT_HANDSHAKE;
			out->wanted = true;
		}
		break;
	}
}
