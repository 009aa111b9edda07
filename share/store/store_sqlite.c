/* store_sqlite: the embedded store, one SQLite file - see store.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/store/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUSY_MS 2000

/* Standard SQL, so that another database can take the same texts. */
static const char *const statements[STORE_STATEMENTS] = {
	[STORE_GET] = "SELECT domain, id, fetched_ms, expires_ms, body "
		      "FROM policy WHERE domain = ?1",
	[STORE_PUT] =
	    "INSERT INTO policy "
	    "(domain, id, fetched_ms, expires_ms, body) "
	    "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (domain) DO UPDATE "
	    "SET id = excluded.id, fetched_ms = excluded.fetched_ms, "
	    "expires_ms = excluded.expires_ms, body = excluded.body",
	[STORE_REMOVE] = "DELETE FROM policy WHERE domain = ?1",
	[STORE_EXPIRE] = "DELETE FROM policy WHERE expires_ms < ?1",
	[STORE_EACH] = "SELECT domain, id, fetched_ms, expires_ms, body "
		       "FROM policy WHERE domain > ?1 ORDER BY domain",
	[STORE_OVERRIDE_PUT] =
	    "INSERT INTO override (domain, level, forced, created_ms, "
	    "expires_ms, reason, set_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
	    "ON CONFLICT (domain) DO UPDATE SET level = excluded.level, "
	    "forced = excluded.forced, created_ms = excluded.created_ms, "
	    "expires_ms = excluded.expires_ms, reason = excluded.reason, "
	    "set_by = excluded.set_by",
	[STORE_OVERRIDE_REMOVE] = "DELETE FROM override WHERE domain = ?1",
	[STORE_OVERRIDE_EACH] = "SELECT domain, level, forced, created_ms, "
				"expires_ms, reason, set_by FROM override "
				"ORDER BY domain",
	[STORE_HISTORY_GET] =
	    "SELECT domain, dane_ms, sts_ms, sts_mode, "
	    "dane_lost_ms, sts_lost_ms FROM history WHERE domain = ?1",
	[STORE_HISTORY_PUT] =
	    "INSERT INTO history (domain, dane_ms, sts_ms, sts_mode, "
	    "dane_lost_ms, sts_lost_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (domain) DO UPDATE "
	    "SET dane_ms = excluded.dane_ms, sts_ms = excluded.sts_ms, "
	    "sts_mode = excluded.sts_mode, "
	    "dane_lost_ms = excluded.dane_lost_ms, "
	    "sts_lost_ms = excluded.sts_lost_ms",
	[STORE_HISTORY_FORGET] = "DELETE FROM history WHERE dane_ms < ?1 "
				 "AND sts_ms < ?1 AND dane_lost_ms < ?1 "
				 "AND sts_lost_ms < ?1",
	[STORE_DOWNGRADE_PUT] =
	    "INSERT INTO downgrade (domain, what, when_ms, had_ms, detail) "
	    "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (domain, what) DO UPDATE "
	    "SET when_ms = excluded.when_ms, had_ms = excluded.had_ms, "
	    "detail = excluded.detail",
	[STORE_DOWNGRADE_EACH] = "SELECT domain, what, when_ms, had_ms, detail "
				 "FROM downgrade ORDER BY when_ms DESC, domain",
	[STORE_DOWNGRADE_FORGET] = "DELETE FROM downgrade WHERE when_ms < ?1",
};

/*
 * Step i brings a file from version i (PRAGMA user_version) to i + 1. Steps
 * are only added; one that was released never changes.
 */
static const char *const migrations[] = {
	"CREATE TABLE policy (domain TEXT NOT NULL PRIMARY KEY, "
	"id TEXT NOT NULL, fetched_ms BIGINT NOT NULL, "
	"expires_ms BIGINT NOT NULL, body TEXT NOT NULL);"
	"CREATE INDEX policy_expires ON policy (expires_ms);",
	"CREATE TABLE override (domain TEXT NOT NULL PRIMARY KEY, "
	"level TEXT NOT NULL, forced INTEGER NOT NULL, "
	"created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, "
	"reason TEXT NOT NULL, set_by TEXT NOT NULL);"
	"CREATE TABLE history (domain TEXT NOT NULL PRIMARY KEY, "
	"dane_ms BIGINT NOT NULL, sts_ms BIGINT NOT NULL, "
	"sts_mode TEXT NOT NULL, dane_lost_ms BIGINT NOT NULL, "
	"sts_lost_ms BIGINT NOT NULL);"
	"CREATE TABLE downgrade (domain TEXT NOT NULL, what TEXT NOT NULL, "
	"when_ms BIGINT NOT NULL, had_ms BIGINT NOT NULL, "
	"detail TEXT NOT NULL, PRIMARY KEY (domain, what));",
};

