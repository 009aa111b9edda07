/*
 * analysis_sqlite: what the files of the analyzer's embedded store share.
 *
 * analysis_sqlite.c opens the file and holds transactions and statements,
 * analysis_memo.c what a transaction adds up before it writes,
 * analysis_text.c interned texts, analysis_put.c takes reports in,
 * analysis_load.c reads them, analysis_sums.c keeps the sums per day,
 * analysis_view.c asks them, analysis_list.c lists, analysis_keep.c holds
 * positions, counters and notes, analysis_expire.c removes. Nobody else
 * includes this.
 *
 * Thread safety: belongs to the store's thread. Tests:
 * t/unit/analysis_store.c
 */
#ifndef ANALYSIS_SQLITE_H
#define ANALYSIS_SQLITE_H

#include "share/base/buf.h"
#include "share/base/map.h"
#include "share/store/analysis_store.h"

#include <sqlite3.h>

/* Bits of policy.flags. */
#define ANALYSIS_FLAG_SIBLING 1
#define ANALYSIS_FLAG_LEADING 2 /* its report counts here, of its domain */

enum analysis_statement {
	ANALYSIS_BEGIN,
	ANALYSIS_COMMIT,
	ANALYSIS_VERSION, /* PRAGMA data_version */
	ANALYSIS_PAGES,
	ANALYSIS_TEXT_FIND,
	ANALYSIS_TEXT_ADD,
	ANALYSIS_TEXT_GET,
	ANALYSIS_REPORT_ADD,
	ANALYSIS_REPORT_FIND,
	ANALYSIS_REPORT_REMOVE,
	ANALYSIS_REPORT_TRUST,
	ANALYSIS_RAW_ADD,
	ANALYSIS_RAW_REMOVE,
	ANALYSIS_DEF_FIND,
	ANALYSIS_DEF_ADD,
	ANALYSIS_POLICY_ADD,
	ANALYSIS_POLICY_REMOVE,
	ANALYSIS_FAILURE_ADD,
	ANALYSIS_FAILURE_REMOVE,
	ANALYSIS_DOMAIN_DAY,
	ANALYSIS_SENDER_DAY,
	ANALYSIS_SENDER_DEFECT,
	ANALYSIS_KIND_FIND,
	ANALYSIS_KIND_ADD,
	ANALYSIS_KIND_FIRST,
	ANALYSIS_KIND_DAY,
	ANALYSIS_HELD,
	ANALYSIS_ARRIVAL_GET,
	ANALYSIS_ARRIVAL_ADD,
	ANALYSIS_COUNT,
	ANALYSIS_SEEN_ADD,
	ANALYSIS_SEEN_REMOVE,
	ANALYSIS_SEEN_GET,
	ANALYSIS_STATEMENTS /* how many there are */
};

struct analysis_sqlite {
	sqlite3 *db;
	char *path;
	struct analysis_limits limits;
	bool writable, within; /* a transaction of the caller's */
	sqlite3_stmt *stmt[ANALYSIS_STATEMENTS];
	int64_t version; /* data_version the texts are of */
	struct map by_text, by_id;
	size_t text_octets;
	struct map memos;
};

/* A statement on its way: binding stops at the first fault. */
struct analysis_query {
	struct analysis_sqlite *s;
	sqlite3_stmt *stmt;
	int next; /* parameter to bind */
	int rc;
	bool kept; /* the statement is one of s->stmt */
};

/* ---- statements ---- */

/* Begins one of the kept statements. */
struct analysis_query analysis_query(struct analysis_sqlite *s,
    enum analysis_statement which);

/* Begins a statement of its own. */
struct analysis_query analysis_query_sql(struct analysis_sqlite *s,
    const char *sql);

/* Binds the next parameter to a number. */
void analysis_bind(struct analysis_query *q, int64_t n);

/* Binds it to a text that stays while the statement runs; NULL is "". */
void analysis_bind_text(struct analysis_query *q, const char *s);

/* Whether there is a row more. */
bool analysis_row(struct analysis_query *q);

/* Ends it: 0, or -1 and e, "what" in its text ("read", "write"). */
int analysis_finish(struct analysis_query *q, struct err *e, const char *what);

/* Runs it to its end and ends it. */
int analysis_run(struct analysis_query *q, struct err *e, const char *what);

/* A column of the row as a number. */
int64_t analysis_column(const struct analysis_query *q, int i);

/* A column of the row as a text, "" for NULL; valid until the next row. */
const char *analysis_column_text(const struct analysis_query *q, int i);

/* Fills e from a result code. */
int analysis_error(const struct analysis_sqlite *s, int rc, struct err *e,
    const char *what);

/* Begins and ends a transaction unless the caller has one. */
int analysis_begin_own(struct analysis_sqlite *s, bool *own,
    struct err *e) MUST_CHECK;

/* Commits where own and ret is 0, else rolls back where own; gives ret. */
int analysis_end_own(struct analysis_sqlite *s, bool own, int ret,
    struct err *e) MUST_CHECK;

