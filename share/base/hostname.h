/*
 * hostname: DNS host names in their one normal form.
 *
 * Normal form: A-labels (IDNA by libidn2: UTS 46, non-transitional), lower
 * case, no final dot, letters, digits and hyphens only, labels of 1 to 63
 * octets that neither begin nor end with a hyphen, 253 octets at most, and
 * not an address literal. (RFC 1123 section 2.1, RFC 5890, RFC 5321 2.3.5)
 *
 * Thread safety: no state. Tests: t/unit/hostname.c, t/fuzz/fuzz_hostname.c
 */
#ifndef HOSTNAME_H
#define HOSTNAME_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define HOSTNAME_MAX 253
#define HOSTNAME_SIZE (HOSTNAME_MAX + 1)

/* Writes the normal form of n octets of src (UTF-8 or ASCII) to dst. */
int hostname_normalize(const char *src, size_t n, char dst[HOSTNAME_SIZE],
    struct err *e) MUST_CHECK;

/* Whether s is in normal form already (one label is enough). */
bool hostname_is_normal(const char *s);

/* How many labels a name in normal form has. */
size_t hostname_labels(const char *s);

/*
 * Whether n octets are a bare IPv4 address, or an IPv6 address as written
 * in RFC 4291, without brackets. Fills text with its canonical form when
 * text is not NULL (needs INET6_ADDRSTRLEN).
 */
bool hostname_is_address(const char *s, size_t n, char *text);

#endif
