/*
 * facts: what is known of a next hop, each answer three-valued.
 *
 * Every question ends as yes, proven no, or cannot know. A struct facts is
 * whole at any moment: what has not been answered yet reads as "cannot
 * know", so that a decision may be taken at a deadline (share/policy/
 * decide.h) and again when the rest has come in.
 *
 * RFC 7672 section 2, RFC 8461 sections 3 and 4.
 * Thread safety: plain data of one thread. Tests: t/policy, t/unit/decide.c
 */
#ifndef FACTS_H
#define FACTS_H

#include "share/dns/dns.h"
#include "share/policy/nexthop.h"
#include "share/policy/sts_policy.h"

#include <stdbool.h>
#include <stdint.h>

/* What the MX lookup found. */
enum facts_mx {
	FACTS_MX_NOT_ASKED, /* dane is disabled, or the key is an address */
	FACTS_MX_UNKNOWN,   /* failed, bogus or not answered yet */
	FACTS_MX_HOSTS,     /* MX records, the implicit MX, or a [host] */
	FACTS_MX_NULL,      /* RFC 7505 */
	FACTS_MX_NXDOMAIN
};

enum facts_addr {
	FACTS_ADDR_UNKNOWN, /* failed or not answered yet */
	FACTS_ADDR_NONE,    /* proven: the host has no address */
	FACTS_ADDR_HAVE
};

enum facts_tlsa {
	FACTS_TLSA_NOT_ASKED, /* insecure address: its TLSA does not count */
	FACTS_TLSA_UNKNOWN,   /* failed or not answered yet, zone signed */
	FACTS_TLSA_NONE,      /* proven: none, or none that is secure */
	FACTS_TLSA_UNUSABLE,  /* there, secure, but none can be used */
	FACTS_TLSA_USABLE
};

struct facts_host {
	char name[HOSTNAME_SIZE];
	uint16_t preference;
	enum facts_addr addr;
	bool zone_insecure; /* addr unknown, but proven to be unsigned */
	enum facts_tlsa tlsa;
	bool bogus;               /* an answer about it failed validation */
	char base[HOSTNAME_SIZE]; /* TLSA base domain, "" where none */
};

enum facts_sts {
	FACTS_STS_DISABLED,
	FACTS_STS_UNKNOWN,   /* TXT failed or not answered yet */
	FACTS_STS_ABSENT,    /* proven: no TXT record of MTA-STS */
	FACTS_STS_MALFORMED, /* a record, but none that counts */
	FACTS_STS_PENDING,   /* policy file under way */
	FACTS_STS_FAILED,    /* policy file could not be had or used */
	FACTS_STS_POLICY     /* an unexpired policy */
};

/* One question and its answer, for people: a link of the chain. */
struct facts_link {
	char *name;
	const char *type;   /* "MX", "TLSA", "HTTPS", ... */
	const char *status; /* secure, insecure, bogus, unknown */
	uint32_t ttl;
	char *data; /* what was found, "" when nothing */
	char *why;  /* of a failure, "" otherwise */
};

struct facts {
	struct nexthop nexthop;
	enum facts_mx mx;
	enum dns_security mx_security; /* of the MX RRset or its denial */
	bool mx_zone_insecure;         /* mx unknown, zone proven unsigned */
	size_t nhosts;
	struct facts_host *hosts; /* by preference */
	enum facts_sts sts;
	struct sts_policy *policy; /* with FACTS_STS_POLICY; a reference */
	char sts_why[ERR_TEXT_MAX];
	uint32_t ttl_s; /* smallest of the chain */
	bool no_server; /* something is missing, and all of it
	                            * because no server answered */
	bool trail;     /* links are kept */
	size_t nlinks;
	struct facts_link *links;
};

#define FACTS_TTL_MAX 3600 /* a decision's bounds, seconds */
#define FACTS_TTL_MIN 30

/* Makes the facts of a next hop about which nothing is known. */
void facts_init(struct facts *f, const struct nexthop *n);

/* Frees what f holds. */
void facts_clear(struct facts *f);

/* Adds a host about which nothing is known; borrowed until the next one. */
struct facts_host *facts_add_host(struct facts *f, const char *name,
    uint16_t preference);

/* Keeps link when f->trail is set; the strings are copied. */
void facts_add_link(struct facts *f, const struct facts_link *link);

/* Lowers f->ttl_s to ttl. */
void facts_limit_ttl(struct facts *f, uint32_t ttl);

/* Whether h failed under a zone not proven to be unsigned. */
bool facts_host_failed(const struct facts_host *h);

#endif
