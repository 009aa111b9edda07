/* gather: asks the questions that make up the facts - see gather.h */
#include "config.h"

#include "share/policy/gather.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/policy/link_text.h"
#include "share/policy/tlsa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE (HOSTNAME_SIZE + 16) /* "_65535._tcp." + host */
#define FAILURE_TTL 30

/* One question under way: for the next hop, or for a host (at). */
struct ask {
	struct ask *next, **back;
	struct gather *g;
	size_t at;
	void (
	    *answered)(struct gather *g, size_t at, const struct dns_answer *a);
	struct dns_query *query;
	const struct dns_resolver *dns; /* who was asked */
	struct zone_probe *probe;
	enum dns_type type;
	char name[NAME_SIZE];
};

/* What is remembered of a host between its questions. */
struct progress {
	bool a_failed;  /* the A lookup failed, not just without records */
	bool bogus;     /* some address answer was bogus */
	bool fall_back; /* TLSA at the expanded name first, then the host's */
};

struct gather {
	struct gather_with with;
	const struct strategy *strategy;
	struct facts facts;
	struct progress *progress; /* one per host */
	struct ask *asks;
	struct sts_query *sts_query;
	size_t open;     /* questions not answered, and one while starting */
	bool failed;     /* something could not be known */
	bool other_fail; /* ... for another reason than "no server" */
	gather_callback *done;
	void *arg;
};

static void
release_one(struct gather *g)
{
	if (--g->open == 0)
		g->done(g->arg);
}

/* ---- questions ---- */

static struct ask *
new_ask(struct gather *g, const char *name, size_t at)
{
	struct ask *k = xcalloc(1, sizeof(*k));

	k->g = g;
	k->at = at;
	(void)text_copy(k->name, sizeof(k->name), name);
	k->next = g->asks;
	k->back = &g->asks;
	if (k->next != NULL)
		k->next->back = &k->next;
	g->asks = k;
	g->open++;
	return k;
}

static void
drop_ask(struct ask *k)
{
	*k->back = k->next;
	if (k->next != NULL)
		k->next->back = k->back;
	free(k);
}

static bool
unknown(const struct dns_answer *a)
{
	return a->security == DNS_UNKNOWN || a->security == DNS_BOGUS;
}

/* However short a TTL is, no decision is made anew all the time. */
static void
limit_ttl(struct gather *g, uint32_t ttl)
{
	facts_limit_ttl(&g->facts, ttl > FACTS_TTL_MIN ? ttl : FACTS_TTL_MIN);
}

static void
note_failure(struct gather *g, bool no_server)
{
	g->failed = true;
	if (!no_server)
		g->other_fail = true;
	facts_limit_ttl(&g->facts, FAILURE_TTL);
}

static void
on_answer(void *arg, const struct dns_answer *a)
{
	struct ask *k = arg;
	struct gather *g = k->g;

	link_add_answer(&g->facts, k->name, k->type, a);
	zone_proof_learn(g->with.proofs, k->name, a);
	if (unknown(a))
		note_failure(g, a->security == DNS_UNKNOWN && a->no_server);
	else
		limit_ttl(g, a->ttl);
	k->answered(g, k->at, a);
	drop_ask(k);
	release_one(g);
}

static void
ask(struct gather *g, const char *name, enum dns_type type, size_t at,
    void (*answered)(struct gather *, size_t, const struct dns_answer *))
{
	const struct dns_resolver *dns = g->with.env->dns;
	struct ask *k = new_ask(g, name, at);
	struct dns_query *q;

	k->type = type;
	k->answered = answered;
	k->dns = dns;
	q = dns->ask(dns->ctx, name, type, on_answer, k);
	if (q != NULL)
		k->query = q;
}

static void
on_host_proof(void *arg, bool insecure)
{
	struct ask *k = arg;
	struct gather *g = k->g;

	g->facts.hosts[k->at].zone_insecure = insecure;
	drop_ask(k);
	release_one(g);
}

static void
on_cname_proof(void *arg, bool insecure)
{
	struct ask *k = arg;
	struct gather *g = k->g;

	if (insecure)
		g->facts.hosts[k->at].tlsa = FACTS_TLSA_NOT_ASKED;
	drop_ask(k);
	release_one(g);
}

static void
on_mx_proof(void *arg, bool insecure)
{
	struct ask *k = arg;
	struct gather *g = k->g;

	g->facts.mx_zone_insecure = insecure;
	drop_ask(k);
	release_one(g);
}

/*
 * Looks for a proof that the zone of a name that failed (as a says) is
 * unsigned. Where no server answers, none is asked again for that.
 */
