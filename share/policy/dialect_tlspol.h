/*
 * dialect_tlspol: a session of Sendmail's, judged before each recipient.
 *
 *   OK PASS      go on
 *   OK WAIVE     go on, whatever Sendmail's own DANE says of the host
 *   OK FAIL why  keep the recipient in the queue
 *   TEMP why     the same, while something cannot be known
 *
 * Nothing else, and never PERM or NOTFOUND: the ruleset of
 * share/etc/sendmail/tlsherald.m4 takes any other answer for a failure.
 *
 * Thread safety: no state. Tests: t/unit/dialect_sendmail.c
 */
#ifndef DIALECT_TLSPOL_H
#define DIALECT_TLSPOL_H

#include "share/policy/dialect.h"

extern const struct dialect dialect_tlspol;

#endif
