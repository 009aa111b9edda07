/* log_domain: what is known of domains in the log - see log_domain.h */
#include "config.h"

#include "reportgen/log_domain.h"
#include "share/base/map.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/rpt/tlsrpt_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TTL_MIN_MS INT64_C(60000)
#define TTL_MAX_MS INT64_C(3600000)

/* One question about a domain. */
struct question {
	struct log_domain *domain;
	struct dns_query *query; /* under way */
	bool asking, answered;
	bool silent; /* no name server answered */
	int64_t until_ms;
};

struct log_domain {
	struct map_node node;
	struct log_domains *table;
	struct log_domain *newer, *older; /* by use */
	unsigned refs;
	struct question txt, mx;
	char *record;                 /* NULL: none */
	char (*hosts)[HOSTNAME_SIZE]; /* MX; NULL: nobody knows */
	size_t nhosts;
	struct log_policy *policy;
	int64_t policy_until_ms;
	char name[HOSTNAME_SIZE];
};

struct log_domains {
	struct log_domains_env env;
	struct map map;
	struct log_domain *newest, *oldest;
	size_t n;
	bool inside; /* ask() of the resolver */
};

struct log_domains *
log_domains_new(const struct log_domains_env *env)
{
	struct log_domains *t = xcalloc(1, sizeof(*t));

	t->env = *env;
	map_init(&t->map);
	return t;
}

static int64_t
now(const struct log_domain *d)
{
	return clock_mono_ms(d->table->env.clock);
}

/* ---- the table ---- */

static void
unlink_domain(struct log_domain *d)
{
	struct log_domains *t = d->table;

	*(d->newer != NULL ? &d->newer->older : &t->newest) = d->older;
	*(d->older != NULL ? &d->older->newer : &t->oldest) = d->newer;
	d->newer = d->older = NULL;
}

static void
link_newest(struct log_domain *d)
{
	struct log_domains *t = d->table;

	d->older = t->newest;
	if (t->newest != NULL)
		t->newest->newer = d;
	else
		t->oldest = d;
	t->newest = d;
}

static void
end_question(struct log_domain *d, struct question *q)
{
	const struct dns_resolver *dns = d->table->env.dns;

	if (q->asking && q->query != NULL)
		dns->cancel(dns->ctx, q->query);
}

static void
remove_domain(struct log_domain *d)
{
	end_question(d, &d->txt);
	end_question(d, &d->mx);
	unlink_domain(d);
	map_remove(&d->table->map, &d->node);
	d->table->n--;
	log_policy_free(d->policy);
	free(d->record);
	free(d->hosts);
	free(d);
}

void
log_domains_free(struct log_domains *t)
{
	if (t == NULL)
		return;
	while (t->oldest != NULL)
		remove_domain(t->oldest);
	map_clear(&t->map);
	free(t);
}

/* What nobody holds makes room. */
static void
make_room(struct log_domains *t)
{
	struct log_domain *d = t->oldest;

	while (d != NULL && t->n >= LOG_DOMAINS_MAX) {
		struct log_domain *newer = d->newer;

		if (d->refs == 0)
			remove_domain(d);
		d = newer;
	}
}

static struct log_domain *
find_domain(const struct log_domains *t, const char *name, uint64_t hash)
{
	struct map_node *node = map_first(&t->map, hash);

	for (; node != NULL; node = map_next(node)) {
		struct log_domain *d = MAP_ENTRY(node, struct log_domain, node);

		if (strcmp(d->name, name) == 0)
			return d;
	}
	return NULL;
}

static struct log_domain *
get_domain(struct log_domains *t, const char *name)
{
	uint64_t hash = map_hash(&t->map, name, strlen(name));
	struct log_domain *d = find_domain(t, name, hash);

	if (d != NULL) {
		unlink_domain(d);
	} else {
		make_room(t);
		d = xcalloc(1, sizeof(*d));
		d->table = t;
		d->txt.domain = d->mx.domain = d;
		(void)text_copy(d->name, sizeof(d->name), name);
		map_insert(&t->map, &d->node, hash);
		t->n++;
	}
	link_newest(d);
	return d;
}

/* ---- records ---- */

static int64_t
until(const struct log_domain *d, const struct dns_answer *a)
{
	int64_t ms = (int64_t)a->ttl * 1000;

	if (a->security == DNS_UNKNOWN && a->no_server)
		ms = LOG_RETRY_MS;
	else if (ms < TTL_MIN_MS)
		ms = TTL_MIN_MS;
	return now(d) + (ms > TTL_MAX_MS ? TTL_MAX_MS : ms);
}

static void
end_asking(struct question *q, const struct dns_answer *a)
{
	struct log_domains *t = q->domain->table;

	q->asking = false;
	q->answered = true;
	q->query = NULL;
	q->silent = a->security == DNS_UNKNOWN && a->no_server;
	q->until_ms = until(q->domain, a);
	if (!t->inside)
		t->env.ready(t->env.arg);
}

