/* analysis_sqlite: opens the analyzer's file, runs statements - analysis_sqlite.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/analysis_schema.h"
#include "share/store/analysis_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define READ_WAIT_MS 2000
#define POLL_MS 2

static const char *const verdict_names[] = { "ok", "salvaged", "duplicate",
	"rejected", "foreign", "other" };
static const char *const trust_names[] = { "unknown", "unsigned", "signed",
	"verified" };

const char *
analysis_verdict_name(enum analysis_verdict v)
{
	return verdict_names[v];
}

const char *
analysis_trust_name(enum analysis_trust t)
{
	return trust_names[t];
}

/* ---- errors and statements ---- */

int
analysis_error(const struct analysis_sqlite *s, int rc, struct err *e,
    const char *what)
{
	const char *text = s->db != NULL && sqlite3_errcode(s->db) == rc
	    ? sqlite3_errmsg(s->db)
	    : sqlite3_errstr(rc);

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, ERR_TEMP, "%s is locked by another program",
		    s->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(e, ERR_PERM,
		    "%s is damaged (%s): put it aside and ingest again",
		    s->path, text);
	default:
		return err_set(e, ERR_SYS, "%s: cannot %s: %s", s->path, what,
		    text);
	}
}

struct analysis_query
analysis_query(struct analysis_sqlite *s, enum analysis_statement which)
{
	struct analysis_query q = { .s = s, .next = 1, .kept = true };

	if (s->stmt[which] == NULL)
		q.rc = sqlite3_prepare_v3(s->db, analysis_statements[which], -1,
		    SQLITE_PREPARE_PERSISTENT, &s->stmt[which], NULL);
	q.stmt = s->stmt[which];
	return q;
}

struct analysis_query
analysis_query_sql(struct analysis_sqlite *s, const char *sql)
{
	struct analysis_query q = { .s = s, .next = 1 };

	q.rc = sqlite3_prepare_v2(s->db, sql, -1, &q.stmt, NULL);
	return q;
}

void
analysis_bind(struct analysis_query *q, int64_t n)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_int64(q->stmt, q->next++, n);
}

void
analysis_bind_text(struct analysis_query *q, const char *s)
{
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_text(q->stmt, q->next++,
		    s != NULL ? s : "", -1, SQLITE_STATIC);
}

bool
analysis_row(struct analysis_query *q)
{
	if (q->rc == SQLITE_OK || q->rc == SQLITE_ROW)
		q->rc = sqlite3_step(q->stmt);
	return q->rc == SQLITE_ROW;
}

int
analysis_finish(struct analysis_query *q, struct err *e, const char *what)
{
	int ret = 0;

	if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW && q->rc != SQLITE_DONE)
		ret = analysis_error(q->s, q->rc, e, what);
	if (q->kept)
		(void)sqlite3_reset(q->stmt);
	else
		(void)sqlite3_finalize(q->stmt);
	q->stmt = NULL;
	return ret;
}

int
analysis_run(struct analysis_query *q, struct err *e, const char *what)
{
	while (analysis_row(q))
		;
	return analysis_finish(q, e, what);
}

int64_t
analysis_column(const struct analysis_query *q, int i)
{
	return sqlite3_column_int64(q->stmt, i);
}

const char *
analysis_column_text(const struct analysis_query *q, int i)
{
	const char *s = (const char *)sqlite3_column_text(q->stmt, i);

	return s != NULL ? s : "";
}

/* The one number that a statement gives. */
static int
number(struct analysis_sqlite *s, enum analysis_statement which, int64_t *n,
    struct err *e)
{
	struct analysis_query q = analysis_query(s, which);

	*n = analysis_row(&q) ? analysis_column(&q, 0) : 0;
	return analysis_finish(&q, e, "read");
}

/* ---- transactions ---- */

