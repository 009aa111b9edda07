/*
 * dkim: the words of DKIM and its tag lists, for signer and verifier.
 * (RFC 6376 sections 3.2 and 3.3, RFC 8301, RFC 8463)
 *
 * Signing: dkim_key.h, dkim_sign.h. Verifying: dkim_verify.h. rsa-sha1 does
 * not exist here (RFC 8301 section 3.1).
 *
 * Thread safety: no state. Limits: DKIM_TAGS_MAX tags in a list.
 * Tests: t/unit/dkim.c, t/fuzz/fuzz_dkim_record.c
 */
#ifndef DKIM_H
#define DKIM_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define DKIM_TAGS_MAX 32
#define DKIM_FIELD "DKIM-Signature"
#define DKIM_SHA256_LEN 32
#define DKIM_ED25519_LEN 32
/* RFC 8301 section 3.2, and the most that wolfCrypt does */
#define DKIM_RSA_BITS_MIN 1024
#define DKIM_RSA_BITS_MAX 4096

enum dkim_algorithm { DKIM_RSA_SHA256, DKIM_ED25519_SHA256 };
enum dkim_canon { DKIM_SIMPLE, DKIM_RELAXED };

/* One tag; the value is without white space around it. */
struct dkim_tag {
	const char *name;
	size_t name_len;
	const char *value;
	size_t len;
	const char *raw; /* from after "=" to the ";" or the end */
	size_t raw_len;
};

struct dkim_tags {
	struct dkim_tag tag[DKIM_TAGS_MAX];
	size_t n;
};

/* "rsa-sha256" or "ed25519-sha256". */
const char *dkim_algorithm_name(enum dkim_algorithm a);

/* The algorithm that n octets name; false when there is none. */
bool dkim_algorithm_parse(const char *s, size_t n, enum dkim_algorithm *a);

/* "simple" or "relaxed". */
const char *dkim_canon_name(enum dkim_canon c);

/*
 * Splits a tag list; the text is borrowed. ERR_SYNTAX where it is not of its
 * form or names a tag twice (section 3.2), ERR_LIMIT with too many tags.
 */
int dkim_tags_parse(const char *s, size_t n, struct dkim_tags *tags,
    struct err *e) MUST_CHECK;

/* The tag of that name (case counts), or NULL. */
const struct dkim_tag *dkim_tags_get(const struct dkim_tags *tags,
    const char *name);

/* Whether a tag's value is this word, case counts. */
bool dkim_tag_is(const struct dkim_tag *tag, const char *word);

/*
 * Takes the next item of a colon-separated value, without white space around
 * it; false at the end. Begin with *pos 0.
 */
bool dkim_tag_item(const struct dkim_tag *tag, size_t *pos, const char **item,
    size_t *len);

#endif
