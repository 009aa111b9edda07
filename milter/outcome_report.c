/* outcome_report: what failed, to the collector - see outcome_report.h */
#include "config.h"

#include "milter/outcome_report.h"

#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "share/rpt/datagram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAY_EVERY_MS INT64_C(3600000)

static const struct {
	enum datagram_policy_type policy;
	enum datagram_code code;
} kinds[OUTCOME_TYPES] = {
	[OUTCOME_STS_FETCH_ERROR] = { DATAGRAM_STS,
	    DATAGRAM_STS_POLICY_FETCH_ERROR },
	[OUTCOME_STS_INVALID] = { DATAGRAM_STS, DATAGRAM_STS_POLICY_INVALID },
	[OUTCOME_STS_WEBPKI] = { DATAGRAM_STS, DATAGRAM_STS_WEBPKI_INVALID },
	[OUTCOME_DNSSEC] = { DATAGRAM_TLSA, DATAGRAM_DNSSEC_INVALID },
};

/* RFC 8460 section 4.3's result type of what is wrong with a session. */
static const enum datagram_code codes[FAULTS] = {
	[FAULT_PLAINTEXT] = DATAGRAM_STARTTLS_NOT_SUPPORTED,
	[FAULT_HANDSHAKE] = DATAGRAM_VALIDATION_FAILURE,
	[FAULT_UNTRUSTED] = DATAGRAM_CERTIFICATE_NOT_TRUSTED,
	[FAULT_NAME] = DATAGRAM_CERTIFICATE_HOST_MISMATCH,
	[FAULT_REUSED] = DATAGRAM_VALIDATION_FAILURE,
	[FAULT_OUTSIDE] = DATAGRAM_VALIDATION_FAILURE,
	/* as Postfix tells it */
	[FAULT_MISMATCH] = DATAGRAM_CERTIFICATE_NOT_TRUSTED,
	[FAULT_NO_TLSA] = DATAGRAM_DANE_REQUIRED,
	[FAULT_TLSA_TEMP] = DATAGRAM_DNSSEC_INVALID,
	[FAULT_NO_DANE] = DATAGRAM_DANE_REQUIRED,
};

static const enum datagram_policy_type types[] = {
	[SESSION_NO_POLICY] = DATAGRAM_NO_POLICY_FOUND,
	[SESSION_STS] = DATAGRAM_STS,
	[SESSION_TLSA] = DATAGRAM_TLSA,
};

#define STS_STRINGS (STS_MX_MAX + 3)

/* The lines of an MTA-STS policy as Postfix's attributes say them. */
struct sts_lines {
	const char *string[STS_STRINGS];
	const char *mx[STS_MX_MAX];
	char text[STS_STRINGS][HOSTNAME_SIZE + 8];
	size_t n, nmx;
};

static void
add_line(struct sts_lines *l, const char *fmt, const char *value)
{
	(void)snprintf(l->text[l->n], sizeof(l->text[0]), "%s: %s", fmt, value);
	l->string[l->n] = l->text[l->n];
	l->n++;
}

static void
fill_sts(const struct sts_policy *p, struct sts_lines *l)
{
	const char *mx = sts_policy_mx(p);
	char age[16];

	add_line(l, "version", "STSv1");
	add_line(l, "mode", sts_mode_name(p->mode));
	for (size_t i = 0; i < p->nmx; i++, mx = sts_policy_next_mx(mx)) {
		add_line(l, "mx", mx);
		l->mx[l->nmx++] = mx;
	}
	(void)snprintf(age, sizeof(age), "%u", p->max_age);
	add_line(l, "max_age", age);
}

static const char *
or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

/* One of Sendmail's sessions, as libtlsrpt would tell it. */
static void
write_session(const struct outcome *o, struct buf *out)
{
	const struct outcome_session *s = o->session;
	struct sts_lines *l = xcalloc(1, sizeof(*l));
	struct datagram_failure failure = { .code = codes[s->fault],
		.mx = or_null(o->mx),
		.sending_ip = or_null(s->sender),
		.receiving_ip = or_null(s->address),
		.reason = session_fault_text(s->fault) };
	struct datagram_policy policy = { .type = types[s->policy],
		.domain = o->policy_domain,
		.strings = s->strings,
		.nstrings = s->nstrings,
		.failures = &failure,
		.nfailures = s->fault != FAULT_NONE,
		.failed = s->fault != FAULT_NONE };
	struct datagram d = { o->domain, o->record, &policy, 1 };

	if (s->policy == SESSION_STS && s->sts != NULL) {
		fill_sts(s->sts, l);
		policy.strings = l->string;
		policy.nstrings = l->n;
		policy.mx = l->mx;
		policy.nmx = l->nmx;
	}
	datagram_write_exact(&d, out);
	free(l);
}

/* One policy, one failure, and no session: so no addresses. */
static void
write_outcome(const struct outcome *o, struct buf *out)
{
	struct datagram_failure failure = { .code = kinds[o->type].code,
		.mx = o->mx[0] != '\0' ? o->mx : NULL,
		.reason = o->why };
	struct datagram_policy policy = { .type = kinds[o->type].policy,
		.domain = o->policy_domain,
		.failures = &failure,
		.nfailures = 1,
		.failed = true };
	struct datagram d = { o->domain, o->record, &policy, 1 };

	datagram_write(&d, true, out);
}

static void
say_lost(struct outcome_report *r, const struct outcome *o, const struct err *e)
{
	int64_t now = clock_mono_ms(clock_system());

	log_write(r->log, LOG_LEVEL_DEBUG, "domain=%s outcome=%s lost: %s",
	    o->domain, outcome_type_name(o->type), e->text);
	if (e->code == ERR_NOENT ||
	    (r->said_ms != 0 && now - r->said_ms < SAY_EVERY_MS))
		return;
	r->said_ms = now;
	log_write(r->log, LOG_LEVEL_WARN,
	    "domain=%s outcome=%s cannot be handed to the collector: %s",
	    o->domain, outcome_type_name(o->type), e->text);
}

static bool
report(void *ctx, const struct outcome *o)
{
	struct outcome_report *r = ctx;
	struct err e = { 0 };
	struct buf out;
	int rc;

	buf_init(&out, DATAGRAM_MAX);
	if (o->type == OUTCOME_SESSION)
		write_session(o, &out);
	else
		write_outcome(o, &out);
	if (buf_full(&out))
		rc = err_set(&e, ERR_LIMIT, "it is too long");
	else
		rc = datagram_send(o->socket, out.data, out.len, &e);
	buf_clear(&out);
	if (rc == -1)
		say_lost(r, o, &e);
	return rc == 0;
}

void
outcome_report_init(struct outcome_report *r, const struct log *log)
{
	memset(r, 0, sizeof(*r));
	r->sink.report = report;
	r->sink.ctx = r;
	r->log = log;
}
