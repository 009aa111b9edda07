/*
 * session_judge: does a session of Sendmail's meet what its domain requires?
 *
 * Two questions about one session. What is to be done with the recipient:
 *
 *   level      passes with
 *   none, may, notfound   anything
 *   encrypt    TLS
 *   verify     TLS, a trusted certificate that names the MX host
 *   secure     the same, and an MX host that the policy lists (RFC 8461 4.1)
 *   dane       TLS; a host with usable TLSA records: TRUSTED
 *   dane-only  TRUSTED
 *   temp       nothing: FAIL where it is proven that a "require" cannot be
 *              met, TEMP where that cannot be known
 *
 * Where Sendmail does no DANE of its own, dane and dane-only become secure
 * under an enforce policy, else verify where the strategy requires STARTTLS,
 * else encrypt; a strategy that requires DANE fails. TRUSTED stands for a certificate: what DNSSEC says of a host's
 * key is no less than what a CA says. "TLS-Required: No" (RFC 8689 section 4)
 * sets aside what the recipient's domain published, never what a strategy
 * requires.
 *
 * And what is to be reported of it (RFC 8460): which policy was in force,
 * whatever was demanded, and which result type the session has under it.
 *
 * Thread safety: no state. Tests: t/unit/session_judge.c
 */
#ifndef SESSION_JUDGE_H
#define SESSION_JUDGE_H

#include "share/conf/strategy.h"
#include "share/policy/session.h"
#include "share/policy/verdict.h"

#define SESSION_WHY_SIZE 160

/* What holds for this message and this host. */
struct session_rules {
	const struct strategy *strategy;
	bool sendmail_dane;   /* Sendmail does DANE itself */
	bool observe;         /* demand nothing */
	bool exempt;          /* our own report: TLS where offered */
	bool tls_required_no; /* RFC 8689, honoured */
};

enum session_action {
	SESSION_PASS,
	SESSION_WAIVE, /* pass, and Sendmail's own DANE does not count */
	SESSION_FAIL,
	SESSION_TEMP,
	SESSION_ACTIONS /* how many there are */
};

/* What is wrong with a session. */
enum session_fault {
	FAULT_NONE,
	FAULT_PLAINTEXT, /* starttls-not-supported */
	FAULT_HANDSHAKE, /* validation-failure */
	FAULT_UNTRUSTED, /* certificate-not-trusted */
	FAULT_NAME,      /* certificate-host-mismatch */
	FAULT_REUSED,    /* the names are those of another session */
	FAULT_OUTSIDE,   /* validation-failure: MX not in the policy */
	FAULT_MISMATCH,  /* DANE: no record matches */
	FAULT_NO_TLSA,   /* a host without TLSA where these are needed */
	FAULT_TLSA_TEMP, /* TLSA could not be looked up */
	FAULT_NO_DANE,   /* required, and Sendmail does none */
	FAULTS           /* how many there are */
};

struct session_judgement {
	enum session_action action;
	enum decision_level level; /* that was judged by */
	enum session_fault fault;
	char why[SESSION_WHY_SIZE]; /* of FAIL and TEMP, else "" */
};

enum session_policy {
	SESSION_NO_POLICY, /* no-policy-found */
	SESSION_STS,
	SESSION_TLSA
};

struct session_report {
	bool wanted; /* false: there is nothing to report */
	enum session_policy policy;
	const char *base;         /* of SESSION_TLSA; borrowed from v or s */
	enum session_fault fault; /* FAULT_NONE: success */
};

/* Judges the recipient; v is the verdict of its domain and strategy. */
void session_judge(const struct session *s, const struct verdict *v,
    const struct session_rules *r, struct session_judgement *out);

/* What of the session belongs into a report. */
void session_report(const struct session *s, const struct verdict *v,
    const struct session_rules *r, struct session_report *out);

/* "certificate not trusted", ...; "" for FAULT_NONE. */
const char *session_fault_text(enum session_fault fault);

#endif
