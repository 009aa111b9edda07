/*
 * dialect_tlsrep: Sendmail tells that it has opened a session.
 *
 * The answer is the same for every session and demands nothing: what is told
 * becomes part of TLS reports (RFC 8460).
 *
 * Thread safety: no state. Tests: t/unit/dialect_sendmail.c
 */
#ifndef DIALECT_TLSREP_H
#define DIALECT_TLSREP_H

#include "share/policy/dialect.h"

extern const struct dialect dialect_tlsrep;

#endif
