/*
 * dkim_verify: checks the DKIM-Signature fields of a message. (RFC 6376
 * section 6, RFC 8301, RFC 8463; result words of RFC 8601 section 2.7.1)
 *
 * The caller looks keys up. Where that must wait, it answers DKIM_LOOKUP_TEMP,
 * keeps the name, and verifies again when the record has come: all that was
 * done until then is reading the tags.
 *
 * Thread safety: no state. Limits: the first DKIM_VERIFY_MAX signatures of a
 * message; RSA keys of 1024 to 4096 bits.
 * Tests: t/unit/dkim_verify.c, t/fuzz/fuzz_dkim.c
 */
#ifndef DKIM_VERIFY_H
#define DKIM_VERIFY_H

#include "share/base/buf.h"
#include "share/base/hostname.h"
#include "share/mail/dkim.h"
#include "share/mail/dkim_record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DKIM_VERIFY_MAX 10
#define DKIM_RECORD_MAX 8192
#define DKIM_REASON_MAX ERR_TEXT_MAX
/* how far clocks may differ, in seconds */
#define DKIM_CLOCK_SKEW 300

enum dkim_result {
	DKIM_PASS,
	DKIM_FAIL,      /* the message is not what was signed */
	DKIM_TEMPERROR, /* the key could not be looked up now */
	DKIM_PERMERROR  /* signature or key can never be used */
};

enum dkim_lookup { DKIM_LOOKUP_FOUND, DKIM_LOOKUP_NONE, DKIM_LOOKUP_TEMP };

/* Appends the text of the TXT record at name, its strings joined. */
typedef enum dkim_lookup dkim_lookup_fn(void *ctx, const char *name,
    struct buf *record);

/* What is known of one signature; what was not read is empty or 0. */
struct dkim_verdict {
	enum dkim_result result;
	char reason[DKIM_REASON_MAX]; /* why it is no pass, for people */
	char domain[HOSTNAME_SIZE];   /* d=, normal form */
	char selector[HOSTNAME_SIZE]; /* s=, lower case */
	enum dkim_algorithm algorithm;
	int bits;          /* of the key */
	int64_t time;      /* t=, 0 for none */
	int64_t expires;   /* x=, 0 for none */
	bool partial;      /* l= leaves some of the body out */
	bool has_length;   /* l= is there at all (RFC 8460 forbids it) */
	bool testing;      /* the key says t=y */
	unsigned services; /* of the key, bits of enum dkim_service */
};

struct dkim_verifier {
	dkim_lookup_fn *lookup;
	void *ctx;
	int64_t now;       /* seconds since 1970 */
	unsigned services; /* a key must have one, or be for any */
};

/* "pass", "fail", "temperror" or "permerror". */
const char *dkim_result_name(enum dkim_result r);

/*
 * Verifies a message, whose line ends are CRLF or LF; fills a verdict for each
 * signature from the top and returns how many. ERR_LIMIT with too many header
 * fields, then -1.
 */
int dkim_verify(const struct dkim_verifier *v, const char *msg, size_t len,
    struct dkim_verdict verdicts[DKIM_VERIFY_MAX], struct err *e) MUST_CHECK;

#endif