static void
prove(struct gather *g, const char *name, size_t at, const struct dns_answer *a,
    zone_probe_callback *cb)
{
	struct ask *k = new_ask(g, name, at);
	struct zone_probe *p;

	if (a->no_server) {
		cb(k, zone_proof_has(g->with.proofs, name));
		return;
	}
	p = zone_probe_start(g->with.proofs, name, cb, k);
	if (p != NULL)
		k->probe = p;
}

/* ---- TLSA (RFC 7672 sections 2.2.2 and 2.2.3) ---- */

static void on_tlsa(struct gather *g, size_t at, const struct dns_answer *a);

static void
ask_tlsa(struct gather *g, size_t at, const char *base)
{
	struct facts_host *h = &g->facts.hosts[at];
	char name[NAME_SIZE];
	int n = snprintf(name, sizeof(name), "_%u._tcp.%s",
	    g->facts.nexthop.port, base);

	(void)text_copy(h->base, sizeof(h->base), base);
	h->tlsa = FACTS_TLSA_NONE;
	if (n > HOSTNAME_MAX)
		return; /* there is no such name */
	h->tlsa = FACTS_TLSA_UNKNOWN;
	ask(g, name, DNS_TLSA, at, on_tlsa);
}

static void
on_tlsa(struct gather *g, size_t at, const struct dns_answer *a)
{
	struct facts_host *h = &g->facts.hosts[at];
	struct progress *p = &g->progress[at];

	h->bogus |= a->security == DNS_BOGUS;
	if (unknown(a))
		return; /* stays FACTS_TLSA_UNKNOWN */
	h->tlsa = FACTS_TLSA_NONE;
	if (a->security == DNS_SECURE && a->n > 0) {
		h->tlsa = FACTS_TLSA_UNUSABLE;
		for (size_t i = 0; i < a->n; i++)
			if (tlsa_usable(&a->u.tlsa[i]))
				h->tlsa = FACTS_TLSA_USABLE;
	} else if (p->fall_back) {
		p->fall_back = false;
		ask_tlsa(g, at, h->name);
	}
}

/* The first CNAME alone: the A answer as a whole read insecure. */
static void
on_cname(struct gather *g, size_t at, const struct dns_answer *a)
{
	struct facts_host *h = &g->facts.hosts[at];

	h->bogus |= a->security == DNS_BOGUS;
	if (unknown(a)) {
		/* TLSA of the host cannot be known, unless it is unsigned */
		if (a->security != DNS_BOGUS)
			prove(g, h->name, at, a, on_cname_proof);
		return;
	}
	h->tlsa = FACTS_TLSA_NOT_ASKED;
	if (a->security == DNS_SECURE && a->canonical != NULL)
		ask_tlsa(g, at, h->name);
}

static void
have_address(struct gather *g, size_t at, const struct dns_answer *a)
{
	struct facts_host *h = &g->facts.hosts[at];

	h->addr = FACTS_ADDR_HAVE;
	if (a->security == DNS_SECURE && a->canonical != NULL) {
		g->progress[at].fall_back = true;
		ask_tlsa(g, at, a->canonical);
	} else if (a->security == DNS_SECURE) {
		ask_tlsa(g, at, h->name);
	} else if (a->ncnames > 0) {
		h->tlsa = FACTS_TLSA_UNKNOWN;
		ask(g, h->name, DNS_CNAME, at, on_cname);
	}
}

/* ---- addresses ---- */

static void
on_aaaa(struct gather *g, size_t at, const struct dns_answer *a)
{
	struct facts_host *h = &g->facts.hosts[at];
	struct progress *p = &g->progress[at];

	if (a->security == DNS_BOGUS)
		p->bogus = h->bogus = true;
	if (!unknown(a) && a->n > 0)
		have_address(g, at, a);
	else if (!unknown(a) && !p->a_failed)
		h->addr = FACTS_ADDR_NONE;
	else if (!p->bogus)
		prove(g, h->name, at, a, on_host_proof);
}

static void
on_a(struct gather *g, size_t at, const struct dns_answer *a)
{
	struct facts_host *h = &g->facts.hosts[at];
	struct progress *p = &g->progress[at];

	if (!unknown(a) && a->n > 0) {
		have_address(g, at, a);
		return;
	}
	p->a_failed = unknown(a);
	p->bogus = h->bogus = a->security == DNS_BOGUS;
	ask(g, h->name, DNS_AAAA, at, on_aaaa);
}

static void
ask_hosts(struct gather *g)
{
	struct facts *f = &g->facts;

	g->progress = xcalloc(f->nhosts, sizeof(*g->progress));
	for (size_t i = 0; i < f->nhosts; i++)
		ask(g, f->hosts[i].name, DNS_A, i, on_a);
}

/* ---- MX ---- */

