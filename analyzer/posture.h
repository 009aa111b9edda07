/*
 * posture: what a domain publishes, judged: does it hold together, and is
 * MTA-STS ready for its next step?
 *
 * Pure: facts in, findings out (share/app/finding.h). Unknown facts are
 * warnings, never errors: a resolver that is down says nothing about a domain.
 *
 * Rollout: testing -> enforce is called safe when the published state has no
 * error and the reports of POSTURE_DAYS days, of at least POSTURE_SENDERS
 * senders, hold no failed session under the policy.
 *
 * Thread safety: none. Tests: t/unit/posture.c, t/system/posture.t
 */
#ifndef POSTURE_H
#define POSTURE_H

#include "analyzer/published.h"
#include "share/app/finding.h"
#include "share/base/buf.h"

#include <stdint.h>

#define POSTURE_DAYS 14
#define POSTURE_SENDERS 2
#define POSTURE_EXPIRY_WARN_S (14 * 86400)

/* What senders reported of the domain's MTA-STS policy, of the last days. */
struct posture_reports {
	int64_t days;    /* with reports */
	int64_t senders; /* different ones */
	int64_t sessions, failures;
	int64_t stale; /* senders that still hold another mode */
};

enum posture_step {
	POSTURE_PUBLISH_TESTING, /* there is no policy */
	POSTURE_WAIT,            /* testing, not enough is known yet */
	POSTURE_MEND,            /* testing, and something fails */
	POSTURE_ENFORCE,         /* testing, safe to go on */
	POSTURE_DONE             /* enforce */
};

/* Judges what is published; findings are added. */
void posture_judge(const struct published *p, int64_t now_s,
    struct findings *out);

/*
 * The next step; why (for people) and what to publish (record and file) are
 * appended.
 */
enum posture_step posture_rollout(const struct published *p,
    const struct findings *f, const struct posture_reports *r, int64_t now_s,
    struct buf *why, struct buf *publish);

/* "publish-testing", "wait", "mend", "enforce", "done". */
const char *posture_step_name(enum posture_step s);

#endif
