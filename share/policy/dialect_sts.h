/*
 * dialect_sts: a decision in the words of Sendmail's FEATURE(`sts').
 *
 * Exactly "secure match=HOST[:HOST...] servername=hostname": Sendmail defers
 * all mail for a domain whose reply has anything more, and acts on no other
 * level. So what only another level could enforce is held back with TEMP,
 * and said; DANE is Sendmail's own to enforce, or else an enforce policy
 * stands in for it. The map can't know which message asks: sites that use
 * strategies by sender take share/etc/sendmail/tlsherald.m4 instead.
 *
 * Thread safety: no state. Tests: t/unit/dialect_sendmail.c
 */
#ifndef DIALECT_STS_H
#define DIALECT_STS_H

#include "share/policy/dialect.h"

extern const struct dialect dialect_sts;

#endif
