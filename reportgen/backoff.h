/*
 * backoff: when a destination that failed is tried again. (RFC 8460 section
 * 5.5)
 *
 * The pauses double from BACKOFF_FIRST_S to BACKOFF_MOST_S, each its key's own
 * by up to a tenth, so that what failed together does not come back together.
 * The last try is at the very end of the time for trying.
 *
 * Thread safety: no state. Tests: t/unit/backoff.c
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdint.h>

#define BACKOFF_FIRST_S 300
#define BACKOFF_MOST_S 14400

/*
 * When to try again what was tried for the first time at first_s, for the
 * tries-th time (from 1) just now, at now_s, and is to be tried for retry_s
 * seconds; 0: not any more.
 */
int64_t backoff_next(const char *key, int tries, int64_t first_s, int64_t now_s,
    int64_t retry_s);

#endif
