/*
 * log_domain: what is known of the domains that sessions in the log went to:
 * their TLSRPT record, their MX hosts, the policy in force.
 *
 * Records are asked through the resolver, ahead and for many at a time; the
 * policy is asked from the milter's json map, only for domains with a record,
 * and is believed for LOG_POLICY_MS. Where no name server answers, or no
 * milter, that is no answer: it is asked again.
 *
 * Thread safety: belongs to the thread of the resolver's loop. Limits:
 * LOG_DOMAINS_MAX domains, the longest unused goes first.
 * Tests: t/unit/log_reader.c
 */
#ifndef LOG_DOMAIN_H
#define LOG_DOMAIN_H

#include "reportgen/log_policy.h"
#include "share/base/clock.h"
#include "share/dns/dns.h"

#include <stdbool.h>

#define LOG_DOMAINS_MAX 4096
#define LOG_POLICY_MS 60000
#define LOG_RETRY_MS 2000

/* How the policy is asked; gives the map's reply (free it), or NULL and e. */
typedef char *log_policy_ask(void *arg, const char *domain, struct err *e);

/* Tells that something that was waited for is there, or may be asked again. */
typedef void log_domain_ready(void *arg);

struct log_domains_env {
	const struct dns_resolver *dns;
	const struct clock *clock;
	log_policy_ask *ask;
	log_domain_ready *ready;
	void *arg; /* of ask and ready */
};

struct log_domains;
struct log_domain;

enum log_known {
	LOG_KNOWN,
	LOG_WAITING,  /* ready will be called */
	LOG_SILENT,   /* nobody answers: ask again after LOG_RETRY_MS */
	LOG_NO_RECORD /* the domain wants no reports */
};

/* Makes a table; env is copied. */
struct log_domains *log_domains_new(const struct log_domains_env *env);

/* Frees, domains that are held too; what is asked is cancelled. */
void log_domains_free(struct log_domains *t);

/* Takes the domain (a normal name) and has its records asked. Give it back. */
struct log_domain *log_domain_hold(struct log_domains *t, const char *name);

/* Gives it back. */
void log_domain_release(struct log_domain *d);

/* Whether all is known of it. e says why it is LOG_SILENT. */
enum log_known log_domain_look(struct log_domain *d, struct err *e);

/* Its TLSRPT record; of a domain that is LOG_KNOWN. */
const char *log_domain_record(const struct log_domain *d);

/* The policy in force; of a domain that is LOG_KNOWN. */
const struct log_policy *log_domain_policy(const struct log_domain *d);

/*
 * Whether a host may be one of the domain's: an MX host of it, or nobody
 * knows. Others take mail for it by this site's own routing.
 */
bool log_domain_has_host(const struct log_domain *d, const char *host);

#endif
