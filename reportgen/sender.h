/*
 * sender: the child that makes reports when they are due, brings them out, and
 * serves the metrics.
 *
 * It works while it has STATE/sender.lock (outgoing.h). SIGUSR2: looks now for
 * what is due. SIGHUP: what is under way ends by the old config, then the new
 * one is in force. SIGTERM: begins nothing more, ends when nothing is under
 * way or after SENDER_STOP_MS; what was cut goes out again, as the same report.
 *
 * Thread safety: the child's main thread. Tests: t/system/deliver.t
 */
#ifndef SENDER_H
#define SENDER_H

#include "reportgen/child.h"

#define SENDER_STOP_MS 5000
#define SENDER_LOCK_MS 1000        /* until it asks for the lock again */
#define SENDER_LOOK_MS 60000       /* until it looks for what is due */
#define SENDER_HOUR_S 3600         /* between probes, and expiries */
#define SENDER_KEEP_S (90 * 86400) /* what became of reports is kept */
/* A number in report.db: what the submission server takes of a mail. */
#define SENDER_SIZE_NAME "submission-size"
/* Another: how many private keys it has. */
#define SENDER_KEYS_NAME "sender-keys"
#define SENDER_NO_KEYS                                                       \
	"the private keys of [report.tls.aggregate] sign could not be read " \
	"when the daemon was started; its log says why"

/* Runs until SIGTERM; an exit status. */
int sender_main(struct child *c);

#endif
