/*
 * tlsa: which TLSA records DANE for SMTP can use (RFC 7672 section 3.1).
 *
 * Thread safety: no state. Tests: t/unit/tlsa.c, t/fuzz/fuzz_tlsa.c
 */
#ifndef TLSA_H
#define TLSA_H

#include "share/dns/dns.h"

#include <stdbool.h>

/*
 * Usage 2 or 3 (0 and 1 are unusable, section 3.1.3), selector 0 or 1,
 * matching type 0 (whole certificate or public key, which must parse), 1
 * (32 octets) or 2 (64 octets).
 */
bool tlsa_usable(const struct dns_tlsa *t);

/* Writes "3 1 1 0FF1..." (hex cut after size - 1) to dst; returns dst. */
char *tlsa_text(char *dst, size_t size, const struct dns_tlsa *t);

#endif
