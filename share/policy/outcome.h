/*
 * outcome: failures that only the policy engine sees, for TLS reports.
 *
 * The MTA knows how a session went; that a policy could not be fetched or
 * used, or that a zone's DNSSEC is broken, is known here alone. Such a
 * failure is handed to a sink, once the domain is found to have a TLSRPT
 * record (RFC 8460 section 3): exactly one that begins "v=TLSRPTv1" and ";".
 * One for each attempt that failed, and these are backed off; of broken
 * DNSSEC one an hour for each domain; never one for each lookup. No lookup
 * waits for any of it. Sendmail's sessions, good and bad, take the same way;
 * of DANE the TLSA records are looked up for the report.
 *
 * The sink is passed in because writing datagrams is share/rpt's, a folder
 * of the same layer: milter/ puts the two together.
 *
 * Thread safety: belongs to the resolver loop's thread.
 * Limits: OUTCOMES_MAX at a time, what is more is dropped and counted.
 * Tests: t/policy/outcome.scn, t/system/outcomes.t
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "share/policy/env.h"
#include "share/policy/session_judge.h"

#define OUTCOMES_MAX 1000

enum outcome_type {
	OUTCOME_STS_FETCH_ERROR, /* sts-policy-fetch-error */
	OUTCOME_STS_INVALID,     /* sts-policy-invalid */
	OUTCOME_STS_WEBPKI,      /* sts-webpki-invalid */
	OUTCOME_DNSSEC,          /* dnssec-invalid */
	OUTCOME_SESSION,         /* one of Sendmail's, see session below */
	OUTCOME_TYPES            /* how many there are */
};

/* How a session went. Everything is borrowed. */
struct outcome_session {
	enum session_policy policy;
	enum session_fault fault;
	const char *sender;         /* address, "" where unknown */
	const char *address;        /* of the MX host, "" where unknown */
	struct sts_policy *sts;     /* of SESSION_STS */
	const char *const *strings; /* of SESSION_TLSA: "3 1 1 AB.." */
	size_t nstrings;            /* filled in here */
};

/* Everything is borrowed. */
struct outcome {
	enum outcome_type type;
	const char *domain;        /* the recipients' */
	const char *policy_domain; /* of DANE the TLSA base domain */
	const char *mx;            /* the host, "" where none */
	const char *why;           /* for people, fixed words of ours */
	const char *record;        /* TLSRPT record as found */
	const char *socket;        /* [report.collect] socket */
	const struct outcome_session *session; /* of OUTCOME_SESSION */
};

/* How one is reported. */
struct outcome_sink {
	/* Takes it without waiting; false: it is lost. */
	bool (*report)(void *ctx, const struct outcome *o);
	void *ctx;
};

/* Counters since the start. */
struct outcome_stats {
	uint64_t reported[OUTCOME_TYPES];
	uint64_t lost; /* nobody took it, or too many at a time */
};

struct outcomes;

/* Makes it; env is borrowed for its life. */
struct outcomes *outcomes_new(const struct env *env);

/* Frees; what is under way is dropped. NULL is fine. */
void outcomes_free(struct outcomes *t);

/* Reports to socket (copied) from now on. */
void outcomes_set_socket(struct outcomes *t, const char *socket);

/*
 * Has o reported (its record and socket are filled in here). Costs one TXT
 * question; nothing where env has no sink.
 */
void outcomes_add(struct outcomes *t, const struct outcome *o);

/* What happened so far; from every thread. */
void outcomes_stats(const struct outcomes *t, struct outcome_stats *out);

/* "sts-policy-fetch-error", ...: RFC 8460 section 4.3. */
const char *outcome_type_name(enum outcome_type type);

#endif
