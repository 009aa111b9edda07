/* report_outbox_hold: what is not sent - see report_outbox.h */
#include "config.h"

#include "share/store/report_db_part.h"
#include "share/store/report_outbox.h"

static const char sql_suppress[] =
    "INSERT INTO suppressed (target, until_s, why, since_s) "
    "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (target) DO UPDATE SET "
    "until_s = excluded.until_s, why = excluded.why, "
    "since_s = excluded.since_s";
static const char sql_unsuppress[] = "DELETE FROM suppressed WHERE target = ?1";
static const char sql_suppressed[] =
    "SELECT target, until_s, why, since_s FROM suppressed ORDER BY target";
static const char sql_is_suppressed[] =
    "SELECT count(*) FROM suppressed WHERE target = ?1 AND until_s > ?2";
static const char sql_hold[] = "INSERT INTO held (domain) VALUES (?1) "
			       "ON CONFLICT (domain) DO NOTHING";
static const char sql_release[] = "DELETE FROM held WHERE domain = ?1";
static const char sql_is_held[] =
    "SELECT count(*) FROM held WHERE domain = ?1 OR domain = '*'";
static const char sql_held[] = "SELECT domain FROM held ORDER BY domain";
/* states as in report_outbox.c */
static const char sql_hold_reports[] =
    "UPDATE report SET state = 5 WHERE state IN (0, 1) "
    "AND (domain = ?1 OR ?1 = '*')";
static const char sql_release_reports[] =
    "UPDATE report SET state = CASE WHEN EXISTS (SELECT 1 FROM destination "
    "WHERE destination.report = report.number) THEN 1 ELSE 0 END "
    "WHERE state = 5 AND (domain = ?1 OR ?1 = '*') AND NOT EXISTS "
    "(SELECT 1 FROM held WHERE held.domain IN (report.domain, '*'))";

/* Runs a statement with one text. */
static int
run(struct report_db *db, const char *sql, const char *text, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, text);
	return report_db_finish(db, b.stmt, sqlite_bind_step(&b), e, "write");
}

int
outbox_suppress(struct report_db *db, const struct outbox_suppressed *s,
    struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_suppress, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, s->target);
	sqlite_bind_put_int(&b, s->until_s);
	sqlite_bind_put_text(&b, s->why != NULL ? s->why : "");
	sqlite_bind_put_int(&b, s->since_s);
	return report_db_finish(db, b.stmt, sqlite_bind_step(&b), e, "write");
}

int
outbox_unsuppress(struct report_db *db, const char *target, struct err *e)
{
	return run(db, sql_unsuppress, target, e);
}

int
outbox_is_suppressed(struct report_db *db, const char *target, int64_t now_s,
    bool *suppressed, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_is_suppressed, e));
	int rc;

	*suppressed = false;
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, target);
	sqlite_bind_put_int(&b, now_s);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW)
		*suppressed = sqlite3_column_int64(b.stmt, 0) > 0;
	return report_db_finish(db, b.stmt, rc, e, "read");
}

int
outbox_suppressed_each(struct report_db *db,
    bool (*each)(void *arg, const struct outbox_suppressed *s), void *arg,
    struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_suppressed, e));
	bool more = true;
	int rc;

	if (b.stmt == NULL)
		return -1;
	while ((rc = sqlite_bind_step(&b)) == SQLITE_ROW && more) {
		const char *target =
		    (const char *)sqlite3_column_text(b.stmt, 0);
		const char *why = (const char *)sqlite3_column_text(b.stmt, 2);
		struct outbox_suppressed s = {
			.target = target != NULL ? target : "",
			.until_s = sqlite3_column_int64(b.stmt, 1),
			.why = why != NULL ? why : "",
			.since_s = sqlite3_column_int64(b.stmt, 3),
		};

		more = each(arg, &s);
	}
	return report_db_finish(db, b.stmt, rc, e, "read");
}

static int
hold(struct report_db *db, const char *domain, bool held, struct err *e)
{
	if (run(db, held ? sql_hold : sql_release, domain, e) == -1)
		return -1;
	return run(db, held ? sql_hold_reports : sql_release_reports, domain,
	    e);
}

int
outbox_hold(struct report_db *db, const char *domain, bool held, struct err *e)
{
	if (report_db_is_open(db))
		return hold(db, domain, held, e);
	if (report_db_begin(db, e) == -1)
		return -1;
	if (hold(db, domain, held, e) == 0)
		return report_db_commit(db, e);
	report_db_rollback(db);
	return -1;
}

int
outbox_held_each(struct report_db *db,
    void (*each)(void *arg, const char *domain), void *arg, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_held, e));
	int rc;

	if (b.stmt == NULL)
		return -1;
	while ((rc = sqlite_bind_step(&b)) == SQLITE_ROW) {
		const char *domain =
		    (const char *)sqlite3_column_text(b.stmt, 0);

		if (domain != NULL)
			each(arg, domain);
	}
	return report_db_finish(db, b.stmt, rc, e, "read");
}

int
outbox_is_held(struct report_db *db, const char *domain, bool *held,
    struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_is_held, e));
	int rc;

	*held = false;
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, domain);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW)
		*held = sqlite3_column_int64(b.stmt, 0) > 0;
	return report_db_finish(db, b.stmt, rc, e, "read");
}
