/*
 * delivery: answers what a delivering Sendmail asks, session by session.
 *
 * Dialects sts, tlspol and tlsrep (share/policy/dialect.h). The key of the
 * latter two names the message, so what was bound to it when it came in is
 * what its delivery is judged by: the strategy that its sender or the message
 * chose, TLS-Required: No (RFC 8689), our own reports. A domain that nothing
 * was bound for (an alias was expanded, a bounce) is judged by the rules as a
 * lookup of its own. Each session becomes a datagram for TLS reports, once.
 *
 * What a message has not opened itself passes for no session whose
 * certificate names the host: Sendmail then has the names of another one.
 *
 * Every answer to tlspol is PASS, WAIVE, FAIL or TEMP; a key that cannot be
 * read is TEMP.
 *
 * Thread safety: the front loop's thread, but for what says otherwise.
 * Tests: t/system/sendmail-facts.t
 */
#ifndef DELIVERY_H
#define DELIVERY_H

#include "milter/binding.h"
#include "share/base/log.h"
#include "share/net/loop.h"
#include "share/net/socketmap.h"
#include "share/policy/service.h"

#include <stdbool.h>

struct delivery;

/* Makes it; everything is borrowed. Never NULL. */
struct delivery *delivery_new(struct loop *loop, struct service *service,
    struct binding_table *bindings, const struct log *log);

/* Frees; after the service. NULL is fine. */
void delivery_free(struct delivery *d);

/*
 * Looks whether this host's Sendmail does DANE, for sendmail-dane = auto;
 * runs sendmail(8). From every thread but the front loop's.
 */
void delivery_probe(struct delivery *d, const struct conf *c);

/* Whether Sendmail does DANE itself, as c or the probe says. */
bool delivery_does_dane(const struct delivery *d, const struct conf *c);

/*
 * Whether a Sendmail is to be reckoned with: the probe found one, or
 * sendmail-dane says what it does.
 */
bool delivery_for_sendmail(const struct delivery *d, const struct conf *c);

/* Answers req, now or later. id: DIALECT_STS, _TLSPOL or _TLSREP. */
void delivery_answer(struct delivery *d, struct socketmap_request *req,
    enum dialect_id id, const char *key);

#endif
