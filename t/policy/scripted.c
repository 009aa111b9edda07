/* scripted: a resolver that answers what a scenario says - scripted.h */
#include "config.h"

#include "t/policy/scripted.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define DEAD_MS 1700 /* until our resolver knows that no server answers */

struct scripted_zone {
	struct scripted_zone *next;
	char *name;
	enum scripted_status status;
	int64_t delay_ms;
};

struct scripted_asked {
	struct scripted_asked *next;
	char *name;
	enum dns_type type;
};

struct dns_query {
	struct dns_query *next, **back;
	struct scripted *s;
	struct timer *timer;
	char *name;
	enum dns_type type;
	dns_callback *cb;
	void *arg;
};

/* An answer being put together along a chain of CNAMEs. */
struct chain {
	struct dns_answer answer; /* what it points to is borrowed */
	enum scripted_status status;
	int64_t delay_ms;
};

/* ---- the script ---- */

void
scripted_record_free(struct scripted_record *r)
{
	free(r->name);
	r->data.type = r->type;
	dns_answer_clear(&r->data);
	free(r);
}

static const struct scripted_record *
find(const struct scripted *s, const char *name, enum dns_type type)
{
	const struct scripted_record *r = s->records;

	while (r != NULL && (r->type != type || strcmp(r->name, name) != 0))
		r = r->next;
	return r;
}

bool
scripted_has(const struct scripted *s, const char *name, enum dns_type type)
{
	return find(s, name, type) != NULL;
}

void
scripted_forget(struct scripted *s, const char *name, enum dns_type type)
{
	struct scripted_record **at = &s->records;

	while (*at != NULL) {
		struct scripted_record *r = *at;

		if (strcmp(r->name, name) == 0 &&
		    (type == 0 || r->type == type)) {
			*at = r->next;
			scripted_record_free(r);
		} else {
			at = &r->next;
		}
	}
}

void
scripted_set_record(struct scripted *s, struct scripted_record *r)
{
	scripted_forget(s, r->name, r->type);
	r->next = s->records;
	s->records = r;
}

void
scripted_set_zone(struct scripted *s, const char *zone,
    enum scripted_status status, int64_t delay_ms)
{
	struct scripted_zone *z = xcalloc(1, sizeof(*z));

	z->name = xstrdup(zone);
	z->status = status;
	z->delay_ms = delay_ms;
	z->next = s->zones; /* the newest of a name wins */
	s->zones = z;
}

static bool
at_or_below(const char *name, const char *zone)
{
	size_t n = strlen(name), z = strlen(zone);

	return z == 0 ||
	    (n >= z && strcmp(name + n - z, zone) == 0 &&
		(n == z || name[n - z - 1] == '.'));
}

static const struct scripted_zone *
zone_of(const struct scripted *s, const char *name)
{
	const struct scripted_zone *z, *best = NULL;

	for (z = s->zones; z != NULL; z = z->next)
		if (at_or_below(name, z->name) &&
		    (best == NULL || strlen(z->name) > strlen(best->name)))
			best = z;
	if (best == NULL)
		abort(); /* the root is there from the start */
	return best;
}

static bool
exists(const struct scripted *s, const char *name)
{
	for (const struct scripted_record *r = s->records; r != NULL;
	     r = r->next)
		if (at_or_below(r->name, name))
			return true;
	for (const struct scripted_zone *z = s->zones; z != NULL; z = z->next)
		if (at_or_below(z->name, name))
			return true;
	return false;
}

/* ---- answers ---- */

/* The weakest link tells; the enum is in that order. */
static void
join(struct chain *c, enum scripted_status status, uint32_t ttl, int64_t delay)
{
	if (status > c->status)
		c->status = status;
	if (ttl < c->answer.ttl)
		c->answer.ttl = ttl;
	if (delay > c->delay_ms)
		c->delay_ms = delay;
}

static void
take_records(struct chain *c, const struct scripted_record *r)
{
	join(c, r->status, r->ttl, r->delay_ms);
	c->answer.rcode = r->nxdomain ? DNS_NXDOMAIN : DNS_NOERROR;
	c->answer.n = r->data.n;
	c->answer.u = r->data.u;
	if (r->data.canonical != NULL) {
		c->answer.canonical = r->data.canonical;
		c->answer.ncnames = 1;
	}
}

static void
take_nothing(const struct scripted *s, const char *name, struct chain *c)
{
	const struct scripted_zone *z = zone_of(s, name);

	join(c, z->status, SCRIPTED_TTL, z->delay_ms);
	c->answer.rcode = exists(s, name) ? DNS_NOERROR : DNS_NXDOMAIN;
}

static void
follow(const struct scripted *s, const char *name, enum dns_type type,
    struct chain *c)
{
	const struct scripted_record *r, *alias;

