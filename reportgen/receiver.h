/*
 * receiver: the child that takes datagrams from the collector's socket.
 *
 * One batch at a time: up to RECEIVER_BATCH datagrams by one recvmmsg(2), each
 * read, filtered and counted in memory (intake.h), then one write() to the
 * journal. It never waits for the disk beyond that write: what goes to
 * report.db goes in a thread (checkpoint.h), when RECEIVER_CHECKPOINT_MS have
 * gone by, the journal is long, half of what memory may hold is used, or
 * somebody asks (SIGUSR1).
 *
 * After a small batch it naps for RECEIVER_NAP_US where the queue
 * is long enough: what comes meanwhile is one batch, not a wake-up each.
 *
 * So kill -9 loses the batch under way at most. What waits in the socket is
 * there for the process that comes next.
 *
 * Thread safety: the child's main thread. Tests: t/system/collect.t,
 * t/soak/receiver
 */
#ifndef RECEIVER_H
#define RECEIVER_H

#include "reportgen/child.h"

#define RECEIVER_BATCH 64
#define RECEIVER_NAP_US 300
#define RECEIVER_NAP_BATCH 16  /* fewer are a small one */
#define RECEIVER_NAP_QUEUE 256 /* of less, each place is needed */
#define RECEIVER_CHECKPOINT_MS 10000
#define RECEIVER_JOURNAL_MAX (64 << 20)    /* then a checkpoint is due */
#define RECEIVER_JOURNAL_LIMIT (512 << 20) /* then nothing is written */

/* Runs until SIGTERM; an exit status. */
int receiver_main(struct child *c);

#endif
