/*
 * report_type: the words of RFC 8460 and the numbers libtlsrpt has for them.
 *
 * Policy types: RFC 8460 section 4.2; result types: section 4.3. The numbers
 * are those of libtlsrpt's datagrams, for reader and writer alike.
 *
 * Thread safety: no state. Tests: t/unit/report.c
 */
#ifndef REPORT_TYPE_H
#define REPORT_TYPE_H

#include <stdbool.h>
#include <stddef.h>

enum report_policy_type {
	REPORT_POLICY_UNKNOWN, /* none, or none that the RFC knows */
	REPORT_POLICY_TLSA,
	REPORT_POLICY_STS,
	REPORT_POLICY_NONE, /* no-policy-found */
	REPORT_POLICY_N
};

enum report_result {
	REPORT_RESULT_UNKNOWN,
	REPORT_STARTTLS_NOT_SUPPORTED,
	REPORT_CERTIFICATE_HOST_MISMATCH,
	REPORT_CERTIFICATE_NOT_TRUSTED,
	REPORT_CERTIFICATE_EXPIRED,
	REPORT_VALIDATION_FAILURE,
	REPORT_STS_POLICY_FETCH_ERROR,
	REPORT_STS_POLICY_INVALID,
	REPORT_STS_WEBPKI_INVALID,
	REPORT_TLSA_INVALID,
	REPORT_DNSSEC_INVALID,
	REPORT_DANE_REQUIRED,
	REPORT_RESULT_N
};

/* "tlsa", "sts", "no-policy-found"; "" for UNKNOWN. */
const char *report_policy_type_name(enum report_policy_type t);

/* The type that n octets name in any letter case; *exact: in lower case. */
enum report_policy_type report_policy_type_find(const char *s, size_t n,
    bool *exact);

/* libtlsrpt's number of a type; 0 for UNKNOWN. */
int report_policy_type_code(enum report_policy_type t);

/* The type with libtlsrpt's number; UNKNOWN when there is none. */
enum report_policy_type report_policy_type_from_code(long long code);

/* "starttls-not-supported" and so on; "" for UNKNOWN. */
const char *report_result_name(enum report_result r);

/* The result that n octets name in any letter case; *exact: in lower case. */
enum report_result report_result_find(const char *s, size_t n, bool *exact);

/* libtlsrpt's number of a result; 0 for UNKNOWN. */
int report_result_code(enum report_result r);

/* The result with libtlsrpt's number; UNKNOWN when there is none. */
enum report_result report_result_from_code(long long code);

#endif
