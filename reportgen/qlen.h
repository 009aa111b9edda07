/*
 * qlen: how many datagrams may wait in a Unix socket.
 *
 * net.unix.max_dgram_qlen of the network namespace is read by the kernel when
 * the socket is made; a sender that finds the queue full loses its datagram
 * (libtlsrpt does not wait). The kernel's own default is 10, in every new
 * namespace too.
 *
 * Thread safety: no state. Tests: t/unit/qlen.c, t/system/collect.t
 */
#ifndef QLEN_H
#define QLEN_H

#include "share/base/err.h"

#include <stdint.h>

#define QLEN_PATH "/proc/sys/net/unix/max_dgram_qlen"

/* Reads it from a file (QLEN_PATH). */
int qlen_read(const char *path, int64_t *n, struct err *e) MUST_CHECK;

/* Raises it to wanted, unless it is as large; *n becomes what it is then. */
int qlen_raise(const char *path, int64_t wanted, int64_t *n,
    struct err *e) MUST_CHECK;

#endif
