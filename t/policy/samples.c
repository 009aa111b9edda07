/* samples: certificates and keys named by a word - see samples.h */
#include "config.h"

#include "t/policy/samples.h"
#include "t/unit/x509_samples.h"

#include <stdlib.h>
#include <string.h>

/* Every sample of the header, by what it is. */
static const struct {
	const char *word;
	const char *pem;
} samples[] = {
	{ "cert", rsa_cert },
	{ "spki", rsa_key },
	{ "ec-cert", ec_cert },
	{ "ec-spki", ec_key },
	{ "ed25519-cert", ed25519_cert },
	{ "ed25519-spki", ed25519_key_pem },
	{ "ed448-cert", ed448_cert },
	{ "ed448-spki", ed448_key_pem },
	{ "nosan-cert", nosan_cert },
	{ "mixed-cert", mixed_cert },
	{ "x25519-spki", x25519_key },
};

const char *
samples_certificate(bool san)
{
	return san ? ec_cert : nosan_cert;
}

static int
value_of(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Decodes what stands between the lines that begin with "-----". */
static int
from_pem(const char *pem, uint8_t der[SAMPLES_DER_MAX])
{
	const char *p = strchr(pem, '\n') + 1;
	unsigned bits = 0, have = 0;
	int n = 0;

	for (; *p != '-' && n < SAMPLES_DER_MAX; p++) {
		int v = value_of(*p);

		if (v == -1)
			continue;
		bits = bits << 6 | (unsigned)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			der[n++] = (uint8_t)(bits >> have);
		}
	}
	return n;
}

static int
from_hex(const char *word, uint8_t der[SAMPLES_DER_MAX])
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strlen(word);

	if (len % 2 != 0 || len / 2 > SAMPLES_DER_MAX)
		return -1;
	for (size_t i = 0; i < len; i += 2) {
		const char *hi = strchr(digits, word[i]);
		const char *lo = strchr(digits, word[i + 1]);

		if (hi == NULL || lo == NULL)
			return -1;
		der[i / 2] = (uint8_t)((hi - digits) << 4 | (lo - digits));
	}
	return (int)(len / 2);
}

int
samples_tlsa(const char *word, uint8_t der[SAMPLES_DER_MAX])
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (strcmp(word, samples[i].word) == 0)
			return from_pem(samples[i].pem, der);
	memset(der, 0x5a, 64);
	if (strcmp(word, "sha256") == 0)
		return 32;
	if (strcmp(word, "sha512") == 0)
		return 64;
	return from_hex(word, der);
}