#define SCHEMA_VERSION (sizeof(migrations) / sizeof(*migrations))

/*
 * trusted_schema, cell_size_check: the file may be damaged. cache_size: the
 * daemon's own cache is in front of this one (in KiB, negative).
 */
static const char settings[] = "PRAGMA synchronous = FULL;"
			       "PRAGMA trusted_schema = OFF;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA cache_size = -512;"
			       "PRAGMA journal_size_limit = 1048576;"
			       "PRAGMA temp_store = MEMORY;";

/* Fills e from what SQLite says; a full disk may be gone later. */
static int
db_error(struct store_sqlite *s, struct err *e, const char *what)
{
	return err_set(e, ERR_SYS, "%s: cannot %s: %s", s->path, what,
	    s->db != NULL ? sqlite3_errmsg(s->db) : "out of memory");
}

static void
close_db(struct store_sqlite *s)
{
	for (int i = 0; i < STORE_STATEMENTS; i++) {
		(void)sqlite3_finalize(s->stmt[i]);
		s->stmt[i] = NULL;
	}
	(void)sqlite3_close(s->db);
	s->db = NULL;
}

/*
 * SQLite would make the file by the umask: policies are nobody's business.
 * They are no secret either, so a file of somebody else is left as it is.
 */
static int
make_file(const char *path, struct err *e)
{
	struct stat st;
	int fd, ret = 0;

	fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd == -1)
		return err_sys(e, "cannot open %s", path);
	if (fstat(fd, &st) == -1)
		ret = err_sys(e, "cannot look at %s", path);
	else if (!S_ISREG(st.st_mode))
		ret = err_set(e, ERR_PERM, "%s is no file", path);
	else if ((st.st_mode & 077) != 0)
		(void)fchmod(fd, 0600);
	close(fd);
	return ret;
}

/* Reads the version of the file; an SQLite result code. */
static int
read_version(sqlite3 *db, int64_t *version)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
		*version = sqlite3_column_int64(stmt, 0);
	}
	(void)sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* Brings the file up from version; an SQLite result code. */
