/* outcome: failures that only the engine sees - see outcome.h */
#include "config.h"

#include "share/policy/outcome.h"
#include "share/base/buf.h"
#include "share/base/map.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define SAID_MAX 10000
#define TLSA_STRINGS_MAX 16
#define TLSA_TEXT_MAX 4096 /* a whole certificate is left out */

/* One that waits for its domain's TLSRPT record. */
struct pending {
	struct pending *next, **back;
	struct outcomes *table;
	struct dns_query *query;
	const struct dns_resolver *dns; /* who was asked */
	struct outcome o;               /* its texts are these: */
	char domain[HOSTNAME_SIZE];
	char policy_domain[HOSTNAME_SIZE];
	char mx[HOSTNAME_SIZE];
	char why[ERR_TEXT_MAX];
	struct outcome_session session;
	char sender[SESSION_ADDRESS_SIZE];
	char address[SESSION_ADDRESS_SIZE];
	char *record; /* while TLSA records are asked for */
};

/* A domain whose broken DNSSEC was reported within the hour. */
struct said {
	struct map_node node;
	int64_t until_ms;
	char domain[];
};

struct outcomes {
	const struct env *env;
	char *socket;
	struct pending *pending;
	size_t n;
	struct map said;
	struct timer *sweep;
	struct outcome_stats stats; /* atomic */
};

const char *
outcome_type_name(enum outcome_type type)
{
	static const char *const names[] = {
		[OUTCOME_STS_FETCH_ERROR] = "sts-policy-fetch-error",
		[OUTCOME_STS_INVALID] = "sts-policy-invalid",
		[OUTCOME_STS_WEBPKI] = "sts-webpki-invalid",
		[OUTCOME_DNSSEC] = "dnssec-invalid",
		[OUTCOME_SESSION] = "session",
	};

	return names[type];
}

