/*
 * socketmap_client: asks a socketmap server once, blocking, with a deadline.
 *
 * For commands (explain, check, stats), not for the daemon's loops.
 * Thread safety: no state. Tests: t/unit/socketmap.c
 */
#ifndef SOCKETMAP_CLIENT_H
#define SOCKETMAP_CLIENT_H

#include "share/base/err.h"

#include <stdint.h>

/*
 * Connects to listen (as in listener.h; "*" means loopback) and asks map for
 * key. Gives the reply ("OK ..."); free it. NULL and e: ERR_NOENT when
 * nobody accepted within connect_ms, ERR_TEMP when no answer came in time.
 */
char *socketmap_ask(const char *listen, const char *map, const char *key,
    int64_t connect_ms, int64_t answer_ms, struct err *e) MUST_CHECK;

#endif
