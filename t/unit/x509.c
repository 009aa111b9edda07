/* x509: certificates, public keys, SAN dNSName */
#include "config.h"

#include <wolfssl/options.h>

#include "share/tls/x509.h"
#include "t/unit/tap.h"
#include "t/unit/x509_samples.h"

#include <err.h>
#include <string.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn_public.h>

#define DER_MAX 2048

struct der {
	unsigned char octet[DER_MAX + 1];
	size_t len;
};

static struct der
der_of_cert(const char *pem)
{
	struct der d = { { 0 }, 0 };
	int n = wc_CertPemToDer((const unsigned char *)pem, (int)strlen(pem),
	    d.octet, DER_MAX, CERT_TYPE);

	if (n <= 0)
		errx(1, "bad sample");
	d.len = (size_t)n;
	return d;
}

static struct der
der_of_key(const char *pem)
{
	struct der d = { { 0 }, 0 };
	int n = wc_PubKeyPemToDer((const unsigned char *)pem, (int)strlen(pem),
	    d.octet, DER_MAX);

	if (n <= 0)
		errx(1, "bad sample");
	d.len = (size_t)n;
	return d;
}

static void
test_cert(const char *what, const char *pem)
{
	struct der d = der_of_cert(pem);
	size_t parsed = 0;

	ok(x509_cert_parses(d.octet, d.len), "certificate: %s", what);
	ok(!x509_spki_parses(d.octet, d.len), "it is no key");
	ok(!x509_cert_parses(d.octet, d.len + 1), "one octet too many");
	for (size_t n = 0; n < d.len; n++)
		if (x509_cert_parses(d.octet, n))
			parsed++;
	is_int(parsed, 0, "cut anywhere it does not parse");
	d.octet[0] = 0x31;
	ok(!x509_cert_parses(d.octet, d.len), "a SET is none");
}

static void
test_key(const char *what, const char *pem)
{
	struct der d = der_of_key(pem);
	size_t parsed = 0;

	ok(x509_spki_parses(d.octet, d.len), "public key: %s", what);
	ok(!x509_cert_parses(d.octet, d.len), "it is no certificate");
	ok(!x509_spki_parses(d.octet, d.len + 1), "one octet too many");
	for (size_t n = 0; n < d.len; n++)
		if (x509_spki_parses(d.octet, n))
			parsed++;
	is_int(parsed, 0, "cut anywhere it does not parse");
}

static bool
has_san(const char *pem)
{
	return x509_pem_has_dns_san(pem, strlen(pem));
}

static void
test_san(void)
{
	char two[4096];

	ok(has_san(rsa_cert), "SAN dNSName");
	ok(has_san(mixed_cert), "SAN dNSName after an address");
	ok(!has_san(nosan_cert), "CN alone does not count");
	ok(!has_san(ed25519_cert), "SAN iPAddress alone");
	ok(!has_san(ed448_cert), "SAN rfc822Name alone");
	ok(!has_san(rsa_key), "a public key");
	ok(!has_san(""), "nothing");
	ok(!has_san("-----BEGIN CERTIFICATE-----\n"), "the first line alone");
	snprintf(two, sizeof(two), "%s%s", nosan_cert, rsa_cert);
	ok(!has_san(two), "the leaf counts, not the next certificate");
}

static void
test_odd_lengths(void)
{
	static const unsigned char empty[] = { 0x30, 0x00 };
	static const unsigned char indefinite[] = { 0x30, 0x80, 0, 0 };
	static const unsigned char longer[] = { 0x30, 0x81, 0x02, 0x05, 0 };
	static const unsigned char huge[] = { 0x30, 0x84, 1, 0, 0, 0, 0 };
	static const unsigned char zero[] = { 0x30, 0x82, 0, 1, 5 };

	ok(!x509_cert_parses("", 0), "no octets");
	ok(!x509_cert_parses(empty, sizeof(empty)), "an empty SEQUENCE");
	ok(!x509_spki_parses(empty, sizeof(empty)), "as a key");
	ok(!x509_cert_parses(indefinite, sizeof(indefinite)), "indefinite");
	ok(!x509_spki_parses(longer, sizeof(longer)), "a needless length");
	ok(!x509_cert_parses(huge, sizeof(huge)), "a length of 16 MB");
	ok(!x509_cert_parses(zero, sizeof(zero)), "a leading zero");
}

int
main(void)
{
	struct der x;

	test_cert("RSA", rsa_cert);
	test_cert("P-256", ec_cert);
	test_cert("Ed25519", ed25519_cert);
	test_cert("Ed448", ed448_cert);
	test_key("RSA", rsa_key);
	test_key("P-256", ec_key);
	test_key("Ed25519", ed25519_key_pem);
	test_key("Ed448", ed448_key_pem);
	x = der_of_key(x25519_key);
	ok(!x509_spki_parses(x.octet, x.len), "X25519 cannot sign");
	test_san();
	test_odd_lengths();
	return done_testing();
}