/* ---- interned texts ---- */

/* Makes the cache. */
void analysis_text_init(struct analysis_sqlite *s);

/* Forgets what is cached. */
void analysis_text_forget(struct analysis_sqlite *s);

/* Forgets when it has grown large: between rows and reports. */
void analysis_text_trim(struct analysis_sqlite *s);

/* The id of a text, added where it is new; -1 and e. NULL and "" are 0. */
int64_t analysis_text_id(struct analysis_sqlite *s, const char *text,
    struct err *e);

/* The id of a text; -2 where it is not known, -1 and e. */
int64_t analysis_text_find(struct analysis_sqlite *s, const char *text,
    struct err *e);

/*
 * The text of an id, valid until analysis_text_trim() or _forget(); "" where
 * it is not known.
 */
const char *analysis_text_get(struct analysis_sqlite *s, int64_t id);

/* ---- sums that are written at the end of a transaction ---- */

#define ANALYSIS_MEMO_IDS 8
#define ANALYSIS_MEMO_VALUES 4

/*
 * Values that belong to some ids, 0 at first (*fresh): those of a kind that adds
 * up are written by the next flush, with the ids as first parameters; those of
 * others (the id of a policy, of a kind of failure) are only remembered. Valid
 * until a flush or a trim.
 */
int64_t *analysis_memo(struct analysis_sqlite *s, enum analysis_statement kind,
    const int64_t *ids, unsigned nids, bool *fresh);

/* Adds to the values of a kind that adds up. */
void analysis_memo_add(struct analysis_sqlite *s, enum analysis_statement kind,
    const int64_t *ids, unsigned nids, const int64_t *add);

/* Writes what was added up. */
int analysis_memo_flush(struct analysis_sqlite *s, struct err *e) MUST_CHECK;

/* Forgets all, written or not. */
void analysis_memo_forget(struct analysis_sqlite *s);

/* Flushes and forgets when there is much, between two reports. */
int analysis_memo_trim(struct analysis_sqlite *s, struct err *e) MUST_CHECK;

/* ---- reports and their sums ---- */

/* The id of a policy as it was held, made where it is new; -1 and e. */
int64_t analysis_policy_def(struct analysis_sqlite *s,
    const struct analysis_policy *p, struct err *e);

/* The day a report belongs to. */
int64_t analysis_report_day(const struct analysis_report *r);

/*
 * Adds a report to all sums (sign 1) or takes it out (-1). flags has
 * ANALYSIS_FLAG_* of each policy.
 */
int analysis_sums_apply(struct analysis_sqlite *s,
    const struct analysis_report *r, const unsigned *flags, int sign,
    struct err *e) MUST_CHECK;

/* Finds out which policies are siblings, which lead; flags: one of each. */
void analysis_sums_flags(const struct analysis_report *r, unsigned *flags);

/* A report as it was loaded: texts last until analysis_text_trim(). */
struct analysis_loaded {
	struct analysis_report r;
	unsigned *flags; /* of each policy */
	char *report_id, *place;
	struct analysis_policy *policies;
	struct analysis_failure *failures;
	void *raw;
};

/* Loads a report whole; ERR_NOENT. Clear it in any case. */
int analysis_load(struct analysis_sqlite *s, int64_t id,
    struct analysis_loaded *l, struct err *e) MUST_CHECK;

/* Frees what it holds. */
void analysis_load_clear(struct analysis_loaded *l);

/* The columns of a report, from analysis_load_row(). */
extern const char analysis_report_columns[];

/* Reads those columns of a row; texts are valid until the next row. */
void analysis_load_row(const struct analysis_query *q,
    struct analysis_report *r);

/* Removes a report with its policies, not its sums. */
int analysis_report_remove(struct analysis_sqlite *s, int64_t id,
    struct err *e) MUST_CHECK;

/* ---- the functions of each file ---- */

/* Fills in put and set_trust. */
void analysis_put_functions(struct analysis_store *store);

/* Fills in sums, failures, held, senders and defects. */
void analysis_view_functions(struct analysis_store *store);

/* Fills in list, get and find. */
void analysis_list_functions(struct analysis_store *store);

/* Fills in positions, counters, notes and size. */
void analysis_keep_functions(struct analysis_store *store);

/* Fills in expire. */
void analysis_expire_functions(struct analysis_store *store);

/* What the columns of a query are called; NULL leaves a condition out. */
struct analysis_columns {
	const char *day, *domain, *sender, *type, *mx, *result, *trust;
};

/*
 * Appends the conditions that a filter sets, each with " AND" before it. 0
 * when no row can fit (a text that is not known), 1 else, -1 and e.
 */
int analysis_where(struct analysis_sqlite *s, const struct analysis_filter *f,
    const struct analysis_columns *c, struct buf *sql,
    struct err *e) MUST_CHECK;

#endif
