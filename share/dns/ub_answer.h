/*
 * ub_answer: what libunbound's event callback says, as an answer of dns.h.
 *
 * Its rcode is 0 for NXDOMAIN too, so the packet's own is read. secure 2 is
 * validated, 1 is bogus (why_bogus says why), 0 proves insecurity only
 * together with an answer that is no failure.
 *
 * Thread safety: no state. Tests: t/unit/resolver_ub.c
 */
#ifndef UB_ANSWER_H
#define UB_ANSWER_H

#include "share/dns/dns.h"

/* What a ub_event_callback_type is called with. */
struct ub_answer {
	int rcode;
	const void *packet; /* borrowed; NULL with some failures */
	int len;
	int secure;
	const char *why_bogus; /* borrowed or NULL */
};

/*
 * Fills a with what u says about (name, type); no_server stays false. The
 * caller clears a. A bogus answer has no records.
 */
void ub_answer_read(const struct ub_answer *u, const char *name,
    enum dns_type type, struct dns_answer *a);

#endif
