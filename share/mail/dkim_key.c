/* dkim_key: a private key that signs - see dkim_key.h */
#include "config.h"

/* options.h must be the first of wolfSSL's headers */
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/rsa.h>
#include <wolfssl/wolfcrypt/signature.h>

#include "share/base/secret.h"
#include "share/base/xmem.h"
#include "share/mail/base64.h"
#include "share/mail/dkim_key.h"
#include "share/mail/dkim_public.h"

#include <stdlib.h>
#include <string.h>

#define DIGEST_INFO_MAX 64
#define PEM_LINE 48 /* octets, 64 characters */
#define PUBLIC_DER_MAX 1024
#define PRIVATE_DER_MAX 4096
#define EXPONENT 65537
#define ED25519_BITS 256

struct dkim_key {
	enum dkim_algorithm algorithm;
	union {
		RsaKey rsa;
		ed25519_key ed25519;
	} u;
	WC_RNG rng; /* RSA: blinding */
};

static int
wolf_error(struct err *e, const char *what, int rc)
{
	return err_set(e, ERR_SYS, "%s: wolfCrypt says %d", what, rc);
}

/* Gives a key of that algorithm that has no content yet. */
static struct dkim_key *
key_new(enum dkim_algorithm a, struct err *e)
{
	struct dkim_key *key = xcalloc(1, sizeof(*key));
	int rc = wc_InitRng(&key->rng);

	if (rc != 0) {
		wolf_error(e, "random numbers", rc);
		free(key);
		return NULL;
	}
	key->algorithm = a;
	rc = a == DKIM_RSA_SHA256 ? wc_InitRsaKey(&key->u.rsa, NULL)
				  : wc_ed25519_init(&key->u.ed25519);
	if (rc == 0 && a == DKIM_RSA_SHA256)
		rc = wc_RsaSetRNG(&key->u.rsa, &key->rng);
	if (rc == 0)
		return key;
	wolf_error(e, "a new key", rc);
	dkim_key_free(key);
	return NULL;
}

void
dkim_key_free(struct dkim_key *key)
{
	if (key == NULL)
		return;
	if (key->algorithm == DKIM_RSA_SHA256)
		wc_FreeRsaKey(&key->u.rsa);
	else
		wc_ed25519_free(&key->u.ed25519);
	wc_FreeRng(&key->rng);
	explicit_bzero(key, sizeof(*key));
	free(key);
}

/*
 * wolfCrypt signs with an Ed25519 key only once its public half is known, and
 * PKCS#8 rarely has it: it is computed from the private one.
 */
static int
complete_ed25519(ed25519_key *key)
{
	unsigned char public[DKIM_ED25519_LEN];
	int rc = wc_ed25519_make_public(key, public, sizeof(public));

	return rc != 0 ? rc
		       : wc_ed25519_import_public(public, sizeof(public), key);
}

/* Fills a key from DER; 0, or wolfCrypt's number. */
static int
decode(struct dkim_key *key, const unsigned char *der, size_t n)
{
	word32 pos = 0;
	int rc;

	if (key->algorithm == DKIM_RSA_SHA256) {
		return wc_RsaPrivateKeyDecode(der, &pos, &key->u.rsa,
		    (word32)n);
	}
	rc = wc_Ed25519PrivateKeyDecode(der, &pos, &key->u.ed25519, (word32)n);
	return rc != 0 ? rc : complete_ed25519(&key->u.ed25519);
}

/* Whether DER is a private key of this algorithm. */
static bool
is_key_of(enum dkim_algorithm a, const unsigned char *der, size_t n)
{
	struct dkim_key *key = key_new(a, NULL);
	bool is = key != NULL && decode(key, der, n) == 0;

	dkim_key_free(key);
	return is;
}

static int
check_bits(const struct dkim_key *key, struct err *e)
{
	int bits = dkim_key_bits(key);

	if (key->algorithm == DKIM_RSA_SHA256 &&
	    (bits < DKIM_RSA_BITS_MIN || bits > DKIM_RSA_BITS_MAX))
		return err_set(e, ERR_PERM,
		    "an RSA key of %d bits; DKIM takes %d to %d", bits,
		    DKIM_RSA_BITS_MIN, DKIM_RSA_BITS_MAX);
	return 0;
}

