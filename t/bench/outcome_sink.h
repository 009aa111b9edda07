/*
 * outcome_sink: what a collector is compared with.
 *
 * SINK_RECEIVE only receives, by batches of 64. SINK_JOURNAL also counts by
 * the datagram's octets in a hash table and appends each batch to a file,
 * which a second thread writes to the disk once a second.
 *
 * Thread safety: none. Tests: it measures, it is not tested.
 */
#ifndef OUTCOME_SINK_H
#define OUTCOME_SINK_H

#include <sys/types.h>

enum sink_kind { SINK_RECEIVE, SINK_JOURNAL };

struct sink {
	pid_t pid;
	char *dir;
	char *socket;
};

/* Starts one; returns when datagrams may be sent. */
void sink_start(struct sink *s, enum sink_kind kind);

/* Ends it and removes what it made. */
void sink_stop(struct sink *s);

#endif
