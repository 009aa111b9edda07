/*
 * report_db: report.db, what tlsherald-reportgen keeps on disk.
 *
 * One SQLite file (WAL, synchronous FULL) that the receiving child, the
 * sending child and the commands have open at the same time, each with a
 * connection of its own. share/store/report_rows.h keeps collected sessions
 * in it, share/store/report_outbox.h the reports made of them; what must
 * happen at once is put between report_db_begin() and report_db_commit().
 *
 * Schema and queries are standard SQL, so that another database can take
 * them. A damaged file is put aside and a fresh one made, as store.h says.
 * Codes: ERR_TEMP somebody else is writing, ERR_SYS otherwise.
 *
 * Thread safety: one thread per connection. Tests: t/unit/report_db.c
 */
#ifndef REPORT_DB_H
#define REPORT_DB_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct report_db;

/*
 * Opens or makes path (mode 0600; its directory must be there). NULL and e:
 * ERR_PERM when a newer version wrote it. When a damaged file was put aside,
 * e has a text that says so; else it is clear.
 */
struct report_db *report_db_open(const char *path, struct err *e) MUST_CHECK;

/* As report_db_open(), to read only; ERR_NOENT where there is none. */
struct report_db *report_db_open_ro(const char *path, struct err *e) MUST_CHECK;

/* Closes; what was begun is rolled back. NULL is fine. */
void report_db_close(struct report_db *db);

/* Begins to write: nobody else writes until the end. They do not nest. */
int report_db_begin(struct report_db *db, struct err *e) MUST_CHECK;

/* Begins to read: what is read until the end is of one moment. */
int report_db_begin_read(struct report_db *db, struct err *e) MUST_CHECK;

/* Makes all of it durable; on -1 none of it happened. */
int report_db_commit(struct report_db *db, struct err *e) MUST_CHECK;

/* Takes all of it back. */
void report_db_rollback(struct report_db *db);

/* A number kept under a name; fallback where there is none. */
int report_db_get_int(struct report_db *db, const char *name, int64_t fallback,
    int64_t *value, struct err *e) MUST_CHECK;

/* Keeps a number under a name. */
int report_db_put_int(struct report_db *db, const char *name, int64_t value,
    struct err *e) MUST_CHECK;

/* Adds to a number; one that is not there is 0. */
int report_db_add_int(struct report_db *db, const char *name, int64_t value,
    struct err *e) MUST_CHECK;

/* Calls each() for every name that begins with prefix, in their order. */
int report_db_each_int(struct report_db *db, const char *prefix,
    void (*each)(void *arg, const char *name, int64_t value), void *arg,
    struct err *e) MUST_CHECK;

#endif
