/*
 * log_source: the process that reads the MTA's log.
 *
 * For MTAs without libtlsrpt, for what Postfix tells nobody (hosts it passes
 * over), and for policies in mode testing. Lines become sessions
 * (log_session.h), sessions with a TLSRPT record and the policy in force
 * (log_domain.h) become the datagrams of libtlsrpt (log_outcome.h), and these
 * go to the receiver (side.h), in the order of the log, with their positions.
 * Nothing is passed over because somebody doesn't answer: reading waits, the
 * log is the queue.
 *
 * How far it got is kept in the state directory (log_state.h). What was sent
 * since is known by its position, so after a crash nothing is sent twice.
 *
 * Thread safety: a process of its own. Limits: LOG_QUEUE_MAX sessions wait
 * for what is asked about their domains. Tests: t/system/log_source.t
 */
#ifndef LOG_SOURCE_H
#define LOG_SOURCE_H

#include "reportgen/child.h"

#define LOG_QUEUE_MAX 256

/* Whether [report.collect] log names a log. */
bool log_source_wanted(const struct conf *c);

/* Runs until SIGTERM; returns an exit status (child.h). */
int log_source_run(struct child *c);

#endif
