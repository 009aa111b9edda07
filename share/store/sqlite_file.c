/* sqlite_file: one SQLite file of ours - see sqlite_file.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * trusted_schema, cell_size_check: the file may be damaged. cache_size: the
 * programs have caches of their own in front (in KiB, negative).
 */
static const char settings[] = "PRAGMA synchronous = FULL;"
			       "PRAGMA trusted_schema = OFF;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA cache_size = -512;"
			       "PRAGMA journal_size_limit = 1048576;"
			       "PRAGMA temp_store = MEMORY;";

/* Fills e from what SQLite says; a full disk may be gone later. */
static int
db_error(struct sqlite_file *f, struct err *e, const char *what)
{
	return err_set(e, ERR_SYS, "%s: cannot %s: %s", f->path, what,
	    f->db != NULL ? sqlite3_errmsg(f->db) : "out of memory");
}

static void
close_db(struct sqlite_file *f)
{
	for (size_t i = 0; i < f->nstatements; i++)
		(void)sqlite3_finalize(f->statement[i].stmt);
	f->nstatements = 0;
	(void)sqlite3_close(f->db);
	f->db = NULL;
	f->damaged = false;
}

/* What root makes is for the user whose directory it is. */
static void
give_away(const char *path, int fd)
{
	char *dir = xstrdup(path);
	char *slash = strrchr(dir, '/');
	struct stat st;

	if (slash != NULL) {
		slash[slash == dir] = '\0';
		if (stat(dir, &st) == 0 && st.st_uid != 0)
			(void)!fchown(fd, st.st_uid, st.st_gid);
	}
	free(dir);
}

/*
 * By name: a descriptor of ours, when closed, would take away the locks that
 * this process has on the file already (fcntl(2)), and another process would
 * take itself for the last and remove the log.
 */
static int
keep_private(const char *path, const struct stat *st, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_PERM, "%s is no file", path);
	/* one of somebody else stays as it is */
	if ((st->st_mode & 077) != 0 && chmod(path, 0600) == -1)
		errno = 0;
	return 0;
}

/*
 * SQLite would make the file by the umask: what is in it is nobody's business.
 * It is no secret either, so a file of somebody else is left as it is.
 */
static int
make_file(const struct sqlite_file *f, struct err *e)
{
	bool root = geteuid() == 0;
	struct stat st;
	int fd;

	/* the directory is a user's: where a link leads is not for root */
	if ((root ? lstat(f->path, &st) : stat(f->path, &st)) == 0)
		return keep_private(f->path, &st, e);
	if (errno == ENOENT && f->read_only)
		return err_set(e, ERR_NOENT, "there is no %s", f->path);
	if (errno != ENOENT)
		return err_sys(e, "cannot open %s", f->path);
	fd = open(f->path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1) /* another process may have been faster */
		return errno == EEXIST && stat(f->path, &st) == 0
		    ? 0
		    : err_sys(e, "cannot open %s", f->path);
	if (root)
		give_away(f->path, fd);
	close(fd);
	return 0;
}

/* Reads a number that a query of one row gives; an SQLite result code. */
static int
read_number(sqlite3 *db, const char *sql, int64_t *number)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
		*number = sqlite3_column_int64(stmt, 0);
	}
	(void)sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int
read_version(sqlite3 *db, int64_t *version)
{
	return read_number(db, "PRAGMA user_version", version);
}

