/* report_rows_read: collected sessions, read and removed - report_rows.h */
#include "config.h"

#include "share/base/buf.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/store/report_db_part.h"
#include "share/store/report_rows_part.h"

#include <stdlib.h>
#include <string.h>

#define TEXTS_MAX (16u << 20) /* octets of one row's texts */

static const char sql_domains[] =
    "SELECT c.domain FROM counted c JOIN text d ON d.id = c.domain "
    "WHERE c.begin_s >= ?1 AND c.begin_s < ?2 "
    "GROUP BY c.domain ORDER BY d.text";
static const char sql_spans[] =
    "SELECT d.text, c.begin_s, c.begin_s + c.length_s, sum(c.success), "
    "sum(c.failure), count(*) FROM counted c JOIN text d ON d.id = c.domain "
    "WHERE c.domain = ?1 AND c.begin_s >= ?2 AND c.begin_s < ?3 "
    "GROUP BY c.begin_s, c.length_s ORDER BY c.begin_s, c.length_s";
static const char sql_rows[] =
    "SELECT c.id, c.begin_s, c.length_s, h.text, d.text, r.text, p.type, "
    "pd.text, p.body, c.success, c.failure FROM counted c "
    "JOIN text d ON d.id = c.domain JOIN text h ON h.id = c.host "
    "JOIN policy p ON p.id = c.policy LEFT JOIN text pd ON pd.id = p.domain "
    "LEFT JOIN record rec ON rec.domain = c.domain "
    "LEFT JOIN text r ON r.id = rec.record "
    "WHERE c.domain = ?1 AND c.begin_s >= ?2 AND c.begin_s < ?3 "
    "AND (?4 = 0 OR c.host = ?4) "
    "ORDER BY c.begin_s, c.length_s, h.text, p.type, c.id";
static const char sql_details[] =
    "SELECT f.result, e.sessions, a.text, b.text, c.text, g.text, h.text, "
    "i.text FROM detail e JOIN failure f ON f.id = e.failure "
    "LEFT JOIN text a ON a.id = f.sending_ip LEFT JOIN text b ON b.id = f.mx "
    "LEFT JOIN text c ON c.id = f.helo "
    "LEFT JOIN text g ON g.id = f.receiving_ip "
    "LEFT JOIN text h ON h.id = f.info LEFT JOIN text i ON i.id = f.reason "
    "WHERE e.counted = ?1 ORDER BY e.failure";
static const char sql_remove_details[] =
    "DELETE FROM detail WHERE counted IN (SELECT id FROM counted "
    "WHERE domain = ?1 AND begin_s >= ?2 AND begin_s < ?3 "
    "AND (?4 = 0 OR host = ?4))";
static const char sql_remove[] =
    "DELETE FROM counted WHERE domain = ?1 AND begin_s >= ?2 "
    "AND begin_s < ?3 AND (?4 = 0 OR host = ?4)";
static const char sql_remove_all_details[] =
    "DELETE FROM detail WHERE counted IN (SELECT id FROM counted "
    "WHERE begin_s >= ?1 AND begin_s < ?2 AND (?3 = 0 OR host = ?3))";
static const char sql_remove_all[] =
    "DELETE FROM counted WHERE begin_s >= ?1 AND begin_s < ?2 "
    "AND (?3 = 0 OR host = ?3)";
static const char sql_old[] =
    "SELECT count(*), sum(success), sum(failure) FROM counted "
    "WHERE begin_s + length_s <= ?1";
static const char sql_old_details[] =
    "DELETE FROM detail WHERE counted IN (SELECT id FROM counted "
    "WHERE begin_s + length_s <= ?1)";
static const char sql_old_counted[] =
    "DELETE FROM counted WHERE begin_s + length_s <= ?1";
static const char sql_record[] =
    "SELECT t.text FROM record r JOIN text t ON t.id = r.record "
    "WHERE r.domain = ?1";

