/*
 * changes: what is new in a range of days beside the time before it.
 *
 * Found by questions to the store alone, so that the view and the alerts find
 * the same:
 *	failure		a failure tuple (domain, policy type, MX, result) that
 *			nobody reported before
 *	recovered	one of the CHANGES_BEFORE days before that is gone,
 *			though somebody who reported it reported again
 *	silent		a sender that used to report in those days and did not
 *	rate		a domain whose share of failures is above the limit
 *	policy		a sender holds another policy than before
 *
 * A sender counts as silent only once the range is as long as the gaps it
 * used to leave.
 *
 * Thread safety: none. Limits: CHANGES_MAX changes. Tests: t/unit/views.c
 */
#ifndef CHANGES_H
#define CHANGES_H

#include "share/store/analysis_store.h"

#include <stddef.h>

#define CHANGES_MAX 10000
#define CHANGES_BEFORE 14

enum change_kind {
	CHANGE_FAILURE,
	CHANGE_RATE,
	CHANGE_SILENT,
	CHANGE_POLICY,
	CHANGE_RECOVERED,
	CHANGE_KINDS
};

/* Texts are the change's own; "" where absent. */
struct change {
	enum change_kind kind;
	char *domain, *sender, *type, *mx, *result;
	int64_t sessions; /* of failures: failed ones; of rate: all */
	int64_t share;    /* of rate: of successes, in millionths */
	int64_t day;      /* seen first; of silent and recovered: last */
};

struct changes {
	struct change *item;
	size_t n, cap;
};

/* Finds all of them; limit is the failing share in millionths, 0: none. */
int changes_find(struct changes *c, struct analysis_store *s,
    const struct analysis_filter *f, int64_t limit, struct err *e) MUST_CHECK;

/* Frees what it holds. */
void changes_clear(struct changes *c);

/* "new-failure", "rate", "silent", "policy", "recovered". */
const char *change_kind_name(enum change_kind k);

#endif
