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

#include "share/store/sqlite_file.h"
#include "share/store/store.h"

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
	STORE_BINDING_PUT,
	STORE_BINDING_EACH,
	STORE_BINDING_EXPIRE,
	STORE_STATEMENTS /* how many there are */
};

struct store_sqlite {
	struct sqlite_file file;
};

/* The statement to run; NULL and e when there is no database any more. */
sqlite3_stmt *store_sqlite_begin(struct store_sqlite *s, int which,
    struct err *e) MUST_CHECK;

/* Ends a statement of store_sqlite_begin(), as sqlite_file_finish(). */
int store_sqlite_finish(struct store_sqlite *s, sqlite3_stmt *stmt, int rc,
    struct err *e, const char *what);

/* Fills in the functions of store_sqlite_state.c. */
void store_sqlite_state(struct store *store);

/* Fills in the functions of store_sqlite_binding.c. */
void store_sqlite_bindings(struct store *store);

#endif
