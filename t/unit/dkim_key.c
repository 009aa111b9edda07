/* dkim_key: keys of all forms sign what their public halves verify */
#include "config.h"

#include "share/base/xmem.h"
#include "share/mail/base64.h"
#include "share/mail/dkim_key.h"
#include "share/mail/dkim_public.h"
#include "t/unit/dkim_samples.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const unsigned char sum[DKIM_SHA256_LEN] =
    "thirty-two octets of some hash.";

/* What a public key in base64 says of a signature. */
static enum dkim_public_result
verify(enum dkim_algorithm a, const char *public, const unsigned char *hash,
    const unsigned char *sig, size_t n, int *bits)
{
	struct buf b;
	enum dkim_public_result result;

	buf_init(&b, 4096);
	if (base64_decode(&b, public, strlen(public), NULL) == -1)
		abort();
	result = dkim_public_verify(a, (unsigned char *)b.data, b.len, hash,
	    sig, n, bits);
	buf_clear(&b);
	return result;
}

/* A key signs; its public half (want, when not NULL) verifies. */
static void
check_signs(struct dkim_key *key, int bits, const char *want, const char *name)
{
	unsigned char sig[DKIM_SIG_MAX], other[DKIM_SHA256_LEN];
	enum dkim_algorithm a = dkim_key_algorithm(key);
	struct buf public;
	struct err e;
	size_t n = 0;
	int got;

	buf_init(&public, 2000);
	is_int(dkim_key_bits(key), bits, "%s: bits", name);
	is_int(dkim_key_public(key, &public, &e), 0, "%s: public key", name);
	if (want != NULL)
		is_str(buf_str(&public), want, "%s: is what openssl says",
		    name);
	is_int(dkim_key_sign(key, sum, sig, &n, &e), 0, "%s: signs", name);
	is_int(n, a == DKIM_RSA_SHA256 ? bits / 8 : 64, "%s: octets", name);
	is_int(verify(a, buf_str(&public), sum, sig, n, &got), DKIM_PUBLIC_GOOD,
	    "%s: verifies", name);
	is_int(got, bits, "%s: bits of the public key", name);
	memcpy(other, sum, sizeof(other));
	other[31] ^= 1;
	is_int(verify(a, buf_str(&public), other, sig, n, &got),
	    DKIM_PUBLIC_BAD, "%s: another hash does not", name);
	sig[n / 2] ^= 1;
	is_int(verify(a, buf_str(&public), sum, sig, n, &got), DKIM_PUBLIC_BAD,
	    "%s: another signature does not", name);
	is_int(verify(a, buf_str(&public), sum, sig, n - 1, &got),
	    DKIM_PUBLIC_BAD, "%s: nor a shorter one", name);
	is_int(verify(a, buf_str(&public), sum, sig, 0, &got), DKIM_PUBLIC_BAD,
	    "%s: nor none", name);
	buf_clear(&public);
}

static void
test_good(void)
{
	static const struct {
		const char *name, *pem;
		enum dkim_algorithm algorithm;
		int bits;
		const char *public;
	} keys[] = {
		{ "1024, PKCS#1", rsa1024_pkcs1, DKIM_RSA_SHA256, 1024,
		    rsa1024_public },
		{ "1024, PKCS#8", rsa1024_pkcs8, DKIM_RSA_SHA256, 1024,
		    rsa1024_public },
		{ "2048, PKCS#1", rsa2048_pkcs1, DKIM_RSA_SHA256, 2048,
		    rsa2048_public },
		{ "2048, PKCS#8", rsa2048_pkcs8, DKIM_RSA_SHA256, 2048,
		    rsa2048_public },
		{ "4096, PKCS#8", rsa4096_pkcs8, DKIM_RSA_SHA256, 4096, NULL },
		{ "Ed25519", ed25519_pkcs8, DKIM_ED25519_SHA256, 256,
		    ed25519_public },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct err e;
		struct dkim_key *key = dkim_key_parse(keys[i].pem,
		    strlen(keys[i].pem), keys[i].algorithm, &e);

		ok(key != NULL, "%s: read", keys[i].name);
		if (key == NULL) {
			printf("# %s\n", e.text);
			continue;
		}
		check_signs(key, keys[i].bits, keys[i].public, keys[i].name);
		dkim_key_free(key);
	}
}

static void
refuse(const char *pem, enum dkim_algorithm a, enum err_code code,
    const char *text, const char *name)
{
	struct err e;
	struct dkim_key *key;

	err_clear(&e);
	key = dkim_key_parse(pem, strlen(pem), a, &e);
	ok(key == NULL, "%s: refused", name);
	is_int(e.code, code, "%s: code", name);
	has_str(e.text, text, "%s: why", name);
	dkim_key_free(key);
}

