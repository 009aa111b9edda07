/* eom: carries out the plan at the end of a message - see eom.h */
#include "config.h"

#include "milter/eom.h"

#include "milter/plan.h"
#include "milter/tag.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

static void
count(struct filter *f, const struct message *m, const struct plan *p)
{
	int i;

	for (i = 0; i < COUNTERS; i++)
		if (p->counts[i])
			counters_add(f->counters, (enum counter)i, 1);
	counters_add(f->counters, COUNTER_MESSAGES, 1);
	counters_add(f->counters, COUNTER_RECIPIENTS, m->addresses);
	counters_add(f->counters, COUNTER_OUTGOING, m->outgoing);
}

static sfsistat
refuse(struct filter *f, SMFICTX *ctx, const struct plan *p,
    const char *queue_id)
{
	struct reply reply = p->reply;

	(void)smfi_setreply(ctx, reply.code, reply.xcode, reply.text);
	log_write(f->log, LOG_LEVEL_INFO, "%s: action=%s note=%s%s%s%s",
	    queue_id, p->verdict == PLAN_REJECT ? "reject" : "tempfail",
	    p->note, p->why != NULL ? " why=\"" : "",
	    p->why != NULL ? p->why : "", p->why != NULL ? "\"" : "");
	return p->verdict == PLAN_REJECT ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

/* The last one first, so that the indexes of the others stay right. */
static void
remove_headers(struct filter *f, SMFICTX *ctx, const struct message *m)
{
	int h, i;

	for (h = 0; h < MESSAGE_HEADERS; h++)
		for (i = m->nheaders[h]; i > 0; i--) {
			(void)smfi_chgheader(ctx,
			    (char *)message_header_name((enum message_header)h),
			    i, NULL);
			counters_add(f->counters, COUNTER_HEADERS_REMOVED, 1);
		}
}

/* What is known of one recipient's requirement. */
static void
look_up(struct filter *f, const struct message *m, const struct plan *p,
    const struct recipient *r, struct tag_entry *t)
{
	struct nexthop n;
	struct verdict *v;

	memset(t, 0, sizeof(*t));
	/* only what was parsed as a host name goes into a header */
	t->domain = hostname_is_normal(r->domain) ? r->domain : NULL;
	if (m->exempt) {
		t->known = true;
		t->level = LEVEL_MAY;
		return;
	}
	t->strategy = p->own ? r->strategy->id : r->plain->id;
	t->by_domain = p->own ? r->by_domain : r->plain_by_domain;
	if (r->hop == NULL) {
		t->known = true; /* no policy can be looked up for it */
		return;
	}
	(void)nexthop_parse(r->hop, &n);
	v = service_peek(f->service, &n, t->strategy);
	if (v == NULL) {
		counters_add(f->counters, COUNTER_PENDING, 1);
		return;
	}
	t->known = true;
	t->level = decision_in_force(&v->decision);
	t->source = v->decision.source;
	verdict_unref(v);
}

static void
log_requirement(struct filter *f, const struct message *m, const struct plan *p,
    const struct recipient *r, const struct tag_entry *t, const char *queue_id)
{
	log_write(f->log, LOG_LEVEL_INFO,
	    "%s: domain=%s%s%s strategy=%s level=%s source=%s%s%s%s", queue_id,
	    r->domain, r->own_hop || r->hop == NULL ? "" : " nexthop=",
	    r->own_hop || r->hop == NULL ? "" : r->hop,
	    t->strategy != NULL ? t->strategy : "-",
	    t->known ? decision_level_name(t->level) : "pending",
	    decision_source_name(t->source),
	    m->conf->policy.mode == CONF_OBSERVE ? " mode=observe" : "",
	    p->note != NULL ? " note=" : "", p->note != NULL ? p->note : "");
}

/* Whether another recipient of the same domain demands more than m's i-th. */
static bool
outdone(const struct message *m, size_t i)
{
	const struct recipient *r = &m->rcpt[i], *o;

	for (o = m->rcpt; o < m->rcpt + m->n; o++)
		if (o->leaves && o->strategy != r->strategy &&
		    strcmp(o->domain, r->domain) == 0 &&
		    strategy_demands_more(o->strategy, r->strategy))
			return true;
	return false;
}

/* Whether a lookup by domain would find out as much. */
static bool
is_plain(const struct recipient *r, const struct binding *b)
{
	return r->strategy == r->plain && !b->exempt && !b->tls_required_no &&
	    b->hop[0] == '\0';
}

/* The bindings of one message that have to outlive the process. */
struct to_keep {
	struct store_binding *b;
	size_t n;
};

static void
keep(struct to_keep *k, const char *queue_id, const char *domain,
    const struct binding *b, int64_t lifetime_ms)
{
	struct store_binding *s;

	k->b = xreallocarray(k->b, k->n + 1, sizeof(*k->b));
	s = &k->b[k->n];
	memset(s, 0, sizeof(*s));
	if (text_copy(s->queue_id, sizeof(s->queue_id), queue_id) == -1 ||
	    text_copy(s->domain, sizeof(s->domain), domain) == -1 ||
	    text_copy(s->strategy, sizeof(s->strategy), b->strategy) == -1 ||
	    text_copy(s->hop, sizeof(s->hop), b->hop) == -1)
		return;
	s->exempt = b->exempt;
	s->tls_required_no = b->tls_required_no;
	s->expires_ms = clock_wall_ms(clock_system()) + lifetime_ms;
	k->n++;
}

static void
bind_one(struct filter *f, const struct message *m, size_t i,
    const char *queue_id, struct to_keep *k)
{
	const int64_t lifetime = m->conf->milter.queue_lifetime_ms;
	const struct recipient *r = &m->rcpt[i];
	struct binding b;

	/* Postfix never asks with a queue id */
	if (!m->sendmail || strcmp(queue_id, "-") == 0 || outdone(m, i))
		return;
	memset(&b, 0, sizeof(b));
	(void)text_copy(b.strategy, sizeof(b.strategy), r->strategy->id);
	if (r->hop != NULL && !r->own_hop)
		(void)text_copy(b.hop, sizeof(b.hop), r->hop);
	b.exempt = m->exempt;
	b.tls_required_no = m->tls_required_no && !m->requiretls;
	binding_put(f->bindings, queue_id, r->domain, &b, lifetime);
	if (!is_plain(r, &b))
		keep(k, queue_id, r->domain, &b, lifetime);
	counters_add(f->counters, COUNTER_BOUND, 1);
}

static void
add_headers(struct filter *f, SMFICTX *ctx, const struct filter_session *s,
    const struct plan *p, const struct tag_entry *t, size_t n)
{
	const struct message *m = s->m;
	struct buf text;

	buf_init(&text, TAG_TEXT_MAX);
	/* where fields are not seen, a sender's own could not be told apart */
	if (s->sees_headers)
		tag_compose((enum conf_tag)m->conf->milter.tag_header, t, n,
		    !m->many_domains, m->conf->policy.mode == CONF_OBSERVE,
		    &text);
	if (text.len > 0 &&
	    smfi_addheader(ctx, (char *)message_header_name(HEADER_REQUIREMENT),
		text.data) == MI_SUCCESS)
		counters_add(f->counters, COUNTER_TAGGED, 1);
	buf_clear(&text);
	if (p->strategy != NULL)
		(void)smfi_addheader(ctx,
		    (char *)message_header_name(HEADER_STRATEGY),
		    (char *)p->strategy);
}

sfsistat
eom_run(struct filter *f, SMFICTX *ctx, const struct filter_session *s,
    const char *queue_id)
{
	const struct message *m = s->m;
	struct to_keep to_keep = { NULL, 0 };
	struct tag_entry *t;
	struct plan p;
	size_t i, n = 0;

	plan_make(m, &p);
	count(f, m, &p);
	if (p.verdict != PLAN_ACCEPT)
		return refuse(f, ctx, &p, queue_id);
	remove_headers(f, ctx, m);
	t = xcalloc(m->n, sizeof(*t));
	for (i = 0; i < m->n; i++) {
		if (!m->rcpt[i].leaves)
			continue;
		look_up(f, m, &p, &m->rcpt[i], &t[n]);
		if (n < EOM_LOG_MAX)
			log_requirement(f, m, &p, &m->rcpt[i], &t[n], queue_id);
		bind_one(f, m, i, queue_id, &to_keep);
		n++;
	}
	if (n > EOM_LOG_MAX)
		log_write(f->log, LOG_LEVEL_INFO, "%s: more=%zu", queue_id,
		    n - EOM_LOG_MAX);
	(void)binding_keeper_put(f->keeper, to_keep.b, to_keep.n,
	    BINDING_KEEPER_WAIT_MS);
	add_headers(f, ctx, s, &p, t, n);
	free(to_keep.b);
	free(t);
	return SMFIS_CONTINUE;
}
