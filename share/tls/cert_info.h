/*
 * cert_info: what a certificate says of itself, for people and for TLSA.
 *
 * Names are those of SAN dNSName only: MTA-STS looks at nothing else (RFC 8461
 * section 4.1), and a CN is no name any more (RFC 9525). Nothing here verifies
 * a signature.
 *
 * Thread safety: no state. Limits: X509_INPUT_MAX octets of certificate,
 * CERT_INFO_NAMES names. Tests: t/unit/cert_info.c, t/fuzz/fuzz_x509.c
 */
#ifndef CERT_INFO_H
#define CERT_INFO_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CERT_INFO_NAMES 100
#define CERT_INFO_TEXT 256

struct cert_info {
	char subject[CERT_INFO_TEXT];  /* common name, else "" */
	char issuer[CERT_INFO_TEXT];   /* the same of who signed it */
	char (*names)[CERT_INFO_TEXT]; /* lower case; owned */
	size_t nnames;
	int64_t not_before, not_after; /* seconds since 1970 */
	bool self_signed;              /* issuer and subject are equal */
	unsigned char cert_sha256[32], spki_sha256[32];
	unsigned char cert_sha512[64], spki_sha512[64];
	const unsigned char *spki; /* within der */
	size_t spki_len;
};

/* Reads a certificate; der is borrowed for out's life. */
int cert_info_read(const unsigned char *der, size_t len, struct cert_info *out,
    struct err *e) MUST_CHECK;

/* Frees what it holds. */
void cert_info_clear(struct cert_info *c);

/*
 * Whether a name of the certificate is host (normal form), a wildcard for its
 * first label included (RFC 9525 section 6.3).
 */
bool cert_info_has_name(const struct cert_info *c, const char *host);

/*
 * Whether a TLSA record matches the certificate (RFC 6698 section 2.1): selector
 * 0 or 1, matching type 0, 1 or 2. The usage is the caller's to look at.
 */
bool cert_info_matches(const struct cert_info *c, const unsigned char *der,
    size_t len, unsigned selector, unsigned mtype, const unsigned char *data,
    size_t n);

#endif
