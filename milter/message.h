/*
 * message: one mail transaction, from MAIL to its end.
 *
 * Belongs to one session at a time; libmilter runs a session's callbacks in
 * different threads, but one after the other. Holds the conf that was in
 * force at MAIL, so that a reload never changes a message under way.
 * Addresses live here only while the transaction lasts.
 *
 * Thread safety: none. Limits: MESSAGE_RECIPIENTS_MAX different recipients;
 * more make too_many true and are not kept.
 * Tests: t/unit/plan.c, t/system/milter_protocol.t
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "milter/recipient.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_RECIPIENTS_MAX 10000

/* Header names that are ours alone. */
enum message_header { HEADER_REQUIREMENT, HEADER_STRATEGY, MESSAGE_HEADERS };

struct message {
	struct conf *conf; /* a reference */
	char *sender;      /* lower-cased; "" is the null sender */
	char *sender_domain;
	char *authenticated_as; /* "" when nobody authenticated */
	char *remote_ip;        /* NULL: not told */
	bool sendmail;          /* the MTA asks the map with the queue id */
	bool macros;            /* some recipient came with {rcpt_mailer} */
	bool exempt;            /* our own report, from this host */
	bool requiretls;        /* RFC 8689 section 2 */
	bool tls_required_no; /* RFC 8689 section 3: header TLS-Required: No */
	bool too_many;
	bool many_domains; /* recipients are in more than one domain */
	int nheaders[MESSAGE_HEADERS]; /* that came with the message */
	struct recipient *rcpt;
	size_t n, cap;
	uint64_t addresses, outgoing; /* recipients, and those that leave */
};

/* Variables of the rules that are read by any of c's, as expr_reads(). */
unsigned message_reads(const struct conf *c);

/*
 * Begins a message. c: a reference, taken over. argv: the MAIL arguments,
 * address first. auth, ip, version: macros {auth_authen}, {client_addr} and
 * v, or NULL. Gives; free with message_free().
 */
struct message *message_new(struct conf *c, char *const *argv, const char *auth,
    const char *ip, const char *version);

/* Frees; NULL is fine. */
void message_free(struct message *m);

/*
 * Fills r for the address of a RCPT command; mailer and host are macros or
 * NULL. n is the parsed next hop when r->leaves and r->hop is not NULL.
 * Frees nothing: clear r with message_recipient_clear() unless added.
 */
void message_recipient(struct message *m, const char *arg, const char *mailer,
    const char *host, struct recipient *r, struct nexthop *n);

/* Adds r, taking over what it owns. */
void message_add(struct message *m, struct recipient *r);

/* Frees what a recipient that was not added owns. */
void message_recipient_clear(struct recipient *r);

/* Takes note of a header field of the message. */
void message_header(struct message *m, const char *name, const char *value);

/* The name of one of our headers. */
const char *message_header_name(enum message_header h);

#endif
