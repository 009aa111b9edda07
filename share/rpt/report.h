/*
 * report: one TLS report as RFC 8460 section 4 has it, in memory.
 *
 * All texts lie in the report's pool: NUL-terminated UTF-8 without NUL, NULL
 * where the field is absent. Counts never exceed I-JSON's 2^53 - 1; adding
 * saturates there.
 *
 * Thread safety: none. Limits: REPORT_*_MAX entries, the pool's octets; what
 * does not fit is left out and -1 or NULL says so.
 * Tests: t/unit/report.c
 */
#ifndef REPORT_H
#define REPORT_H

#include "share/rpt/report_type.h"
#include "share/rpt/textpool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_COUNT_MAX INT64_C(9007199254740991)
#define REPORT_POLICIES_MAX 4096
#define REPORT_FAILURES_MAX 16384 /* in the whole report */
#define REPORT_STRINGS_MAX 256    /* policy-string, mx-host: each */
#define REPORT_TEXTS_MAX 65536    /* of those, in the whole report */
#define REPORT_POOL_MAX (4u << 20)
#define REPORT_TIME_NONE INT64_MIN

/* One entry of failure-details (section 4.3, 4.4). */
struct report_failure {
	enum report_result result;
	const char *result_text; /* where result is UNKNOWN; may be NULL */
	const char *sending_ip;  /* sending-mta-ip */
	const char *mx;          /* receiving-mx-hostname */
	const char *helo;        /* receiving-mx-helo */
	const char *receiving_ip;
	const char *info;   /* additional-information: a URI */
	const char *reason; /* failure-reason-code */
	int64_t sessions;   /* failed-session-count */
};

/* A list of texts. */
struct report_list {
	const char **text;
	size_t n, cap;
};

/* One entry of policies. */
struct report_policy {
	enum report_policy_type type;
	const char *type_text; /* where type is UNKNOWN; may be NULL */
	const char *domain;    /* policy-domain; may be NULL */
	struct report_list strings, mx;
	int64_t success, failure; /* the summary's counts */
	struct report_failure *failures;
	size_t nfailures, failures_cap;
};

struct report {
	const char *organization, *contact, *id;
	int64_t begin, end; /* seconds of 1970 UTC, or REPORT_TIME_NONE */
	struct report_policy *policies;
	size_t npolicies, policies_cap;
	size_t nfailures; /* of all policies */
	size_t ntexts;    /* in all their lists */
	struct textpool pool;
};

/* Sums over policies. */
struct report_totals {
	int64_t success, failure;
	int64_t details; /* sessions in all failure details */
	size_t ndetails; /* entries of them */
	size_t ndiffers; /* policies whose details do not add up */
};

/* Makes an empty report whose texts take at most max octets. */
void report_init(struct report *r, size_t max);

/* Frees everything it holds; it is empty and usable again. */
void report_clear(struct report *r);

/* Empties it and keeps some memory for the next one. */
void report_reset(struct report *r);

/* Adds an empty policy, borrowed until the next one; NULL at a limit. */
struct report_policy *report_add_policy(struct report *r) MUST_CHECK;

/* Adds an empty failure to a policy of r; borrowed likewise; NULL at a limit.*/
struct report_failure *report_add_failure(struct report *r,
    struct report_policy *p) MUST_CHECK;

/* Appends n octets as a text to a list; -1 at a limit. */
int report_list_add(struct report *r, struct report_list *l, const char *s,
    size_t n) MUST_CHECK;

/* Appends a text that is in the pool already; the caller keeps the limits. */
void report_list_push(struct report *r, struct report_list *l,
    const char *text);

/* a + b for counts: never beyond REPORT_COUNT_MAX. */
int64_t report_count_add(int64_t a, int64_t b);

/* Sums up and compares. */
struct report_totals report_totals(const struct report *r);

/* The sessions in the failure details of one policy. */
int64_t report_policy_details(const struct report_policy *p);

/*
 * Puts policies and failure details in canonical order: policies by type,
 * domain and strings; failures by result and texts.
 */
void report_sort(struct report *r);

/* What the policy type is called: the RFC's name, or the text that came. */
const char *report_policy_type_text(const struct report_policy *p);

/* What the result is called: the RFC's name, or the text that came. */
const char *report_failure_text(const struct report_failure *f);

#endif
