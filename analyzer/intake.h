/*
 * intake: one mail in; verdict, defects and reports into the store.
 *
 * Mails are taken in by transactions of many: reports, counters and the
 * position of the mailbox become durable together, so that a process killed at
 * any time goes on where it was, with every mail in the store exactly once.
 * What is to be done with a mail afterwards (delete, move) is done behind the
 * commit.
 *
 * Signatures are verified beside: while that is under way, mails behind the
 * signed one wait in a window, are taken in in their order, and positions with
 * them.
 *
 * Thread safety: belongs to one thread. Limits: those of reading.h.
 * Tests: t/unit/analyzer_intake.c, t/system/ingest.t
 */
#ifndef INTAKE_H
#define INTAKE_H

#include "analyzer/convert.h"

#define INTAKE_BATCH_MAILS 5000
#define INTAKE_BATCH_MS 1000 /* other writers wait for no longer */
#define INTAKE_MAIL_MAX (64u << 20)
#define INTAKE_SIGNED_MAX (8u << 20) /* longer mails are not verified */
#define INTAKE_WINDOW_MAILS 256
#define INTAKE_WINDOW_OCTETS (2u << 20)

/* A mail, or a bare file; all of it is borrowed. */
struct intake_item {
	const char *place; /* in its source: a file's name, an offset */
	const char *data;
	size_t n;
	int64_t received;      /* seconds; 0: as the mail says */
	const char *recipient; /* that the delivery told, or NULL */
	bool too_long;         /* beyond INTAKE_MAIL_MAX: only its begin */
};

/* What became of it. Texts are valid until the next one. */
struct intake_result {
	const char *source, *place;
	enum analysis_verdict verdict;
	enum analysis_trust trust;
	const char *organization, *report_id; /* of the first; "" */
	const char *defects;                  /* names, a blank between */
	int64_t reports;                      /* in the mail */
	int64_t policies, success, failure, ndetails; /* over them */
	bool not_to_us; /* OTHER because of [report.analysis] addresses */
};

/* Sums over mails; sessions are those of mails that are OK or SALVAGED. */
struct intake_totals {
	int64_t mails[ANALYSIS_VERDICTS];
	int64_t policies, success, failure, ndetails;
	int64_t not_to_us;
};

/* Who verifies signatures beside the intake: trust.h, or a test. */
struct intake_judge {
	/* Has a mail judged, which is copied. */
	void (*submit)(void *ctx, const char *mail, size_t n,
	    const char *submitter, int64_t now, uint64_t token);
	/* The next result; wait: for one that is under way. */
	bool (*next)(void *ctx, uint64_t *token, enum analysis_trust *trust,
	    char domain[HOSTNAME_SIZE], bool wait);
	void *ctx;
};

struct intake_options {
	const struct conf_list *addresses; /* NULL: whoever it is to */
	const struct own_domains *own;
	bool keep_raw;
	/*
	 * Gives the judge, called once there is a signature to verify; it may
	 * say NULL. NULL: nobody verifies, whoever sent it is unknown.
	 */
	const struct intake_judge *(*judge)(void *arg);
	/* Called for every mail; may be NULL. */
	void (*each)(void *arg, const struct intake_result *r);
	void *arg;
};

struct intake;

/* Gives an intake into a store; options and store are borrowed. */
struct intake *intake_new(struct analysis_store *store,
    const struct intake_options *o);

/* Frees it; what was not committed is not in the store. */
void intake_free(struct intake *in);

/* Begins on a source: what it had noted is in *out. */
int intake_source(struct intake *in, const char *name,
    struct analysis_source *out, struct err *e) MUST_CHECK;

/* Takes one mail of that source in. */
int intake_take(struct intake *in, const struct intake_item *item,
    struct err *e) MUST_CHECK;

/* Notes an item of the source as taken in, with the mail just taken. */
int intake_seen(struct intake *in, const char *item, int64_t mark,
    struct err *e) MUST_CHECK;

/* 1 and its mark when an item of the source was noted before, 0 when not. */
int intake_is_seen(struct intake *in, const char *item, int64_t *mark,
    struct err *e) MUST_CHECK;

/* Calls each() for every item of the source that was noted before. */
int intake_each_seen(struct intake *in,
    bool (*each)(void *arg, const char *item, int64_t mark), void *arg,
    struct err *e) MUST_CHECK;

/* Forgets an item of the source that is there no more. */
int intake_gone(struct intake *in, const char *item, struct err *e) MUST_CHECK;

/* Keeps where the source was left off, with the mail just taken. */
int intake_position(struct intake *in, const char *state,
    struct err *e) MUST_CHECK;

/*
 * Asks for the mail just taken to be put away when it is durable: away(ctx,
 * item) is called behind the commit; only for what is a report of ours that was
 * read (OK, SALVAGED, DUPLICATE), others stay where they are.
 */
void intake_away(struct intake *in, void (*away)(void *ctx, const char *item),
    void *ctx, const char *item);

/* Makes everything durable that was taken in. */
int intake_commit(struct intake *in, struct err *e) MUST_CHECK;

/* Whether it was the store that failed, not the source. */
bool intake_store_failed(const struct intake *in);

/* What was taken in since intake_new(), durable or not yet. */
const struct intake_totals *intake_totals(const struct intake *in);

#endif
