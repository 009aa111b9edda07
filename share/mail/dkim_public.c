/* dkim_public: checks a signature with a public key - see dkim_public.h */
#include "config.h"

/* options.h must be the first of wolfSSL's headers */
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/rsa.h>
#include <wolfssl/wolfcrypt/signature.h>

#include "share/mail/dkim_public.h"

#include <stdbool.h>
#include <string.h>

#define ED25519_BITS 256
/* DigestInfo of SHA-256: 19 octets and the hash (RFC 8017 section 9.2) */
#define DIGEST_INFO_MAX 64
/* exponents of more bits serve to make verifying slow */
#define RSA_EXPONENT_OCTETS_MAX 8

/* The size of the modulus in bits, from its octets; -1 when it is no key. */
static int
rsa_bits(const unsigned char *der, size_t len)
{
	const byte *n, *exponent;
	word32 pos = 0, n_len, exponent_len;
	int bits;

	if (wc_RsaPublicKeyDecode_ex(der, &pos, (word32)len, &n, &n_len,
		&exponent, &exponent_len) != 0 ||
	    pos != len)
		return -1;
	while (n_len > 0 && n[0] == 0) {
		n++;
		n_len--;
	}
	if (n_len == 0 || exponent_len > RSA_EXPONENT_OCTETS_MAX)
		return -1;
	bits = (int)(8 * n_len);
	for (unsigned char top = n[0]; (top & 0x80) == 0; top <<= 1)
		bits--;
	return bits;
}

static bool
rsa_verify(RsaKey *key, const unsigned char *sum, const unsigned char *sig,
    size_t sig_len)
{
	unsigned char want[DIGEST_INFO_MAX], got[DKIM_RSA_BITS_MAX / 8];
	word32 n = wc_EncodeSignature(want, sum, DKIM_SHA256_LEN, SHA256h);
	int len;

	if (wc_RsaEncryptSize(key) != (int)sig_len)
		return false;
	len = wc_RsaSSL_Verify(sig, (word32)sig_len, got, sizeof(got), key);
	/* compared whole: nothing of the padding is parsed */
	return len > 0 && (word32)len == n && memcmp(got, want, n) == 0;
}

static enum dkim_public_result
verify_rsa(const unsigned char *der, size_t len, const unsigned char *sum,
    const unsigned char *sig, size_t sig_len, int *bits)
{
	enum dkim_public_result result = DKIM_PUBLIC_UNUSABLE;
	RsaKey key;
	word32 pos = 0;
	int n = rsa_bits(der, len);

	if (n < 0)
		return DKIM_PUBLIC_UNUSABLE;
	*bits = n;
	if (n < DKIM_RSA_BITS_MIN)
		return DKIM_PUBLIC_WEAK;
	if (n > DKIM_RSA_BITS_MAX)
		return DKIM_PUBLIC_LONG;
	if (wc_InitRsaKey(&key, NULL) != 0)
		return DKIM_PUBLIC_UNUSABLE;
	if (wc_RsaPublicKeyDecode(der, &pos, &key, (word32)len) == 0)
		result = rsa_verify(&key, sum, sig, sig_len) ? DKIM_PUBLIC_GOOD
							     : DKIM_PUBLIC_BAD;
	wc_FreeRsaKey(&key);
	return result;
}

/* RFC 8463 section 3: PureEdDSA over the SHA-256 of the header. */
static enum dkim_public_result
verify_ed25519(const unsigned char *raw, size_t len, const unsigned char *sum,
    const unsigned char *sig, size_t sig_len, int *bits)
{
	enum dkim_public_result result = DKIM_PUBLIC_UNUSABLE;
	ed25519_key key;
	int good = 0;

	if (len != DKIM_ED25519_LEN || wc_ed25519_init(&key) != 0)
		return DKIM_PUBLIC_UNUSABLE;
	if (wc_ed25519_import_public(raw, (word32)len, &key) == 0) {
		*bits = ED25519_BITS;
		result = DKIM_PUBLIC_BAD;
		if (sig_len == ED25519_SIG_SIZE &&
		    wc_ed25519_verify_msg(sig, (word32)sig_len, sum,
			DKIM_SHA256_LEN, &good, &key) == 0 &&
		    good == 1)
			result = DKIM_PUBLIC_GOOD;
	}
	wc_ed25519_free(&key);
	return result;
}

enum dkim_public_result
dkim_public_verify(enum dkim_algorithm a, const unsigned char *key,
    size_t key_len, const unsigned char sum[DKIM_SHA256_LEN],
    const unsigned char *sig, size_t sig_len, int *bits)
{
	*bits = 0;
	if (a == DKIM_RSA_SHA256)
		return verify_rsa(key, key_len, sum, sig, sig_len, bits);
	return verify_ed25519(key, key_len, sum, sig, sig_len, bits);
}
