/* callbacks: the steps of an SMTP transaction - see callbacks.h */
#include "config.h"

#include "milter/callbacks.h"

#include "milter/eom.h"
#include "milter/filter.h"
#include "milter/refusal.h"

#include <libmilter/mfapi.h>
#include <stdio.h>
#include <string.h>

/* libmilter's interface is not const-correct; it copies what it is given. */
#define TEXT(s) ((char *)(s))

#define STEPS_NEVER                                                    \
	(SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NODATA | SMFIP_NOEOH | \
	    SMFIP_NOBODY | SMFIP_NOUNKNOWN)

/*
 * Header fields cost a command each. They are needed where ours must be
 * removed from mail that comes with them, or for TLS-Required: No, to refuse
 * it and, on Sendmail, to honour it: Postfix does that by itself. (The MTA
 * says who it is only after this was negotiated.)
 */
static bool
wants_headers(const struct filter *f, const struct conf *c)
{
	return c->milter.tag_header != CONF_TAG_NONE ||
	    c->milter.steered.n > 0 ||
	    c->milter.tls_required_no == CONF_TLS_REQUIRED_REJECT ||
	    delivery_for_sendmail(f->delivery, c);
}

static void
ask_macros(SMFICTX *ctx, const struct conf *c)
{
	const unsigned reads = message_reads(c);
	char mail[64];

	(void)snprintf(mail, sizeof(mail), "i v%s%s",
	    (reads & (1u << EXPR_REMOTE_IP)) != 0 ||
		    c->report_from_address[0] != '\0'
		? " {client_addr}"
		: "",
	    (reads & (1u << EXPR_AUTHENTICATED_AS)) != 0 ? " {auth_authen}"
							 : "");
	(void)smfi_setsymlist(ctx, SMFIM_ENVFROM, mail);
	(void)smfi_setsymlist(ctx, SMFIM_ENVRCPT,
	    TEXT("i {rcpt_mailer} {rcpt_host}"));
	(void)smfi_setsymlist(ctx, SMFIM_EOM, TEXT("i"));
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
    unsigned long f3, unsigned long *pf0, unsigned long *pf1,
    unsigned long *pf2, unsigned long *pf3)
{
	unsigned long steps = STEPS_NEVER | SMFIP_NR_MAIL;
	struct filter *f = filter_enter();
	struct filter_session *s;
	struct conf *c;

	(void)f2;
	(void)f3;
	if (f == NULL)
		return SMFIS_REJECT;
	c = service_conf(f->service);
	s = filter_session_new();
	s->answers_rcpt =
	    conf_may_refuse(c) && c->milter.on_unsatisfiable != CONF_ACCEPT;
	s->sees_headers = wants_headers(f, c);
	steps |= s->answers_rcpt ? 0 : SMFIP_NR_RCPT;
	steps |= s->sees_headers ? SMFIP_NR_HDR : SMFIP_NOHDRS;
	*pf0 = f0 & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_SETSYMLIST);
	*pf1 = f1 & steps;
	*pf2 = *pf3 = 0;
	if ((f0 & SMFIF_SETSYMLIST) != 0)
		ask_macros(ctx, c);
	conf_unref(c);
	(void)smfi_setpriv(ctx, s);
	counters_add(f->counters, COUNTER_SESSIONS, 1);
	filter_leave();
	return SMFIS_CONTINUE;
}

/*
 * "Quit, new connection follows" ends a session as any quit does, but nothing
 * is negotiated again. MAIL and header fields never get a reply; RCPT gets one
 * that libmilter holds back where none was wanted, so nobody is refused.
 */
static struct filter_session *
resume(SMFICTX *ctx)
{
	struct filter_session *s = filter_session_new();

	s->sees_headers = true;
	s->resumed = true;
	(void)smfi_setpriv(ctx, s);
	return s;
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct filter *f = filter_enter();
	struct filter_session *s;

	if (f == NULL)
		return SMFIS_NOREPLY;
	s = smfi_getpriv(ctx);
	if (s == NULL)
		s = resume(ctx);
	message_free(s->m);
	s->m = message_new(service_conf(f->service), argv,
	    smfi_getsymval(ctx, TEXT("{auth_authen}")),
	    smfi_getsymval(ctx, TEXT("{client_addr}")),
	    smfi_getsymval(ctx, TEXT("v")));
	filter_leave();
	return SMFIS_NOREPLY;
}

static const char *
queue_id(SMFICTX *ctx)
{
	const char *id = smfi_getsymval(ctx, TEXT("i"));

	return id != NULL && id[0] != '\0' ? id : "-";
}