/* What nothing refers to any more. */
static const char *const sql_sweep[] = {
	"DELETE FROM policy WHERE id NOT IN (SELECT policy FROM counted)",
	"DELETE FROM failure WHERE id NOT IN (SELECT failure FROM detail)",
	"DELETE FROM record WHERE domain NOT IN (SELECT domain FROM counted)",
	"DELETE FROM text WHERE id NOT IN ("
	"SELECT domain FROM counted UNION SELECT host FROM counted "
	"UNION SELECT domain FROM policy UNION SELECT record FROM record "
	"UNION SELECT sending_ip FROM failure UNION SELECT mx FROM failure "
	"UNION SELECT helo FROM failure "
	"UNION SELECT receiving_ip FROM failure "
	"UNION SELECT info FROM failure UNION SELECT reason FROM failure)",
};
#define SWEEPS (sizeof(sql_sweep) / sizeof(*sql_sweep))

/* A row as it is read: its texts lie in one buffer, lists point into it. */
struct reading {
	struct report_db *db;
	int64_t host; /* 0: all */
	int64_t from, to;
	bool (*each)(void *arg, const struct rows_row *row);
	bool (*span)(void *arg, const struct rows_span *s);
	void *arg;
	bool ended; /* each() said so */
	struct rows_row row;
	char *body; /* cut into lines */
	const char **lines;
	struct rows_failure *failures;
	size_t failures_cap;
	struct buf texts; /* of failures, by offset until all are there */
};

/* ---- one row ---- */

static const char *
column_text(sqlite3_stmt *stmt, int i)
{
	return (const char *)sqlite3_column_text(stmt, i);
}

/* Cuts the body into the two lists. */
static void
take_body(struct reading *r, const char *body)
{
	size_t n = 0, at = 0;
	char *line, *end;

	free(r->body);
	free(r->lines);
	r->body = xstrdup(body);
	for (const char *p = body; *p != '\0'; p++)
		n += *p == '\n';
	r->lines = xcalloc(n + 1, sizeof(*r->lines));
	r->row.nstrings = r->row.nmx = 0;
	r->row.strings = r->row.mx = r->lines;
	for (line = r->body; (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		*end = '\0';
		r->lines[at++] = line + 1;
		if (*line == 's') {
			r->row.nstrings++;
			r->row.mx = r->lines + at;
		} else {
			r->row.nmx++;
		}
	}
}

/* A text of a detail: its place in texts + 1, for now. */
static const char *
keep_text(struct reading *r, sqlite3_stmt *stmt, int column)
{
	const char *s = column_text(stmt, column);
	size_t at = r->texts.len;

	if (s == NULL)
		return NULL;
	buf_add(&r->texts, s, strlen(s) + 1);
	return buf_full(&r->texts) ? NULL : (const char *)(uintptr_t)(at + 1);
}

static void
place_text(const struct reading *r, const char **s)
{
	if (*s != NULL)
		*s = r->texts.data + ((uintptr_t)*s - 1);
}

static void
take_detail(struct reading *r, sqlite3_stmt *stmt)
{
	struct rows_failure *f;

	if (r->row.nfailures == r->failures_cap) {
		r->failures_cap =
		    r->failures_cap == 0 ? 16 : 2 * r->failures_cap;
		r->failures = xreallocarray(r->failures, r->failures_cap,
		    sizeof(*r->failures));
	}
	f = &r->failures[r->row.nfailures++];
	f->result = sqlite3_column_int(stmt, 0);
	f->sessions = sqlite3_column_int64(stmt, 1);
	f->sending_ip = keep_text(r, stmt, 2);
	f->mx = keep_text(r, stmt, 3);
	f->helo = keep_text(r, stmt, 4);
	f->receiving_ip = keep_text(r, stmt, 5);
	f->info = keep_text(r, stmt, 6);
	f->reason = keep_text(r, stmt, 7);
}

static int
read_details(struct reading *r, int64_t counted, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(r->db, sql_details, e));
	int rc;

	if (b.stmt == NULL)
		return -1;
	r->row.nfailures = 0;
	buf_reset(&r->texts);
	sqlite_bind_put_int(&b, counted);
	while ((rc = sqlite_bind_step(&b)) == SQLITE_ROW)
		take_detail(r, b.stmt);
	if (report_db_finish(r->db, b.stmt, rc, e, "read") == -1)
		return -1;
	for (size_t i = 0; i < r->row.nfailures; i++) {
		struct rows_failure *f = &r->failures[i];

		place_text(r, &f->sending_ip);
		place_text(r, &f->mx);
		place_text(r, &f->helo);
		place_text(r, &f->receiving_ip);
		place_text(r, &f->info);
		place_text(r, &f->reason);
	}
	r->row.failures = r->failures;
	return 0;
}

