/*
 * tlsrpt_record: the TXT record at _smtp._tls.<domain> (RFC 8460 section 3),
 * that says where reports about the domain go.
 *
 * More is taken than the grammar has, where what is meant is plain, because a
 * lost report helps nobody: a scheme in any case, a second rua field, "!10m"
 * after an address as DMARC has it, an unusable URI beside usable ones.
 *
 * Thread safety: no state. Limits: TLSRPT_URIS_MAX URIs are kept, of
 * TLSRPT_URI_MAX octets; those beyond count as unusable. Tests:
 * t/unit/tlsrpt_record.c, t/fuzz/fuzz_tlsrpt_record.c
 */
#ifndef TLSRPT_RECORD_H
#define TLSRPT_RECORD_H

#include "share/dns/dns.h"
#include "share/mail/address.h"

#include <stddef.h>

#define TLSRPT_URIS_MAX 16
#define TLSRPT_URI_MAX 1024

enum tlsrpt_result {
	TLSRPT_OK,        /* at least one URI */
	TLSRPT_NONE,      /* no record of TLSRPT there */
	TLSRPT_SEVERAL,   /* more than one: the domain has no TLSRPT */
	TLSRPT_MALFORMED, /* not of the grammar */
	TLSRPT_NO_URI     /* no rua, or none that can be used */
};

enum tlsrpt_scheme { TLSRPT_MAILTO, TLSRPT_HTTPS };

struct tlsrpt_uri {
	enum tlsrpt_scheme scheme;
	struct address address; /* of mailto */
	char *url;              /* of https: printable ASCII, as it came */
};

struct tlsrpt_record {
	size_t n;       /* usable URIs, in their order, no repeats */
	size_t skipped; /* others */
	struct tlsrpt_uri uri[TLSRPT_URIS_MAX];
};

/*
 * Reads one record's text (len octets) into r, which is emptied first; r is
 * filled when it returns TLSRPT_OK, and tlsrpt_record_clear() must follow.
 */
enum tlsrpt_result tlsrpt_record_parse(const char *text, size_t len,
    struct tlsrpt_record *r);

/*
 * Reads all TXT records of an answer: those of other kinds are passed over,
 * exactly one must be left.
 */
enum tlsrpt_result tlsrpt_record_choose(const struct dns_answer *txt,
    struct tlsrpt_record *r);

/* Frees what r holds; it is empty then. */
void tlsrpt_record_clear(struct tlsrpt_record *r);

/* What a result means, for people. */
const char *tlsrpt_result_text(enum tlsrpt_result result);

#endif
