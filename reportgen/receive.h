/*
 * receive: datagrams of a socket, many at a time.
 *
 * The buffers hold the largest datagram that Linux sends by default each, but
 * take memory only as far as they are used, and give it back after large ones.
 *
 * Thread safety: one thread. Limits: RECEIVE_SIZE octets of a datagram.
 * Tests: t/system/collect.t
 */
#ifndef RECEIVE_H
#define RECEIVE_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define RECEIVE_SIZE (256u * 1024)

struct receive;

/* Makes room for max datagrams. */
struct receive *receive_new(unsigned max, struct err *e) MUST_CHECK;

/* Frees; NULL is fine. */
void receive_free(struct receive *r);

/*
 * Takes what waits in fd, without waiting: how many there were, 0 for none;
 * -1 and e when the socket is no good.
 */
int receive_batch(struct receive *r, int fd, struct err *e) MUST_CHECK;

/* Datagram i of the batch; borrowed until the next one. */
const char *receive_data(const struct receive *r, int i, size_t *n, bool *cut);

#endif