/* Ids of texts that another program may have removed are forgotten. */
static int
check_version(struct analysis_sqlite *s, struct err *e)
{
	int64_t version;

	if (number(s, ANALYSIS_VERSION, &version, e) == -1)
		return -1;
	if (version != s->version) {
		analysis_text_forget(s);
		analysis_memo_forget(s);
	}
	s->version = version;
	return 0;
}

static void
store_rollback(void *ctx)
{
	struct analysis_sqlite *s = ctx;

	if (sqlite3_get_autocommit(s->db) == 0)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	if (s->within)
		analysis_text_forget(s);
	analysis_memo_forget(s);
	s->within = false;
}

static int
check_size(struct analysis_sqlite *s, struct err *e)
{
	int64_t octets;

	if (s->limits.octets_max == 0)
		return 0;
	if (number(s, ANALYSIS_PAGES, &octets, e) == -1)
		return -1;
	if (octets > s->limits.octets_max)
		return err_set(e, ERR_LIMIT,
		    "%s has reached its limit of %lld octets", s->path,
		    (long long)s->limits.octets_max);
	return 0;
}

static int
begin(struct analysis_sqlite *s, struct err *e)
{
	struct analysis_query q;

	if (!s->writable)
		return err_set(e, ERR_BUG, "%s is open for reading", s->path);
	q = analysis_query(s, ANALYSIS_BEGIN);
	if (analysis_run(&q, e, "write") == -1)
		return -1;
	s->within = true;
	return check_version(s, e);
}

static int
store_begin(void *ctx, struct err *e)
{
	struct analysis_sqlite *s = ctx;

	if (begin(s, e) == -1 || check_size(s, e) == -1) {
		store_rollback(s);
		return -1;
	}
	return 0;
}

static int
store_commit(void *ctx, struct err *e)
{
	struct analysis_sqlite *s = ctx;
	struct analysis_query q;
	int ret = analysis_memo_flush(s, e);

	if (ret == 0) {
		q = analysis_query(s, ANALYSIS_COMMIT);
		ret = analysis_run(&q, e, "write");
	}
	if (ret == -1) {
		store_rollback(s);
		return -1;
	}
	s->within = false;
	return 0;
}

int
analysis_begin_own(struct analysis_sqlite *s, bool *own, struct err *e)
{
	*own = !s->within;
	return *own ? begin(s, e) : 0;
}

int
analysis_end_own(struct analysis_sqlite *s, bool own, int ret, struct err *e)
{
	if (!own)
		return ret;
	if (ret == 0)
		return store_commit(s, e);
	store_rollback(s);
	return ret;
}

/* ---- the file ---- */

/*
 * SQLite would make the file by the umask; who reports about whom is nobody's
 * business. The -wal and -shm files take their mode from it.
 */
static int
make_file(const char *path, bool writable, struct err *e)
{
	int flags = writable ? O_RDWR | O_CREAT : O_RDONLY;
	struct stat st;
	int fd, ret = 0;

	fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd == -1 && errno == ENOENT && !writable)
		return err_set(e, ERR_NOENT, "there is no %s yet", path);
	if (fd == -1)
		return err_sys(e, "cannot open %s", path);
	if (fstat(fd, &st) == -1)
		ret = err_sys(e, "cannot look at %s", path);
	else if (!S_ISREG(st.st_mode))
		ret = err_set(e, ERR_PERM, "%s is no file", path);
	close(fd);
	return ret;
}

static int
read_schema_version(sqlite3 *db, int64_t *version)
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

/* Brings the file up to this schema; an SQLite result code. */
static int
migrate(sqlite3 *db)
{
	int64_t version = 0, known = (int64_t)analysis_schema_version();
	char *sql = sqlite3_mprintf("PRAGMA user_version = %lld", known);
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	/* another program may have been faster */
	if (rc == SQLITE_OK)
		rc = read_schema_version(db, &version);
	for (; rc == SQLITE_OK && version < known; version++)
		rc = sqlite3_exec(db, analysis_migrations[version], NULL, NULL,
		    NULL);
	if (rc == SQLITE_OK && sql != NULL)
		rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	else
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_free(sql);
	return rc;
}

