/*
 * background: becomes a daemon whose starter learns how the start went.
 *
 * The parent waits until the child says it is ready and returns then, so
 * that "start && use" needs no pause; a child that ends before has its exit
 * status handed on and its messages on stderr.
 *
 * Thread safety: before any thread is made. Tests: t/system/milter_protocol.t
 */
#ifndef BACKGROUND_H
#define BACKGROUND_H

#include "share/base/err.h"

/*
 * Forks; only the child returns, in a session of its own, with a descriptor
 * for background_ready(). -1 and e: no fork was possible.
 */
int background_start(struct err *e) MUST_CHECK;

/*
 * Tells the parent that all is well and closes fd. Standard input and output
 * become /dev/null, and standard error unless keep_stderr.
 */
void background_ready(int fd, int keep_stderr);

#endif
