/*
 * log_session: from the lines of smtp processes to TLS sessions.
 *
 * Lines of one process follow each other; the domain stands only in the line
 * of a delivery, after those of its hosts. So what is seen of a process waits
 * for that line. Several recipients in one delivery are one session, an
 * address that is asked over an earlier connection is none, a host that
 * Postfix passes over is one. Deliveries of our own reports, known by qmgr's
 * line with their sender, are none (RFC 8460 section 3).
 *
 * A process whose events libtlsrpt took tells of its sessions itself: they
 * come out with "told", but for those of which Postfix says that they were
 * lost on the way.
 *
 * Sessions have positions, in rising order: that of their last line and, of
 * several in one line, an octet more each. The same lines give the same
 * positions again, as long as reading begins at log_sessions_oldest() or
 * before.
 *
 * Thread safety: one thread per table. Limits: LOG_PROCESSES_MAX processes,
 * the longest silent one is forgotten for a new one; LOG_PENDING_MAX hosts a
 * delivery; LOG_OWN_MAX own mails; what is silent for LOG_SILENT_MS of the
 * log's time is finished. Tests: t/unit/log_session.c
 */
#ifndef LOG_SESSION_H
#define LOG_SESSION_H

#include "reportgen/log_event.h"
#include "reportgen/side.h"

#include <stdbool.h>
#include <stdint.h>

#define LOG_PROCESSES_MAX 4096
#define LOG_PENDING_MAX 32
#define LOG_OWN_MAX 4096
#define LOG_TELLERS_MAX 64
#define LOG_SILENT_MS INT64_C(300000)

enum log_fact {
	LOG_FACT_TLS,         /* a session with TLS: trust, refused */
	LOG_FACT_UNUSABLE,    /* likewise; no TLSA record could be used */
	LOG_FACT_HANDSHAKE,   /* TLS failed */
	LOG_FACT_NO_STARTTLS, /* required, not to be had */
	LOG_FACT_PLAIN,       /* mail without TLS */
	LOG_FACT_SKIPPED      /* a host that was not asked: code */
};

struct log_session {
	enum log_fact fact;
	enum log_trust trust;
	bool refused;            /* Postfix did not accept the certificate */
	bool told;               /* by a datagram */
	enum datagram_code code; /* why not verified; 0: nothing was said */
	const char *reason;      /* of code; a constant, or NULL */
	int64_t ms;
	struct side_position position;
	struct side_position first; /* of the lines it was made from */
	struct log_peer peer;
	char domain[HOSTNAME_SIZE];
};

/* What was seen since the start. */
struct log_session_stats {
	uint64_t sessions; /* emitted */
	uint64_t own;      /* own reports' */
	uint64_t unclear;  /* no domain came, or too many at a time */
	uint64_t reported; /* lines "TLSRPT: status=" */
	uint64_t lost;     /* lines "Could not report" */
};

/* Takes a session, borrowed. */
typedef void log_session_emit(void *arg, const struct log_session *s);

struct log_sessions;

/* Makes a table; sender ("" none) is the address of our own reports. */
struct log_sessions *log_sessions_new(const char *sender,
    log_session_emit *emit, void *arg);

/* Frees; NULL is fine. */
void log_sessions_free(struct log_sessions *t);

/* Takes the event of a line that began at position. */
void log_sessions_add(struct log_sessions *t, const struct log_line *line,
    const struct side_position *position, const struct log_event *event);

/* The first line that something unfinished needs; false: nothing is. */
bool log_sessions_oldest(const struct log_sessions *t,
    struct side_position *position);

/* Borrowed from the table. */
const struct log_session_stats *log_sessions_stats(
    const struct log_sessions *t);

/*
 * What must outlive a restart, beside the lines from the oldest: calls each
 * with "own" and a queue id, "teller" and a program.
 */
void log_sessions_save(const struct log_sessions *t,
    void (*each)(void *arg, const char *what, const char *value), void *arg);

/* Takes back what log_sessions_save() said; false: it is none of that. */
bool log_sessions_load(struct log_sessions *t, const char *what,
    const char *value);

#endif
