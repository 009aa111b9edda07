/*
 * ca_file: does a file hold root certificates?
 *
 * Reads PEM (RFC 7468) as OpenSSL's CAfile does: certificate blocks among
 * any other text. A root is a certificate whose issuer is its subject; its
 * signature and dates are not looked at.
 *
 * Thread safety: no state. Limits: CA_FILE_MAX octets.
 * Tests: t/unit/ca_file.c
 */
#ifndef CA_FILE_H
#define CA_FILE_H

#include "share/base/err.h"

#include <stddef.h>

#define CA_FILE_MAX (16 << 20)

/* How many roots the PEM text of len octets holds; blocks that do not parse
 * are passed over. */
size_t ca_file_count(const char *pem, size_t len);

/* The same for a file; -1 and e when it can't be read or is too large. */
int ca_file_roots(const char *path, size_t *roots, struct err *e) MUST_CHECK;

#endif