/*
 * Whether the key signs what its public half verifies: wolfCrypt takes a file
 * with a damaged number for a key, and Debian's has no wc_CheckRsaKey().
 */
static int
check_works(struct dkim_key *key, struct err *e)
{
	static const unsigned char sum[DKIM_SHA256_LEN];
	unsigned char sig[DKIM_SIG_MAX];
	struct buf text, public;
	size_t n;
	int bits, rc = -1;

	buf_init(&text, BASE64_LEN(PUBLIC_DER_MAX));
	buf_init(&public, PUBLIC_DER_MAX);
	if (dkim_key_sign(key, sum, sig, &n, e) == 0 &&
	    dkim_key_public(key, &text, e) == 0 &&
	    base64_decode(&public, buf_str(&text), text.len, e) == 0 &&
	    dkim_public_verify(key->algorithm, (unsigned char *)public.data,
		public.len, sum, sig, n, &bits) == DKIM_PUBLIC_GOOD)
		rc = 0;
	else
		err_set(e, ERR_SYNTAX, "no private key for %s: it is damaged",
		    dkim_algorithm_name(key->algorithm));
	buf_clear(&text);
	buf_clear(&public);
	return rc;
}

static struct dkim_key *
parse_der(const unsigned char *der, size_t n, enum dkim_algorithm a,
    struct err *e)
{
	enum dkim_algorithm other =
	    a == DKIM_RSA_SHA256 ? DKIM_ED25519_SHA256 : DKIM_RSA_SHA256;
	struct dkim_key *key = key_new(a, e);

	if (key == NULL)
		return NULL;
	if (decode(key, der, n) != 0) {
		if (is_key_of(other, der, n))
			err_set(e, ERR_PERM, "a key for %s, not for %s",
			    dkim_algorithm_name(other), dkim_algorithm_name(a));
		else
			err_set(e, ERR_SYNTAX, "no private key for %s",
			    dkim_algorithm_name(a));
	} else if (check_bits(key, e) == 0 && check_works(key, e) == 0) {
		return key;
	}
	dkim_key_free(key);
	return NULL;
}

struct dkim_key *
dkim_key_parse(const char *pem, size_t n, enum dkim_algorithm a, struct err *e)
{
	struct dkim_key *key = NULL;
	unsigned char *der;
	int len;

	if (memmem(pem, n, "ENCRYPTED", strlen("ENCRYPTED")) != NULL) {
		err_set(e, ERR_PERM, "the key is encrypted");
		return NULL;
	}
	if (n == 0 || n > SECRET_MAX ||
	    memmem(pem, n, "-----BEGIN ", strlen("-----BEGIN ")) == NULL) {
		err_set(e, ERR_SYNTAX, "no private key in PEM");
		return NULL;
	}
	der = xmalloc(n); /* base64 only shrinks */
	len = wc_KeyPemToDer((const unsigned char *)pem, (int)n, der, (int)n,
	    NULL);
	if (len > 0)
		key = parse_der(der, (size_t)len, a, e);
	else
		err_set(e, ERR_SYNTAX, "no private key in PEM");
	explicit_bzero(der, n);
	free(der);
	return key;
}

struct dkim_key *
dkim_key_load(const char *ref, enum dkim_algorithm a, struct err *e)
{
	struct dkim_key *key = NULL;
	struct buf pem;

	if (secret_read(ref, &pem, e) == 0) {
		key = dkim_key_parse(pem.data, pem.len, a, e);
		if (key == NULL)
			err_wrap(e, "%s", ref);
	}
	secret_clear(&pem);
	return key;
}

