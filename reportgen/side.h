/*
 * side: what our own processes tell the receiving child, beside the socket of
 * the MTA.
 *
 * A pair of datagram sockets that the parent made and holds, so that nothing
 * told is lost when a child dies. A record is one datagram:
 *
 *	LOG <ms> <source> <position>\n{libtlsrpt's JSON}
 *	AT <ms> <source> <position>\n
 *	OWN <ms> <domain>\n
 *
 * LOG: a session that the log source saw at that time of the wall clock; the
 * position (opaque to the receiver but for its order, see below) is journaled
 * with it. AT: it has read so far without a session. Of one source a record at
 * or before the last position is dropped: it was said before. OWN: a report of
 * ours is about to be handed over for that domain, and one session that this
 * causes is to be left out (RFC 8460 section 3).
 *
 * A position is "<generation>.<offset>": two decimal numbers, compared in this
 * order. The generation grows by one with each new file of a log; of the
 * journal it is a counter that the log source keeps beside its cursor.
 *
 * Thread safety: no state. Limits: SIDE_MAX octets. Sending blocks while the
 * receiver is behind. Tests: t/unit/side.c, t/fuzz/fuzz_side.c
 */
#ifndef SIDE_H
#define SIDE_H

#include "share/base/buf.h"
#include "share/base/err.h"

#include <stddef.h>
#include <stdint.h>

#define SIDE_MAX (256u * 1024)
#define SIDE_SOURCE_MAX 32

enum side_kind { SIDE_LOG, SIDE_AT, SIDE_OWN };

struct side_position {
	uint64_t generation, offset;
};

struct side_record {
	enum side_kind kind;
	int64_t ms; /* wall clock */
	char source[SIDE_SOURCE_MAX];
	struct side_position position;
	const char *text; /* LOG: the JSON; OWN: the domain; borrowed */
	size_t len;
};

/* Makes the pair: [0] is the receiver's end, [1] the others'. */
int side_open(int fds[2], struct err *e) MUST_CHECK;

/* Appends a record as it is sent. */
void side_write(const struct side_record *r, struct buf *b);

/* Sends one record; waits while the queue is full. */
int side_send(int fd, const struct side_record *r, struct err *e) MUST_CHECK;

/* Reads a record of n octets that were received. */
int side_parse(const char *data, size_t n, struct side_record *r,
    struct err *e) MUST_CHECK;

/* -1, 0 or 1, as strcmp(). */
int side_position_compare(const struct side_position *a,
    const struct side_position *b);

#endif
