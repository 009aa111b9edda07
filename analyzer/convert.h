/*
 * convert: a report as it was read into one as the store takes it.
 *
 * Gives every policy the mail domain it was reported for: an MTA-STS policy's
 * own; for a DANE policy, whose policy domain is an MX host, the domain that
 * the mail tells, else that of the report's other policies where they agree.
 * Policies about domains that are not ours are left out. Makes up a report-id
 * from the content where there is none, and puts a range that begins in the
 * future out of force: it would outlive every retention.
 *
 * Thread safety: a converter belongs to one thread. Tests: t/system/quirks.t, t/fuzz/fuzz_reading.c
 */
#ifndef CONVERT_H
#define CONVERT_H

#include "analyzer/own_domains.h"
#include "analyzer/reading.h"
#include "share/store/analysis_store.h"

#define CONVERT_FUTURE_MAX (2 * 86400) /* clocks and time zones */

struct convert {
	struct analysis_report out;
	char id[32];
	char submitter[HOSTNAME_SIZE];
	struct analysis_policy *policies;
	size_t policies_room;
	struct analysis_failure *failures;
	size_t failures_room;
	struct textpool pool; /* lists as lines */
	struct buf line;
	struct buf defects;
};

/* Makes one. */
void convert_init(struct convert *c);

/* Frees what it holds. */
void convert_clear(struct convert *c);

/*
 * Fills c->out from in; it is valid until the next call and as long as in is.
 * Sums are those of the whole report. False when no policy is about a domain of
 * ours: foreign. source, place, received, stored, trust and dkim_domain are the
 * caller's.
 */
bool convert_report(struct convert *c, const struct reading_report *in,
    const struct own_domains *own, int64_t now);

#endif