	memset(c, 0, sizeof(*c));
	c->answer.type = type;
	c->answer.ttl = 86400;
	for (;;) {
		r = find(s, name, type);
		alias = find(s, name, DNS_CNAME);
		if (r != NULL || alias == NULL)
			break;
		join(c, alias->status, alias->ttl, alias->delay_ms);
		if (alias->data.canonical == NULL)
			return; /* the CNAME itself fails */
		name = alias->data.canonical;
		c->answer.canonical = alias->data.canonical;
		if (++c->answer.ncnames > DNS_CNAMES_MAX) {
			c->status = SCRIPTED_SERVFAIL;
			return;
		}
	}
	if (r != NULL)
		take_records(c, r);
	else
		take_nothing(s, name, c);
}

/* What a failure leaves of an answer. */
static void
blank(struct dns_answer *a, enum dns_security security, const char *why)
{
	a->security = security;
	a->why = (char *)(uintptr_t)why;
	a->n = 0;
	a->u.mx = NULL;
	a->canonical = NULL;
	a->ncnames = 0;
	a->ttl = 0;
}

static void
finish_answer(struct chain *c)
{
	struct dns_answer *a = &c->answer;

	switch (c->status) {
	case SCRIPTED_SECURE:
		a->security = DNS_SECURE;
		break;
	case SCRIPTED_INSECURE:
		a->security = DNS_INSECURE;
		break;
	case SCRIPTED_BOGUS:
		blank(a, DNS_BOGUS, "validation failed");
		break;
	case SCRIPTED_SERVFAIL:
		blank(a, DNS_UNKNOWN, "SERVFAIL");
		break;
	case SCRIPTED_DEAD:
	case SCRIPTED_NEVER:
		blank(a, DNS_UNKNOWN, "no name server answers");
		a->no_server = true;
		break;
	}
}

/* What is said of a question now, and how much later. */
static void
look_up(const struct scripted *s, const char *name, enum dns_type type,
    struct chain *c)
{
	follow(s, name, type, c);
	if (s->dead) {
		c->status = SCRIPTED_DEAD;
		c->delay_ms = DEAD_MS;
	}
	finish_answer(c);
}

/* ---- questions ---- */

static void
drop(struct dns_query *q)
{
	*q->back = q->next;
	if (q->next != NULL)
		q->next->back = q->back;
	if (q->timer != NULL)
		q->s->sim->timers.cancel(q->s->sim->timers.ctx, q->timer);
	free(q->name);
	free(q);
}

/* The script may have changed since the question was asked. */
static void
on_timer(void *arg)
{
	struct dns_query *q = arg;
	dns_callback *cb = q->cb;
	void *cb_arg = q->arg;
	struct chain c;

	q->timer = NULL;
	look_up(q->s, q->name, q->type, &c);
	drop(q);
	cb(cb_arg, &c.answer);
}

static void
note(struct scripted *s, const char *name, enum dns_type type)
{
	struct scripted_asked *a = xcalloc(1, sizeof(*a));

	a->name = xstrdup(name);
	a->type = type;
	a->next = s->asked;
	s->asked = a;
	s->nasked++;
}

static struct dns_query *
ask(void *ctx, const char *name, enum dns_type type, dns_callback *cb,
    void *arg)
{
	struct scripted *s = ctx;
	struct dns_query *q;
	struct chain c;

	note(s, name, type);
	look_up(s, name, type, &c);
	if (s->immediate && c.delay_ms == 0 && c.status != SCRIPTED_NEVER) {
		cb(arg, &c.answer);
		return NULL;
	}
	q = xcalloc(1, sizeof(*q));
	q->s = s;
	q->name = xstrdup(name);
	q->type = type;
	q->cb = cb;
	q->arg = arg;
	q->next = s->open;
	q->back = &s->open;
	if (q->next != NULL)
		q->next->back = &q->next;
	s->open = q;
	if (c.status != SCRIPTED_NEVER)
		q->timer = s->sim->timers.set(s->sim->timers.ctx, c.delay_ms,
		    on_timer, q);
	return q;
}

static void
cancel(void *ctx, struct dns_query *q)
{
	(void)ctx;
	drop(q);
}

size_t
scripted_asked(const struct scripted *s, const char *name, enum dns_type type)
{
	size_t n = 0;

	for (const struct scripted_asked *a = s->asked; a != NULL; a = a->next)
		n += a->type == type && strcmp(a->name, name) == 0;
	return n;
}

void
scripted_count(struct scripted *s)
{
	while (s->asked != NULL) {
		struct scripted_asked *a = s->asked;

		s->asked = a->next;
		free(a->name);
		free(a);
	}
	s->nasked = 0;
}

void
scripted_init(struct scripted *s, struct sim *sim)
{
	memset(s, 0, sizeof(*s));
	s->iface = (struct dns_resolver){ ask, cancel, s };
	s->sim = sim;
	scripted_set_zone(s, "", SCRIPTED_INSECURE, 0);
}

size_t
scripted_clear(struct scripted *s)
{
	size_t n = 0;

	for (; s->open != NULL; n++)
		drop(s->open);
	scripted_count(s);
	while (s->records != NULL) {
		struct scripted_record *r = s->records;

		s->records = r->next;
		scripted_record_free(r);
	}
	while (s->zones != NULL) {
		struct scripted_zone *z = s->zones;

		s->zones = z->next;
		free(z->name);
		free(z);
	}
	return n;
}
