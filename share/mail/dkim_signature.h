/*
 * dkim_signature: what one DKIM-Signature field says. (RFC 6376 sections 3.5
 * and 6.1.1)
 *
 * Thread safety: no state. Limits: DKIM_SIG_OCTETS_MAX octets of signature.
 * Tests: t/unit/dkim_verify.c, t/fuzz/fuzz_dkim.c
 */
#ifndef DKIM_SIGNATURE_H
#define DKIM_SIGNATURE_H

#include "share/base/hostname.h"
#include "share/mail/dkim.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DKIM_SIG_OCTETS_MAX 1024

struct dkim_signature {
	struct dkim_tags tags;
	const struct dkim_tag *b, *h; /* of tags */
	enum dkim_algorithm algorithm;
	enum dkim_canon header, body;
	char domain[HOSTNAME_SIZE];   /* d=, normal form */
	char selector[HOSTNAME_SIZE]; /* s=, lower case */
	bool same_domain;             /* i= is in d= itself */
	bool has_length;
	uint64_t length;       /* l=, UINT64_MAX without */
	int64_t time, expires; /* 0 for none */
	unsigned char body_hash[DKIM_SHA256_LEN];
	unsigned char sig[DKIM_SIG_OCTETS_MAX];
	size_t sig_len;
};

/*
 * Reads the field's value, which is borrowed. -1 when the signature can never
 * be used, and why: the text is short and holds nothing of the field.
 * s points into itself: don't copy it.
 */
int dkim_signature_parse(const char *value, size_t n, struct dkim_signature *s,
    struct err *e) MUST_CHECK;

#endif
