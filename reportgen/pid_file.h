/*
 * pid_file: STATE/reportgen.pid, which says who works on the state directory.
 *
 * Whoever has it locked (flock) does: the daemon with its children, or a
 * command that does the daemon's work while there is none.
 *
 * Thread safety: no state. Tests: t/unit/pid_file.c,
 * t/system/collect.t
 */
#ifndef PID_FILE_H
#define PID_FILE_H

#include "share/base/err.h"
#include "share/conf/conf.h"

#include <sys/types.h>

/*
 * Locks it and gives a descriptor to hold; daemon: writes our process id into
 * it. What a dead process's children or a command still do is waited for, a
 * few seconds. ERR_TEMP: it is locked.
 */
int pid_file_lock(const struct conf *c, bool daemon, struct err *e) MUST_CHECK;

/* Writes the process id of a daemon that forked since. */
int pid_file_write(int fd, struct err *e) MUST_CHECK;

/* The process id of the daemon that runs; 0: none does. */
pid_t pid_file_read(const struct conf *c);

#endif
