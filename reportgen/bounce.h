/*
 * bounce: reads a mail that says that a mail of ours did not arrive.
 *
 * A delivery status notification (RFC 3464) names recipients and what became of
 * them; Exim has X-Failed-Recipients; others say it in words, with a status of
 * class 5 beside the address. Only what has failed for good is taken: not what
 * was delayed, relayed or answered by a machine that is on holiday.
 *
 * Who writes such a mail is not known, so what comes out is only good to be
 * compared with what was sent.
 *
 * Thread safety: no state. Limits: BOUNCE_ADDRESSES_MAX addresses, lines are
 * read up to BOUNCE_LINE_MAX octets. Tests: t/unit/bounce.c,
 * t/fuzz/fuzz_bounce.c
 */
#ifndef BOUNCE_H
#define BOUNCE_H

#include "share/mail/address.h"

#include <stddef.h>

#define BOUNCE_ADDRESSES_MAX 64
#define BOUNCE_LINE_MAX 2000
#define BOUNCE_MAIL_MAX (1u << 20)

struct bounce {
	size_t n;
	char address[BOUNCE_ADDRESSES_MAX][ADDRESS_SIZE]; /* normal form */
};

/* Finds the addresses that n octets of a mail say to have failed. */
void bounce_read(const char *mail, size_t n, struct bounce *b);

#endif
