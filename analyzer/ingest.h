/*
 * ingest: takes the reports of mailboxes into the store.
 *
 *	ingest [--json] [--again] [--delete | --move DIR] [SOURCE...]
 *
 * Without a SOURCE those of [report.analysis] sources; "-" is a mail on
 * standard input, as from an alias.
 *
 * Exit status: 0; 66 where something could not be read; 65 the store is damaged
 * or a newer version's, 73 it cannot be made, 75 it is busy or full: what was
 * not taken in is where it was. With "-" every failure is 75, so that an MTA
 * tries again: until then the mail is its own.
 *
 * Thread safety: none. Tests: t/system/ingest.t
 */
#ifndef INGEST_H
#define INGEST_H

#include "analyzer/source.h"
#include "share/conf/conf.h"

/* The command; gives the exit status. */
int ingest_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* Whether arguments of the program are about a mail on standard input. */
bool ingest_is_pipe(int argc, char **argv);

/* ---- for watch ---- */

struct ingest_options {
	bool json, again, quiet;
	bool settle; /* see source.h */
	enum source_after after;
	const char *move_to;
};

struct ingest;

/* Opens the store for taking in. -1: what is wrong was said; *status. */
struct ingest *ingest_open(const struct conf *c, const struct ingest_options *o,
    bool (*stopped)(void), int *status);

/* Takes in what is new in a source, durable at the end. Exit status. */
int ingest_source(struct ingest *g, const char *path);

/* Whether files were left because they are fresh, since the last asking. */
bool ingest_unsettled(struct ingest *g);

/* Whether the store failed: close it, and open it again later. */
bool ingest_failed(const struct ingest *g);

/* What was taken in since it was opened. */
const struct intake_totals *ingest_totals(const struct ingest *g);

/* Removes what is older than [report.analysis] store, once a day. */
int ingest_expire(struct ingest *g);

/* The totals of all sources, for people or as JSON. */
void ingest_print_totals(struct ingest *g);

/* Closes the store; NULL is fine. */
void ingest_close(struct ingest *g);

#endif
