/*
 * notify: tells the supervisor how the service stands.
 *
 * The protocol of sd_notify(3): datagrams of "KEY=value" lines to the Unix
 * socket that NOTIFY_SOCKET names, "@" for the abstract name space. Where
 * nobody wants to know, everything here does nothing.
 *
 * Thread safety: notify_init() before any thread is made (it changes the
 * environment), notify_send() from every thread. A supervisor that takes
 * nothing holds a sender up for a second at most.
 * Tests: t/unit/notify.c, t/system/restart.t
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int fd; /* -1: nobody to tell */
	socklen_t len;
	struct sockaddr_un to;
	int64_t watchdog_ms; /* WATCHDOG=1 is due within; 0: never */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID and unsets them. */
void notify_init(struct notify *n);

/* Sends a state (printf-like): "READY=1\nSTATUS=serving". */
void notify_send(const struct notify *n, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* "RELOADING=1" with the time that goes with it (Type=notify-reload). */
void notify_reloading(const struct notify *n);

/* Closes; nothing is sent any more. */
void notify_clear(struct notify *n);

#endif
