/* cert_info: names, dates and hashes; expected hashes are openssl's */
#include "config.h"

#include <wolfssl/options.h>

#include "share/tls/cert_info.h"
#include "t/unit/tap.h"
#include "t/unit/x509_samples.h"

#include <stdlib.h>
#include <string.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn_public.h>

#define NOT_BEFORE INT64_C(1795301517)
#define DAYS_100_YEARS 36500

static unsigned char der[4096];

static size_t
load(const char *pem)
{
	int n = wc_CertPemToDer((const unsigned char *)pem, (int)strlen(pem),
	    der, sizeof(der), CERT_TYPE);

	return n > 0 ? (size_t)n : 0;
}

static void
hex(const unsigned char *data, size_t n, char *dst)
{
	for (size_t i = 0; i < n; i++)
		(void)snprintf(dst + 2 * i, 3, "%02x", data[i]);
}

static void
test_hashes(const char *pem, const char *cert, const char *spki)
{
	size_t n = load(pem);
	struct cert_info c;
	char text[65];
	struct err e;

	is_int(cert_info_read(der, n, &c, &e), 0, "a certificate");
	hex(c.cert_sha256, 32, text);
	is_str(text, cert, "its hash");
	hex(c.spki_sha256, 32, text);
	is_str(text, spki, "its key's hash");
	ok(cert_info_matches(&c, der, n, 1, 1, c.spki_sha256, 32), "3 1 1");
	ok(cert_info_matches(&c, der, n, 0, 0, der, n), "3 0 0");
	ok(cert_info_matches(&c, der, n, 1, 0, c.spki, c.spki_len), "3 1 0");
	ok(cert_info_matches(&c, der, n, 0, 2, c.cert_sha512, 64), "3 0 2");
	ok(!cert_info_matches(&c, der, n, 0, 1, c.spki_sha256, 32),
	    "another selector");
	ok(!cert_info_matches(&c, der, n, 1, 1, c.spki_sha256, 31), "cut");
	ok(!cert_info_matches(&c, der, n, 1, 3, c.spki_sha256, 32),
	    "a matching type that is none");
	cert_info_clear(&c);
}

static void
test_texts(void)
{
	struct cert_info c;
	struct err e;
	size_t n = load(mixed_cert);

	is_int(cert_info_read(der, n, &c, &e), 0, "address and name");
	is_str(c.subject, "mta-sts.example.org", "common name");
	ok(c.self_signed, "self-signed");
	is_int(c.not_before, NOT_BEFORE + 1, "begin");
	is_int(c.not_after - c.not_before, DAYS_100_YEARS * INT64_C(86400),
	    "end");
	is_int(c.nnames, 1, "an address is no name");
	ok(cert_info_has_name(&c, "mta-sts.example.org"), "its name");
	ok(!cert_info_has_name(&c, "example.org"), "not its parent");
	cert_info_clear(&c);
	n = load(nosan_cert);
	is_int(cert_info_read(der, n, &c, &e), 0, "a common name alone");
	ok(!cert_info_has_name(&c, "mta-sts.example.org"),
	    "which is no name any more");
	cert_info_clear(&c);
	is_int(cert_info_read(der, n - 1, &c, &e), -1, "cut");
	has_str(e.text, "no certificate", "it says so");
}

static void
test_wildcard(void)
{
	char names[2][CERT_INFO_TEXT] = { "*.example.org", "*" };
	struct cert_info c = { .names = names, .nnames = 2 };

	ok(cert_info_has_name(&c, "mx.example.org"), "one label");
	ok(!cert_info_has_name(&c, "a.mx.example.org"), "not two");
	ok(!cert_info_has_name(&c, "example.org"), "not none");
	ok(!cert_info_has_name(&c, "localhost"), "never all");
}

int
main(void)
{
	test_hashes(rsa_cert,
	    "980ea11f29babfe10845554340ff2e5df8141bcb2581fff348e8dab843b21f1a",
	    "e154655b94197a6fe5b4ce9b45318f90885ade97c4059c66293b6a8909d418f3");
	test_hashes(ec_cert,
	    "92623320d55fef0600206f3aa07daa9a57d4f2536ef5ff36d32121b6dbc2412f",
	    "dac135e876215b07831ab7fe600f377312f3edcde705296da4fb57e56ff4f741");
	test_texts();
	test_wildcard();
	return done_testing();
}
