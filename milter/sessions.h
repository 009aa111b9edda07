/*
 * sessions: which sessions Sendmail has open, so that each is reported once.
 *
 * Sendmail tells of a session when it is opened (tlsrep), and again before
 * each recipient (tlspol). RFC 8460 counts sessions: each counts once for
 * each recipient domain, however many recipients it has; mail that goes over
 * a session that another message opened counts for none.
 *
 * Thread safety: the front loop's thread. Limits: SESSIONS_MAX sessions,
 * SESSION_DOMAINS_MAX domains each; the oldest is forgotten.
 * Tests: t/unit/sessions.c
 */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "share/base/clock.h"
#include "share/policy/session.h"

#include <stdbool.h>
#include <stddef.h>

#define SESSIONS_MAX 10000
#define SESSION_DOMAINS_MAX 256
#define SESSIONS_LIFE_MS (15 * INT64_C(60000)) /* longer than any dialogue */

struct sessions;

/* Makes a table; clock is borrowed. Never NULL. */
struct sessions *sessions_new(const struct clock *clock);

/* Frees; NULL is fine. */
void sessions_free(struct sessions *t);

/* The message s->queue_id has opened a session with s->mx at s->address. */
void sessions_open(struct sessions *t, const struct session *s);

/*
 * Whether the message of s has opened the session itself. Of another one's
 * Sendmail may no longer know the certificate's names.
 */
bool sessions_owns(struct sessions *t, const struct session *s);

/*
 * Whether the session of s has to be reported for domain: it is the message's
 * own, and domain is new to it. Fills in s->sender.
 */
bool sessions_claim(struct sessions *t, struct session *s, const char *domain);

/* How many there are. */
size_t sessions_count(const struct sessions *t);

#endif
