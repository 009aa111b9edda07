/* report_outbox: reports that were made - see report_outbox.h */
#include "config.h"

#include "share/store/report_outbox.h"
#include "share/store/report_db_part.h"

/* Numbers of enum outbox_state, as the statements below have them: 0 NEW, 1
 * GOING, 5 HELD; of enum outbox_fate: 0 PENDING. */
_Static_assert(OUTBOX_NEW == 0 && OUTBOX_GOING == 1 && OUTBOX_HELD == 5 &&
	OUTBOX_PENDING == 0,
    "the numbers in report.db");

#define COLUMNS                                                         \
	"number, id, domain, submitter, record, begin_s, end_s, part, " \
	"made_s, due_s, success, failure, missing, state"

static const char sql_add[] =
    "INSERT INTO report (id, domain, submitter, record, begin_s, end_s, part, "
    "made_s, due_s, success, failure, missing, state, packed, settled_s) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0)";
static const char sql_last_part[] =
    "SELECT max(part) FROM report WHERE domain = ?1 AND begin_s = ?2 "
    "AND end_s = ?3";
static const char sql_each[] =
    "SELECT " COLUMNS " FROM report WHERE begin_s < ?2 AND end_s > ?1 "
    "AND (?3 >> state) & 1 ORDER BY begin_s, end_s, domain, part, number";
static const char sql_each_of[] =
    "SELECT " COLUMNS " FROM report WHERE domain = ?4 AND begin_s < ?2 "
    "AND end_s > ?1 AND (?3 >> state) & 1 ORDER BY begin_s, end_s, part, "
    "number";
static const char sql_with[] =
    "SELECT " COLUMNS ", packed FROM report WHERE number = ?1";
static const char sql_find[] = "SELECT number FROM report WHERE id = ?1";
static const char sql_due[] =
    "SELECT number, due_s AS at FROM report WHERE state = 0 AND due_s <= ?1 "
    "UNION ALL SELECT r.number, min(d.next_s) AS at FROM destination d "
    "JOIN report r ON r.number = d.report WHERE d.fate = 0 AND d.next_s <= ?1 "
    "AND r.state = 1 GROUP BY r.number ORDER BY at, number LIMIT ?2";
static const char sql_next_due[] =
    "SELECT min(at) FROM (SELECT min(due_s) AS at FROM report WHERE state = 0 "
    "UNION ALL SELECT min(d.next_s) AS at FROM destination d JOIN report r "
    "ON r.number = d.report WHERE d.fate = 0 AND r.state = 1) AS least";
static const char sql_set_state[] =
    "UPDATE report SET state = ?2, settled_s = ?3 WHERE number = ?1";
static const char sql_put_off[] =
    "UPDATE report SET due_s = ?2 WHERE number = ?1";
static const char sql_hurry[] = "UPDATE report SET due_s = ?2 "
				"WHERE number = ?1 AND due_s > ?2";
static const char sql_hurry_to[] =
    "UPDATE destination SET next_s = ?2 WHERE report = ?1 AND fate = 0 "
    "AND next_s > ?2";
static const char sql_forget_packed[] =
    "UPDATE report SET packed = NULL WHERE settled_s > 0 AND settled_s < ?1 "
    "AND packed IS NOT NULL";
static const char sql_forget_to[] =
    "DELETE FROM destination WHERE report IN (SELECT number FROM report "
    "WHERE settled_s > 0 AND settled_s < ?1)";
static const char sql_forget[] =
    "DELETE FROM report WHERE settled_s > 0 AND settled_s < ?1";

int
outbox_add(struct report_db *db, struct outbox_report *r, struct err *e)
{
	struct sqlite_bind b;
	bool held;

	if (!report_db_is_open(db))
		return err_set(e, ERR_BUG,
		    "a report is added within a "
		    "transaction");
	if (r->state == OUTBOX_NEW) {
		if (outbox_is_held(db, r->domain, &held, e) == -1)
			return -1;
		if (held)
			r->state = OUTBOX_HELD;
	}
	b = sqlite_bind_begin(report_db_statement(db, sql_add, e));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, r->id);
	sqlite_bind_put_text(&b, r->domain);
	sqlite_bind_put_text(&b, r->submitter);
	sqlite_bind_put_text(&b, r->record != NULL ? r->record : "");
	sqlite_bind_put_int(&b, r->begin);
	sqlite_bind_put_int(&b, r->end);
	sqlite_bind_put_int(&b, r->part);
	sqlite_bind_put_int(&b, r->made_s);
	sqlite_bind_put_int(&b, r->due_s);
	sqlite_bind_put_int(&b, r->success);
	sqlite_bind_put_int(&b, r->failure);
	sqlite_bind_put_text(&b, r->missing != NULL ? r->missing : "");
	sqlite_bind_put_int(&b, r->state);
	sqlite_bind_put_octets(&b, r->packed, r->packed_len);
	if (report_db_finish(db, b.stmt, sqlite_bind_step(&b), e, "write") ==
	    -1)
		return -1;
	r->number = sqlite3_last_insert_rowid(db->file.db);
	return 0;
}

int
outbox_last_part(struct report_db *db, const char *domain, int64_t begin,
    int64_t end, int *part, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_last_part, e));
	int rc;

	*part = -1;
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, domain);
	sqlite_bind_put_int(&b, begin);
	sqlite_bind_put_int(&b, end);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW && sqlite3_column_type(b.stmt, 0) != SQLITE_NULL)
		*part = sqlite3_column_int(b.stmt, 0);
	return report_db_finish(db, b.stmt, rc, e, "read");
}

