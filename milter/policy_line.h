/*
 * policy_line: one exported MTA-STS policy, read as hostile input.
 *
 * {"schema": 1, "domain", "id", "fetched": RFC 3339 UTC, "policy": text}.
 * Keys not known are passed over; the policy text passes sts_policy_parse().
 *
 * Thread safety: no state. Tests: t/unit/policy_line.c,
 * t/fuzz/fuzz_policy_line.c
 */
#ifndef POLICY_LINE_H
#define POLICY_LINE_H

#include "share/base/err.h"
#include "share/policy/sts_policy.h"

#define POLICY_LINE_FUTURE_MS (5 * INT64_C(60000)) /* of another's clock */

/*
 * Reads len octets of text. Gives a stamped policy with one reference, or
 * NULL and e (ERR_SYNTAX), which says what is wrong. now_ms: wall clock; what
 * was fetched later than POLICY_LINE_FUTURE_MS from now is refused, since it
 * would outlive what is fetched here.
 */
struct sts_policy *policy_line_read(const char *text, size_t len,
    int64_t now_ms, struct err *e) MUST_CHECK;

#endif