static bool
has_host(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->nhosts; i++)
		if (strcmp(f->hosts[i].name, name) == 0)
			return true;
	return false;
}

/* A name that is no host name cannot be connected to: it is left out. */
static void
take_hosts(struct facts *f, const struct dns_answer *a)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct dns_mx *mx = &a->u.mx[i];

		if (hostname_is_normal(mx->host) && !has_host(f, mx->host))
			(void)facts_add_host(f, mx->host, mx->preference);
	}
}

static void
on_mx(struct gather *g, size_t at, const struct dns_answer *a)
{
	struct facts *f = &g->facts;

	(void)at;
	f->mx_security = a->security;
	if (unknown(a)) {
		if (a->security != DNS_BOGUS)
			prove(g, f->nexthop.name, 0, a, on_mx_proof);
		return;
	}
	if (a->rcode == DNS_NXDOMAIN) {
		f->mx = FACTS_MX_NXDOMAIN;
		return;
	}
	if (a->n == 1 && a->u.mx[0].host[0] == '\0') {
		f->mx = FACTS_MX_NULL; /* RFC 7505 */
		return;
	}
	f->mx = FACTS_MX_HOSTS;
	if (a->n == 0) /* implicit MX: RFC 5321 section 5.1 */
		(void)facts_add_host(f, f->nexthop.name, 0);
	else
		take_hosts(f, a);
	ask_hosts(g);
}

/* ---- MTA-STS ---- */

static void
on_sts(void *arg, const struct sts_answer *a)
{
	struct gather *g = arg;
	struct facts *f = &g->facts;

	g->sts_query = NULL;
	f->sts = a->state;
	if (a->policy != NULL)
		f->policy = sts_policy_ref(a->policy);
	(void)snprintf(f->sts_why, sizeof(f->sts_why), "%s", a->why);
	link_add_sts(f, a);
	if (a->policy != NULL)
		facts_limit_ttl(f, a->ttl); /* it may end sooner */
	else
		limit_ttl(g, a->ttl);
	if (a->state == FACTS_STS_UNKNOWN)
		note_failure(g, a->no_server);
	release_one(g);
}

static void
ask_sts(struct gather *g)
{
	struct facts *f = &g->facts;
	struct sts_query *q;

	if (g->strategy->mta_sts == STRATEGY_DISABLE)
		return;
	f->sts = FACTS_STS_UNKNOWN;
	g->open++;
	q = sts_cache_ask(g->with.sts, f->nexthop.name,
	    g->strategy->sts_timeout_ms, on_sts, g);
	if (q != NULL)
		g->sts_query = q;
}

/* ---- the whole ---- */

static void
ask_dane(struct gather *g)
{
	struct facts *f = &g->facts;

	if (g->strategy->dane == STRATEGY_DISABLE)
		return;
	if (f->nexthop.kind == NEXTHOP_DOMAIN) {
		f->mx = FACTS_MX_UNKNOWN;
		ask(g, f->nexthop.name, DNS_MX, 0, on_mx);
		return;
	}
	/* A [host] is configured, which counts as secure. */
	f->mx = FACTS_MX_HOSTS;
	f->mx_security = DNS_SECURE;
	(void)facts_add_host(f, f->nexthop.name, 0);
	ask_hosts(g);
}

struct gather *
gather_new(const struct gather_with *with, const struct nexthop *n,
    const struct strategy *strategy, gather_callback *done, void *arg)
{
	struct gather *g = xcalloc(1, sizeof(*g));

	g->with = *with;
	g->strategy = strategy;
	g->done = done;
	g->arg = arg;
	facts_init(&g->facts, n);
	g->facts.trail = true;
	return g;
}

void
gather_run(struct gather *g)
{
	g->open = 1;
	if (g->facts.nexthop.kind != NEXTHOP_ADDRESS) {
		ask_sts(g);
		ask_dane(g);
	}
	release_one(g);
}

bool
gather_has_sts(const struct gather *g)
{
	return g->facts.sts != FACTS_STS_UNKNOWN;
}

const struct facts *
gather_facts(struct gather *g)
{
	struct facts *f = &g->facts;

	if (g->open > 0)
		facts_limit_ttl(f, FAILURE_TTL);
	f->no_server = (g->failed || g->open > 0) && !g->other_fail;
	return f;
}

void
gather_free(struct gather *g)
{
	if (g == NULL)
		return;
	while (g->asks != NULL) {
		struct ask *k = g->asks;

		if (k->query != NULL)
			k->dns->cancel(k->dns->ctx, k->query);
		zone_probe_cancel(k->probe);
		drop_ask(k);
	}
	if (g->sts_query != NULL)
		sts_cache_cancel(g->sts_query);
	facts_clear(&g->facts);
	free(g->progress);
	free(g);
}
