/*
 * x509: small questions about certificates and public keys.
 *
 * A TLSA record of matching type 0 carries the whole certificate or public
 * key; it is usable only when that parses (RFC 6698 section 2.1.3, RFC 7672
 * section 3.1.3). A policy host's certificate must carry a SAN dNSName
 * (RFC 8461 section 3.3), where libcurl would fall back to the CN. Nothing
 * here verifies a signature, a name or a date.
 *
 * Thread safety: no state. Limits: X509_INPUT_MAX octets of input.
 * Tests: t/unit/x509.c, t/fuzz/fuzz_x509.c
 */
#ifndef X509_H
#define X509_H

#include <stdbool.h>
#include <stddef.h>

#define X509_INPUT_MAX 65535

/* Whether der is one X.509 certificate (RFC 5280) and nothing after it. */
bool x509_cert_parses(const void *der, size_t len);

/*
 * Whether der is one SubjectPublicKeyInfo (RFC 5280 section 4.1) and nothing
 * after it, of a key that TLS can use: RSA, EC, Ed25519, Ed448.
 */
bool x509_spki_parses(const void *der, size_t len);

/*
 * Whether the first certificate of PEM text has a SAN dNSName. False where
 * there is no certificate or it does not parse.
 */
bool x509_pem_has_dns_san(const char *pem, size_t len);

#endif
