/*
 * addr_filter: which addresses our HTTPS clients may connect to.
 *
 * Refused unless listed: loopback, private, link-local, unique local,
 * unspecified, multicast, documentation, benchmark, carrier-grade NAT and
 * reserved blocks (RFC 6890 and its successors), also as v4-mapped, NAT64
 * (64:ff9b::/96) and 6to4 addresses. One filter serves every HTTPS client.
 *
 * Thread safety: constant after the last add. Tests: t/unit/addr_filter.c
 */
#ifndef ADDR_FILTER_H
#define ADDR_FILTER_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct addr_filter;

/* Gives a filter that allows public addresses only. */
struct addr_filter *addr_filter_new(void) MUST_CHECK;

/* Frees; NULL is fine. */
void addr_filter_free(struct addr_filter *f);

/* Also allows what lies in cidr ("10.0.0.0/8", "::1"); -1 and e otherwise. */
int addr_filter_allow(struct addr_filter *f, const char *cidr,
    struct err *e) MUST_CHECK;

/* Whether sa (AF_INET or AF_INET6) may be connected to. */
bool addr_filter_ok(const struct addr_filter *f, const struct sockaddr *sa);

#endif
