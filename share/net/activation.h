/*
 * activation: sockets that a supervisor made and handed over: stream sockets
 * that listen, and Unix sockets that datagrams come to.
 *
 * The protocol of sd_listen_fds(3): LISTEN_FDS sockets from descriptor 3 on,
 * when LISTEN_PID is our process, their names in LISTEN_FDNAMES. What is handed
 * over stays open across our restarts, so nobody is refused and no datagram
 * lost meanwhile.
 *
 * Thread safety: before any thread is made (it changes the environment).
 * Limits: ACTIVATION_MAX sockets. Tests: t/unit/activation.c,
 * t/system/restart.t
 */
#ifndef ACTIVATION_H
#define ACTIVATION_H

#include "share/base/err.h"
#include "share/net/listener.h"

#include <stdbool.h>
#include <stddef.h>

#define ACTIVATION_MAX 64
#define ACTIVATION_NAME_SIZE 64

struct activation {
	struct {
		int fd; /* -1: taken */
		bool datagram;
		char name[ACTIVATION_NAME_SIZE];
	} item[ACTIVATION_MAX];
	size_t n;
};

/*
 * Finds what was handed over and takes the variables out of the environment.
 * The sockets become non-blocking and close-on-exec. None is no error; -1 and
 * e: what was handed over is neither of both, or too many.
 */
int activation_init(struct activation *a, struct err *e) MUST_CHECK;

/* Gives the next stream socket called name, or -1. */
int activation_take(struct activation *a, const char *name) MUST_CHECK;

/* Gives the next socket of datagrams called name, or -1. */
int activation_take_datagram(struct activation *a, const char *name) MUST_CHECK;

/* Gives one bound to where spec says, whatever its name; or -1. */
int activation_take_bound(struct activation *a,
    const struct listener_spec *spec) MUST_CHECK;

/* Closes what nobody took; returns how many those were. */
size_t activation_clear(struct activation *a);

#endif
