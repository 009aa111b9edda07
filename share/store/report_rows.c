/* report_rows: collected sessions - see report_rows.h */
#include "config.h"

#include "share/base/buf.h"
#include "share/base/text.h"
#include "share/store/report_db_part.h"
#include "share/store/report_rows.h"
#include "share/store/report_rows_part.h"

#include <string.h>

#define COUNT_MAX INT64_C(9007199254740991) /* RFC 7493 */
#define BODY_MAX (64u * 1024)               /* octets of a policy's lines */

static const char sql_text_find[] = "SELECT id, text FROM text WHERE hash = ?1";
static const char sql_text_add[] =
    "INSERT INTO text (hash, text) VALUES (?1, ?2)";
static const char sql_policy_find[] = "SELECT id FROM policy WHERE hash = ?1";
static const char sql_policy_add[] =
    "INSERT INTO policy (hash, type, domain, body) VALUES (?1, ?2, ?3, ?4)";
static const char sql_failure_find[] = "SELECT id FROM failure WHERE hash = ?1";
static const char sql_failure_add[] =
    "INSERT INTO failure (hash, result, sending_ip, mx, helo, receiving_ip, "
    "info, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char sql_counted_find[] =
    "SELECT id, success, failure FROM counted WHERE domain = ?1 "
    "AND begin_s = ?2 AND length_s = ?3 AND host = ?4 AND policy = ?5";
static const char sql_counted_many[] =
    "SELECT count(*) FROM counted WHERE domain = ?1 AND begin_s = ?2 "
    "AND length_s = ?3 AND host = ?4";
static const char sql_counted_add[] =
    "INSERT INTO counted (domain, begin_s, length_s, host, policy, success, "
    "failure) VALUES (?1, ?2, ?3, ?4, ?5, 0, 0)";
static const char sql_counted_set[] =
    "UPDATE counted SET success = ?2, failure = ?3 WHERE id = ?1";
static const char sql_detail_find[] =
    "SELECT sessions FROM detail WHERE counted = ?1 AND failure = ?2";
static const char sql_detail_many[] =
    "SELECT count(*) FROM detail WHERE counted = ?1";
static const char sql_detail_put[] =
    "INSERT INTO detail (counted, failure, sessions) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (counted, failure) DO UPDATE SET sessions = "
    "excluded.sessions";
static const char sql_record_put[] =
    "INSERT INTO record (domain, record) VALUES (?1, ?2) "
    "ON CONFLICT (domain) DO UPDATE SET record = excluded.record";

/* A row being added: what its texts became, and where it is. */
struct adding {
	struct report_db *db;
	const struct rows_row *row;
	int64_t domain, host, policy; /* ids */
	int64_t counted;
	int64_t success, failure; /* before */
	int64_t details;          /* that it has; -1: not counted yet */
};

static int64_t
count_add(int64_t a, int64_t b)
{
	if (b < 0)
		b = 0;
	return a > COUNT_MAX - b || b > COUNT_MAX ? COUNT_MAX : a + b;
}

/* Runs a statement that adds a line; its id comes back. */
static int
add_line(struct report_db *db, struct sqlite_bind *b, int64_t *id,
    struct err *e)
{
	int rc = sqlite_bind_step(b);

	*id = sqlite3_last_insert_rowid(db->file.db);
	return report_db_finish(db, b->stmt, rc, e, "write");
}

/* Runs a query of one number; 1 and *value, 0 none, -1 and e. */
static int
one_number(struct report_db *db, struct sqlite_bind *b, int64_t *value,
    struct err *e)
{
	int rc = sqlite_bind_step(b);

	if (rc == SQLITE_ROW)
		*value = sqlite3_column_int64(b->stmt, 0);
	if (report_db_finish(db, b->stmt, rc, e, "read") == -1)
		return -1;
	return rc == SQLITE_ROW;
}

int
rows_text_find(struct report_db *db, const char *s, int64_t *id, int64_t *hash,
    struct err *e)
{
	struct sqlite_bind b;
	bool found = false;
	int rc = SQLITE_DONE;

