/*
 * filter_socket: libmilter's listening socket, opened and ended our way.
 *
 * A Unix socket is made as PATH.new with its final owner and mode and then
 * renamed, so that a restart replaces it without a gap. smfi_stop() waits
 * for the listener, which looks up only every five seconds or when somebody
 * connects: so somebody does.
 *
 * Thread safety: main thread. Limits: one socket per process.
 * Tests: t/system/milter_protocol.t
 */
#ifndef FILTER_SOCKET_H
#define FILTER_SOCKET_H

#include "share/base/err.h"

#include <pthread.h>
#include <sys/types.h>

/* Opens it; after smfi_register(). uid -1: the owner stays. */
int filter_socket_open(const char *listen, uid_t uid, gid_t gid,
    struct err *e) MUST_CHECK;

/* Stops libmilter and joins the thread that runs smfi_main(). */
void filter_socket_stop(pthread_t thread);

#endif
