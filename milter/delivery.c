/* delivery: what a delivering Sendmail asks - see delivery.h */
#include "config.h"

#include "milter/delivery.h"

#include "milter/sendmail_host.h"
#include "milter/sessions.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/policy/dialect.h"
#include "share/policy/verdict_reply.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define REPLY_MAX 4096

/* A lookup that the service works on. */
struct lookup {
	TAILQ_ENTRY(lookup) link;
	struct delivery *delivery;
	struct socketmap_request *req;
	enum dialect_id dialect;
	struct conf *conf; /* a reference; holds the strategy */
	struct session session;
	struct nexthop hop;
	const struct strategy *strategy;
	struct binding bound;
	bool is_bound;
};

struct delivery {
	struct loop *loop;
	struct service *service;
	struct binding_table *bindings;
	const struct log *log;
	struct sessions *sessions;
	_Atomic bool found, dane; /* of the probe */
	TAILQ_HEAD(, lookup) lookups;
};

struct delivery *
delivery_new(struct loop *loop, struct service *service,
    struct binding_table *bindings, const struct log *log)
{
	struct delivery *d = xcalloc(1, sizeof(*d));

	d->loop = loop;
	d->service = service;
	d->bindings = bindings;
	d->log = log;
	d->sessions = sessions_new(clock_system());
	TAILQ_INIT(&d->lookups);
	return d;
}

static void
free_lookup(struct lookup *l)
{
	TAILQ_REMOVE(&l->delivery->lookups, l, link);
	conf_unref(l->conf);
	free(l);
}

void
delivery_free(struct delivery *d)
{
	if (d == NULL)
		return;
	while (!TAILQ_EMPTY(&d->lookups))
		free_lookup(TAILQ_FIRST(&d->lookups));
	sessions_free(d->sessions);
	free(d);
}

void
delivery_probe(struct delivery *d, const struct conf *c)
{
	struct sendmail_host h;

	if (c->milter.sendmail_dane != CONF_AUTO)
		return;
	sendmail_host_find(&h, NULL);
	d->found = h.found;
	d->dane = sendmail_host_does_dane(&h);
	if (h.found)
		log_write(d->log, LOG_LEVEL_INFO, "Sendmail %s here: DANE %s",
		    h.version, d->dane ? "yes" : "no");
}

bool
delivery_does_dane(const struct delivery *d, const struct conf *c)
{
	if (c->milter.sendmail_dane == CONF_AUTO)
		return d->dane;
	return c->milter.sendmail_dane == CONF_YES;
}

bool
delivery_for_sendmail(const struct delivery *d, const struct conf *c)
{
	return d->found || c->milter.sendmail_dane != CONF_AUTO;
}

static void
answer_text(struct socketmap_request *req, const char *text)
{
	socketmap_answer(req, text, strlen(text));
}

static void
fill_rules(const struct lookup *l, struct session_rules *r)
{
	memset(r, 0, sizeof(*r));
	r->strategy = l->strategy;
	r->sendmail_dane = delivery_does_dane(l->delivery, l->conf);
	r->observe = l->conf->policy.mode == CONF_OBSERVE;
	r->exempt = l->bound.exempt;
	r->tls_required_no = l->bound.tls_required_no &&
	    l->conf->milter.tls_required_no == CONF_TLS_REQUIRED_HONOR;
}

/* ---- reports ---- */

/* Whether this answer is the one that the session is reported with. */
static bool
is_reported(struct lookup *l)
{
	/* without a handshake no recipient will be asked about */
	if (l->dialect == DIALECT_TLSREP)
		return l->session.verify == VERIFY_BROKEN;
	return l->dialect == DIALECT_TLSPOL &&
	    sessions_claim(l->delivery->sessions, &l->session, l->hop.name);
}

static void
report(struct lookup *l, const struct verdict *v, const struct session_rules *r)
{
	struct session_report said;
	struct outcome_session s;
	struct outcome o;

	if (!is_reported(l))
		return;
	session_report(&l->session, v, r, &said);
	if (!said.wanted)
		return;
	memset(&s, 0, sizeof(s));
	s.policy = said.policy;
	s.fault = said.fault;
	s.sender = l->session.sender;
	s.address = l->session.address;
	s.sts = said.policy == SESSION_STS ? v->policy : NULL;
	memset(&o, 0, sizeof(o));
	o.type = OUTCOME_SESSION;
	o.domain = l->hop.name;
	o.policy_domain = said.policy == SESSION_TLSA ? said.base : l->hop.name;
	o.mx = l->session.mx;
	o.why = "";
	o.session = &s;
	service_report(l->delivery->service, &o);
}

/* ---- answers ---- */