	*id = 0;
	if (s == NULL)
		return 1;
	if (report_db_hash(db, s, strlen(s), hash, e) == -1)
		return -1;
	b = sqlite_bind_begin(report_db_statement(db, sql_text_find, e));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, *hash);
	while (!found && (rc = sqlite_bind_step(&b)) == SQLITE_ROW) {
		const char *t = (const char *)sqlite3_column_text(b.stmt, 1);

		found = t != NULL && strcmp(t, s) == 0;
		if (found)
			*id = sqlite3_column_int64(b.stmt, 0);
	}
	if (report_db_finish(db, b.stmt, rc, e, "read") == -1)
		return -1;
	return found;
}

/* The id of a text, added where it is new; 0 for NULL. */
static int
text_id(struct report_db *db, const char *s, int64_t *id, struct err *e)
{
	struct sqlite_bind b;
	int64_t hash;
	int rc = rows_text_find(db, s, id, &hash, e);

	if (rc != 0)
		return rc == -1 ? -1 : 0;
	b = sqlite_bind_begin(report_db_statement(db, sql_text_add, e));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, hash);
	sqlite_bind_put_text(&b, s);
	return add_line(db, &b, id, e);
}

/* ---- policies ---- */

static void
put_lines(struct buf *b, char kind, const char *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = b->len;

		buf_printf(b, "%c%s", kind, text[i]);
		for (size_t j = at; j < b->len; j++)
			if (b->data[j] == '\n')
				b->data[j] = ' ';
		buf_add(b, "\n", 1);
	}
}

/*
 * The hash stands for the policy: it has a key of this file and 64 bits, so
 * that nobody can choose two policies that are taken for one.
 */
static int
policy_hash(struct adding *a, const char *domain, const struct buf *body,
    int64_t *hash, struct err *e)
{
	struct buf b;
	int ret;

	buf_init(&b, 2 * BODY_MAX);
	buf_printf(&b, "%d %s\n%s", a->row->type, domain != NULL ? domain : "",
	    buf_str(body));
	ret = report_db_hash(a->db, buf_str(&b), b.len, hash, e);
	buf_clear(&b);
	return ret;
}

static int
add_policy(struct adding *a, const char *domain, const struct buf *body,
    int64_t hash, struct err *e)
{
	struct sqlite_bind b;
	int64_t domain_id;

	if (text_id(a->db, domain, &domain_id, e) == -1)
		return -1;
	b = sqlite_bind_begin(report_db_statement(a->db, sql_policy_add, e));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, hash);
	sqlite_bind_put_int(&b, a->row->type);
	sqlite_bind_put_int(&b, domain_id);
	sqlite_bind_put_text(&b, buf_str(body));
	return add_line(a->db, &b, &a->policy, e);
}

/* Sets a->policy; plain: the policy of that type without its lines. */
static int
intern_policy(struct adding *a, bool plain, struct err *e)
{
	const char *domain = plain ? a->row->domain : a->row->policy_domain;
	struct sqlite_bind b;
	struct buf body;
	int64_t hash;
	int ret = -1;

	buf_init(&body, BODY_MAX);
	if (!plain) {
		put_lines(&body, 's', a->row->strings, a->row->nstrings);
		put_lines(&body, 'm', a->row->mx, a->row->nmx);
	}
	if (buf_full(&body))
		buf_reset(&body);
	if (policy_hash(a, domain, &body, &hash, e) == -1)
		goto out;
	b = sqlite_bind_begin(report_db_statement(a->db, sql_policy_find, e));
	if (b.stmt == NULL)
		goto out;
	sqlite_bind_put_int(&b, hash);
	ret = one_number(a->db, &b, &a->policy, e);
	if (ret == 0)
		ret = add_policy(a, domain, &body, hash, e);
	else if (ret == 1)
		ret = 0;
out:
	buf_clear(&body);
	return ret;
}

/* ---- the row ---- */

