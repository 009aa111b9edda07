/*
 * dkim_key: a private key that signs, by wolfCrypt. (RFC 6376 section 3.3, RFC
 * 8301 section 3.2, RFC 8463)
 *
 * RSA keys of DKIM_RSA_BITS_MIN to DKIM_RSA_BITS_MAX bits as PKCS#1 or PKCS#8,
 * Ed25519 keys as PKCS#8 (RFC 8410), all in PEM and not encrypted.
 *
 * Thread safety: one key, one thread at a time. Limits: SECRET_MAX octets of
 * PEM. Tests: t/unit/dkim_key.c
 */
#ifndef DKIM_KEY_H
#define DKIM_KEY_H

#include "share/base/buf.h"
#include "share/base/err.h"
#include "share/mail/dkim.h"

#include <stddef.h>

/* The longest signature, in octets. */
#define DKIM_SIG_MAX (DKIM_RSA_BITS_MAX / 8)

struct dkim_key;

/*
 * Gives the key that PEM text holds; it must be one for that algorithm.
 * ERR_SYNTAX when it is no key, ERR_PERM when it is another one, encrypted, or
 * too short or long.
 */
struct dkim_key *dkim_key_parse(const char *pem, size_t n,
    enum dkim_algorithm a, struct err *e) MUST_CHECK;

/* The same for what "file:PATH" or "cmd:COMMAND" names (share/base/secret.h).
 */
struct dkim_key *dkim_key_load(const char *ref, enum dkim_algorithm a,
    struct err *e) MUST_CHECK;

/* Gives a new key, of bits when it is RSA. */
struct dkim_key *dkim_key_generate(enum dkim_algorithm a, int bits,
    struct err *e) MUST_CHECK;

/* Frees a key and overwrites it; NULL is fine. */
void dkim_key_free(struct dkim_key *key);

/* What it signs with, and its size in bits. */
enum dkim_algorithm dkim_key_algorithm(const struct dkim_key *key);

/* The size of the key in bits. */
int dkim_key_bits(const struct dkim_key *key);

/* Signs the hash of a header; *n becomes the signature's length. */
int dkim_key_sign(struct dkim_key *key,
    const unsigned char sum[DKIM_SHA256_LEN], unsigned char sig[DKIM_SIG_MAX],
    size_t *n, struct err *e) MUST_CHECK;

/* Appends the public key as it stands in p=, base64. */
int dkim_key_public(struct dkim_key *key, struct buf *out,
    struct err *e) MUST_CHECK;

/* Appends the key as PEM, PKCS#1 or PKCS#8. The buffer then holds a secret. */
int dkim_key_write(struct dkim_key *key, struct buf *out,
    struct err *e) MUST_CHECK;

#endif
