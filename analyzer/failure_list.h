/*
 * failure_list: what others report as failing, with what explains it.
 *
 * One entry per domain, policy, MX host and result type, the most sessions
 * first, as the store sums them up; the reason is that of the latest report
 * which gives one, and the mode that of the policy which senders hold.
 *
 * Thread safety: none. Limits: FAILURES_MAX entries. Tests: t/unit/views.c
 */
#ifndef FAILURE_LIST_H
#define FAILURE_LIST_H

#include "analyzer/advice.h"
#include "analyzer/policy_mode.h"
#include "share/store/analysis_store.h"

#include <stddef.h>
#include <stdint.h>

#define FAILURES_MAX 100000

/* Texts are the entry's own, "" where absent; reason NULL where unknown. */
struct failure {
	char *domain, *policy_domain, *type, *mx, *result, *reason;
	int64_t sessions, senders;
	int64_t first_day, last_day; /* seen first at all, last in range */
};

struct failure_list {
	struct failure *item;
	size_t n, cap;
	struct policy_modes modes;
};

/* Reads what fits; reasons are looked for in the first entries. */
int failure_list_read(struct failure_list *l, struct analysis_store *s,
    const struct analysis_filter *f, size_t reasons, struct err *e) MUST_CHECK;

/* Explains one; advice_clear() must follow. */
void failure_list_advise(const struct failure_list *l, const struct failure *f,
    struct advice *a);

/* Frees what it holds. */
void failure_list_clear(struct failure_list *l);

#endif