/*
 * Another writer has the file. SQLite has no queue to wait in, and its own
 * handler looks every 100 ms only: too seldom to meet the moments between the
 * transactions of an ingest.
 */
static int
wait_turn(void *arg, int n)
{
	const struct analysis_sqlite *s = arg;
	const struct timespec pause = { 0, POLL_MS * 1000000 };
	int64_t wait = s->writable ? s->limits.wait_ms : READ_WAIT_MS;

	if ((int64_t)n * POLL_MS >= wait)
		return 0;
	(void)nanosleep(&pause, NULL);
	return 1;
}

/*
 * Of two that open a new file at once one changes it, and SQLite does not ask
 * the busy handler of the other.
 */
static int
use_wal(struct analysis_sqlite *s)
{
	int rc, tries = 0;

	do {
		rc = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL,
		    NULL, NULL);
	} while ((rc & 0xff) == SQLITE_BUSY && wait_turn(s, tries++) != 0);
	return rc;
}

/* Opens and prepares the database; an SQLite result code. */
static int
open_db(struct analysis_sqlite *s, int64_t *version)
{
	int rc;

	rc = sqlite3_open_v2(s->path, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return rc;
	(void)sqlite3_busy_handler(s->db, wait_turn, s);
	rc = read_schema_version(s->db, version);
	if (rc == SQLITE_OK && s->writable)
		rc = use_wal(s);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, analysis_settings, NULL, NULL, NULL);
	if (rc == SQLITE_OK && s->writable &&
	    *version < (int64_t)analysis_schema_version()) {
		rc = migrate(s->db);
		*version = (int64_t)analysis_schema_version();
	}
	return rc;
}

static int
open_store(struct analysis_sqlite *s, struct err *e)
{
	int64_t version = 0, known = (int64_t)analysis_schema_version();
	int rc;

	if (make_file(s->path, s->writable, e) == -1)
		return -1;
	rc = open_db(s, &version);
	if (rc != SQLITE_OK)
		return analysis_error(s, rc, e, "open");
	if (version > known)
		return err_set(e, ERR_PERM,
		    "%s was written by a newer version (schema %lld, known "
		    "are those up to %lld)",
		    s->path, (long long)version, (long long)known);
	if (version == 0)
		return err_set(e, ERR_NOENT, "nothing is in %s yet", s->path);
	if (version < known)
		return err_set(e, ERR_PERM,
		    "%s is of an older version: ingest brings it up to date",
		    s->path);
	return check_version(s, e);
}

static void
store_free(void *ctx)
{
	struct analysis_sqlite *s = ctx;

	for (int i = 0; i < ANALYSIS_STATEMENTS; i++)
		(void)sqlite3_finalize(s->stmt[i]);
	(void)sqlite3_close(s->db);
	analysis_text_forget(s);
	analysis_memo_forget(s);
	map_clear(&s->memos);
	map_clear(&s->by_text);
	map_clear(&s->by_id);
	free(s->path);
	free(s);
}

int
analysis_sqlite_open(const char *path, const struct analysis_limits *limits,
    struct analysis_store *store, struct err *e)
{
	struct analysis_sqlite *s = xcalloc(1, sizeof(*s));

	err_clear(e);
	s->path = xstrdup(path);
	s->writable = limits != NULL;
	if (limits != NULL)
		s->limits = *limits;
	analysis_text_init(s);
	map_init(&s->memos);
	if (open_store(s, e) == -1) {
		store_free(s);
		return -1;
	}
	memset(store, 0, sizeof(*store));
	store->begin = store_begin;
	store->commit = store_commit;
	store->rollback = store_rollback;
	store->free = store_free;
	store->ctx = s;
	analysis_put_functions(store);
	analysis_view_functions(store);
	analysis_list_functions(store);
	analysis_keep_functions(store);
	analysis_expire_functions(store);
	return 0;
}