/* Whether there is a ground to refuse the recipient; fills reply then. */
static bool
has_ground(struct filter *f, const struct message *m, const struct recipient *r,
    const struct nexthop *n, struct reply *reply)
{
	struct verdict *v;
	bool ground;

	if (refusal_no_dane(m, r, delivery_does_dane(f->delivery, m->conf),
		reply))
		return true;
	/* nobody is to be kept waiting for what is only counted */
	v = m->conf->policy.mode == CONF_OBSERVE
	    ? service_peek(f->service, n, r->strategy->id)
	    : service_wait(f->service, n, r->strategy->id,
		  m->conf->milter.refusal_wait_ms);
	if (v == NULL)
		return false;
	ground = refusal_judge(m, r, &v->decision, reply);
	verdict_unref(v);
	return ground;
}

/* Whether the recipient is refused; the reply is set then. */
static bool
refused(struct filter *f, SMFICTX *ctx, const struct message *m,
    const struct recipient *r, const struct nexthop *n, struct reply *reply)
{
	bool observe = m->conf->policy.mode == CONF_OBSERVE;

	if (!has_ground(f, m, r, n, reply))
		return false;
	counters_add(f->counters,
	    observe ? COUNTER_WOULD_REFUSE : COUNTER_REFUSED, 1);
	log_write(f->log, LOG_LEVEL_INFO,
	    "%s: domain=%s strategy=%s %s=%s why=\"%s\"", queue_id(ctx),
	    r->domain, r->strategy->id, observe ? "would-refuse" : "refused",
	    reply->code, reply->text);
	if (observe)
		return false;
	(void)smfi_setreply(ctx, reply->code, reply->xcode, reply->text);
	return true;
}

/* The whole of RCPT within the gate; true when it was refused. */
static bool
take_recipient(struct filter *f, SMFICTX *ctx, const struct filter_session *s,
    const char *arg, struct reply *reply)
{
	const char *mailer = smfi_getsymval(ctx, TEXT("{rcpt_mailer}"));
	const char *host = smfi_getsymval(ctx, TEXT("{rcpt_host}"));
	struct recipient r;
	struct nexthop n;

	message_recipient(s->m, arg, mailer, host, &r, &n);
	if (r.hop != NULL && !s->m->exempt) {
		service_prefetch(f->service, &n, r.strategy->id);
		if (r.plain != r.strategy && !s->m->sendmail)
			service_prefetch(f->service, &n, r.plain->id);
	}
	if (s->answers_rcpt && refusal_possible(s->m, &r, mailer) &&
	    refused(f, ctx, s->m, &r, &n, reply)) {
		message_recipient_clear(&r);
		return true;
	}
	message_add(s->m, &r);
	return false;
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	struct filter *f = filter_enter();
	sfsistat answer = SMFIS_CONTINUE;
	struct filter_session *s;
	struct reply reply;

	if (f == NULL)
		return SMFIS_TEMPFAIL;
	s = smfi_getpriv(ctx);
	if (s != NULL && s->m != NULL &&
	    take_recipient(f, ctx, s, argv[0], &reply))
		answer = reply.code[0] == '5' ? SMFIS_REJECT : SMFIS_TEMPFAIL;
	if (s != NULL && !s->answers_rcpt && !s->resumed)
		answer = SMFIS_NOREPLY;
	filter_leave();
	return answer;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct filter_session *s;

	if (filter_enter() == NULL)
		return SMFIS_NOREPLY;
	s = smfi_getpriv(ctx);
	if (s != NULL && s->m != NULL)
		message_header(s->m, name, value);
	filter_leave();
	return SMFIS_NOREPLY;
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	struct filter *f = filter_enter();
	sfsistat answer =
	    SMFIS_TEMPFAIL; /* the MTA tries again after restart */
	struct filter_session *s;

	if (f == NULL)
		return answer;
	s = smfi_getpriv(ctx);
	if (s != NULL && s->m != NULL) {
		answer = eom_run(f, ctx, s, queue_id(ctx));
		message_free(s->m);
		s->m = NULL;
	}
	filter_leave();
	return answer;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct filter_session *s;

	if (filter_enter() == NULL)
		return SMFIS_CONTINUE;
	s = smfi_getpriv(ctx);
	if (s != NULL) {
		message_free(s->m);
		s->m = NULL;
	}
	filter_leave();
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	bool open = filter_enter() != NULL;

	if (open)
		filter_session_free(smfi_getpriv(ctx));
	(void)smfi_setpriv(ctx, NULL);
	if (open)
		filter_leave();
	return SMFIS_CONTINUE;
}

int
callbacks_register(void)
{
	struct smfiDesc d;

	memset(&d, 0, sizeof(d));
	d.xxfi_name = TEXT("tlsherald-milter");
	d.xxfi_version = SMFI_VERSION;
	d.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_SETSYMLIST;
	d.xxfi_envfrom = on_mail;
	d.xxfi_envrcpt = on_rcpt;
	d.xxfi_header = on_header;
	d.xxfi_eom = on_eom;
	d.xxfi_abort = on_abort;
	d.xxfi_close = on_close;
	d.xxfi_negotiate = on_negotiate;
	return smfi_register(d) == MI_SUCCESS ? 0 : -1;
}