/* One line for each recipient that stays in the queue. */
static void
log_held(const struct lookup *l, const char *reply)
{
	static const char fail[] = "OK FAIL ", temp[] = "TEMP ";
	const struct session *s = &l->session;
	const char *why = reply;

	if (text_starts_nocase(reply, fail))
		why = reply + strlen(fail);
	else if (text_starts_nocase(reply, temp))
		why = reply + strlen(temp);
	log_write(l->delivery->log,
	    why != reply ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
	    "%s: domain=%s mx=%s[%s] strategy=%s%s verify=%s san=%s "
	    "delivery=%s%s%s%s",
	    s->queue_id, s->domain, s->mx, s->address,
	    l->strategy != NULL ? l->strategy->id : l->bound.strategy,
	    l->is_bound ? "" : " unbound", session_verify_name(s->verify),
	    s->san ? "yes" : "no", why != reply ? "deferred" : "pass",
	    why != reply ? " why=\"" : "", why != reply ? why : "",
	    why != reply ? "\"" : "");
}

static void
on_verdict(void *arg, struct verdict *v)
{
	struct lookup *l = arg;
	struct session_rules rules;
	struct buf out;

	fill_rules(l, &rules);
	buf_init(&out, REPLY_MAX);
	verdict_reply_session(v, l->dialect, l->hop.name, &l->session, &rules,
	    &out);
	if (l->dialect == DIALECT_TLSPOL)
		log_held(l, buf_str(&out));
	report(l, v, &rules);
	socketmap_answer(l->req, out.data, out.len);
	buf_clear(&out);
	free_lookup(l);
}

/* What has no policy to look up: an odd domain, or no strategy of that id. */
static void
answer_temp(struct lookup *l, const char *why)
{
	if (l->dialect == DIALECT_TLSPOL)
		log_held(l, why);
	answer_text(l->req, l->dialect == DIALECT_TLSREP ? "OK PASS" : why);
	free_lookup(l);
}

/* ---- questions ---- */

static void
choose(struct lookup *l)
{
	struct expr_vars vars;

	if (l->is_bound) {
		l->strategy = conf_strategy(l->conf, l->bound.strategy);
		return;
	}
	memset(&vars, 0, sizeof(vars));
	vars.value[EXPR_RCPT_DOMAIN] = l->hop.name;
	if (l->session.mx[0] != '\0')
		vars.value[EXPR_MX] = l->session.mx;
	if (l->session.queue_id[0] != '\0')
		vars.value[EXPR_QUEUE_ID] = l->session.queue_id;
	l->strategy = conf_choose(l->conf, &vars, NULL);
}

/* Nothing can be looked up: what the strategy says of an address holds. */
static void
ask(struct lookup *l)
{
	const char *key = l->session.domain;

	if (l->is_bound && l->bound.hop[0] != '\0')
		key = l->bound.hop;
	if (!nexthop_parse(key, &l->hop) &&
	    !nexthop_parse("[192.0.2.1]", &l->hop)) {
		answer_temp(l, "TEMP no next hop");
		return;
	}
	choose(l);
	if (l->strategy == NULL) {
		answer_temp(l,
		    "TEMP the strategy of this message is not in the config");
		return;
	}
	service_ask(l->delivery->service, &l->hop, l->strategy->id, l->dialect,
	    l->delivery->loop, on_verdict, l);
}

static int
parse(struct lookup *l, const char *key, struct err *e)
{
	switch (l->dialect) {
	case DIALECT_TLSPOL:
		return session_parse_policy(key, &l->session, e);
	case DIALECT_TLSREP:
		return session_parse_report(key, &l->session, e);
	default:
		return text_copy(l->session.domain, sizeof(l->session.domain),
		    key);
	}
}

void
delivery_answer(struct delivery *d, struct socketmap_request *req,
    enum dialect_id id, const char *key)
{
	struct lookup *l = xcalloc(1, sizeof(*l));
	struct err e = { 0 };

	l->delivery = d;
	l->req = req;
	l->dialect = id;
	l->conf = service_conf(d->service);
	TAILQ_INSERT_TAIL(&d->lookups, l, link);
	if (parse(l, key, &e) == -1) {
		answer_temp(l, "TEMP malformed key");
		return;
	}
	if (id == DIALECT_TLSREP)
		sessions_open(d->sessions, &l->session);
	if (id == DIALECT_TLSPOL)
		l->session.reused = !sessions_owns(d->sessions, &l->session);
	if (id != DIALECT_STS)
		l->is_bound = binding_get(d->bindings, l->session.queue_id,
		    l->session.domain, &l->bound);
	/* of a session alone there is nothing to ask, unless it failed */
	if (id == DIALECT_TLSREP && l->session.verify != VERIFY_BROKEN) {
		answer_temp(l, "OK PASS");
		return;
	}
	ask(l);
}