static void
bump(uint64_t *counter)
{
	(void)__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* ---- the TLSRPT record ---- */

/* RFC 8460 section 3: version, *WSP, ";". */
static bool
is_tlsrpt(const struct dns_txt *txt)
{
	static const char version[] = "v=TLSRPTv1";
	const char *at = txt->text + strlen(version);

	if (strncmp(txt->text, version, strlen(version)) != 0)
		return false;
	return at[strspn(at, " \t")] == ';';
}

/* The only one there is, or NULL. */
static const char *
choose(const struct dns_answer *a)
{
	const char *found = NULL;

	if (a->security == DNS_BOGUS || a->security == DNS_UNKNOWN)
		return NULL;
	for (size_t i = 0; i < a->n; i++) {
		if (!is_tlsrpt(&a->u.txt[i]))
			continue;
		if (found != NULL)
			return NULL;
		found = a->u.txt[i].text;
	}
	return found;
}

static void
report(struct outcomes *t, struct pending *p, const char *record)
{
	const struct outcome_sink *sink = t->env->outcomes;
	struct outcome o = p->o;

	o.record = record;
	o.socket = t->socket;
	if (sink->report(sink->ctx, &o))
		bump(&t->stats.reported[o.type]);
	else
		bump(&t->stats.lost);
}

static void
drop(struct pending *p)
{
	*p->back = p->next;
	if (p->next != NULL)
		p->next->back = p->back;
	p->table->n--;
	sts_policy_unref(p->session.sts);
	free(p->record);
	free(p);
}

/* Records as RFC 8460 section 4.5 writes them, "3 1 1 AB01..". */
static char *
tlsa_text(const struct dns_tlsa *r)
{
	struct buf out;

	buf_init(&out, TLSA_TEXT_MAX);
	buf_printf(&out, "%u %u %u ", r->usage, r->selector, r->mtype);
	for (size_t i = 0; i < r->len; i++)
		buf_printf(&out, "%02X", r->data[i]);
	return buf_take(&out);
}

static void
on_tlsa(void *arg, const struct dns_answer *a)
{
	struct pending *p = arg;
	const char *text[TLSA_STRINGS_MAX];
	size_t n = 0;

	for (size_t i = 0;
	     a->security == DNS_SECURE && i < a->n && n < TLSA_STRINGS_MAX; i++)
		text[n++] = tlsa_text(&a->u.tlsa[i]);
	p->session.strings = text;
	p->session.nstrings = n;
	report(p->table, p, p->record);
	while (n > 0)
		free((void *)(uintptr_t)text[--n]);
	drop(p);
}

static void
ask_tlsa(struct pending *p, const char *record)
{
	char name[HOSTNAME_SIZE + 16];
	struct dns_query *q;

	p->record = xstrdup(record);
	(void)snprintf(name, sizeof(name), "_25._tcp.%s", p->policy_domain);
	q = p->dns->ask(p->dns->ctx, name, DNS_TLSA, on_tlsa, p);
	if (q != NULL)
		p->query = q; /* else p is gone already */
}

static void
on_record(void *arg, const struct dns_answer *a)
{
	struct pending *p = arg;
	const char *record = choose(a);

	if (record != NULL && p->o.type == OUTCOME_SESSION &&
	    p->session.policy == SESSION_TLSA) {
		ask_tlsa(p, record);
		return;
	}
	if (record != NULL)
		report(p->table, p, record);
	drop(p);
}

/* ---- one an hour of the same ---- */

static void
sweep_one(void *arg, struct map_node *node)
{
	struct outcomes *t = arg;
	struct said *s = MAP_ENTRY(node, struct said, node);

	if (s->until_ms > clock_mono_ms(t->env->clock))
		return;
	map_remove(&t->said, node);
	free(s);
}

static void
on_sweep(void *arg)
{
	struct outcomes *t = arg;

	map_each(&t->said, sweep_one, t);
	t->sweep = NULL;
	if (t->said.n > 0)
		t->sweep = t->env->timers.set(t->env->timers.ctx, HOUR_MS,
		    on_sweep, t);
}

static struct said *
find_said(const struct outcomes *t, const char *domain, uint64_t hash)
{
	struct map_node *node = map_first(&t->said, hash);

	for (; node != NULL; node = map_next(node)) {
		struct said *s = MAP_ENTRY(node, struct said, node);

		if (strcmp(s->domain, domain) == 0)
			return s;
	}
	return NULL;
}

/* Whether domain was reported within the hour; it counts as that now. */
static bool
said_lately(struct outcomes *t, const char *domain)
{
	uint64_t hash = map_hash(&t->said, domain, strlen(domain));
	struct said *s = find_said(t, domain, hash);
	int64_t now = clock_mono_ms(t->env->clock);
	size_t size = strlen(domain) + 1;

	if (s != NULL) {
		if (now < s->until_ms)
			return true;
		s->until_ms = now + HOUR_MS;
		return false;
	}
	if (t->said.n >= SAID_MAX)
		return true;
	s = xcalloc(1, sizeof(*s) + size);
	memcpy(s->domain, domain, size);
	s->until_ms = now + HOUR_MS;
	map_insert(&t->said, &s->node, hash);
	if (t->sweep == NULL)
		t->sweep = t->env->timers.set(t->env->timers.ctx, HOUR_MS,
		    on_sweep, t);
	return false;
}

/* ---- the interface ---- */

static void
add_session(struct pending *p, const struct outcome_session *s)
{
	p->session.policy = s->policy;
	p->session.fault = s->fault;
	if (s->sts != NULL)
		p->session.sts = sts_policy_ref(s->sts);
	(void)text_copy(p->sender, sizeof(p->sender), s->sender);
	(void)text_copy(p->address, sizeof(p->address), s->address);
	p->session.sender = p->sender;
	p->session.address = p->address;
	p->o.session = &p->session;
}

static struct pending *
add(struct outcomes *t, const struct outcome *o)
{
	struct pending *p = xcalloc(1, sizeof(*p));

	p->table = t;
	(void)text_copy(p->domain, sizeof(p->domain), o->domain);
	(void)text_copy(p->policy_domain, sizeof(p->policy_domain),
	    o->policy_domain);
	(void)text_copy(p->mx, sizeof(p->mx), o->mx);
	(void)snprintf(p->why, sizeof(p->why), "%s", o->why);
	p->o.type = o->type;
	p->o.domain = p->domain;
	p->o.policy_domain = p->policy_domain;
	p->o.mx = p->mx;
	p->o.why = p->why;
	if (o->session != NULL)
		add_session(p, o->session);
	p->next = t->pending;
	p->back = &t->pending;
	if (p->next != NULL)
		p->next->back = &p->next;
	t->pending = p;
	t->n++;
	return p;
}

void
outcomes_add(struct outcomes *t, const struct outcome *o)
{
	const struct dns_resolver *dns = t->env->dns;
	char name[HOSTNAME_SIZE + 16];
	struct dns_query *q;
	struct pending *p;

	if (t->env->outcomes == NULL ||
	    snprintf(name, sizeof(name), "_smtp._tls.%s", o->domain) >
		HOSTNAME_MAX)
		return;
	if (o->type == OUTCOME_DNSSEC && said_lately(t, o->domain))
		return;
	if (t->n >= OUTCOMES_MAX) {
		bump(&t->stats.lost);
		return;
	}
	p = add(t, o);
	p->dns = dns;
	q = dns->ask(dns->ctx, name, DNS_TXT, on_record, p);
	if (q != NULL)
		p->query = q; /* else p is gone already */
}

void
outcomes_set_socket(struct outcomes *t, const char *socket)
{
	free(t->socket);
	t->socket = xstrdup(socket);
}

struct outcomes *
outcomes_new(const struct env *env)
{
	struct outcomes *t = xcalloc(1, sizeof(*t));

	t->env = env;
	map_init(&t->said);
	return t;
}

static void
free_said(void *arg, struct map_node *node)
{
	struct outcomes *t = arg;

	map_remove(&t->said, node);
	free(MAP_ENTRY(node, struct said, node));
}

void
outcomes_free(struct outcomes *t)
{
	if (t == NULL)
		return;
	while (t->pending != NULL) {
		struct pending *p = t->pending;

		p->dns->cancel(p->dns->ctx, p->query);
		drop(p);
	}
	if (t->sweep != NULL)
		t->env->timers.cancel(t->env->timers.ctx, t->sweep);
	map_each(&t->said, free_said, t);
	map_clear(&t->said);
	free(t->socket);
	free(t);
}

void
outcomes_stats(const struct outcomes *t, struct outcome_stats *out)
{
	for (size_t i = 0; i < OUTCOME_TYPES; i++)
		out->reported[i] =
		    __atomic_load_n(&t->stats.reported[i], __ATOMIC_RELAXED);
	out->lost = __atomic_load_n(&t->stats.lost, __ATOMIC_RELAXED);
}
