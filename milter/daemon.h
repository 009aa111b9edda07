/*
 * daemon: tlsherald-milter as a server, from start to SIGTERM.
 *
 * Starts everything in the order that privileges ask for, runs the front
 * loop in the main thread, reloads on SIGHUP, ends on SIGTERM and SIGINT.
 * A reload never drops a connection; a file with a mistake is refused and
 * the config in force stays.
 *
 * Thread safety: main thread. Tests: t/system/milter_protocol.t
 */
#ifndef DAEMON_H
#define DAEMON_H

#include "share/conf/conf.h"

#include <stdbool.h>

/*
 * Runs until told to stop; c is taken over. path is read again on SIGHUP.
 * Returns the exit status: 0, or 69, 73, 75, 78 with a message on stderr or
 * in the log. Without foreground the caller's process ends as soon as the
 * daemon is ready; only the daemon returns.
 */
int daemon_main(struct conf *c, const char *path, bool foreground);

#endif