static void
test_refused(void)
{
	char *cut = xstrndup(rsa2048_pkcs8, 900), *damaged;
	static const char middle[] =
	    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

	damaged = xstrdup(rsa2048_pkcs1);
	/* one octet of a prime */
	damaged[1200] = damaged[1200] == 'A' ? 'B' : 'A';
	refuse(rsa768_pkcs1, DKIM_RSA_SHA256, ERR_PERM, "768 bits", "768 bits");
	refuse(rsa4608_pkcs8, DKIM_RSA_SHA256, ERR_PERM, "4608 bits",
	    "4608 bits");
	refuse(ed25519_pkcs8, DKIM_RSA_SHA256, ERR_PERM,
	    "a key for ed25519-sha256", "Ed25519 as RSA");
	refuse(rsa2048_pkcs8, DKIM_ED25519_SHA256, ERR_PERM,
	    "a key for rsa-sha256", "RSA as Ed25519");
	refuse(ec_pkcs8, DKIM_RSA_SHA256, ERR_SYNTAX, "no private key", "EC");
	refuse(ed25519_encrypted, DKIM_ED25519_SHA256, ERR_PERM, "encrypted",
	    "encrypted");
	refuse("", DKIM_RSA_SHA256, ERR_SYNTAX, "PEM", "nothing");
	refuse("key", DKIM_RSA_SHA256, ERR_SYNTAX, "PEM", "no PEM");
	refuse(middle, DKIM_RSA_SHA256, ERR_SYNTAX, "no private key",
	    "no key in it");
	refuse(cut, DKIM_RSA_SHA256, ERR_SYNTAX, "PEM", "cut off");
	refuse(damaged, DKIM_RSA_SHA256, ERR_SYNTAX, "no private key",
	    "damaged");
	free(cut);
	free(damaged);
}

static void
test_public(void)
{
	static const unsigned char sig[64];
	int bits;

	is_int(verify(DKIM_RSA_SHA256, rsa768_public, sum, sig, 64, &bits),
	    DKIM_PUBLIC_WEAK, "768 bits are weak");
	is_int(bits, 768, "and are counted");
	is_int(verify(DKIM_RSA_SHA256, rsa4608_public, sum, sig, 64, &bits),
	    DKIM_PUBLIC_LONG, "4608 bits are too many");
	is_int(verify(DKIM_RSA_SHA256, rsa1024_public_pkcs1, sum, sig, 64,
		   &bits),
	    DKIM_PUBLIC_BAD, "RSAPublicKey is a key, the signature is wrong");
	is_int(verify(DKIM_RSA_SHA256, ed25519_public, sum, sig, 64, &bits),
	    DKIM_PUBLIC_UNUSABLE, "an Ed25519 key is no RSA key");
	is_int(verify(DKIM_ED25519_SHA256, rsa1024_public, sum, sig, 64, &bits),
	    DKIM_PUBLIC_UNUSABLE, "an RSA key is no Ed25519 key");
	is_int(verify(DKIM_RSA_SHA256, rsa1024_public_exponent, sum, sig, 128,
		   &bits),
	    DKIM_PUBLIC_UNUSABLE, "an exponent that only costs time");
	is_int(verify(DKIM_RSA_SHA256, rsa1024_public_more, sum, sig, 128,
		   &bits),
	    DKIM_PUBLIC_UNUSABLE, "an octet after the key");
	is_int(verify(DKIM_RSA_SHA256, "", sum, sig, 64, &bits),
	    DKIM_PUBLIC_UNUSABLE, "nothing is no key");
	is_int(verify(DKIM_ED25519_SHA256, "AAAA", sum, sig, 64, &bits),
	    DKIM_PUBLIC_UNUSABLE, "three octets are no Ed25519 key");
}

static void
test_generate(void)
{
	static const struct {
		enum dkim_algorithm algorithm;
		int bits;
	} kinds[] = { { DKIM_RSA_SHA256, 1024 }, { DKIM_ED25519_SHA256, 256 } };
	struct buf pem;
	struct err e;

	buf_init(&pem, 8192);
	for (size_t i = 0; i < 2; i++) {
		const char *name = dkim_algorithm_name(kinds[i].algorithm);
		struct dkim_key *key =
		    dkim_key_generate(kinds[i].algorithm, kinds[i].bits, &e);
		struct dkim_key *again;

		ok(key != NULL, "%s: a new key", name);
		if (key == NULL)
			continue;
		buf_reset(&pem);
		is_int(dkim_key_write(key, &pem, &e), 0, "%s: written", name);
		again = dkim_key_parse(buf_str(&pem), pem.len,
		    kinds[i].algorithm, &e);
		ok(again != NULL, "%s: read again", name);
		if (again != NULL)
			check_signs(again, kinds[i].bits, NULL, "generated");
		dkim_key_free(again);
		dkim_key_free(key);
	}
	ok(dkim_key_generate(DKIM_RSA_SHA256, 1023, &e) == NULL, "1023 bits");
	ok(dkim_key_generate(DKIM_RSA_SHA256, 8192, &e) == NULL, "8192 bits");
	buf_clear(&pem);
}

static void
test_load(void)
{
	char path[] = "/tmp/tlsherald-key.XXXXXX", ref[100];
	int fd = mkstemp(path);
	struct dkim_key *key;
	struct err e;

	if (fd == -1 || write(fd, ed25519_pkcs8, strlen(ed25519_pkcs8)) < 0)
		abort();
	(void)snprintf(ref, sizeof(ref), "file:%s", path);
	key = dkim_key_load(ref, DKIM_ED25519_SHA256, &e);
	ok(key != NULL, "from a file");
	dkim_key_free(key);
	ok(dkim_key_load(ref, DKIM_RSA_SHA256, &e) == NULL, "of another type");
	has_str(e.text, ref, "the file is named");
	if (fchmod(fd, 0640) == -1)
		abort();
	ok(dkim_key_load(ref, DKIM_ED25519_SHA256, &e) == NULL, "mode 0640");
	has_str(e.text, "0640", "is named");
	close(fd);
	unlink(path);
}

int
main(void)
{
	test_good();
	test_refused();
	test_public();
	test_generate();
	test_load();
	return done_testing();
}
