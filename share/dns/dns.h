/*
 * dns: questions, answers and the resolver interface.
 *
 * Every answer carries one of four security states. DNS_UNKNOWN (timeout,
 * SERVFAIL, unreachable) and DNS_BOGUS are never "no": what cannot be known
 * stays with the question it belongs to (see share/policy/facts.h).
 *
 * The interface is asynchronous and single-threaded: ask() and its callbacks
 * belong to the thread of one event loop. An implementation over libunbound
 * is share/dns/resolver_ub.h, a scripted one for tests t/policy/scripted.h.
 *
 * Limits: DNS_RECORDS_MAX records of one type are kept, the rest is dropped
 * and "truncated" set; so it is where a TXT record was cut at DNS_TXT_MAX.
 * More than DNS_CNAMES_MAX CNAMEs in a row, or a loop: DNS_UNKNOWN.
 * Tests: t/unit/dns_packet.c, t/fuzz/fuzz_dns_packet.c
 */
#ifndef DNS_H
#define DNS_H

#include "share/base/err.h"
#include "share/base/hostname.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_RECORDS_MAX 64
#define DNS_CNAMES_MAX 8
#define DNS_TXT_MAX 4096 /* octets of one joined TXT record */

/* Record types asked here, by their numbers on the wire. */
enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52
};

enum dns_security {
	DNS_SECURE,   /* validated, the denial of NODATA and NXDOMAIN too */
	DNS_INSECURE, /* proven to lie below no trust anchor */
	DNS_BOGUS,    /* validation failed */
	DNS_UNKNOWN   /* timeout, SERVFAIL, REFUSED, unreachable */
};

enum dns_rcode { DNS_NOERROR = 0, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3 };

struct dns_mx {
	uint16_t preference;
	char host[HOSTNAME_SIZE]; /* normal form; "" is "." (RFC 7505); "!"
				   * is a name that is no host name */
};

struct dns_tlsa {
	uint8_t usage, selector, mtype;
	uint16_t len;
	uint8_t *data; /* owned by the answer */
};

struct dns_txt {
	char *text; /* strings joined, NUL-terminated; owned */
	size_t len;
};

struct dns_answer {
	enum dns_security security;
	int rcode;       /* meaningful unless DNS_UNKNOWN */
	bool no_server;  /* DNS_UNKNOWN because no server answers at
			     * all; false where one answers other questions */
	bool truncated;  /* DNS_RECORDS_MAX or DNS_TXT_MAX was passed */
	uint32_t ttl;    /* smallest of what led here; negatives by RFC
			     * 2308; 0 when unknown */
	char *why;       /* why bogus or unknown, for people; or NULL */
	char *canonical; /* name the records stand at after CNAMEs: lower
			     * case, no final dot, odd octets escaped as in
			     * master files; NULL without any CNAME. Of
			     * type CNAME: the target */
	size_t ncnames;
	enum dns_type type; /* which of the lists below is filled */
	size_t n;           /* of CNAME and SOA: how many, without a list */
	union {
		struct dns_mx *mx;
		struct dns_tlsa *tlsa;
		struct dns_txt *txt;
		char (*addr)[46]; /* A or AAAA as text */
	} u;
};

/* The answer is borrowed during the call; copy what is to be kept. */
typedef void dns_callback(void *arg, const struct dns_answer *answer);

struct dns_query;

struct dns_resolver {
	/*
	 * Asks name (no final dot) for type; cb is called once with the
	 * outcome, possibly before ask() returns. Gives a handle for
	 * cancel(), valid until cb is called, or NULL when cb was called
	 * already.
	 */
	struct dns_query *(*ask)(void *ctx, const char *name,
	    enum dns_type type, dns_callback *cb, void *arg);
	/* Forgets a query: its cb is not called any more. */
	void (*cancel)(void *ctx, struct dns_query *q);
	void *ctx;
};

/* Frees what an answer owns (not the struct). */
void dns_answer_clear(struct dns_answer *a);

/* "secure", "insecure", "bogus" or "unknown". */
const char *dns_security_name(enum dns_security s);

/* "MX", "TLSA", ... */
const char *dns_type_name(enum dns_type t);

#endif
