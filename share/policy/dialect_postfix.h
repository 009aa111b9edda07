/*
 * dialect_postfix: a decision in the words of smtp_tls_policy_maps.
 *
 * "postfix" is safe for every Postfix. "postfix-tlsrpt" adds what Postfix
 * >= 3.10 needs for truthful TLSRPT events (policy_type, policy_domain,
 * policy_string, mx_host_pattern) to "secure", and to "may" under a testing
 * policy; each single attribute once, never policy_ttl. Under an override
 * that applies neither names a policy.
 *
 * Limits: replies of SOCKETMAP_REPLY_MAX octets; a policy too large for
 * that loses its TLSRPT attributes first, and is held back (TEMP) if even
 * its match list does not fit.
 * Thread safety: no state. Tests: t/unit/dialect.c, t/policy
 */
#ifndef DIALECT_POSTFIX_H
#define DIALECT_POSTFIX_H

#include "share/policy/dialect.h"

extern const struct dialect dialect_postfix;
extern const struct dialect dialect_postfix_tlsrpt;

#endif
