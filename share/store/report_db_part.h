/*
 * report_db_part: what the files of report.db share: report_db.c has it open,
 * report_schema.c says what is in it, report_rows*.c and report_outbox*.c read
 * and write their tables. Nobody else includes this.
 *
 * A statement is fetched, bound (share/store/sqlite_bind.h), stepped and given
 * back:
 *
 *	struct sqlite_bind b =
 *	    sqlite_bind_begin(report_db_statement(db, sql_put, e));
 *
 *	if (b.stmt == NULL)
 *		return -1;
 *	sqlite_bind_put_text(&b, name);
 *	return report_db_finish(db, b.stmt, sqlite_bind_step(&b), e, "write");
 *
 * Others may run while it is stepped, a callback's too, but not itself again.
 * A file that turns out to be damaged is put aside when none runs any more and
 * no transaction is open.
 *
 * Thread safety: that of the connection. Tests: t/unit/report_db.c
 */
#ifndef REPORT_DB_PART_H
#define REPORT_DB_PART_H

#include "share/store/report_db.h"
#include "share/store/sqlite_bind.h"
#include "share/store/sqlite_file.h"

#include "share/base/map.h"

struct report_db {
	struct sqlite_file file;
	bool open;      /* a transaction is */
	bool keyed;     /* key was read in this transaction */
	struct map key; /* holds the key of hashes, nothing else */
};

/* What report.db is; report_schema.c has its tables. */
extern const struct sqlite_schema report_schema;

/* The statement of a text that stays where it is for ever; NULL and e. */
sqlite3_stmt *report_db_statement(struct report_db *db, const char *sql,
    struct err *e) MUST_CHECK;

/*
 * Ends a statement that was run with the result rc; what ("read") names it in
 * e. 0 when rc is SQLITE_DONE or SQLITE_ROW.
 */
int report_db_finish(struct report_db *db, sqlite3_stmt *stmt, int rc,
    struct err *e, const char *what);

/* Whether there is a transaction: functions that need one begin it else. */
bool report_db_is_open(const struct report_db *db);

/* The hash of n octets under this file's own key, made when there is none. */
int report_db_hash(struct report_db *db, const void *data, size_t n,
    int64_t *hash, struct err *e) MUST_CHECK;

#endif