struct dkim_key *
dkim_key_generate(enum dkim_algorithm a, int bits, struct err *e)
{
	struct dkim_key *key;
	int rc;

	if (a == DKIM_RSA_SHA256 &&
	    (bits < DKIM_RSA_BITS_MIN || bits > DKIM_RSA_BITS_MAX)) {
		err_set(e, ERR_PERM,
		    "an RSA key of %d bits; DKIM takes %d to "
		    "%d",
		    bits, DKIM_RSA_BITS_MIN, DKIM_RSA_BITS_MAX);
		return NULL;
	}
	if ((key = key_new(a, e)) == NULL)
		return NULL;
	rc = a == DKIM_RSA_SHA256
	    ? wc_MakeRsaKey(&key->u.rsa, bits, EXPONENT, &key->rng)
	    : wc_ed25519_make_key(&key->rng, ED25519_KEY_SIZE, &key->u.ed25519);
	if (rc == 0)
		return key;
	wolf_error(e, "a new key", rc);
	dkim_key_free(key);
	return NULL;
}

enum dkim_algorithm
dkim_key_algorithm(const struct dkim_key *key)
{
	return key->algorithm;
}

int
dkim_key_bits(const struct dkim_key *key)
{
	if (key->algorithm == DKIM_RSA_SHA256)
		return 8 * wc_RsaEncryptSize(&key->u.rsa);
	return ED25519_BITS;
}

static int
sign_rsa(struct dkim_key *key, const unsigned char *sum, unsigned char *sig,
    word32 *n)
{
	unsigned char info[DIGEST_INFO_MAX];
	word32 len = wc_EncodeSignature(info, sum, DKIM_SHA256_LEN, SHA256h);
	int rc = wc_RsaSSL_Sign(info, len, sig, *n, &key->u.rsa, &key->rng);

	if (rc <= 0)
		return rc;
	*n = (word32)rc;
	return 0;
}

int
dkim_key_sign(struct dkim_key *key, const unsigned char sum[DKIM_SHA256_LEN],
    unsigned char sig[DKIM_SIG_MAX], size_t *n, struct err *e)
{
	word32 len = DKIM_SIG_MAX;
	int rc = key->algorithm == DKIM_RSA_SHA256
	    ? sign_rsa(key, sum, sig, &len)
	    : wc_ed25519_sign_msg(sum, DKIM_SHA256_LEN, sig, &len,
		  &key->u.ed25519);

	if (rc != 0)
		return wolf_error(e, "signing", rc);
	*n = len;
	return 0;
}

int
dkim_key_public(struct dkim_key *key, struct buf *out, struct err *e)
{
	unsigned char der[PUBLIC_DER_MAX];
	word32 n = sizeof(der);
	int rc;

	if (key->algorithm == DKIM_RSA_SHA256) {
		rc = wc_RsaKeyToPublicDer(&key->u.rsa, der, sizeof(der));
		n = rc > 0 ? (word32)rc : 0;
		rc = rc > 0 ? 0 : rc;
	} else {
		rc = wc_ed25519_export_public(&key->u.ed25519, der, &n);
	}
	if (rc != 0)
		return wolf_error(e, "the public key", rc);
	base64_encode(out, der, n);
	return 0;
}

int
dkim_key_write(struct dkim_key *key, struct buf *out, struct err *e)
{
	unsigned char der[PRIVATE_DER_MAX];
	bool rsa = key->algorithm == DKIM_RSA_SHA256;
	const char *label = rsa ? "RSA PRIVATE KEY" : "PRIVATE KEY";
	int n = rsa
	    ? wc_RsaKeyToDer(&key->u.rsa, der, sizeof(der))
	    : wc_Ed25519PrivateKeyToDer(&key->u.ed25519, der, sizeof(der));

	if (n <= 0)
		return wolf_error(e, "the private key", n);
	buf_printf(out, "-----BEGIN %s-----\n", label);
	for (int i = 0; i < n; i += PEM_LINE) {
		base64_encode(out, der + i,
		    (size_t)(n - i < PEM_LINE ? n - i : PEM_LINE));
		buf_puts(out, "\n");
	}
	buf_printf(out, "-----END %s-----\n", label);
	explicit_bzero(der, sizeof(der));
	return 0;
}
