/*
 * advice: a failure that others report, in plain words: what it means, whose
 * fault it probably is, how to check it, how to mend it.
 *
 * One row per result type (RFC 8460 section 4.3) and policy type. Names that
 * a reporter gave are used only where they are host names in normal form: a
 * command can be pasted into a shell as it stands. Where a name is not known
 * the command says MX or DOMAIN.
 *
 * Thread safety: no state. Tests: t/unit/advice.c
 */
#ifndef ADVICE_H
#define ADVICE_H

#include "share/base/buf.h"
#include "share/rpt/report_type.h"

#define ADVICE_TEXT_MAX 4096

enum advice_mode {
	ADVICE_MODE_UNKNOWN, /* none, or of a policy without modes */
	ADVICE_MODE_ENFORCE,
	ADVICE_MODE_TESTING
};

/* What is known of a failure; texts may be NULL. */
struct advice_case {
	enum report_policy_type policy;
	enum report_result result;
	enum advice_mode mode;
	const char *domain; /* the policy's, ours */
	const char *mx;     /* receiving-mx-hostname */
	const char *reason; /* failure-reason-code; used to tell cases apart */
};

enum advice_fault {
	ADVICE_OURS,   /* something of this site is wrong */
	ADVICE_SENDER, /* on the reporting side, or on the way */
	ADVICE_EITHER  /* cannot be told from the report */
};

struct advice {
	enum advice_fault fault;
	const char *title; /* a few words */
	struct buf means;  /* sentences, in UTF-8 without line ends */
	struct buf why;    /* why it is probably that side's fault */
	struct buf check;  /* commands, one a line */
	struct buf fix;    /* sentences */
};

/* Fills a; advice_clear() must follow. */
void advice_give(const struct advice_case *c, struct advice *a);

/* Frees what a holds. */
void advice_clear(struct advice *a);

/* "ours", "sender", "either". */
const char *advice_fault_name(enum advice_fault f);

#endif