/* RFC 8460 section 3: exactly one record; its text is what reports keep. */
static char *
choose_record(const struct dns_answer *a)
{
	struct tlsrpt_record r;
	enum tlsrpt_result result = tlsrpt_record_choose(a, &r);

	if (result == TLSRPT_OK)
		tlsrpt_record_clear(&r);
	if (result != TLSRPT_OK || a->security == DNS_BOGUS)
		return NULL;
	for (size_t i = 0; i < a->n; i++) {
		result =
		    tlsrpt_record_parse(a->u.txt[i].text, a->u.txt[i].len, &r);
		if (result == TLSRPT_OK) {
			tlsrpt_record_clear(&r);
			return xstrndup(a->u.txt[i].text, a->u.txt[i].len);
		}
	}
	return NULL;
}

/* RFC 5321 section 5.1: without MX the domain itself. */
static void
on_mx(void *arg, const struct dns_answer *a)
{
	struct question *q = arg;
	struct log_domain *d = q->domain;

	free(d->hosts);
	d->hosts = NULL;
	d->nhosts = 0;
	if (a->security != DNS_UNKNOWN && a->security != DNS_BOGUS) {
		d->hosts = xcalloc(a->n + 1, sizeof(d->hosts[0]));
		for (; d->nhosts < a->n; d->nhosts++)
			(void)text_copy(d->hosts[d->nhosts], HOSTNAME_SIZE,
			    a->u.mx[d->nhosts].host);
		if (a->n == 0)
			(void)text_copy(d->hosts[d->nhosts++], HOSTNAME_SIZE,
			    d->name);
	}
	end_asking(q, a);
}

static void
ask(struct log_domain *d, struct question *q, const char *name,
    enum dns_type type, dns_callback *cb)
{
	const struct dns_resolver *dns = d->table->env.dns;

	if (q->asking || (q->answered && now(d) < q->until_ms))
		return;
	q->asking = true;
	d->table->inside = true;
	q->query = dns->ask(dns->ctx, name, type, cb, q);
	d->table->inside = false;
}

static void
ask_hosts(struct log_domain *d)
{
	if (d->txt.answered && !d->txt.asking && d->record != NULL)
		ask(d, &d->mx, d->name, DNS_MX, on_mx);
}

static void
on_txt(void *arg, const struct dns_answer *a)
{
	struct question *q = arg;

	free(q->domain->record);
	q->domain->record = choose_record(a);
	end_asking(q, a);
	ask_hosts(q->domain);
}

static void
ask_records(struct log_domain *d)
{
	char name[HOSTNAME_SIZE + 16];

	(void)snprintf(name, sizeof(name), "_smtp._tls.%s", d->name);
	ask(d, &d->txt, name, DNS_TXT, on_txt);
	ask_hosts(d);
}

/* ---- the interface ---- */

struct log_domain *
log_domain_hold(struct log_domains *t, const char *name)
{
	struct log_domain *d = get_domain(t, name);

	d->refs++;
	ask_records(d);
	return d;
}

void
log_domain_release(struct log_domain *d)
{
	d->refs--;
}

static enum log_known
look_policy(struct log_domain *d, struct err *e)
{
	struct log_domains *t = d->table;
	struct log_policy *p;
	char *reply;

	if (d->policy != NULL && now(d) < d->policy_until_ms)
		return LOG_KNOWN;
	reply = t->env.ask(t->env.arg, d->name, e);
	p = reply != NULL ? log_policy_read(reply, e) : NULL;
	free(reply);
	if (p == NULL)
		return LOG_SILENT;
	log_policy_free(d->policy);
	d->policy = p;
	d->policy_until_ms = now(d) + LOG_POLICY_MS;
	return LOG_KNOWN;
}

enum log_known
log_domain_look(struct log_domain *d, struct err *e)
{
	ask_records(d);
	if (d->txt.asking || d->mx.asking)
		return LOG_WAITING;
	if (d->txt.silent || (d->record != NULL && d->mx.silent)) {
		(void)err_set(e, ERR_TEMP, "no name server answers");
		return LOG_SILENT;
	}
	if (d->record == NULL)
		return LOG_NO_RECORD;
	return look_policy(d, e);
}

const char *
log_domain_record(const struct log_domain *d)
{
	return d->record;
}

const struct log_policy *
log_domain_policy(const struct log_domain *d)
{
	return d->policy;
}

bool
log_domain_has_host(const struct log_domain *d, const char *host)
{
	if (d->hosts == NULL)
		return true;
	for (size_t i = 0; i < d->nhosts; i++)
		if (strcmp(d->hosts[i], host) == 0)
			return true;
	return false;
}
