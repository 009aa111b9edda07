/*
 * dkim_public: checks a signature with the public key of a key record, by
 * wolfCrypt. (RFC 6376 section 3.3, RFC 8301, RFC 8463 section 3)
 *
 * Thread safety: no state. Limits: RSA keys of DKIM_RSA_BITS_MIN to
 * DKIM_RSA_BITS_MAX bits. Tests: t/unit/dkim_key.c, t/unit/dkim_verify.c
 */
#ifndef DKIM_PUBLIC_H
#define DKIM_PUBLIC_H

#include "share/mail/dkim.h"

#include <stddef.h>

enum dkim_public_result {
	DKIM_PUBLIC_GOOD,
	DKIM_PUBLIC_BAD,      /* not signed so by the owner of this key */
	DKIM_PUBLIC_UNUSABLE, /* the key is none of its type */
	DKIM_PUBLIC_WEAK,     /* of fewer than DKIM_RSA_BITS_MIN bits */
	DKIM_PUBLIC_LONG      /* of more than DKIM_RSA_BITS_MAX bits */
};

/*
 * Whether sig signs the hash of the header. key is as in p=: an RSA key as
 * SubjectPublicKeyInfo or RSAPublicKey in DER, an Ed25519 key as 32 octets.
 * Sets *bits to the key's size, 0 where it is not known.
 */
enum dkim_public_result dkim_public_verify(enum dkim_algorithm a,
    const unsigned char *key, size_t key_len,
    const unsigned char sum[DKIM_SHA256_LEN], const unsigned char *sig,
    size_t sig_len, int *bits);

#endif
