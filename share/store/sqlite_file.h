/*
 * sqlite_file: one SQLite file as every store of ours uses it.
 *
 * WAL, synchronous FULL, mode 0600; its schema is a list of steps, and a file
 * of an older version is brought up when it is opened. A file that is damaged
 * is put aside as NAME.damaged-TIMESTAMP and a fresh one made; where that
 * shows only while it is open, the call that met it fails, with both in e's
 * text, and the next one finds the fresh file. What is at NAME counts: a file
 * that was taken away or replaced is left for the one that is there.
 *
 * Only the files of share/store include this. Codes: ERR_TEMP somebody else
 * is writing, ERR_PERM written by a newer version, ERR_SYS otherwise.
 *
 * Thread safety: belongs to one thread. Limits: SQLITE_FILE_STATEMENTS_MAX
 * statements. Tests: t/unit/store.c, t/unit/report_db.c
 */
#ifndef SQLITE_FILE_H
#define SQLITE_FILE_H

#include "share/base/err.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQLITE_FILE_STATEMENTS_MAX 96

/*
 * What a file is. Step i brings one of version i (PRAGMA user_version) to
 * i + 1. Steps are only added; one that was released never changes.
 */
struct sqlite_schema {
	const char *const *steps;
	size_t nsteps;
	const char *settings; /* PRAGMAs of its own, or "" */
	int busy_ms;          /* how long another writer is waited for */
};

struct sqlite_file {
	sqlite3 *db; /* NULL when there is none any more */
	char *path;
	const struct sqlite_schema *schema;
	bool read_only;
	bool damaged; /* seen while it was in use, not replaced yet */
	struct {
		const char *sql; /* by address */
		sqlite3_stmt *stmt;
	} statement[SQLITE_FILE_STATEMENTS_MAX];
	size_t nstatements;
};

/*
 * Opens or makes the file (read_only: opens). 0 with a text in e when a
 * damaged one was put aside, else e is clear. A file that root makes belongs
 * to the owner of its directory.
 */
int sqlite_file_open(struct sqlite_file *f, const char *path,
    const struct sqlite_schema *schema, bool read_only,
    struct err *e) MUST_CHECK;

/* Closes; an open transaction is rolled back. A closed one is fine. */
void sqlite_file_close(struct sqlite_file *f);

/* Whether a transaction is open or a statement runs. */
bool sqlite_file_in_use(const struct sqlite_file *f);

/*
 * Makes sure that the file at its path is the one that is open, and opens it
 * again else. -1 and e also when a damaged one was put aside only now. One
 * that is in use stays as it is.
 */
int sqlite_file_ready(struct sqlite_file *f, struct err *e) MUST_CHECK;

/*
 * The statement of a text that stays where it is for ever: prepared once.
 * Borrowed; NULL and e when there is no database or it does not take it.
 */
sqlite3_stmt *sqlite_file_statement(struct sqlite_file *f, const char *sql,
    struct err *e) MUST_CHECK;

/*
 * Ends a statement that was run with the result rc; what ("read") names it in
 * e. When the file turned out to be damaged, a fresh one takes its place for
 * what comes next, as soon as this one is not in use any more: f->db is
 * another one then, or NULL.
 */
int sqlite_file_finish(struct sqlite_file *f, sqlite3_stmt *stmt, int rc,
    struct err *e, const char *what);

/* Runs texts without values, "COMMIT"; as sqlite_file_finish(). */
int sqlite_file_run(struct sqlite_file *f, const char *sql, struct err *e,
    const char *what) MUST_CHECK;

#endif