static void
put_key(const struct adding *a, struct sqlite_bind *b)
{
	sqlite_bind_put_int(b, a->domain);
	sqlite_bind_put_int(b, a->row->begin);
	sqlite_bind_put_int(b, a->row->length);
	sqlite_bind_put_int(b, a->host);
}

/* 1 found, 0 not there, -1 and e. */
static int
find_counted(struct adding *a, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(a->db, sql_counted_find, e));
	int rc;

	if (b.stmt == NULL)
		return -1;
	put_key(a, &b);
	sqlite_bind_put_int(&b, a->policy);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW) {
		a->counted = sqlite3_column_int64(b.stmt, 0);
		a->success = sqlite3_column_int64(b.stmt, 1);
		a->failure = sqlite3_column_int64(b.stmt, 2);
	}
	if (report_db_finish(a->db, b.stmt, rc, e, "read") == -1)
		return -1;
	return rc == SQLITE_ROW;
}

static int
add_counted(struct adding *a, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(a->db, sql_counted_add, e));

	if (b.stmt == NULL)
		return -1;
	put_key(a, &b);
	sqlite_bind_put_int(&b, a->policy);
	a->success = a->failure = 0;
	a->details = 0;
	return add_line(a->db, &b, &a->counted, e);
}

/* Finds the row, or makes it; that of the plain policy at the limit. */
static int
place(struct adding *a, struct err *e)
{
	struct sqlite_bind b;
	int64_t many = 0;
	int rc;

	if (intern_policy(a, false, e) == -1)
		return -1;
	rc = find_counted(a, e);
	if (rc != 0)
		return rc == -1 ? -1 : 0;
	b = sqlite_bind_begin(report_db_statement(a->db, sql_counted_many, e));
	if (b.stmt == NULL)
		return -1;
	put_key(a, &b);
	if (one_number(a->db, &b, &many, e) == -1)
		return -1;
	if (many >= ROWS_POLICIES_MAX) {
		if (intern_policy(a, true, e) == -1)
			return -1;
		rc = find_counted(a, e);
		if (rc != 0)
			return rc == -1 ? -1 : 0;
	}
	return add_counted(a, e);
}

static int
set_counts(struct adding *a, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(a->db, sql_counted_set, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, a->counted);
	sqlite_bind_put_int(&b, count_add(a->success, a->row->success));
	sqlite_bind_put_int(&b, count_add(a->failure, a->row->failure));
	return report_db_finish(a->db, b.stmt, sqlite_bind_step(&b), e,
	    "write");
}

/* ---- failure details ---- */

static void
list_texts(const struct rows_failure *f, const char *text[ROWS_TEXTS])
{
	text[0] = f->sending_ip;
	text[1] = f->mx;
	text[2] = f->helo;
	text[3] = f->receiving_ip;
	text[4] = f->info;
	text[5] = f->reason;
}

static int
failure_hash(struct report_db *db, const struct rows_failure *f, int64_t *hash,
    struct err *e)
{
	const char *text[ROWS_TEXTS];
	struct buf b;
	int ret;

	list_texts(f, text);
	buf_init(&b, BODY_MAX);
	buf_printf(&b, "%d", f->result);
	for (size_t i = 0; i < ROWS_TEXTS; i++) {
		buf_add(&b, text[i] != NULL ? "\1" : "\0", 1);
		if (text[i] != NULL)
			buf_puts(&b, text[i]);
	}
	ret = report_db_hash(db, buf_str(&b), b.len, hash, e);
	buf_clear(&b);
	return ret;
}

static int
add_failure(struct report_db *db, const struct rows_failure *f, int64_t hash,
    int64_t *id, struct err *e)
{
	const char *text[ROWS_TEXTS];
	int64_t ids[ROWS_TEXTS];
	struct sqlite_bind b;

	list_texts(f, text);
	for (size_t i = 0; i < ROWS_TEXTS; i++)
		if (text_id(db, text[i], &ids[i], e) == -1)
			return -1;
	b = sqlite_bind_begin(report_db_statement(db, sql_failure_add, e));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, hash);
	sqlite_bind_put_int(&b, f->result);
	for (size_t i = 0; i < ROWS_TEXTS; i++)
		sqlite_bind_put_int(&b, ids[i]);
	return add_line(db, &b, id, e);
}

