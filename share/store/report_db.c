/* report_db: what tlsherald-reportgen keeps on disk - see report_db.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/report_db_part.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char sql_get[] = "SELECT value FROM number WHERE name = ?1";
static const char sql_put[] =
    "INSERT INTO number (name, value) VALUES (?1, ?2) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value";
static const char sql_add[] =
    "INSERT INTO number (name, value) VALUES (?1, ?2) "
    "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value";
static const char sql_each[] = "SELECT name, value FROM number "
			       "WHERE substr(name, 1, length(?1)) = ?1 "
			       "ORDER BY name";

static struct report_db *
open_db(const char *path, bool read_only, struct err *e)
{
	struct report_db *db = xcalloc(1, sizeof(*db));

	if (sqlite_file_open(&db->file, path, &report_schema, read_only, e) ==
	    0)
		return db;
	free(db);
	return NULL;
}

struct report_db *
report_db_open(const char *path, struct err *e)
{
	return open_db(path, false, e);
}

struct report_db *
report_db_open_ro(const char *path, struct err *e)
{
	return open_db(path, true, e);
}

void
report_db_close(struct report_db *db)
{
	if (db == NULL)
		return;
	sqlite_file_close(&db->file);
	free(db);
}

bool
report_db_is_open(const struct report_db *db)
{
	return db->open;
}

/* Whether SQLite took back by itself what was begun: the disk is full, ... */
static bool
is_lost(const struct report_db *db)
{
	return db->open &&
	    (db->file.db == NULL || db->file.damaged ||
		sqlite3_get_autocommit(db->file.db));
}

static int
lost(const struct report_db *db, struct err *e)
{
	return err_set(e, ERR_SYS, "%s: the transaction was lost",
	    db->file.path);
}

sqlite3_stmt *
report_db_statement(struct report_db *db, const char *sql, struct err *e)
{
	sqlite3_stmt *stmt;

	err_clear(e);
	if (is_lost(db)) {
		(void)lost(db, e);
		return NULL;
	}
	if (!db->open && sqlite_file_ready(&db->file, e) == -1)
		return NULL;
	stmt = sqlite_file_statement(&db->file, sql, e);
	if (stmt != NULL && sqlite3_stmt_busy(stmt)) {
		(void)err_set(e, ERR_BUG, "%s: a query runs within itself",
		    db->file.path);
		return NULL;
	}
	return stmt;
}

int
report_db_finish(struct report_db *db, sqlite3_stmt *stmt, int rc,
    struct err *e, const char *what)
{
	return sqlite_file_finish(&db->file, stmt, rc, e, what);
}

static int
begin(struct report_db *db, const char *sql, struct err *e)
{
	err_clear(e);
	if (db->open || sqlite_file_in_use(&db->file))
		return err_set(e, ERR_BUG, "%s: transactions do not nest",
		    db->file.path);
	if (sqlite_file_ready(&db->file, e) == -1 ||
	    sqlite_file_run(&db->file, sql, e, "begin") == -1)
		return -1;
	db->open = true;
	db->keyed = false;
	return 0;
}

int
report_db_begin(struct report_db *db, struct err *e)
{
	return begin(db, "BEGIN IMMEDIATE", e);
}

int
report_db_begin_read(struct report_db *db, struct err *e)
{
	return begin(db, "BEGIN", e);
}

int
report_db_commit(struct report_db *db, struct err *e)
{
	int ret;

	err_clear(e);
	if (!db->open)
		return err_set(e, ERR_BUG, "%s: nothing was begun",
		    db->file.path);
	ret = is_lost(db) ? lost(db, e)
			  : sqlite_file_run(&db->file, "COMMIT", e, "write");
	if (ret == -1)
		report_db_rollback(db);
	db->open = false;
	return ret;
}

void
report_db_rollback(struct report_db *db)
{
	struct err ignored;

	if (!db->open)
		return;
	db->open = false;
	if (sqlite_file_in_use(&db->file))
		(void)sqlite3_exec(db->file.db, "ROLLBACK", NULL, NULL, NULL);
	if (db->file.damaged)
		(void)!sqlite_file_ready(&db->file, &ignored);
}

int
report_db_get_int(struct report_db *db, const char *name, int64_t fallback,
    int64_t *value, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_get, e));
	int rc;

	*value = fallback;
	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, name);
	rc = sqlite_bind_step(&b);
	if (rc == SQLITE_ROW)
		*value = sqlite3_column_int64(b.stmt, 0);
	return report_db_finish(db, b.stmt, rc, e, "read");
}

static int
write_int(struct report_db *db, const char *sql, const char *name,
    int64_t value, struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql, e));

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, name);
	sqlite_bind_put_int(&b, value);
	return report_db_finish(db, b.stmt, sqlite_bind_step(&b), e, "write");
}

int
report_db_put_int(struct report_db *db, const char *name, int64_t value,
    struct err *e)
{
	return write_int(db, sql_put, name, value, e);
}

int
report_db_add_int(struct report_db *db, const char *name, int64_t value,
    struct err *e)
{
	return write_int(db, sql_add, name, value, e);
}

int
report_db_each_int(struct report_db *db, const char *prefix,
    void (*each)(void *arg, const char *name, int64_t value), void *arg,
    struct err *e)
{
	struct sqlite_bind b =
	    sqlite_bind_begin(report_db_statement(db, sql_each, e));
	int rc;

	if (b.stmt == NULL)
		return -1;
	sqlite_bind_put_text(&b, prefix);
	while ((rc = sqlite_bind_step(&b)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(b.stmt, 0);

		if (name != NULL)
			each(arg, name, sqlite3_column_int64(b.stmt, 1));
	}
	return report_db_finish(db, b.stmt, rc, e, "read");
}

/* Makes a key of hashes where there is none; a reader's file has one. */
static int
read_key(struct report_db *db, struct err *e)
{
	static const char *const names[2] = { "hash-key-0", "hash-key-1" };
	int64_t half;

	for (int i = 0; i < 2; i++) {
		if (report_db_get_int(db, names[i], 0, &half, e) == -1)
			return -1;
		if (half == 0 && !db->file.read_only) {
			if (getrandom(&half, sizeof(half), 0) != sizeof(half))
				return err_sys(e, "getrandom");
			half |= 1; /* 0 is "none" */
			if (report_db_put_int(db, names[i], half, e) == -1)
				return -1;
		}
		db->key.key[i] = (uint64_t)half;
	}
	/* outside of a transaction another process may replace the file */
	db->keyed = db->open;
	return 0;
}

int
report_db_hash(struct report_db *db, const void *data, size_t n, int64_t *hash,
    struct err *e)
{
	if (!db->keyed && read_key(db, e) == -1)
		return -1;
	*hash = (int64_t)map_hash(&db->key, data, n);
	return 0;
}