/* Brings the file up from version; an SQLite result code. */
static int
migrate(const struct sqlite_file *f, int64_t version)
{
	sqlite3 *db = f->db;
	char *sql =
	    sqlite3_mprintf("PRAGMA user_version = %d", (int)f->schema->nsteps);
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	/* another process may have been faster */
	if (rc == SQLITE_OK)
		rc = read_version(db, &version);
	for (size_t i = (size_t)version;
	     rc == SQLITE_OK && i < f->schema->nsteps; i++)
		rc = sqlite3_exec(db, f->schema->steps[i], NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sql == NULL ? SQLITE_NOMEM
				 : sqlite3_exec(db, sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_free(sql);
	return rc;
}

static int
set_up(const struct sqlite_file *f)
{
	int rc =
	    sqlite3_exec(f->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);

	/* a file on a read-only disk is good for reading */
	if (rc == SQLITE_OK || rc == SQLITE_READONLY)
		rc = sqlite3_exec(f->db, settings, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(f->db, f->schema->settings, NULL, NULL, NULL);
	return rc;
}

/* Opens the database; an SQLite result code. */
static int
open_db(struct sqlite_file *f, int64_t *version)
{
	const int64_t known = (int64_t)f->schema->nsteps;
	int64_t tables;
	int rc;

	rc = sqlite3_open_v2(f->path, &f->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL);
	if (rc != SQLITE_OK)
		return rc;
	(void)sqlite3_extended_result_codes(f->db, 0);
	(void)sqlite3_busy_timeout(f->db, f->schema->busy_ms);
	rc = read_version(f->db, version);
	if (rc == SQLITE_OK)
		rc = set_up(f);
	if (rc == SQLITE_OK && *version < known)
		rc = migrate(f, *version);
	/* reads the whole schema: damage in it shows here */
	if (rc == SQLITE_OK)
		rc = read_number(f->db, "SELECT count(*) FROM sqlite_master",
		    &tables);
	if (rc == SQLITE_OK && f->read_only)
		rc = sqlite3_exec(f->db, "PRAGMA query_only = ON", NULL, NULL,
		    NULL);
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

/* Whether the file that is open is no longer the one at its path. */
static bool
has_moved(struct sqlite_file *f)
{
	int moved = 0;

	return sqlite3_file_control(f->db, "main", SQLITE_FCNTL_HAS_MOVED,
		   &moved) == SQLITE_OK &&
	    moved;
}

/* Takes a damaged file out of the way, unless another process just did. */
static int
replace(struct sqlite_file *f, struct err *e)
{
	bool moved = f->db != NULL && has_moved(f);

	close_db(f);
	if (!moved)
		return put_aside(f->path, e);
	(void)err_set(e, ERR_SYS, "%s was damaged, and begun anew", f->path);
	return 0;
}

/* Opens the file, and a fresh one where it is damaged (then e says so). */
static int
open_or_replace(struct sqlite_file *f, struct err *e)
{
	int64_t version = 0;
	int rc;

	if (make_file(f, e) == -1)
		return -1;
	rc = open_db(f, &version);
	if (is_damage(rc) && !f->read_only) {
		version = 0;
		if (replace(f, e) == -1 || make_file(f, e) == -1)
			return -1;
		rc = open_db(f, &version);
	}
	if (rc != SQLITE_OK) {
		(void)db_error(f, e, "open");
		if ((rc & 0xff) == SQLITE_BUSY && e != NULL)
			e->code = ERR_TEMP;
	} else if (version > (int64_t)f->schema->nsteps) {
		rc = err_set(e, ERR_PERM,
		    "%s was written by a newer version (schema %lld, known "
		    "are those up to %zu)",
		    f->path, (long long)version, f->schema->nsteps);
	}
	if (rc == SQLITE_OK)
		return 0;
	close_db(f);
	return -1;
}

int
sqlite_file_open(struct sqlite_file *f, const char *path,
    const struct sqlite_schema *schema, bool read_only, struct err *e)
{
	memset(f, 0, sizeof(*f));
	err_clear(e);
	f->path = xstrdup(path);
	f->schema = schema;
	f->read_only = read_only;
	if (open_or_replace(f, e) == 0)
		return 0;
	sqlite_file_close(f);
	return -1;
}

void
sqlite_file_close(struct sqlite_file *f)
{
	close_db(f);
	free(f->path);
	f->path = NULL;
}

/*
 * Lets go of a file that somebody took away or put another in the place of:
 * what is written there is lost at the next start.
 */
static void
leave_moved(struct sqlite_file *f)
{
	if (!has_moved(f))
		return;
	/* else its log would be taken for one of the file that is there now */
	(void)sqlite3_wal_checkpoint_v2(f->db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
	    NULL, NULL);
	close_db(f);
}

bool
sqlite_file_in_use(const struct sqlite_file *f)
{
	if (f->db == NULL)
		return false;
	for (size_t i = 0; i < f->nstatements; i++)
		if (sqlite3_stmt_busy(f->statement[i].stmt))
			return true;
	return !sqlite3_get_autocommit(f->db);
}

int
sqlite_file_ready(struct sqlite_file *f, struct err *e)
{
	struct err mine;

	if (f->db != NULL && sqlite_file_in_use(f))
		return 0;
	if (f->damaged)
		return sqlite_file_finish(f, NULL, SQLITE_CORRUPT, e, "read");
	if (f->db != NULL)
		leave_moved(f);
	if (f->db != NULL)
		return 0;
	err_clear(&mine);
	/* a text of a damaged file is for whom this call fails */
	if (open_or_replace(f, &mine) == 0 && mine.code == ERR_NONE)
		return 0;
	return err_set(e, mine.code, "%s", mine.text);
}

sqlite3_stmt *
sqlite_file_statement(struct sqlite_file *f, const char *sql, struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	size_t i;
	int rc;

	for (i = 0; i < f->nstatements; i++)
		if (f->statement[i].sql == sql)
			return f->statement[i].stmt;
	if (f->db == NULL) {
		(void)err_set(e, ERR_SYS, "%s is not open", f->path);
		return NULL;
	}
	if (i == SQLITE_FILE_STATEMENTS_MAX) {
		(void)err_set(e, ERR_BUG, "%s: too many statements", f->path);
		return NULL;
	}
	rc = sqlite3_prepare_v3(f->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &stmt, NULL);
	if (rc != SQLITE_OK) {
		(void)sqlite_file_finish(f, NULL, rc, e, "read");
		return NULL;
	}
	f->statement[f->nstatements].sql = sql;
	f->statement[f->nstatements++].stmt = stmt;
	return stmt;
}

int
sqlite_file_finish(struct sqlite_file *f, sqlite3_stmt *stmt, int rc,
    struct err *e, const char *what)
{
	int ret = 0;

	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		ret = db_error(f, e, what);
	if ((rc & 0xff) == SQLITE_BUSY && e != NULL)
		e->code = ERR_TEMP;
	if (stmt != NULL) {
		(void)sqlite3_reset(stmt);
		(void)sqlite3_clear_bindings(stmt);
	}
	if (is_damage(rc))
		f->damaged = !f->read_only;
	if (f->damaged && !sqlite_file_in_use(f) && replace(f, e) == 0) {
		struct err ignored;

		(void)open_or_replace(f, &ignored);
	}
	return ret;
}

int
sqlite_file_run(struct sqlite_file *f, const char *sql, struct err *e,
    const char *what)
{
	int rc;

	if (f->db == NULL)
		return err_set(e, ERR_SYS, "%s is not open", f->path);
	rc = sqlite3_exec(f->db, sql, NULL, NULL, NULL);
	return sqlite_file_finish(f, NULL, rc == SQLITE_OK ? SQLITE_DONE : rc,
	    e, what);
}
