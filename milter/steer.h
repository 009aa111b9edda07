/*
 * steer: whether the delivery stage will do what a message's strategies say.
 *
 * Postfix asks the policy map with the next hop alone, so it gets the plain
 * strategy, the one that rules choose by domain. What a sender's or a
 * message's strategy asks beyond that reaches Postfix only by the header
 * X-TLS-Strategy and a FILTER line that sends the whole message through the
 * transport of that strategy. The FILTER skips transport maps and relayhost,
 * so it fits only when every envelope recipient, local ones included, goes
 * by transport "smtp" to its own domain, all under one strategy that
 * [milter] steered lists; and the header must not tell a recipient what was
 * chosen by another one's domain. Sendmail asks with the queue id and gets
 * each recipient domain's own requirement: there only two strategies within
 * one domain that outdo each other cannot be told.
 *
 * Thread safety: no state. Tests: t/unit/steer.c
 */
#ifndef STEER_H
#define STEER_H

#include "milter/recipient.h"

#include <stdbool.h>
#include <stddef.h>

enum steer_verdict {
	STEER_NONE,       /* the map gives every recipient what it needs */
	STEER_HEADER,     /* X-TLS-Strategy: id */
	STEER_UNSTEERABLE /* some recipient would be sent to with less */
};

struct steer {
	enum steer_verdict verdict;
	const char *id;  /* of STEER_HEADER; borrowed from the conf */
	const char *why; /* of STEER_UNSTEERABLE; constant */
};

/*
 * Judges n recipients of a message. sendmail: the MTA asks with the queue
 * id. Settings alone are compared, never facts: nothing waits.
 */
struct steer steer_judge(const struct recipient *rcpt, size_t n,
    const struct conf_list *steered, bool sendmail);

#endif
