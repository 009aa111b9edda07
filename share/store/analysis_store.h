/*
 * analysis_store: the reports that others sent about us (RFC 8460), behind a
 * vtable: what the analyzer takes in, and every question its views ask.
 *
 * A report is unique by organisation, report-id and range; a second one is a
 * duplicate, but one of higher trust takes the place of one of lower trust, so
 * that a forgery does not keep the real report out. Sums per day are kept
 * beside the reports, so that a view of a year reads few rows.
 *
 * Mail domain and policy domain: the policy domain of a DANE policy is an MX
 * host. Each policy therefore also carries the mail domain that it was
 * reported for, and domains of filters and groups are mail domains unless they
 * say otherwise.
 *
 * Siblings: a sender may count one session in an MTA-STS and in a DANE policy
 * of one mail domain. The lesser of the two kinds in a report is its sibling,
 * and sums that are not grouped by type, nor of one type, leave siblings out:
 * there each session counts once.
 *
 * Failures that a summary counts and no detail explains are kept under the
 * result "" and MX "".
 *
 * Texts: absent is "" in what comes out, NULL or "" in what goes in. They are
 * UTF-8 from strangers: every output escapes them. Texts that come out are
 * borrowed until the function given returns. Days are numbers of
 * UTC days since 1970: time / 86400. A report belongs to the day on which its
 * range begins; one without a range to the day of its mail.
 *
 * What goes in does so in transactions: begin, put and count and mark, commit.
 * Reports, counters and the positions of sources become durable together.
 * Readers see the last commit and never wait. Another writer is waited for,
 * up to the wait given to open.
 *
 * Codes: ERR_TEMP somebody else is writing, ERR_LIMIT the store has its full
 * size, ERR_NOENT there is no store (read-only), ERR_PERM a newer version's
 * file or one that is damaged (which is left as it is), ERR_SYS otherwise, a
 * full disk included. After a failure between begin and commit only rollback
 * is left.
 *
 * Thread safety: belongs to one thread; threads and processes open their own.
 * Tests: t/unit/analysis_store.c
 */
#ifndef ANALYSIS_STORE_H
#define ANALYSIS_STORE_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANALYSIS_DAY 86400
#define ANALYSIS_TEXT_MAX (64 * 1024) /* longer texts are cut */
#define ANALYSIS_TIME_NONE INT64_MIN
#define ANALYSIS_DAYS_ALL (INT64_C(1) << 40) /* until, for no end */

/* What became of a mail; the names are those of the issue and of --json. */
enum analysis_verdict {
	ANALYSIS_OK,
	ANALYSIS_SALVAGED,
	ANALYSIS_DUPLICATE,
	ANALYSIS_REJECTED,
	ANALYSIS_FOREIGN, /* about domains that are not ours: not stored */
	ANALYSIS_OTHER,   /* no TLS report */
	ANALYSIS_VERDICTS
};

/* The greater the better. */
enum analysis_trust {
	ANALYSIS_UNKNOWN, /* not looked at yet */
	ANALYSIS_UNSIGNED,
	ANALYSIS_SIGNED,
	ANALYSIS_VERIFIED,
	ANALYSIS_TRUSTS
};

/* "ok", "salvaged", "duplicate", "rejected", "foreign", "other" */
const char *analysis_verdict_name(enum analysis_verdict v);

/* "unknown", "unsigned", "signed", "verified" */
const char *analysis_trust_name(enum analysis_trust t);

/* ---- one report ---- */

struct analysis_failure {
	const char *result; /* "certificate-expired", or what came */
	const char *sending_ip, *mx, *helo, *receiving_ip, *info, *reason;
	int64_t sessions;
};

struct analysis_policy {
	const char *type;        /* "sts", "tlsa", "no-policy-found", other */
	const char *domain;      /* policy-domain as reported */
	const char *mail_domain; /* see above */
	const char *strings;     /* policy-string, one a line */
	const char *mx;          /* mx-host, one a line */
	bool sibling;            /* set by the store */
	int64_t success, failure;
	const struct analysis_failure *failures;
	size_t nfailures;
};

struct analysis_report {
	int64_t id; /* given by the store */
	const char *organization;
	const char *report_id; /* never empty: made up where it was absent */
	const char *contact;
	const char *submitter; /* domain of who sent it */
	int64_t begin, end;    /* seconds; end: first second after the range */
	int64_t received;      /* seconds, when the mail came */
	int64_t stored;        /* seconds, when it was put */
	enum analysis_verdict verdict; /* OK or SALVAGED */
	enum analysis_trust trust;
	const char *dkim_domain;  /* d= of the signature that counted */
	const char *defects;      /* names, a blank between */
	const char *source;       /* the mailbox */
	const char *place;        /* in it: a file's name, an offset */
	int64_t success, failure; /* over policies */
	int64_t details;          /* sessions in all failure details */
	int64_t ndetails;         /* how many failure details */
	int64_t npolicies;
	const struct analysis_policy *policies; /* npolicies, not of list() */
	const void *raw;                        /* gzipped JSON, if kept */
	size_t nraw;
};