static int
migrate(sqlite3 *db, int64_t version)
{
	char *sql =
	    sqlite3_mprintf("PRAGMA user_version = %d", (int)SCHEMA_VERSION);
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	/* another process may have been faster */
	if (rc == SQLITE_OK)
		rc = read_version(db, &version);
	for (size_t i = (size_t)version; rc == SQLITE_OK && i < SCHEMA_VERSION;
	     i++)
		rc = sqlite3_exec(db, migrations[i], NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sql == NULL ? SQLITE_NOMEM
				 : sqlite3_exec(db, sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	else
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_free(sql);
	return rc;
}

/*
 * Opens the database and prepares everything; an SQLite result code. A file
 * on a read-only disk is good for reading.
 */
static int
open_db(struct store_sqlite *s, int64_t *version)
{
	int rc;

	rc = sqlite3_open_v2(s->path, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL);
	if (rc != SQLITE_OK)
		return rc;
	(void)sqlite3_extended_result_codes(s->db, 0);
	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	rc = read_version(s->db, version);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL,
		    NULL, NULL);
	if (rc == SQLITE_OK || rc == SQLITE_READONLY)
		rc = sqlite3_exec(s->db, settings, NULL, NULL, NULL);
	if (rc == SQLITE_OK && *version < (int64_t)SCHEMA_VERSION)
		rc = migrate(s->db, *version);
	if (rc == SQLITE_OK && *version > (int64_t)SCHEMA_VERSION)
		return SQLITE_OK;
	for (int i = 0; rc == SQLITE_OK && i < STORE_STATEMENTS; i++)
		rc = sqlite3_prepare_v3(s->db, statements[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &s->stmt[i], NULL);
	return rc;
}

/* Finds a name for the damaged file that nothing has yet. */
static char *
aside_name(const char *path)
{
	char stamp[32];
	struct tm tm;
	time_t now = time(NULL);
	char *name;

	(void)gmtime_r(&now, &tm);
	(void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	name = xasprintf("%s.damaged-%s", path, stamp);
	for (int i = 2; access(name, F_OK) == 0; i++) {
		free(name);
		name = xasprintf("%s.damaged-%s-%d", path, stamp, i);
	}
	return name;
}

/* Renames the file and its log together, so that both stay readable. */
static int
put_aside(const char *path, struct err *e)
{
	char *name = aside_name(path);
	char *wal = xasprintf("%s-wal", path);
	char *wal_name = xasprintf("%s-wal", name);
	char *shm = xasprintf("%s-shm", path);
	int ret = 0;

	(void)unlink(shm);
	if (rename(path, name) == -1 ||
	    (rename(wal, wal_name) == -1 && errno != ENOENT))
		ret = err_sys(e, "cannot put the damaged %s aside", path);
	else
		(void)err_set(e, ERR_SYS,
		    "%s was damaged, put aside as %s, and begun anew", path,
		    name);
	free(name);
	free(wal);
	free(wal_name);
	free(shm);
	return ret;
}

static bool
is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

/* Opens the file, and a fresh one where it is damaged (then e says so). */
static int
open_or_replace(struct store_sqlite *s, struct err *e)
{
	int64_t version = 0;
	int rc;

	if (make_file(s->path, e) == -1)
		return -1;
	rc = open_db(s, &version);
	if (is_damage(rc)) {
		close_db(s);
		version = 0;
		if (put_aside(s->path, e) == -1 || make_file(s->path, e) == -1)
			return -1;
		rc = open_db(s, &version);
	}
	if (rc != SQLITE_OK)
		(void)db_error(s, e, "open");
	else if (version > (int64_t)SCHEMA_VERSION)
		rc = err_set(e, ERR_PERM,
		    "%s was written by a newer version (schema %lld, known "
		    "are those up to %d)",
		    s->path, (long long)version, (int)SCHEMA_VERSION);
	if (rc == SQLITE_OK)
		return 0;
	close_db(s);
	return -1;
}

int
store_sqlite_finish(struct store_sqlite *s, int which, int rc, struct err *e,
    const char *what)
{
	int ret = 0;

	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		ret = db_error(s, e, what);
	if (rc == SQLITE_BUSY && e != NULL)
		e->code = ERR_TEMP;
	(void)sqlite3_reset(s->stmt[which]);
	(void)sqlite3_clear_bindings(s->stmt[which]);
	if (is_damage(rc)) {
		close_db(s);
		if (put_aside(s->path, e) == 0) {
			struct err ignored;

			(void)open_or_replace(s, &ignored);
		}
	}
	return ret;
}

/*
 * Lets go of a file that somebody took away or put another in the place of:
 * what is written there is lost at the next start.
 */
static void
leave_moved(struct store_sqlite *s)
{
	int moved = 0;

	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED,
		&moved) != SQLITE_OK ||
	    !moved)
		return;
	/* else its log would be taken for one of the file that is there now */
	(void)sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
	    NULL, NULL);
	close_db(s);
}

sqlite3_stmt *
store_sqlite_begin(struct store_sqlite *s, int which, struct err *e)
{
	if (s->db != NULL)
		leave_moved(s);
	if (s->db != NULL)
		return s->stmt[which];
	err_clear(e);
	/* a text in e, of a damaged file, is for whom this call fails */
	if (open_or_replace(s, e) == -1 || (e != NULL && e->code != ERR_NONE))
		return NULL;
	return s->stmt[which];
}

int
store_sqlite_text(sqlite3_stmt *stmt, int i, const char *s)
{
	return sqlite3_bind_text(stmt, i, s, -1, SQLITE_STATIC);
}

/* Takes a row; false when it is not what put() wrote. */
static bool
read_row(sqlite3_stmt *stmt, struct store_policy *p)
{
	const char *domain = (const char *)sqlite3_column_text(stmt, 0);
	const char *id = (const char *)sqlite3_column_text(stmt, 1);
	const char *body = (const char *)sqlite3_column_text(stmt, 4);

	if (domain == NULL || id == NULL || body == NULL ||
	    text_copy(p->domain, sizeof(p->domain), domain) == -1 ||
	    text_copy(p->id, sizeof(p->id), id) == -1)
		return false;
	p->fetched_ms = sqlite3_column_int64(stmt, 2);
	p->expires_ms = sqlite3_column_int64(stmt, 3);
	p->body = xstrdup(body);
	return true;
}

