/*
 * scripted: a resolver that answers what a scenario says.
 *
 * Implements share/dns/dns.h. A record of the scenario answers for its name
 * and type; CNAMEs are followed as a resolver would, the security of the
 * whole being that of its weakest link. What no record answers is NODATA or
 * NXDOMAIN with the security of the nearest zone above it.
 *
 * Answers come from a timer (after their delay), or, in immediate mode,
 * those without a delay from inside ask(): both are allowed by dns.h.
 *
 * Thread safety: none. Tests: every scenario of t/policy.
 */
#ifndef SCRIPTED_H
#define SCRIPTED_H

#include "share/dns/dns.h"
#include "t/policy/sim.h"

#define SCRIPTED_TTL 300 /* of records and zones that say nothing */

enum scripted_status {
	SCRIPTED_SECURE,
	SCRIPTED_INSECURE,
	SCRIPTED_BOGUS,
	SCRIPTED_SERVFAIL, /* unknown, but servers answer */
	SCRIPTED_DEAD,     /* unknown: no server answers */
	SCRIPTED_NEVER     /* no answer at all */
};

/* One answer of the script. */
struct scripted_record {
	struct scripted_record *next;
	char *name; /* lower case, no final dot */
	enum dns_type type;
	enum scripted_status status;
	uint32_t ttl;
	int64_t delay_ms;
	bool nxdomain;
	struct dns_answer data; /* n and u; canonical of and behind a CNAME */
};

struct scripted_zone;
struct scripted_asked;

struct scripted {
	struct dns_resolver iface;
	struct sim *sim;
	bool immediate;
	bool dead; /* no question is answered by any server */
	struct scripted_record *records;
	struct scripted_zone *zones;
	struct dns_query *open;
	struct scripted_asked *asked; /* newest first */
	size_t nasked;
};

/* Makes a resolver with one zone, the root: insecure. */
void scripted_init(struct scripted *s, struct sim *sim);

/* Frees; gives how many questions were still open. */
size_t scripted_clear(struct scripted *s);

/* Sets what names at and below zone ("" the root) are by default. */
void scripted_set_zone(struct scripted *s, const char *zone,
    enum scripted_status status, int64_t delay_ms);

/* Adds r (taken), in place of what was there for its name and type. */
void scripted_set_record(struct scripted *s, struct scripted_record *r);

/* Removes the records of name, of one type (0: of every type). */
void scripted_forget(struct scripted *s, const char *name, enum dns_type type);

/* Whether name has a record of that type. */
bool scripted_has(const struct scripted *s, const char *name,
    enum dns_type type);

/* How often name was asked for type since scripted_count(). */
size_t scripted_asked(const struct scripted *s, const char *name,
    enum dns_type type);

/* Starts counting questions anew. */
void scripted_count(struct scripted *s);

/* Frees a record that was not given away. */
void scripted_record_free(struct scripted_record *r);

#endif
