/* posture_rollout: is MTA-STS ready for its next step? - see posture.h */
#include "config.h"

#include "analyzer/posture.h"

#include "share/base/text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define TESTING_AGE (7 * 86400)
#define ENFORCE_AGE (28 * 86400)

const char *
posture_step_name(enum posture_step s)
{
	static const char *const names[] = { "publish-testing", "wait", "mend",
		"enforce", "done" };

	return names[s];
}

/* The record and the file, with an id that is not the old one. */
static void
write_policy(const struct published *p, const char *mode, unsigned max_age,
    int64_t now_s, struct buf *out)
{
	time_t now = (time_t)now_s;
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	buf_printf(out,
	    "_mta-sts.%s. IN TXT \"v=STSv1; id=%04d%02d%02dT%02d%02d%02d;\"\n",
	    p->domain, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	buf_printf(out, "\nhttps://mta-sts.%s/.well-known/mta-sts.txt:\n",
	    p->domain);
	buf_printf(out, "version: STSv1\nmode: %s\n", mode);
	for (size_t i = 0; i < p->nmx; i++)
		buf_printf(out, "mx: %s\n", p->mx[i].host);
	buf_printf(out, "max_age: %u\n", max_age);
	if (p->tlsrpt_known && p->tlsrpt == TLSRPT_NONE)
		buf_printf(out,
		    "\n_smtp._tls.%s. IN TXT \"v=TLSRPTv1; "
		    "rua=mailto:tlsrpt@%s\"\n",
		    p->domain, p->domain);
}

static void
say_reports(const struct posture_reports *r, struct buf *out)
{
	buf_printf(out,
	    "%" PRId64 " day%s, %" PRId64 " sender%s, %" PRId64
	    " session%s, %" PRId64 " failure%s",
	    r->days, r->days == 1 ? "" : "s", r->senders,
	    r->senders == 1 ? "" : "s", r->sessions,
	    r->sessions == 1 ? "" : "s", r->failures,
	    r->failures == 1 ? "" : "s");
}

static enum posture_step
of_testing(const struct published *p, const struct findings *f,
    const struct posture_reports *r, int64_t now_s, struct buf *why,
    struct buf *publish)
{
	size_t errors = findings_count(f, FINDING_ERROR);

	say_reports(r, why);
	if (errors > 0) {
		buf_printf(why, "; %zu error%s in what is published", errors,
		    errors == 1 ? "" : "s");
		return POSTURE_MEND;
	}
	if (r->failures > 0) {
		buf_puts(why, "; see tlsherald-analyzer failures --domain ");
		buf_puts(why, p->domain);
		return POSTURE_MEND;
	}
	if (r->days < POSTURE_DAYS || r->senders < POSTURE_SENDERS) {
		buf_printf(why,
		    "; wait for %d days and %d senders without a failure",
		    POSTURE_DAYS, POSTURE_SENDERS);
		return POSTURE_WAIT;
	}
	buf_puts(why, "; enforce is safe");
	write_policy(p, "enforce", ENFORCE_AGE, now_s, publish);
	return POSTURE_ENFORCE;
}

enum posture_step
posture_rollout(const struct published *p, const struct findings *f,
    const struct posture_reports *r, int64_t now_s, struct buf *why,
    struct buf *publish)
{
	if (p->policy != NULL && p->policy->mode == STS_ENFORCE) {
		buf_puts(why, "the policy is in mode enforce; ");
		say_reports(r, why);
		return POSTURE_DONE;
	}
	if (p->policy != NULL && p->policy->mode == STS_TESTING)
		return of_testing(p, f, r, now_s, why, publish);
	if (!p->sts_known || p->nmx == 0) {
		buf_puts(why, "what is published could not be learnt");
		return POSTURE_WAIT;
	}
	if (p->sts == STS_RECORD_OK && p->policy == NULL) {
		buf_puts(why, "the policy that is announced cannot be used");
		return POSTURE_MEND;
	}
	buf_puts(why,
	    "there is no policy: begin with mode testing, which "
	    "holds no mail back");
	write_policy(p, "testing", TESTING_AGE, now_s, publish);
	return POSTURE_PUBLISH_TESTING;
}
