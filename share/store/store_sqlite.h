/*
 * store_sqlite: what the files of the embedded store share.
 *
 * store_sqlite.c opens the file and keeps policies, store_sqlite_state.c
 * keeps overrides, history and downgrades. Nobody else includes this.
 *
 * Thread safety: belongs to the store's thread. Tests: t/unit/store.c
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "share/store/store.h"

#include <sqlite3.h>

enum store_statement {
	STORE_GET,
	STORE_PUT,
	STORE_REMOVE,
	STORE_EXPIRE,
	STORE_EACH,
	STORE_OVERRIDE_PUT,
	STORE_OVERRIDE_REMOVE,
	STORE_OVERRIDE_EACH,
	STORE_HISTORY_GET,
	STORE_HISTORY_PUT,
	STORE_HISTORY_FORGET,
	STORE_DOWNGRADE_PUT,
	STORE_DOWNGRADE_EACH,
	STORE_DOWNGRADE_FORGET,
	STORE_STATEMENTS /* how many there are */
};

struct store_sqlite {
	sqlite3 *db;
	sqlite3_stmt *stmt[STORE_STATEMENTS];
	char *path;
};

/* The statement to run; NULL and e when there is no database any more. */
sqlite3_stmt *store_sqlite_begin(struct store_sqlite *s, int which,
    struct err *e) MUST_CHECK;

/*
 * Ends a statement that was run with the result rc; what ("read") names it in
 * e. When the file turned out to be damaged, a fresh one takes its place for
 * what comes next.
 */
int store_sqlite_finish(struct store_sqlite *s, int which, int rc,
    struct err *e, const char *what);

/* Binds a string that stays as it is while the statement runs. */
int store_sqlite_text(sqlite3_stmt *stmt, int i, const char *s);

/* Fills in the functions of store_sqlite_state.c. */
void store_sqlite_state(struct store *store);

#endif
