/* report_outbox_to: destinations of reports - see report_outbox.h */
#include "config.h"

#include "share/store/report_db_part.h"
#include "share/store/report_outbox.h"

_Static_assert(OUTBOX_ACCEPTED == 1, "the number in report.db");

static const char sql_many[] =
    "SELECT count(*) FROM destination WHERE report = ?1 AND uri <> ?2";
static const char sql_put[] =
    "INSERT INTO destination (report, uri, place, target, fate, tries, "
    "first_s, next_s, settled_s, error) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
    "ON CONFLICT (report, uri) DO UPDATE SET target = excluded.target, "
    "fate = excluded.fate, tries = excluded.tries, "
    "first_s = excluded.first_s, next_s = excluded.next_s, "
    "settled_s = excluded.settled_s, error = excluded.error";
static const char sql_each[] =
    "SELECT report, uri, target, fate, tries, first_s, next_s, settled_s, "
    "error FROM destination WHERE report = ?1 ORDER BY place, uri";
static const char sql_count[] =
    "SELECT count(*) FROM destination WHERE target = ?1 AND settled_s >= ?2 "
    "AND fate = 1";
static const char sql_count_each[] =
    "SELECT uri, target, count(*) FROM destination WHERE settled_s >= ?1 "
    "AND fate = 1 GROUP BY uri, target";

/* How many other destinations the report has. */
static int
count_others(struct report_db *db, const struct outbox_destination *d,
    int64_t *n, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_many, e));
	int rc;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, d->report);
	sqlite_bind_put_text(&b, d->uri);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW)
		*n = sqlite3_column_int64(b.stmt, 0);
	return report_db_finish(db, b.stmt, rc, e, "read");
}

int
outbox_put_destination(struct report_db *db, const struct outbox_destination *d,
    struct err *e)
{
	struct sqlite_bind b;
	int64_t others = 0;

	if (count_others(db, d, &others, e) == -1)
		return -1;
	if (others >= OUTBOX_URIS_MAX)
		return err_set(e, ERR_LIMIT, "a report has %d destinations",
		    OUTBOX_URIS_MAX);
	b = sqlite_bind_begin(report_db_statement(db, sql_put, e));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, d->report);
	sqlite_bind_put_text(&b, d->uri);
	sqlite_bind_put_int(&b, others);
	sqlite_bind_put_text(&b, d->target);
	sqlite_bind_put_int(&b, d->fate);
	sqlite_bind_put_int(&b, d->tries);
	sqlite_bind_put_int(&b, d->first_s);
	sqlite_bind_put_int(&b, d->next_s);
	sqlite_bind_put_int(&b, d->settled_s);
	sqlite_bind_put_text(&b, d->error != NULL ? d->error : "");
	return report_db_finish(db, b.stmt, sqlite_bind_step(&b), e, "write");
}

static const char *
text_of(sqlite3_stmt *stmt, int column)
{
	const char *s = (const char *)sqlite3_column_text(stmt, column);

	return s != NULL ? s : "";
}

int
outbox_destinations(struct report_db *db, int64_t number,
    bool (*each)(void *arg, const struct outbox_destination *d), void *arg,
    struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_each, e));
	bool more = true;
	int rc;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, number);
	while ((rc = sqlite_bind_step(&b)) == SQLITE_ROW && more) {
		struct outbox_destination d = {
			.report = sqlite3_column_int64(b.stmt, 0),
			.uri = text_of(b.stmt, 1),
			.target = text_of(b.stmt, 2),
			.fate = (enum outbox_fate)sqlite3_column_int(b.stmt, 3),
			.tries = sqlite3_column_int(b.stmt, 4),
			.first_s = sqlite3_column_int64(b.stmt, 5),
			.next_s = sqlite3_column_int64(b.stmt, 6),
			.settled_s = sqlite3_column_int64(b.stmt, 7),
			.error = text_of(b.stmt, 8),
		};

		more = each(arg, &d);
	}
	return report_db_finish(db, b.stmt, rc, e, "read");
}

int
outbox_count_target(struct report_db *db, const char *target, int64_t since_s,
    int64_t *n, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_count, e));
	int rc;

	*n = 0;
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, target);
	sqlite_bind_put_int(&b, since_s);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW)
		*n = sqlite3_column_int64(b.stmt, 0);
	return report_db_finish(db, b.stmt, rc, e, "read");
}

int
outbox_count_each(struct report_db *db, int64_t since_s,
    void (*each)(void *arg, const char *uri, const char *target, int64_t n),
    void *arg, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_count_each, e));
	int rc;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, since_s);
	while ((rc = sqlite_bind_step(&b)) == SQLITE_ROW)
		each(arg, text_of(b.stmt, 0), text_of(b.stmt, 1),
		    sqlite3_column_int64(b.stmt, 2));
	return report_db_finish(db, b.stmt, rc, e, "read");
}
