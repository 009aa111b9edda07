/*
 * datagram_read: reads the datagrams of libtlsrpt that a collector receives.
 *
 * With "dpv" (0.5.0 and later) and without. What comes out is normal, so that
 * equal outcomes are equal keys: names of hosts in lower-case A-labels,
 * addresses as RFC 5952 has them, TLSA records "u s m HEX" in order, of the
 * EHLO reply the name alone (the rest may be unique per session), texts
 * without control characters and cut at DATAGRAM_READ_TEXT_MAX octets. Octets
 * that are no UTF-8 are replaced. A policy without policy-domain gets the
 * recipient's domain.
 *
 * Each policy of a datagram is one session: its success or failure count is 1
 * by its final result, and each of its failure details counts one session. The
 * sender's own count of them ("t") is not looked at.
 *
 * Our milter, whose outcomes of Sendmail are proven also where libtlsrpt's are
 * not (a policy in testing mode), says so with one more key, "x-exact": 1.
 *
 * Whatever else is not as libtlsrpt writes it is a fault: the datagram is to
 * be counted under it and dropped.
 *
 * Thread safety: one thread per reader. Limits: DATAGRAM_READ_MAX octets,
 * those of report.h. Tests: t/unit/datagram_read.c,
 * t/fuzz/fuzz_datagram_read.c
 */
#ifndef DATAGRAM_READ_H
#define DATAGRAM_READ_H

#include "share/rpt/report.h"

#include <stddef.h>

#define DATAGRAM_READ_MAX (256u * 1024) /* beyond what Linux sends by default */
#define DATAGRAM_READ_TEXT_MAX 200
#define DATAGRAM_READ_RECORD_MAX 4096

enum datagram_fault {
	DATAGRAM_GOOD,
	DATAGRAM_EMPTY,
	DATAGRAM_TOO_LONG,   /* or cut on the way (MSG_TRUNC) */
	DATAGRAM_NOT_JSON,   /* a syntax fault */
	DATAGRAM_NOT_OBJECT, /* JSON of another kind */
	DATAGRAM_BAD_VERSION,
	DATAGRAM_WRONG_TYPE, /* a known key with a value of another type */
	DATAGRAM_NO_DOMAIN,
	DATAGRAM_BAD_DOMAIN,
	DATAGRAM_NO_POLICIES,
	DATAGRAM_BAD_POLICY_TYPE,
	DATAGRAM_NO_RESULT, /* "f" of a policy is neither 0 nor 1 */
	DATAGRAM_BAD_CODE,  /* "c" of a failure is no result type */
	DATAGRAM_TOO_MANY,
	DATAGRAM_FAULTS
};

/* What one good datagram says; borrowed from the reader until the next one. */
struct datagram_outcome {
	const char *domain; /* the recipient's, normal */
	const char
	    *record; /* its TLSRPT record; NULL when the sender has none */
	const struct report_policy *policies;
	size_t npolicies; /* at least one */
	bool exact;       /* "x-exact": 1: the sender proved what it tells */
};

struct datagram_reader;

/* Gives a reader. */
struct datagram_reader *datagram_reader_new(void);

/* Frees a reader; NULL is fine. */
void datagram_reader_free(struct datagram_reader *dr);

/* Reads n octets. out is filled when it returns DATAGRAM_GOOD. */
enum datagram_fault datagram_read(struct datagram_reader *dr, const char *data,
    size_t n, struct datagram_outcome *out);

/* A fault's name for counters: "not-json". */
const char *datagram_fault_name(enum datagram_fault f);

#endif
