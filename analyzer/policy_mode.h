/*
 * policy_mode: in which mode senders hold a domain's MTA-STS policy.
 *
 * From the policies in their reports, the latest one of each domain.
 *
 * Thread safety: none. Limits: POLICY_MODES_MAX domains.
 * Tests: t/unit/views.c
 */
#ifndef POLICY_MODE_H
#define POLICY_MODE_H

#include "analyzer/advice.h"
#include "share/store/analysis_store.h"

#include <stddef.h>

#define POLICY_MODES_MAX 10000

struct policy_modes {
	struct {
		char *domain;
		enum advice_mode mode;
		int64_t last_day;
	} * item;
	size_t n, cap;
};

/* Reads those of the reports that fit the filter. */
int policy_modes_read(struct policy_modes *m, struct analysis_store *s,
    const struct analysis_filter *f, struct err *e) MUST_CHECK;

/* The mode of a mail domain. */
enum advice_mode policy_modes_of(const struct policy_modes *m,
    const char *domain);

/* Frees what it holds. */
void policy_modes_clear(struct policy_modes *m);

/* The mode that the lines of a policy say. */
enum advice_mode policy_mode_parse(const char *strings);

#endif
