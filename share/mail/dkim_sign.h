/*
 * dkim_sign: makes the DKIM-Signature fields of a message. (RFC 6376 section
 * 5, RFC 8460 section 3)
 *
 * Signed are the fields that say who, to whom, what and how (the table in
 * dkim_sign.c), all that are there; most are named once more than they are
 * there, so that none can be added ("oversigning", section 5.4.2). There is no
 * l= (RFC 8460 forbids it). Several signatures stand in the order of their
 * signers, the first on top; none signs another.
 *
 * Thread safety: as the keys (dkim_key.h). Limits: DKIM_SIGN_MAX octets a field.
 * Tests: t/unit/dkim_sign.c, t/system/dkim.t with other verifiers
 */
#ifndef DKIM_SIGN_H
#define DKIM_SIGN_H

#include "share/base/buf.h"
#include "share/base/err.h"
#include "share/mail/dkim.h"
#include "share/mail/dkim_key.h"

#include <stddef.h>
#include <stdint.h>

#define DKIM_SIGN_MAX 16384

struct dkim_signer {
	struct dkim_key *key; /* borrowed */
	const char *domain;   /* d=, host name in normal form */
	const char *selector; /* s= */
	enum dkim_canon header, body;
};

/*
 * Appends to out one folded field for each of n signers, with CRLF; they are to
 * be put before the message, whose line ends are CRLF or LF. now is t= and
 * expires x= in seconds since 1970, each left out when 0. ERR_SYNTAX when the
 * message has no From or several, or a signer's names are none.
 */
int dkim_sign(const struct dkim_signer *signers, size_t n, const char *msg,
    size_t len, int64_t now, int64_t expires, struct buf *out,
    struct err *e) MUST_CHECK;

/*
 * Appends the key record that belongs to a key: "v=DKIM1; k=rsa; s=...; p=...".
 * service is s= ("tlsrpt"), NULL for none. Also the errors of dkim_key_public().
 */
int dkim_sign_record(struct dkim_key *key, const char *service, struct buf *out,
    struct err *e) MUST_CHECK;

#endif
