/*
 * dkim_hash: SHA-256 by wolfCrypt, and the two hashes of a signature.
 * (RFC 6376 section 3.7)
 *
 * Thread safety: no state of its own. Limits: none.
 * Tests: t/unit/dkim_canon.c, t/unit/dkim_sign.c, t/unit/dkim_verify.c
 */
#ifndef DKIM_HASH_H
#define DKIM_HASH_H

#include "share/mail/dkim.h"
#include "share/mail/dkim_canon.h"
#include "share/mail/fields.h"

#include <stddef.h>
#include <stdint.h>

struct dkim_hash;

/* Gives a hash of nothing yet. */
struct dkim_hash *dkim_hash_new(void) MUST_CHECK;

/* Adds n octets; arg is the struct dkim_hash (so that this is a sink). */
void dkim_hash_add(void *arg, const void *data, size_t n);

/* Writes the hash and frees it. */
void dkim_hash_end(struct dkim_hash *h, unsigned char sum[DKIM_SHA256_LEN]);

/*
 * The hash of a body in canonical form, of its first limit octets (UINT64_MAX:
 * all). Returns how many octets the whole canonical form has.
 */
uint64_t dkim_hash_body(enum dkim_canon c, uint64_t limit, const char *body,
    size_t len, unsigned char sum[DKIM_SHA256_LEN]);

/*
 * The hash of the fields that h names (names with colons between them), those
 * of one name from the last to the first, then of the signature field itself,
 * whose b= must be empty. (section 5.4.2)
 */
void dkim_hash_header(enum dkim_canon c, const struct fields *f,
    const struct dkim_tag *h, const char *signature, size_t len,
    unsigned char sum[DKIM_SHA256_LEN]);

#endif
