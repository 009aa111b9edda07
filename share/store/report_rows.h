/*
 * report_rows: collected sessions that are not reported yet, in report.db.
 *
 * A row counts the sessions of one domain under one policy in one bucket of
 * time, from one host of the site; with it go its failure details. A bucket
 * is a UTC hour or a UTC day: a report of any period is made of whole ones.
 * Texts and policies are stored once and referenced.
 *
 * Rows are added up: the same key again adds its counts. They are taken out
 * in the transaction that puts the report made of them into the outbox, so
 * that a session is in exactly one report; what comes for a bucket later are
 * rows anew, and become a further report.
 *
 * Thread safety: that of the connection. Limits: ROWS_POLICIES_MAX policies
 * of a domain, bucket and host, and ROWS_FAILURES_MAX details of each; beyond,
 * counts stay exact and go to the policy of its type without its lines, to the
 * detail of its result with the reason "other".
 * Tests: t/unit/report_rows.c
 */
#ifndef REPORT_ROWS_H
#define REPORT_ROWS_H

#include "share/base/err.h"
#include "share/store/report_db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROWS_POLICIES_MAX 64
#define ROWS_FAILURES_MAX 512
#define ROWS_HOST_SELF ""

/* Of a row's failure details; NULL where absent. */
struct rows_failure {
	int result; /* libtlsrpt's number: report_result_code() */
	const char *sending_ip, *mx, *helo, *receiving_ip, *info, *reason;
	int64_t sessions;
};

struct rows_row {
	int64_t begin;      /* of the bucket, seconds of 1970 */
	int32_t length;     /* of it: 3600 or 86400 */
	const char *host;   /* ROWS_HOST_SELF, or the name of another host */
	const char *domain; /* the recipients', normal form */
	const char *record; /* its TLSRPT record as seen last, or NULL */
	int type;           /* of the policy: report_policy_type_code() */
	const char *policy_domain; /* or NULL */
	const char *const *strings;
	size_t nstrings;
	const char *const *mx;
	size_t nmx;
	int64_t success, failure;
	const struct rows_failure *failures;
	size_t nfailures;
};

/* Adds a row; within report_db_begin(). Texts are copied. */
int rows_add(struct report_db *db, const struct rows_row *row,
    struct err *e) MUST_CHECK;

/* What there is of one domain in a range. */
struct rows_span {
	char domain[254];
	int64_t begin, end; /* of the first and last bucket */
	int64_t success, failure;
	size_t rows;
};

/*
 * Calls each() for every domain with buckets that begin in [from, to), by
 * domain and bucket: one span per bucket (begin, end are the bucket's).
 * domain NULL: all. each() may say false to end it.
 */
int rows_spans(struct report_db *db, const char *domain, int64_t from,
    int64_t to, bool (*each)(void *arg, const struct rows_span *s), void *arg,
    struct err *e) MUST_CHECK;

/*
 * Calls each() for every row (borrowed during the call) of domain, NULL: of
 * all, whose bucket begins in [from, to); host NULL: of all hosts.
 */
int rows_each(struct report_db *db, const char *domain, const char *host,
    int64_t from, int64_t to,
    bool (*each)(void *arg, const struct rows_row *row), void *arg,
    struct err *e) MUST_CHECK;

/* Takes the same rows out; within report_db_begin(). */
int rows_remove(struct report_db *db, const char *domain, const char *host,
    int64_t from, int64_t to, struct err *e) MUST_CHECK;

/*
 * Takes out rows whose bucket ended before end; *sessions (may be NULL)
 * becomes how many sessions nobody will report. Unused texts go with them.
 */
int rows_expire(struct report_db *db, int64_t end, int64_t *sessions,
    struct err *e) MUST_CHECK;

/* The record of a domain that was seen last, freed; NULL and ERR_NOENT. */
char *rows_record(struct report_db *db, const char *domain,
    struct err *e) MUST_CHECK;

#endif
