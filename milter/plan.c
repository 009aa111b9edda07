/* plan: what becomes of a message at its end - see plan.h */
#include "config.h"

#include "milter/plan.h"

#include "milter/steer.h"

#include <string.h>

/*
 * A reject of mail from Postfix's sendmail command bounces it to its sender;
 * with the null sender it would vanish without a trace.
 */
static bool
would_vanish(const struct message *m)
{
	return m->sender[0] == '\0' && !m->macros;
}

static void
refuse(struct plan *p, bool reject, const char *text)
{
	p->verdict = reject ? PLAN_REJECT : PLAN_TEMPFAIL;
	p->counts[reject ? COUNTER_REJECTED : COUNTER_TEMPFAILED] = true;
	refusal_reply(&p->reply, reject, text);
}

static void
plan_unsteerable(const struct message *m, struct plan *p)
{
	const struct conf *c = m->conf;
	const char *text = "recipients of this message need different TLS; "
			   "send separately";

	if (m->n == 1)
		text = "the TLS that this message needs cannot be enforced on "
		       "its route";
	if (c->policy.mode == CONF_OBSERVE) {
		p->counts[COUNTER_WOULD_UNSTEERABLE] = true;
		p->note = "would-be-unsteerable";
		return;
	}
	p->counts[COUNTER_UNSTEERABLE] = true;
	if (c->milter.on_unsteerable == CONF_ACCEPT || would_vanish(m)) {
		p->counts[COUNTER_WEAKER] = true;
		p->note = "unsteerable-accepted";
		return;
	}
	p->note = "unsteerable";
	refuse(p, c->milter.on_unsteerable == CONF_REJECT, text);
}

static void
plan_steering(const struct message *m, struct plan *p)
{
	struct steer s =
	    steer_judge(m->rcpt, m->n, &m->conf->milter.steered, m->sendmail);

	p->why = s.why;
	p->own = m->sendmail || s.verdict == STEER_HEADER;
	switch (s.verdict) {
	case STEER_NONE:
		break;
	case STEER_HEADER:
		if (m->conf->policy.mode == CONF_OBSERVE)
			break;
		p->strategy = s.id;
		p->counts[COUNTER_STEERED] = true;
		break;
	case STEER_UNSTEERABLE:
		plan_unsteerable(m, p);
		break;
	}
}

void
plan_make(const struct message *m, struct plan *p)
{
	const struct conf *c = m->conf;

	memset(p, 0, sizeof(*p));
	if (m->too_many) {
		p->note = "too-many-recipients";
		refuse(p, false, "too many recipients");
		return;
	}
	if (m->exempt) {
		p->note = "own-report";
		p->counts[COUNTER_EXEMPT] = true;
		return;
	}
	/* RFC 8689 section 4.1: REQUIRETLS outranks the header */
	if (m->tls_required_no && !m->requiretls) {
		p->counts[COUNTER_TLS_REQUIRED_NO] = true;
		if (c->milter.tls_required_no == CONF_TLS_REQUIRED_REJECT &&
		    c->policy.mode == CONF_ENFORCE && !would_vanish(m)) {
			p->note = "tls-required-no";
			refuse(p, true,
			    "TLS-Required: No is not accepted here");
			return;
		}
	}
	plan_steering(m, p);
}
