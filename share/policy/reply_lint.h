/*
 * reply_lint: would Postfix take this reply?
 *
 * A model of what smtp(8) accepts from smtp_tls_policy_maps: the level, each
 * attribute's form, which levels take which attribute, which may come once,
 * and the sizes of the socketmap protocol. Stricter than Postfix where that
 * costs nothing: only attributes that we write are known, every octet is
 * printable ASCII. A reply that does not pass is a defect of ours and never
 * served: Postfix would defer all mail for the domain.
 *
 * Thread safety: no state. Limits: SOCKETMAP_REPLY_MAX octets.
 * Tests: t/unit/reply_lint.c, t/fuzz/fuzz_sts_policy.c
 */
#ifndef REPLY_LINT_H
#define REPLY_LINT_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Checks a whole reply ("OK ...", "NOTFOUND ", "TEMP ..."). tlsrpt: TLSRPT
 * attributes may be there (Postfix >= 3.10). -1 and e says what is wrong.
 */
int reply_lint(const char *reply, size_t len, bool tlsrpt,
    struct err *e) MUST_CHECK;

#endif
