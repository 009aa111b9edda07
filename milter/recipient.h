/*
 * recipient: one envelope address, and what the MTA says of its route.
 *
 * Takes the RCPT argument and the macros {rcpt_mailer} and {rcpt_host} apart
 * (Postfix: the transport and exactly the key of its policy lookup; Sendmail:
 * the mailer and the host with a final dot; mail from Postfix's sendmail
 * command: neither).
 *
 * Thread safety: no state. Limits: RECIPIENT_ADDRESS_MAX octets of address.
 * Tests: t/unit/recipient.c
 */
#ifndef RECIPIENT_H
#define RECIPIENT_H

#include "share/conf/conf.h"
#include "share/policy/nexthop.h"

#include <stdbool.h>

#define RECIPIENT_ADDRESS_MAX 512 /* RFC 5321 section 4.5.3.1 with some air */
#define RECIPIENT_DOMAIN_SIZE (HOSTNAME_SIZE + 16)

struct recipient {
	char *domain; /* of the address, normal form or [literal]; "": none */
	char *hop;    /* key of its next hop; NULL when it stays here */
	bool leaves;  /* goes out by SMTP */
	bool smtp;    /* {rcpt_mailer} is "smtp" */
	bool own_hop; /* the next hop is the address's own domain */
	const struct strategy
	    *strategy;                /* of the message's conf; NULL: stays */
	const struct strategy *plain; /* what the map answers by domain */
	bool by_domain;       /* the rule of strategy reads the recipient */
	bool plain_by_domain; /* the rule of plain does */
	unsigned count;       /* how many addresses this stands for */
};

/*
 * Writes the address in arg ("<a@b>", "a@b") to address, lower-cased, and
 * its domain in normal form to domain ("" when it has none). False when it
 * is longer than RECIPIENT_ADDRESS_MAX (both are empty then).
 */
bool recipient_split(const char *arg, char address[RECIPIENT_ADDRESS_MAX],
    char domain[RECIPIENT_DOMAIN_SIZE]);

/*
 * Whether mail for domain by mailer (NULL: macro absent) leaves the host,
 * by [milter] mailers, or local-domains (names and globs) where the MTA says
 * nothing.
 */
bool recipient_leaves(const struct conf *c, const char *mailer,
    const char *domain);

/*
 * The next hop: host as the MTA tells it, else domain; n is filled. False
 * when it is none that policy can be looked up for.
 */
bool recipient_nexthop(const char *host, const char *domain, struct nexthop *n);

/*
 * Chooses strategy and plain of r, and notes whether their rules read the
 * recipient. vars holds what is known; its recipient domain is the next
 * hop's name.
 */
void recipient_choose(struct recipient *r, const struct conf *c,
    const struct expr_vars *vars);

/* Whether a and b need the same in every respect. */
bool recipient_same(const struct recipient *a, const struct recipient *b);

#endif
