/* x509: small questions about certificates and public keys - see x509.h */
#include "config.h"

#include <wolfssl/options.h>

#include "share/base/xmem.h"
#include "share/tls/x509.h"

#include <stdlib.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/ed448.h>
#include <wolfssl/wolfcrypt/rsa.h>

#define DER_SEQUENCE 0x30
#define DER_LONG_FORM 0x80

/*
 * Whether the outermost SEQUENCE fills len octets: wolfSSL passes over what
 * follows it. DER, so lengths have their shortest form (X.690 section 10.1).
 */
static bool
is_one_sequence(const unsigned char *der, size_t len)
{
	size_t n, head = 2;

	if (len < 2 || len > X509_INPUT_MAX || der[0] != DER_SEQUENCE)
		return false;
	n = der[1];
	if ((n & DER_LONG_FORM) != 0) {
		size_t octets = n & ~(size_t)DER_LONG_FORM;

		head += octets;
		if (octets < 1 || octets > 2 || len < head || der[2] == 0)
			return false;
		n = octets == 1 ? der[2] : (size_t)der[2] << 8 | der[3];
		if (n < DER_LONG_FORM)
			return false;
	}
	return n == len - head;
}

/*
 * Parses a certificate by wolfCrypt: wolfSSL_d2i_X509() of 5.5 refuses those
 * with Ed25519 and Ed448 keys. Sets *has_dns_san, where it is asked for.
 */
static bool
parse_cert(const unsigned char *der, size_t len, bool *has_dns_san)
{
	DecodedCert cert;
	bool parsed;

	if (!is_one_sequence(der, len))
		return false;
	wc_InitDecodedCert(&cert, der, (word32)len, NULL);
	parsed = wc_ParseCert(&cert, CERT_TYPE, NO_VERIFY, NULL) == 0;
	for (const DNS_entry *n = cert.altNames;
	     parsed && has_dns_san != NULL && n != NULL; n = n->next)
		if (n->type == ASN_DNS_TYPE)
			*has_dns_san = true;
	wc_FreeDecodedCert(&cert);
	return parsed;
}

bool
x509_cert_parses(const void *der, size_t len)
{
	return parse_cert(der, len, NULL);
}

static bool
is_rsa(const unsigned char *der, word32 len)
{
	RsaKey key;
	word32 pos = 0;
	int rc;

	if (wc_InitRsaKey(&key, NULL) != 0)
		return false;
	rc = wc_RsaPublicKeyDecode(der, &pos, &key, len);
	wc_FreeRsaKey(&key);
	return rc == 0 && pos == len;
}

static bool
is_ec(const unsigned char *der, word32 len)
{
	ecc_key key;
	word32 pos = 0;
	int rc;

	if (wc_ecc_init(&key) != 0)
		return false;
	rc = wc_EccPublicKeyDecode(der, &pos, &key, len);
	wc_ecc_free(&key);
	return rc == 0 && pos == len;
}

static bool
is_ed25519(const unsigned char *der, word32 len)
{
	ed25519_key key;
	word32 pos = 0;
	int rc;

	if (wc_ed25519_init(&key) != 0)
		return false;
	rc = wc_Ed25519PublicKeyDecode(der, &pos, &key, len);
	wc_ed25519_free(&key);
	return rc == 0;
}

static bool
is_ed448(const unsigned char *der, word32 len)
{
	ed448_key key;
	word32 pos = 0;
	int rc;

	if (wc_ed448_init(&key) != 0)
		return false;
	rc = wc_Ed448PublicKeyDecode(der, &pos, &key, len);
	wc_ed448_free(&key);
	return rc == 0;
}

bool
x509_spki_parses(const void *der, size_t len)
{
	word32 n = (word32)len;

	if (!is_one_sequence(der, len))
		return false;
	return is_rsa(der, n) || is_ec(der, n) || is_ed25519(der, n) ||
	    is_ed448(der, n);
}

bool
x509_pem_has_dns_san(const char *pem, size_t len)
{
	unsigned char *der;
	bool found = false;
	int n;

	if (len == 0 || len > X509_INPUT_MAX)
		return false;
	der = xmalloc(len); /* base64 only shrinks */
	n = wc_CertPemToDer((const unsigned char *)pem, (int)len, der, (int)len,
	    CERT_TYPE);
	if (n <= 0 || !parse_cert(der, (size_t)n, &found))
		found = false;
	free(der);
	return found;
}