enum analysis_put {
	ANALYSIS_PUT_NEW,
	ANALYSIS_PUT_AGAIN,    /* it is there: nothing was changed */
	ANALYSIS_PUT_REPLACED, /* it was there with less trust */
	ANALYSIS_PUT_CAPPED    /* the organisation has its share of the day */
};

/* ---- questions ---- */

/* What a question is about; all zero but the days: everything. */
struct analysis_filter {
	int64_t since, until; /* days: since <= day < until */
	const char *domain;   /* mail domain */
	const char *sender;   /* organisation */
	const char *type;     /* policy type */
	const char *mx;       /* receiving-mx-hostname; of failures only */
	const char *result;   /* result type; of failures only */
	unsigned trust;       /* bits 1 << enum analysis_trust; 0: any */
};

/* What rows are grouped by, bits. What is not grouped by comes as "" or 0. */
enum analysis_group {
	ANALYSIS_BY_DAY = 1,
	ANALYSIS_BY_DOMAIN = 2, /* mail domain */
	ANALYSIS_BY_SENDER = 4,
	ANALYSIS_BY_TYPE = 8,
	ANALYSIS_BY_TRUST = 16,
	ANALYSIS_BY_POLICY_DOMAIN = 32, /* these three: of failures only */
	ANALYSIS_BY_MX = 64,
	ANALYSIS_BY_RESULT = 128
};

/* Sums of summary counters. */
struct analysis_sum {
	int64_t day;
	const char *domain, *sender, *type;
	enum analysis_trust trust;
	int64_t success, failure;
	int64_t reports; /* by type: those where it is the leading policy */
	int64_t first_day, last_day; /* of the reports in the row */
};

/* Failures of a kind. */
struct analysis_failure_sum {
	int64_t day;
	const char *domain, *policy_domain, *sender, *type, *mx, *result;
	enum analysis_trust trust;
	int64_t sessions;
	int64_t entries;             /* failure details */
	int64_t senders;             /* different ones */
	int64_t first_day, last_day; /* within the filter's days */
	int64_t ever_day;            /* first seen at all, before them too */
};

/* A policy as a sender holds it. */
struct analysis_held {
	const char *sender, *domain, *mail_domain, *type, *strings, *mx;
	int64_t first_day, last_day; /* of reports with it, of all times */
	int64_t reports;
};

/* How well a sender reports. */
struct analysis_sender {
	const char *sender;
	int64_t reports, salvaged;
	int64_t by_trust[ANALYSIS_TRUSTS]; /* reports */
	int64_t success, failure;
	int64_t first_day, last_day;
};

/* A defect of a sender's reports. */
struct analysis_defect {
	const char *sender, *defect;
	int64_t reports;
	int64_t last_day;
};

/* Mails of a day, by what became of them. */
struct analysis_count {
	int64_t day; /* on which they were taken in */
	int64_t mails[ANALYSIS_VERDICTS];
};

struct analysis_size {
	int64_t octets;     /* of the file, less what is free in it */
	int64_t octets_max; /* 0: no limit */
	int64_t reports;
	int64_t first_day, last_day; /* of the reports; 0 without any */
};

/* ---- the store ---- */

/* Where a mailbox was left off. */
struct analysis_source {
	int64_t id;
	bool fresh;      /* it was made by this call: nothing is noted */
	char state[256]; /* what its kind of source makes of it; "" at first */
};

struct analysis_limits {
	int64_t octets_max;     /* of the store; 0: none */
	int64_t per_sender_max; /* reports a day; 0: none */
	int64_t wait_ms;        /* for another writer */
};

struct analysis_store {
	/* ---- taking in ---- */

	/* Begins a transaction. */
	int (*begin)(void *ctx, struct err *e);
	/* Ends it; durable when it returns 0. */
	int (*commit)(void *ctx, struct err *e);
	/* Ends it as if nothing had happened; fine without one, too. */
	void (*rollback)(void *ctx);
	/*
	 * Adds a report; *id (when not NULL) is that of the one in the store,
	 * 0 for CAPPED. r is borrowed for the call, its id is not looked at.
	 */
	int (*put)(void *ctx, const struct analysis_report *r,
	    enum analysis_put *what, int64_t *id, struct err *e);
	/*
	 * Changes what is thought of a report, and the sums with it.
	 * ERR_NOENT where there is none any more.
	 */
	int (*set_trust)(void *ctx, int64_t id, enum analysis_trust trust,
	    const char *dkim_domain, struct err *e);
	/* Counts mails that were taken in on a day. */
	int (*count)(void *ctx, int64_t day, enum analysis_verdict v, int64_t n,
	    struct err *e);
	/*
	 * Removes reports and sums of the days before, and what only they
	 * used; at most max reports (0: all of them) in a transaction of its
	 * own. Gives how many, or -1.
	 */
	int64_t (
	    *expire)(void *ctx, int64_t before_day, int64_t max, struct err *e);

