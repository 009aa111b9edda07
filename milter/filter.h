/*
 * filter: the milter's life: socket, thread, sessions, end.
 *
 * smfi_main() runs in a thread of its own with all signals blocked, so that
 * libmilter's own signal thread never gets HUP or TERM. libmilter ends a
 * session without telling us when it stops, so the sessions are kept in a
 * list, and a gate lets no callback in any more before they are freed.
 * libmilter knows one filter per process; so does this.
 *
 * Thread safety: filter_enter() and filter_leave() from libmilter's threads,
 * the rest from the main thread. Tests: t/system/milter_protocol.t
 */
#ifndef FILTER_H
#define FILTER_H

#include "milter/binding.h"
#include "milter/binding_keeper.h"
#include "milter/counters.h"
#include "milter/delivery.h"
#include "milter/message.h"
#include "share/base/err.h"
#include "share/base/log.h"
#include "share/policy/service.h"

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

/* One connection of the MTA. */
struct filter_session {
	TAILQ_ENTRY(filter_session) link;
	bool answers_rcpt; /* RCPT was negotiated to get a reply */
	bool sees_headers;
	bool resumed;      /* the MTA began anew: what was negotiated is lost */
	struct message *m; /* the transaction under way, or NULL */
};

/* What callbacks work with; lives from filter_start() to filter_stop(). */
struct filter {
	struct service *service;         /* borrowed */
	const struct log *log;           /* borrowed */
	struct binding_table *bindings;  /* borrowed */
	struct binding_keeper *keeper;   /* borrowed; may be NULL */
	const struct delivery *delivery; /* borrowed */
	struct counters *counters;       /* borrowed */
};

/* Called once, from the filter's thread, when smfi_main() returned. */
typedef void filter_ended(void *arg);

/*
 * Opens the socket, while privileges are there. listen: libmilter's syntax;
 * a Unix socket gets mode 0660 and, when uid is not -1, that owner.
 */
int filter_open(const char *listen, uid_t uid, gid_t gid,
    struct err *e) MUST_CHECK;

/* Starts serving with what f holds (copied). */
int filter_start(const struct filter *f, filter_ended *ended, void *arg,
    struct err *e) MUST_CHECK;

/*
 * Stops: no connection, no callback after this, every session freed. Does
 * nothing when the filter was never started.
 */
void filter_stop(void);

/* The filter, for a callback that must end with filter_leave(); NULL when
 * it is stopping (nothing to leave then). */
struct filter *filter_enter(void);

/* Ends what filter_enter() began. */
void filter_leave(void);

/* Makes a session and lists it; never NULL. Within filter_enter() only. */
struct filter_session *filter_session_new(void);

/* Ends one; NULL is fine. Within filter_enter() only. */
void filter_session_free(struct filter_session *s);

#endif
