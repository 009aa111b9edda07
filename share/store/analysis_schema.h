/*
 * analysis_schema: tables and statements of the analyzer's embedded store.
 *
 * Standard SQL but for WITHOUT ROWID (a table that is its own index), so that
 * another database can take the same texts. Part of analysis_sqlite.
 *
 * Thread safety: constant. Tests: t/unit/analysis_store.c
 */
#ifndef ANALYSIS_SCHEMA_H
#define ANALYSIS_SCHEMA_H

#include <stddef.h>

/*
 * Step i brings a file from version i (PRAGMA user_version) to i + 1. Steps
 * are only added; one that was released never changes.
 */
extern const char *const analysis_migrations[];

/* How many steps there are. */
size_t analysis_schema_version(void);

/* Settings of a connection. */
extern const char analysis_settings[];

/* Texts of enum analysis_statement. */
extern const char *const analysis_statements[];

#endif
