/*
 * datagram: outcomes of TLS, as libtlsrpt tells them to a collector.
 *
 * One datagram over a Unix socket is one delivery attempt: one JSON object in
 * libtlsrpt's own order and spacing, so that whoever reads Postfix's reads
 * ours. RFC 8460 section 4.3 names what can fail. libtlsrpt 0.5.0 and later
 * begin with "dpv", the version; older ones do not.
 *
 * Octets of 0x80 and above go out as they are, as libtlsrpt's do.
 *
 * Thread safety: no state. Limits: DATAGRAM_MAX. Tests: t/unit/datagram.c,
 * t/system/outcomes.t
 */
#ifndef DATAGRAM_H
#define DATAGRAM_H

#include "share/base/buf.h"
#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define DATAGRAM_MAX 65000

enum datagram_policy_type {
	DATAGRAM_TLSA = 1,
	DATAGRAM_STS = 2,
	DATAGRAM_NO_POLICY_FOUND = 9
};

/* Result types of RFC 8460 section 4.3 by libtlsrpt's numbers. */
enum datagram_code {
	DATAGRAM_STARTTLS_NOT_SUPPORTED = 201,
	DATAGRAM_CERTIFICATE_HOST_MISMATCH = 202,
	DATAGRAM_CERTIFICATE_NOT_TRUSTED = 203,
	DATAGRAM_CERTIFICATE_EXPIRED = 204,
	DATAGRAM_VALIDATION_FAILURE = 205,
	DATAGRAM_STS_POLICY_FETCH_ERROR = 301,
	DATAGRAM_STS_POLICY_INVALID = 302,
	DATAGRAM_STS_WEBPKI_INVALID = 303,
	DATAGRAM_TLSA_INVALID = 304,
	DATAGRAM_DNSSEC_INVALID = 305,
	DATAGRAM_DANE_REQUIRED = 306
};

/* What failed; of the texts those that are NULL are left out. */
struct datagram_failure {
	enum datagram_code code;
	const char *sending_ip;
	const char *mx;
	const char *helo;
	const char *receiving_ip;
	const char *additional;
	const char *reason;
};

struct datagram_policy {
	enum datagram_policy_type type;
	const char *domain; /* or NULL */
	const char *const *strings;
	size_t nstrings;
	const char *const *mx; /* host patterns */
	size_t nmx;
	const struct datagram_failure *failures;
	size_t nfailures;
	bool failed; /* the final result */
};

struct datagram {
	const char *domain; /* recipient's, next hop */
	const char *record; /* its TLSRPT record as found */
	const struct datagram_policy *policies;
	size_t npolicies;
};

/* Appends d's JSON to out; with version: as libtlsrpt 0.5.0 and later. */
void datagram_write(const struct datagram *d, bool version, struct buf *out);

/* The same, as of one who has proven it: "x-exact", see datagram_read.h. */
void datagram_write_exact(const struct datagram *d, struct buf *out);

/*
 * Sends len octets to the collector's socket at path; never blocks. -1 and e
 * (lost, as libtlsrpt loses it): ERR_TEMP its queue is full, ERR_NOENT nobody
 * collects there, ERR_LIMIT too long, ERR_SYS otherwise.
 */
int datagram_send(const char *path, const void *data, size_t len,
    struct err *e) MUST_CHECK;

#endif
