/*
 * dns_packet: what a raw DNS answer holds, for the types of dns.h.
 *
 * Decoding is by ldns; names become host names in normal form and everything
 * is capped. CNAMEs from the question's name are followed inside the packet
 * (RFC 1034 section 3.6.2), DNS_CNAMES_MAX at most; a longer chain or a loop
 * is an error (ERR_LIMIT), because what it hides cannot be known. TTL is the
 * smallest of the chain and the records; of a denial, the smaller of the
 * SOA's TTL and its minimum (RFC 2308 section 5). A referral is no denial but
 * an error (ERR_TEMP). Owner names such as _mta-sts.x are no host names and
 * are compared as DNS names (RFC 4343).
 *
 * Limits: DNS_PACKET_RRS_MAX records in the answer section, those of dns.h.
 * Thread safety: no state. Tests: t/unit/dns_packet.c,
 * t/fuzz/fuzz_dns_packet.c
 */
#ifndef DNS_PACKET_H
#define DNS_PACKET_H

#include "share/dns/dns.h"

#define DNS_PACKET_RRS_MAX 512

/*
 * Decodes len octets of wire into a (everything but security, no_server and
 * why, which are zeroed: the caller sets them afterwards). Any rcode is
 * decoded, records are taken with NOERROR alone. -1 and e when it is no
 * whole answer to (name, type), or a limit is passed; a is empty then.
 */
int dns_packet_decode(const void *wire, size_t len, const char *name,
    enum dns_type type, struct dns_answer *a, struct err *e) MUST_CHECK;

#endif
