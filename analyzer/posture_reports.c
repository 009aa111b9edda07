/* posture_reports: what senders reported of a domain - see posture_reports.h */
#include "config.h"

#include "analyzer/posture_reports.h"

#include "analyzer/policy_mode.h"
#include "analyzer/rows.h"
#include "share/base/text.h"

#include <inttypes.h>
#include <string.h>

struct reading {
	const struct published *p;
	struct findings *out;
	size_t failures, others;
};

static bool
take_failure(void *arg, const struct analysis_failure_sum *s)
{
	struct reading *y = arg;

	finding_fix(findings_add(y->out, "reported", FINDING_WARN,
			"%" PRId64 " sessions of %" PRId64
			" sender%s failed: %s%s%s",
			s->sessions, s->senders, s->senders == 1 ? "" : "s",
			*s->result != '\0' ? s->result : "no detail",
			*s->mx != '\0' ? " at " : "", s->mx),
	    "tlsherald-analyzer failures --domain %s", y->p->domain);
	return ++y->failures < 5;
}

/* Whether a held policy says the same mode as the one that is published. */
static bool
is_published(const struct published *p, const char *strings)
{
	enum advice_mode mode = policy_mode_parse(strings);

	if (p->policy == NULL || p->policy->mode == STS_NONE)
		return mode == ADVICE_MODE_UNKNOWN;
	return mode ==
	    (p->policy->mode == STS_ENFORCE ? ADVICE_MODE_ENFORCE
					    : ADVICE_MODE_TESTING);
}

static bool
take_held(void *arg, const struct analysis_held *h)
{
	struct reading *y = arg;
	char day[16], line[256];

	/* what cannot be known contradicts nothing */
	if (!y->p->sts_known || is_published(y->p, h->strings))
		return true;
	finding_why(findings_add(y->out, "held", FINDING_WARN,
			"%s held another MTA-STS policy on %s: mode %s",
			text_escape(line, sizeof(line), h->sender,
			    strlen(h->sender)),
			rows_day(day, sizeof(day), h->last_day),
			policy_mode_parse(h->strings) == ADVICE_MODE_ENFORCE
			    ? "enforce"
			    : policy_mode_parse(h->strings) ==
				ADVICE_MODE_TESTING
			    ? "testing"
			    : "none"),
	    "senders keep a policy until its max_age has passed, or until the "
	    "id of the _mta-sts record changes");
	return ++y->others < 20;
}

int
posture_add_reports(const struct published *p, struct analysis_store *s,
    unsigned trust, int64_t now_s, struct findings *out, struct err *e)
{
	int64_t today = now_s / ANALYSIS_DAY;
	struct analysis_filter f = { .since = today - POSTURE_REPORTED_DAYS,
		.until = today + 1,
		.domain = p->domain,
		.trust = trust };
	struct reading y = { .p = p, .out = out };

	if (s->failures(s->ctx, &f, ANALYSIS_BY_MX | ANALYSIS_BY_RESULT,
		take_failure, &y, e) == -1)
		return -1;
	if (y.failures == 0)
		findings_add(out, "reported", FINDING_OK,
		    "nobody reported a failure in the last %d days",
		    POSTURE_REPORTED_DAYS);
	f.type = "sts";
	return s->held(s->ctx, &f, take_held, &y, e);
}
