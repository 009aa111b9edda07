/*
 * capture: runs a program and takes what it prints; no shell in between.
 *
 * For commands that an administrator starts, not for the daemon.
 * Limits: CAPTURE_MAX octets of output, CAPTURE_TIMEOUT_MS in all; the
 * program is killed beyond either.
 *
 * Thread safety: no state. Tests: t/unit/capture.c
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "share/base/err.h"

#define CAPTURE_MAX (1 << 20)
#define CAPTURE_TIMEOUT_MS 15000

/*
 * Runs argv[0], looked for in PATH and then in /usr/sbin, with its input
 * from /dev/null. Gives what it wrote to its standard output (free it) and
 * its exit status in *status; its standard error is dropped. NULL and e:
 * ERR_NOENT when there is no such program, ERR_LIMIT beyond a limit, ERR_TEMP
 * when a signal ended it.
 */
char *capture_output(char *const argv[], int *status, struct err *e) MUST_CHECK;

#endif
