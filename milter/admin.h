/*
 * admin: the thread that serves operators: control socket, metrics, reloads
 * and the watchdog.
 *
 * A loop of its own, since commands wait for the resolver loop and for the
 * disk and a page of metrics takes a while to write; no lookup waits for any
 * of that.
 *
 * Thread safety: admin_reload() from every thread, the rest from the main
 * one. Tests: t/system/control.t, t/system/metrics.t, t/system/restart.t
 */
#ifndef ADMIN_H
#define ADMIN_H

#include "milter/control_view.h"
#include "share/net/notify.h"

struct admin;

/* What it is made of; everything is borrowed but the sockets and conf. */
struct admin_parts {
	struct control_view view; /* its reload is ours */
	struct loop *front;       /* that the watchdog looks at */
	struct delivery *delivery;
	const struct notify *notify;
	struct log *log;
	const char *path;  /* of the config file, absolute */
	struct conf *conf; /* in force; referenced */
	int control_fd;    /* listening, taken over */
	int metrics_fd;    /* the same; -1: none */
};

/* Makes it; NULL and e when the system refuses (sockets stay the caller's). */
struct admin *admin_new(const struct admin_parts *parts,
    struct err *e) MUST_CHECK;

/* Starts the thread; signals are blocked there. */
int admin_start(struct admin *a, struct err *e) MUST_CHECK;

/* Has the config file read again; does not wait. */
void admin_reload(struct admin *a);

/* Ends the thread, while the service still runs; NULL is fine. */
void admin_stop(struct admin *a);

/* Frees, after front and service have ended; NULL is fine. */
void admin_free(struct admin *a);

#endif