static int
take_row(struct reading *r, sqlite3_stmt *stmt, struct err *e)
{
	const char *body = column_text(stmt, 8);

	r->row.begin = sqlite3_column_int64(stmt, 1);
	r->row.length = sqlite3_column_int(stmt, 2);
	r->row.host = column_text(stmt, 3);
	r->row.domain = column_text(stmt, 4);
	r->row.record = column_text(stmt, 5);
	r->row.type = sqlite3_column_int(stmt, 6);
	r->row.policy_domain = column_text(stmt, 7);
	r->row.success = sqlite3_column_int64(stmt, 9);
	r->row.failure = sqlite3_column_int64(stmt, 10);
	take_body(r, body != NULL ? body : "");
	if (read_details(r, sqlite3_column_int64(stmt, 0), e) == -1)
		return -1;
	r->ended = !r->each(r->arg, &r->row);
	return 0;
}

/* ---- the rows of a domain, of all ---- */

static int
each_row(struct reading *r, int64_t domain, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(r->db, sql_rows, e));
	struct err ignored;
	int rc = SQLITE_DONE;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, domain);
	sqlite_bind_put_int(&b, r->from);
	sqlite_bind_put_int(&b, r->to);
	sqlite_bind_put_int(&b, r->host);
	while (!r->ended && (rc = sqlite_bind_step(&b)) == SQLITE_ROW)
		if (take_row(r, b.stmt, e) == -1) {
			(void)report_db_finish(r->db, b.stmt, SQLITE_DONE,
			    &ignored, "read");
			return -1;
		}
	return report_db_finish(r->db, b.stmt, rc, e, "read");
}

static int
each_span(struct reading *r, int64_t domain, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(r->db, sql_spans, e));
	struct rows_span s;
	int rc = SQLITE_DONE;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, domain);
	sqlite_bind_put_int(&b, r->from);
	sqlite_bind_put_int(&b, r->to);
	while (!r->ended && (rc = sqlite_bind_step(&b)) == SQLITE_ROW) {
		if (!sqlite_bind_take_text(b.stmt, 0, s.domain,
			sizeof(s.domain)))
			continue; /* no host name: nothing of ours */
		s.begin = sqlite3_column_int64(b.stmt, 1);
		s.end = sqlite3_column_int64(b.stmt, 2);
		s.success = sqlite3_column_int64(b.stmt, 3);
		s.failure = sqlite3_column_int64(b.stmt, 4);
		s.rows = (size_t)sqlite3_column_int64(b.stmt, 5);
		r->ended = !r->span(r->arg, &s);
	}
	return report_db_finish(r->db, b.stmt, rc, e, "read");
}

/* Calls of() for one domain, or for each in the order of their names. */
static int
each_domain(struct reading *r, const char *domain,
    int (*of)(struct reading *r, int64_t domain, struct err *e), struct err *e)
{
	struct sqlite_bind b;
	struct err ignored;
	int64_t id, hash;
	int rc;

	if (domain != NULL) {
		rc = rows_text_find(r->db, domain, &id, &hash, e);
		return rc == 1 ? of(r, id, e) : rc;
	}
	b = sqlite_bind_begin(report_db_statement(r->db, sql_domains, e));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, r->from);
	sqlite_bind_put_int(&b, r->to);
	rc = SQLITE_DONE;
	while (!r->ended && (rc = sqlite_bind_step(&b)) == SQLITE_ROW)
		if (of(r, sqlite3_column_int64(b.stmt, 0), e) == -1) {
			(void)report_db_finish(r->db, b.stmt, SQLITE_DONE,
			    &ignored, "read");
			return -1;
		}
	return report_db_finish(r->db, b.stmt, rc, e, "read");
}

int
rows_spans(struct report_db *db, const char *domain, int64_t from, int64_t to,
    bool (*each)(void *arg, const struct rows_span *s), void *arg,
    struct err *e)
{
	struct reading r = { .db = db,
		.from = from,
		.to = to,
		.span = each,
		.arg = arg };

	return each_domain(&r, domain, each_span, e);
}

int
rows_each(struct report_db *db, const char *domain, const char *host,
    int64_t from, int64_t to,
    bool (*each)(void *arg, const struct rows_row *row), void *arg,
    struct err *e)
{
	struct reading r = { .db = db,
		.from = from,
		.to = to,
		.each = each,
		.arg = arg };
	int64_t hash;
	int rc = 1;

