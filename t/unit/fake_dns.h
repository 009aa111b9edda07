/*
 * fake_dns: a name server on 127.0.0.1 inside a test's own event loop.
 *
 * It answers by a table of rules; the first that fits is used, a question
 * without one is REFUSED. Failures of set-up end the test program.
 *
 * Thread safety: belongs to the thread of its event_base. Limits: UDP only.
 * Tests: whatever uses it.
 */
#ifndef FAKE_DNS_H
#define FAKE_DNS_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_rule {
	const char *name; /* of the question, no final dot; NULL: any */
	int type;         /* of the question; 0: any */
	int rcode;
	bool silent;           /* no answer at all */
	bool ad;               /* set AD */
	const char *answer;    /* records as master file lines, or NULL */
	const char *authority; /* the same */
};

/*
 * Gives the packet (malloced) that rule makes of the question (name, type)
 * with that id, and its length.
 */
uint8_t *fake_dns_wire(const struct fake_rule *rule, const char *name, int type,
    uint16_t id, size_t *len);

struct fake_dns;

/* Starts a server on port (0: any free one). Rules are borrowed. */
struct fake_dns *fake_dns_new(struct event_base *base,
    const struct fake_rule *rules, size_t n, uint16_t port);

/* Ends it; its port is closed. */
void fake_dns_free(struct fake_dns *f);

/* The port it listens on. */
uint16_t fake_dns_port(const struct fake_dns *f);

/* Makes it swallow every question, or answer again. */
void fake_dns_silence(struct fake_dns *f, bool silent);

/* How many questions came for (name, type). */
unsigned fake_dns_asked(const struct fake_dns *f, const char *name, int type);

#endif