/* A column's text; "" where the file holds none. */
static const char *
text_of(sqlite3_stmt *stmt, int column)
{
	const char *s = (const char *)sqlite3_column_text(stmt, column);

	return s != NULL ? s : "";
}

/* What a row with COLUMNS says; texts are the statement's. */
static struct outbox_report
read_report(sqlite3_stmt *stmt)
{
	return (struct outbox_report){
		.number = sqlite3_column_int64(stmt, 0),
		.id = text_of(stmt, 1),
		.domain = text_of(stmt, 2),
		.submitter = text_of(stmt, 3),
		.record = text_of(stmt, 4),
		.begin = sqlite3_column_int64(stmt, 5),
		.end = sqlite3_column_int64(stmt, 6),
		.part = (unsigned)sqlite3_column_int(stmt, 7),
		.made_s = sqlite3_column_int64(stmt, 8),
		.due_s = sqlite3_column_int64(stmt, 9),
		.success = sqlite3_column_int64(stmt, 10),
		.failure = sqlite3_column_int64(stmt, 11),
		.missing = text_of(stmt, 12),
		.state = (enum outbox_state)sqlite3_column_int(stmt, 13),
	};
}

int
outbox_each(struct report_db *db, const char *domain, int64_t from, int64_t to,
    unsigned states, bool (*each)(void *arg, const struct outbox_report *r),
    void *arg, struct err *e)
{
	struct sqlite_bind b = sqlite_bind_begin(report_db_statement(db,
	    domain != NULL ? sql_each_of : sql_each, e));
	bool more = true;
	int rc;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, from);
	sqlite_bind_put_int(&b, to);
	sqlite_bind_put_int(&b, states);
	if (domain != NULL)
		sqlite_bind_put_text(&b, domain);
	while ((rc = sqlite_bind_step(&b)) == SQLITE_ROW && more) {
		struct outbox_report r = read_report(b.stmt);

		more = each(arg, &r);
	}
	return report_db_finish(db, b.stmt, rc, e, "read");
}

int
outbox_with(struct report_db *db, int64_t number,
    int (*with)(void *arg, const struct outbox_report *r, struct err *e),
    void *arg, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_with, e));
	int rc, ret = 0;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, number);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW) {
		struct outbox_report r = read_report(b.stmt);

		r.packed = sqlite3_column_blob(b.stmt, 14);
		r.packed_len = (size_t)sqlite3_column_bytes(b.stmt, 14);
		ret = with(arg, &r, e);
	}
	if (report_db_finish(db, b.stmt, rc, ret == -1 ? NULL : e, "read") ==
	    -1)
		return -1;
	if (rc == SQLITE_DONE)
		return err_set(e, ERR_NOENT, "there is no such report");
	return ret;
}

int
outbox_find(struct report_db *db, const char *id, int64_t *number,
    struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_find, e));
	int rc;

	*number = 0;
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, id);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW)
		*number = sqlite3_column_int64(b.stmt, 0);
	if (report_db_finish(db, b.stmt, rc, e, "read") == -1)
		return -1;
	return rc == SQLITE_ROW
	    ? 0
	    : err_set(e, ERR_NOENT, "there is no such report");
}

int
outbox_due(struct report_db *db, int64_t now_s, int64_t *numbers, size_t max,
    size_t *n, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_due, e));
	int rc;

	*n = 0;
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, now_s);
	sqlite_bind_put_int(&b, (int64_t)max);
	while ((rc = sqlite_bind_step(&b)) == SQLITE_ROW && *n < max)
		numbers[(*n)++] = sqlite3_column_int64(b.stmt, 0);
	return report_db_finish(db, b.stmt, rc, e, "read");
}

int
outbox_next_due(struct report_db *db, int64_t *at_s, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_next_due, e));
	int rc;

	*at_s = INT64_MAX;
	if (b.stmt == NULL)
		return -1;
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW && sqlite3_column_type(b.stmt, 0) != SQLITE_NULL)
		*at_s = sqlite3_column_int64(b.stmt, 0);
	return report_db_finish(db, b.stmt, rc, e, "read");
}

int
outbox_set_state(struct report_db *db, int64_t number, enum outbox_state state,
    int64_t now_s, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_set_state, e));
	bool settled = state == OUTBOX_SENT || state == OUTBOX_FAILED ||
	    state == OUTBOX_WITHDRAWN;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, number);
	sqlite_bind_put_int(&b, state);
	sqlite_bind_put_int(&b, settled ? now_s : 0);
	return report_db_finish(db, b.stmt, sqlite_bind_step(&b), e, "write");
}

/* Runs a statement with two numbers. */
static int
run(struct report_db *db, const char *sql, int64_t first, int64_t second,
    int nvalues, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, first);
	if (nvalues > 1)
		sqlite_bind_put_int(&b, second);
	return report_db_finish(db, b.stmt, sqlite_bind_step(&b), e, "write");
}

int
outbox_put_off(struct report_db *db, int64_t number, int64_t due_s,
    struct err *e)
{
	return run(db, sql_put_off, number, due_s, 2, e);
}

int
outbox_hurry(struct report_db *db, int64_t number, int64_t now_s, struct err *e)
{
	if (run(db, sql_hurry, number, now_s, 2, e) == -1)
		return -1;
	return run(db, sql_hurry_to, number, now_s, 2, e);
}

int
outbox_expire(struct report_db *db, int64_t packed_before_s,
    int64_t all_before_s, struct err *e)
{
	if (run(db, sql_forget_packed, packed_before_s, 0, 1, e) == -1 ||
	    run(db, sql_forget_to, all_before_s, 0, 1, e) == -1)
		return -1;
	return run(db, sql_forget, all_before_s, 0, 1, e);
}