static int
sqlite_get(void *ctx, const char *domain, struct store_policy *p, struct err *e)
{
	struct store_sqlite *s = ctx;
	sqlite3_stmt *stmt = store_sqlite_begin(s, STORE_GET, e);
	bool good = true;
	int rc;

	if (stmt == NULL)
		return -1;
	rc = store_sqlite_text(stmt, 1, domain);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		good = read_row(stmt, p);
	if (store_sqlite_finish(s, STORE_GET, good ? rc : SQLITE_CORRUPT, e,
		"read") == -1)
		return -1;
	return rc == SQLITE_ROW;
}

static int
sqlite_put(void *ctx, const struct store_policy *p, struct err *e)
{
	struct store_sqlite *s = ctx;
	sqlite3_stmt *stmt = store_sqlite_begin(s, STORE_PUT, e);
	int rc;

	if (stmt == NULL)
		return -1;
	rc = store_sqlite_text(stmt, 1, p->domain);
	if (rc == SQLITE_OK)
		rc = store_sqlite_text(stmt, 2, p->id);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(stmt, 3, p->fetched_ms);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(stmt, 4, p->expires_ms);
	if (rc == SQLITE_OK)
		rc = store_sqlite_text(stmt, 5, p->body);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	return store_sqlite_finish(s, STORE_PUT, rc, e, "write");
}

static int
sqlite_remove(void *ctx, const char *domain, struct err *e)
{
	struct store_sqlite *s = ctx;
	sqlite3_stmt *stmt = store_sqlite_begin(s, STORE_REMOVE, e);
	int rc;

	if (stmt == NULL)
		return -1;
	rc = store_sqlite_text(stmt, 1, domain);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	return store_sqlite_finish(s, STORE_REMOVE, rc, e, "remove");
}

static int64_t
sqlite_expire(void *ctx, int64_t now_ms, struct err *e)
{
	struct store_sqlite *s = ctx;
	sqlite3_stmt *stmt = store_sqlite_begin(s, STORE_EXPIRE, e);
	int64_t n = 0;
	int rc;

	if (stmt == NULL)
		return -1;
	rc = sqlite3_bind_int64(stmt, 1, now_ms);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_DONE)
		n = sqlite3_changes(s->db);
	return store_sqlite_finish(s, STORE_EXPIRE, rc, e, "remove") == -1 ? -1
									   : n;
}

static int
sqlite_each(void *ctx, const char *after,
    bool (*each)(void *arg, const struct store_policy *p), void *arg,
    struct err *e)
{
	struct store_sqlite *s = ctx;
	sqlite3_stmt *stmt = store_sqlite_begin(s, STORE_EACH, e);
	struct store_policy p;
	bool more = true;
	int rc;

	if (stmt == NULL)
		return -1;
	rc = store_sqlite_text(stmt, 1, after);
	while (more && (rc == SQLITE_OK || rc == SQLITE_ROW) &&
	    (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (!read_row(stmt, &p)) {
			rc = SQLITE_CORRUPT;
			break;
		}
		more = each(arg, &p);
		free(p.body);
	}
	return store_sqlite_finish(s, STORE_EACH, rc, e, "read");
}

static void
sqlite_free(void *ctx)
{
	struct store_sqlite *s = ctx;

	close_db(s);
	free(s->path);
	free(s);
}

int
store_sqlite_open(const char *path, struct store *store, struct err *e)
{
	struct store_sqlite *s = xcalloc(1, sizeof(*s));

	err_clear(e);
	s->path = xstrdup(path);
	if (open_or_replace(s, e) == -1) {
		sqlite_free(s);
		return -1;
	}
	*store = (struct store){
		.get = sqlite_get,
		.put = sqlite_put,
		.remove = sqlite_remove,
		.expire = sqlite_expire,
		.each = sqlite_each,
		.free = sqlite_free,
		.ctx = s,
	};
	store_sqlite_state(store);
	return 0;
}