	if (host != NULL)
		rc = rows_text_find(db, host, &r.host, &hash, e);
	if (rc != 1)
		return rc;
	buf_init(&r.texts, TEXTS_MAX);
	rc = each_domain(&r, domain, each_row, e);
	buf_clear(&r.texts);
	free(r.failures);
	free(r.body);
	free(r.lines);
	return rc;
}

/* ---- removing ---- */

/* Runs a statement of up to four numbers; *n of them. */
static int
run(struct report_db *db, const char *sql, const int64_t *value, size_t n,
    struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql, e));

	if (b.stmt == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		sqlite_bind_put_int(&b, value[i]);
	return report_db_finish(db, b.stmt, sqlite_bind_step(&b), e, "remove");
}

int
rows_remove(struct report_db *db, const char *domain, const char *host,
    int64_t from, int64_t to, struct err *e)
{
	int64_t value[4] = { 0, from, to, 0 }, hash;
	int rc = 1;

	if (!report_db_is_open(db))
		return err_set(e, ERR_BUG, "rows go in a transaction");
	if (host != NULL)
		rc = rows_text_find(db, host, &value[3], &hash, e);
	if (rc == 1 && domain != NULL)
		rc = rows_text_find(db, domain, &value[0], &hash, e);
	if (rc != 1)
		return rc;
	if (report_db_put_int(db, "rows-unswept", 1, e) == -1)
		return -1;
	if (domain != NULL) {
		if (run(db, sql_remove_details, value, 4, e) == -1)
			return -1;
		return run(db, sql_remove, value, 4, e);
	}
	if (run(db, sql_remove_all_details, value + 1, 3, e) == -1)
		return -1;
	return run(db, sql_remove_all, value + 1, 3, e);
}

/* Counts what is old. */
static int
look_for_old(struct report_db *db, int64_t end, int64_t *rows,
    int64_t *sessions, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_old, e));
	int rc;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, end);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW) {
		*rows = sqlite3_column_int64(b.stmt, 0);
		*sessions = sqlite3_column_int64(b.stmt, 1) +
		    sqlite3_column_int64(b.stmt, 2);
	}
	return report_db_finish(db, b.stmt, rc, e, "read");
}

static int
expire(struct report_db *db, int64_t end, int64_t *sessions, struct err *e)
{
	int64_t rows = 0, unswept;

	if (look_for_old(db, end, &rows, sessions, e) == -1 ||
	    report_db_get_int(db, "rows-unswept", 0, &unswept, e) == -1)
		return -1;
	if (rows > 0 &&
	    (run(db, sql_old_details, &end, 1, e) == -1 ||
		run(db, sql_old_counted, &end, 1, e) == -1))
		return -1;
	if (rows == 0 && unswept == 0)
		return 0;
	for (size_t i = 0; i < SWEEPS; i++)
		if (run(db, sql_sweep[i], NULL, 0, e) == -1)
			return -1;
	return report_db_put_int(db, "rows-unswept", 0, e);
}

int
rows_expire(struct report_db *db, int64_t end, int64_t *sessions, struct err *e)
{
	int64_t mine = 0;
	bool own = !report_db_is_open(db);
	int ret;

	if (own && report_db_begin(db, e) == -1)
		return -1;
	ret = expire(db, end, &mine, e);
	if (own && ret == 0)
		ret = report_db_commit(db, e);
	else if (own)
		report_db_rollback(db);
	if (sessions != NULL)
		*sessions = ret == 0 ? mine : 0;
	return ret;
}

char *
rows_record(struct report_db *db, const char *domain, struct err *e)
{
	struct sqlite_bind b;
	int64_t id, hash;
	char *record = NULL;
	int rc = rows_text_find(db, domain, &id, &hash, e);

	if (rc == -1)
		return NULL;
	b = sqlite_bind_begin(report_db_statement(db, sql_record, e));
	if (b.stmt == NULL)
		return NULL;
	sqlite_bind_put_int(&b, id);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW)
		record = xstrdup(column_text(b.stmt, 0));
	if (report_db_finish(db, b.stmt, rc, e, "read") == 0 && record == NULL)
		(void)err_set(e, ERR_NOENT, "no TLSRPT record of %s is known",
		    domain);
	return record;
}
