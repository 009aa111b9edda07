/*
 * intake_mail: one mail into the store: read, judged, counted.
 *
 * Part of intake, which owns transactions and the order of mails; what proves
 * who sent a mail comes with it.
 *
 * Thread safety: belongs to one thread. Tests: t/unit/analyzer_intake.c,
 * t/system/quirks.t
 */
#ifndef INTAKE_MAIL_H
#define INTAKE_MAIL_H

#include "analyzer/intake.h"

/* Who sent a mail, as far as its signatures prove it. */
struct intake_proof {
	enum analysis_trust trust;
	char domain[HOSTNAME_SIZE]; /* d= of the signature that counted */
};

struct intake_mail {
	struct analysis_store *store;
	const struct intake_options *o;
	const char *source;
	/* Begins a transaction where there is none. */
	int (*begin)(void *arg, struct err *e);
	void *arg;
	struct reading *reading;
	struct convert convert;
	struct intake_totals totals;
	/* the mail */
	int64_t now;
	const struct intake_item *item;
	const struct intake_proof *proof;
	const struct mail_head *head; /* NULL: a bare file */
	struct intake_result result;
	bool any_new, any_salvaged, any_again, any_capped;
	char organization[512], report_id[512];
	struct buf defects;
	struct err *e;
	bool failed;
};

/* Makes one; store and options are borrowed, the caller sets begin. */
void intake_mail_init(struct intake_mail *m, struct analysis_store *store,
    const struct intake_options *o);

/* Frees what it holds. */
void intake_mail_clear(struct intake_mail *m);

/* Takes a mail in; m->result says what became of it. -1: the store failed. */
int intake_mail_take(struct intake_mail *m, const struct intake_item *item,
    const struct intake_proof *proof, struct err *e) MUST_CHECK;

/*
 * Whether a mail holds a report for us and a signature to verify; submitter is
 * whom it should be of.
 */
bool intake_mail_is_signed(struct intake_mail *m,
    const struct intake_item *item, char submitter[HOSTNAME_SIZE]);

#endif
