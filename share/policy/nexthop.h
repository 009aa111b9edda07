/*
 * nexthop: what a policy lookup asks about, in every form of the key.
 *
 *   d          domain: MX of d
 *   d:port     the same, TLSA at _port._tcp
 *   [h]        host: no MX lookup; also [h]:port
 *   [IP]       address: no lookup at all; also [IPv6:...], with port
 *   .parent, bare addresses, junk: NEXTHOP_NONE, answered without a lookup
 *
 * Names are in normal form (share/base/hostname.h), service names resolved.
 *
 * Thread safety: no state. Tests: t/unit/nexthop.c, t/fuzz/fuzz_nexthop.c
 */
#ifndef NEXTHOP_H
#define NEXTHOP_H

#include "share/base/hostname.h"

#include <stdbool.h>
#include <stdint.h>

#define NEXTHOP_KEY_SIZE (HOSTNAME_SIZE + 16)
#define NEXTHOP_SMTP_PORT 25

enum nexthop_kind {
	NEXTHOP_NONE,
	NEXTHOP_DOMAIN,
	NEXTHOP_HOST,
	NEXTHOP_ADDRESS
};

struct nexthop {
	enum nexthop_kind kind;
	uint16_t port;
	char name[HOSTNAME_SIZE];   /* without brackets and port; rcpt_domain */
	char key[NEXTHOP_KEY_SIZE]; /* canonical key: name, [name]:587, ... */
};

/* Parses key; false means NEXTHOP_NONE (n is filled in either case). */
bool nexthop_parse(const char *key, struct nexthop *n);

#endif
