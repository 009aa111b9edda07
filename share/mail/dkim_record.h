/*
 * dkim_record: the key record at SELECTOR._domainkey.DOMAIN. (RFC 6376 section
 * 3.6.1, RFC 8301, RFC 8463, RFC 8460 section 3 for the service "tlsrpt")
 *
 * Thread safety: no state. Limits: DKIM_RECORD_KEY_MAX octets of key.
 * Tests: t/unit/dkim_record.c, t/fuzz/fuzz_dkim_record.c
 */
#ifndef DKIM_RECORD_H
#define DKIM_RECORD_H

#include "share/mail/dkim.h"

#include <stdbool.h>
#include <stddef.h>

#define DKIM_RECORD_KEY_MAX 2048

/* s=: what a key may sign */
enum dkim_service {
	DKIM_SERVICE_ANY = 1 << 0, /* "*", or no s= */
	DKIM_SERVICE_EMAIL = 1 << 1,
	DKIM_SERVICE_TLSRPT = 1 << 2
};

struct dkim_record {
	enum dkim_algorithm algorithm; /* of k=, which has one each */
	unsigned services;             /* bits of enum dkim_service */
	bool sha256;                   /* h= has it, or is not there */
	bool revoked;                  /* p= is empty */
	bool testing;                  /* t=y */
	bool same_domain;              /* t=s: i= must not be a subdomain */
	unsigned char key[DKIM_RECORD_KEY_MAX]; /* as in p= */
	size_t key_len;
};

/*
 * Reads the text of a TXT record, its strings joined. ERR_SYNTAX when it is no
 * key record, ERR_PERM when it is of a version or key type not known here.
 */
int dkim_record_parse(const char *txt, size_t n, struct dkim_record *r,
    struct err *e) MUST_CHECK;

#endif
