/*
 * daemon: tlsherald-reportgen as a server, from start to SIGTERM.
 *
 * As root it makes directories, raises the socket queue's length, binds the
 * collector's socket and that of metrics, reads the keys and drops to [server]
 * user. Then it is the parent that holds all that, and supervises children
 * (child.h): a child that dies takes nothing with it.
 *
 * Thread safety: main thread. Tests: t/system/collect.t
 */
#ifndef DAEMON_H
#define DAEMON_H

#include "share/conf/conf.h"

#include <stdbool.h>

/*
 * Runs until told to stop; c is taken over. path is read again on SIGHUP.
 * Returns the exit status: 0, or 69, 71, 73, 75, 78 with a message on stderr
 * or in the log. Without foreground the caller's process ends as soon as the
 * daemon is ready; only the daemon returns.
 */
int daemon_main(struct conf *c, const char *path, bool foreground);

#endif
