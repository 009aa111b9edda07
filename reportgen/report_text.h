/*
 * report_text: numbers and words for people who read about reports.
 *
 * Thread safety: no state. Tests: t/unit/report_mail.c
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "share/base/buf.h"
#include "share/rpt/report_type.h"
#include "share/store/report_outbox.h"

#include <stdint.h>

/* Appends a count with commas: "5,326". */
void report_text_count(int64_t n, struct buf *out);

/* Appends a stranger's text: printable ASCII, the rest as \xHH, cut at 200. */
void report_text_escaped(const char *s, struct buf *out);

/* What a result means and what helps: a sentence or two; never empty. */
const char *report_text_advice(enum report_result result);

/* What a policy type is called by people: "MTA-STS", "DANE", "no policy". */
const char *report_text_policy(enum report_policy_type type);

/* "new", "going", "sent", "failed", "withdrawn", "held". */
const char *report_text_state(enum outbox_state state);

/* "pending", "accepted", "refused", "suppressed", "capped". */
const char *report_text_fate(enum outbox_fate fate);

#endif