	/* ---- positions, within a transaction ---- */

	/* The source called name, made where it is new. */
	int (*source)(void *ctx, const char *name, struct analysis_source *out,
	    struct err *e);
	/* Keeps its state. */
	int (*source_state)(void *ctx, int64_t source, const char *state,
	    struct err *e);
	/* Notes that an item of it was taken in; mark tells its version. */
	int (*seen_add)(void *ctx, int64_t source, const char *item,
	    int64_t mark, struct err *e);
	/* Forgets an item. */
	int (*seen_remove)(void *ctx, int64_t source, const char *item,
	    struct err *e);
	/* 1 and its mark when it was noted, 0 when not. */
	int (*seen_get)(void *ctx, int64_t source, const char *item,
	    int64_t *mark, struct err *e);
	/* Calls each() for every item noted, by name; also without begin(). */
	int (*seen_each)(void *ctx, int64_t source,
	    bool (*each)(void *arg, const char *item, int64_t mark), void *arg,
	    struct err *e);

	/* ---- questions; each() says false to stop, and asks nothing ---- */

	/* Sums, by day; in no order beyond that. */
	int (*sums)(void *ctx, const struct analysis_filter *f, unsigned by,
	    bool (*each)(void *arg, const struct analysis_sum *s), void *arg,
	    struct err *e);
	/* Failures, those with the most sessions first. */
	int (*failures)(void *ctx, const struct analysis_filter *f, unsigned by,
	    bool (*each)(void *arg, const struct analysis_failure_sum *s),
	    void *arg, struct err *e);
	/*
	 * Reports without their policies, the newest day first, those behind
	 * the report with the id after (0: from the first). Of the filter mx
	 * and result are looked for in failure details.
	 */
	int (*list)(void *ctx, const struct analysis_filter *f, int64_t after,
	    bool (*each)(void *arg, const struct analysis_report *r), void *arg,
	    struct err *e);
	/* One report whole; ERR_NOENT when there is none with that id. */
	int (*get)(void *ctx, int64_t id,
	    bool (*each)(void *arg, const struct analysis_report *r), void *arg,
	    struct err *e);
	/*
	 * Ids of the reports whose report-id is text, or begins with it when
	 * none is equal; at most max. Gives how many, or -1.
	 */
	int (*find)(void *ctx, const char *text, int64_t *ids, int max,
	    struct err *e);
	/* Policies that senders hold; days: those seen on one of them. */
	int (*held)(void *ctx, const struct analysis_filter *f,
	    bool (*each)(void *arg, const struct analysis_held *h), void *arg,
	    struct err *e);
	/* Senders, those with the most reports first. */
	int (*senders)(void *ctx, const struct analysis_filter *f,
	    bool (*each)(void *arg, const struct analysis_sender *s), void *arg,
	    struct err *e);
	/* Defects of senders' reports, by sender, the most frequent first. */
	int (*defects)(void *ctx, const struct analysis_filter *f,
	    bool (*each)(void *arg, const struct analysis_defect *d), void *arg,
	    struct err *e);
	/* Mails by day of taking in. */
	int (*counts)(void *ctx, int64_t since, int64_t until,
	    bool (*each)(void *arg, const struct analysis_count *c), void *arg,
	    struct err *e);
	/* How much there is. */
	int (*size)(void *ctx, struct analysis_size *out, struct err *e);

	/* ---- notes of the programs: alerts' state, caps that were hit ---- */

	/* Keeps value under key; NULL removes it. Durable outside begin(). */
	int (*note)(void *ctx, const char *key, const char *value,
	    struct err *e);
	/* Calls each() for every note whose key begins so, by key. */
	int (*notes)(void *ctx, const char *prefix,
	    bool (*each)(void *arg, const char *key, const char *value),
	    void *arg, struct err *e);

	/* Closes and frees. */
	void (*free)(void *ctx);
	void *ctx;
};

/*
 * Opens or makes path (mode 0600; its directory must be there). limits NULL:
 * for reading only, then a file that is not there is ERR_NOENT.
 */
int analysis_sqlite_open(const char *path, const struct analysis_limits *limits,
    struct analysis_store *s, struct err *e) MUST_CHECK;

#endif
