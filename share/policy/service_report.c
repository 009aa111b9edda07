/* service_report: outcomes of sessions, to the resolver loop - see service.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/policy/service_inside.h"

#include <stdlib.h>

struct service_report {
	struct service_report *next;
	struct outcome o; /* its texts are these: */
	struct outcome_session session;
	char domain[HOSTNAME_SIZE];
	char policy_domain[HOSTNAME_SIZE];
	char mx[HOSTNAME_SIZE];
	char sender[SESSION_ADDRESS_SIZE];
	char address[SESSION_ADDRESS_SIZE];
};

void
service_reports_init(struct service_reports *r, struct service *s)
{
	pthread_mutex_init(&r->lock, NULL);
	r->service = s;
	r->first = NULL;
	r->last = &r->first;
	r->n = 0;
}

static struct service_report *
take_first(struct service_reports *r)
{
	struct service_report *p;

	pthread_mutex_lock(&r->lock);
	p = r->first;
	if (p != NULL) {
		r->first = p->next;
		if (r->first == NULL)
			r->last = &r->first;
		r->n--;
	}
	pthread_mutex_unlock(&r->lock);
	return p;
}

static void
free_report(struct service_report *p)
{
	sts_policy_unref(p->session.sts);
	free(p);
}

void
service_reports_clear(struct service_reports *r)
{
	struct service_report *p;

	while ((p = take_first(r)) != NULL)
		free_report(p);
	pthread_mutex_destroy(&r->lock);
}

/* On the resolver loop; one call may find what several were posted for. */
static void
run(void *arg)
{
	struct service_reports *r = arg;
	struct engine *e = backend_engine(service_backend(r->service));
	struct service_report *p;

	while ((p = take_first(r)) != NULL) {
		outcomes_add(engine_outcomes(e), &p->o);
		free_report(p);
	}
}

static struct service_report *
copy(const struct outcome *o)
{
	struct service_report *p = xcalloc(1, sizeof(*p));

	(void)text_copy(p->domain, sizeof(p->domain), o->domain);
	(void)text_copy(p->policy_domain, sizeof(p->policy_domain),
	    o->policy_domain);
	(void)text_copy(p->mx, sizeof(p->mx), o->mx);
	(void)text_copy(p->sender, sizeof(p->sender), o->session->sender);
	(void)text_copy(p->address, sizeof(p->address), o->session->address);
	p->session = *o->session;
	if (p->session.sts != NULL)
		(void)sts_policy_ref(p->session.sts);
	p->session.sender = p->sender;
	p->session.address = p->address;
	p->o = *o;
	p->o.domain = p->domain;
	p->o.policy_domain = p->policy_domain;
	p->o.mx = p->mx;
	p->o.session = &p->session;
	return p;
}

void
service_report(struct service *s, const struct outcome *o)
{
	struct service_reports *r = service_reports(s);
	struct service_report *p = copy(o);
	bool full, idle;

	pthread_mutex_lock(&r->lock);
	full = r->n >= OUTCOMES_MAX;
	idle = r->n == 0;
	if (!full) {
		*r->last = p;
		r->last = &p->next;
		r->n++;
	}
	pthread_mutex_unlock(&r->lock);
	if (full)
		free_report(p);
	else if (idle)
		loop_post(service_loop(s), run, r);
}