/* The id of a failure; *fresh: it was not there. */
static int
intern_failure(struct report_db *db, const struct rows_failure *f, int64_t *id,
    bool *fresh, struct err *e)
{
	struct sqlite_bind b;
	int64_t hash;
	int rc;

	if (failure_hash(db, f, &hash, e) == -1)
		return -1;
	b = sqlite_bind_begin(report_db_statement(db, sql_failure_find, e));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, hash);
	rc = one_number(db, &b, id, e);
	*fresh = rc == 0;
	if (rc != 0)
		return rc == -1 ? -1 : 0;
	return add_failure(db, f, hash, id, e);
}

static int
find_detail(struct adding *a, int64_t failure, int64_t *sessions, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(a->db, sql_detail_find, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, a->counted);
	sqlite_bind_put_int(&b, failure);
	return one_number(a->db, &b, sessions, e);
}

static int
put_detail(struct adding *a, int64_t failure, int64_t sessions, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(a->db, sql_detail_put, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, a->counted);
	sqlite_bind_put_int(&b, failure);
	sqlite_bind_put_int(&b, sessions);
	return report_db_finish(a->db, b.stmt, sqlite_bind_step(&b), e,
	    "write");
}

static int
count_details(struct adding *a, struct err *e)
{
	struct sqlite_bind b;

	if (a->details != -1)
		return 0;
	b = sqlite_bind_begin(report_db_statement(a->db, sql_detail_many, e));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, a->counted);
	return one_number(a->db, &b, &a->details, e) == -1 ? -1 : 0;
}

/*
 * Adds a detail. At the limit it becomes that of its result with the reason
 * "other", of which there is one per result: folded is set then.
 */
static int
add_detail(struct adding *a, const struct rows_failure *f, bool folded,
    struct err *e)
{
	const struct rows_failure other = { .result = f->result,
		.reason = "other",
		.sessions = f->sessions };
	int64_t failure, before = 0;
	bool fresh;
	int rc;

	if (intern_failure(a->db, f, &failure, &fresh, e) == -1)
		return -1;
	rc = fresh ? 0 : find_detail(a, failure, &before, e);
	if (rc == 0 && !folded) {
		if (count_details(a, e) == -1)
			return -1;
		if (a->details >= ROWS_FAILURES_MAX)
			return add_detail(a, &other, true, e);
	}
	if (rc == -1)
		return -1;
	if (rc == 0)
		a->details++;
	return put_detail(a, failure, count_add(before, f->sessions), e);
}

/* Keeps the record that was seen last. */
static int
put_record(struct adding *a, struct err *e)
{
	struct sqlite_bind b;
	int64_t record;

	if (a->row->record == NULL)
		return 0;
	if (text_id(a->db, a->row->record, &record, e) == -1)
		return -1;
	b = sqlite_bind_begin(report_db_statement(a->db, sql_record_put, e));
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_int(&b, a->domain);
	sqlite_bind_put_int(&b, record);
	return report_db_finish(a->db, b.stmt, sqlite_bind_step(&b), e,
	    "write");
}

int
rows_add(struct report_db *db, const struct rows_row *row, struct err *e)
{
	struct adding a = { .db = db, .row = row, .details = -1 };

	if (!report_db_is_open(db))
		return err_set(e, ERR_BUG, "rows are added in a transaction");
	if (text_id(db, row->domain, &a.domain, e) == -1 ||
	    text_id(db, row->host, &a.host, e) == -1 || place(&a, e) == -1 ||
	    set_counts(&a, e) == -1 || put_record(&a, e) == -1)
		return -1;
	for (size_t i = 0; i < row->nfailures; i++)
		if (add_detail(&a, &row->failures[i], false, e) == -1)
			return -1;
	return 0;
}
