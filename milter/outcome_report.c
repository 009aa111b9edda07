/* outcome_report: what failed, to the collector - see outcome_report.h */
#include "config.h"

#include "milter/outcome_report.h"

#include "share/base/clock.h"
#include "share/rpt/datagram.h"

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
