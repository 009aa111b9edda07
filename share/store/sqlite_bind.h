/*
 * sqlite_bind: the values of a statement, one after the other.
 *
 * Stops at the first that fails, so that a row is bound by a list of calls
 * without a list of checks. Texts and octets stay as they are while the
 * statement runs.
 *
 * Only the files of share/store include this.
 * Thread safety: none. Tests: t/unit/store.c, t/unit/report_db.c
 */
#ifndef SQLITE_BIND_H
#define SQLITE_BIND_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite_bind {
	sqlite3_stmt *stmt;
	int next; /* from 1 */
	int rc;
};

/* Begins with the first value of a statement. */
struct sqlite_bind sqlite_bind_begin(sqlite3_stmt *stmt);

/* The next value: a text, NULL for none. */
void sqlite_bind_put_text(struct sqlite_bind *b, const char *s);

/* The next value: n octets, NULL for none. */
void sqlite_bind_put_octets(struct sqlite_bind *b, const void *data, size_t n);

/* The next value: a number. */
void sqlite_bind_put_int(struct sqlite_bind *b, int64_t n);

/* Steps once; SQLite's result code, or that of what could not be bound. */
int sqlite_bind_step(struct sqlite_bind *b);

/* A column as text; false when it is none, or too long. */
bool sqlite_bind_take_text(sqlite3_stmt *stmt, int column, char *out,
    size_t size);

#endif
