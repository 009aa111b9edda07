/*
 * published: what a domain has published now: MX hosts with addresses, TLSA
 * records and certificates, MTA-STS record and policy, TLSRPT record.
 *
 * Asked of the DNS and the hosts themselves, by our own resolver with its own
 * DNSSEC validation. What could not be learnt is "unknown", never "no".
 *
 * Blocking, for commands. Thread safety: none. Limits: PUBLISHED_MX MX hosts,
 * PUBLISHED_ADDRESSES addresses of a host (the first one is connected to),
 * PUBLISHED_TLSA records. Tests: t/system/posture.t
 */
#ifndef PUBLISHED_H
#define PUBLISHED_H

#include "share/base/hostname.h"
#include "share/conf/conf.h"
#include "share/dns/dns.h"
#include "share/policy/sts_fetch.h"
#include "share/policy/sts_record.h"
#include "share/rpt/tlsrpt_record.h"
#include "share/tls/smtp_probe.h"

#include <stdbool.h>

#define PUBLISHED_MX 16
#define PUBLISHED_ADDRESSES 8
#define PUBLISHED_TLSA 16
#define PUBLISHED_PROBE_MS 15000

struct published_mx {
	char host[HOSTNAME_SIZE];
	unsigned preference;
	char address[PUBLISHED_ADDRESSES][46];
	size_t naddresses;
	enum dns_security tlsa_security;      /* DNS_UNKNOWN: not known */
	struct dns_tlsa tlsa[PUBLISHED_TLSA]; /* data owned */
	size_t ntlsa;
	bool probed; /* probe is filled */
	struct smtp_probe probe;
};

struct published {
	char domain[HOSTNAME_SIZE];
	enum dns_security mx_security; /* bogus, unknown: the rest is, too */
	bool no_mail;                  /* a null MX (RFC 7505) */
	bool implicit;                 /* no MX: the domain itself */
	struct published_mx *mx;       /* by preference */
	size_t nmx;
	bool sts_known; /* the record, or that there is none */
	enum sts_record_result sts;
	char sts_id[STS_ID_SIZE];
	bool fetched; /* policy was asked for */
	enum sts_fetch_result fetch;
	char fetch_why[160];       /* why not, for people; "" */
	struct sts_policy *policy; /* a reference, or NULL */
	bool tlsrpt_known;
	enum tlsrpt_result tlsrpt;
	char tlsrpt_text[DNS_TXT_MAX]; /* the record, "" */
};

/*
 * Learns all of it; with connect the MX hosts are connected to as well. -1
 * and e only where we are the cause. published_clear() follows in any case.
 */
int published_learn(const struct conf *c, const char *domain, bool connect,
    struct published *out, struct err *e) MUST_CHECK;

/* Frees what it holds. */
void published_clear(struct published *p);

#endif
