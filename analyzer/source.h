/*
 * source: where mails come from: Maildir, mbox, files, a directory, a pipe.
 *
 * A kind of source is a const struct: a new one (IMAP, POP3, a listener) is a
 * file and a row in source.c. It hands mails to the intake one by one and keeps
 * its position with them, in the same transaction; the name under which the
 * store knows it is the path without symbolic links.
 *
 * Mailboxes are only read, unless the administrator asks for mails to be
 * deleted or moved when they are durable in the store; an mbox never changes.
 *
 * Thread safety: belongs to one thread. Limits: INTAKE_MAIL_MAX octets of a
 * mail; memory grows by 8 octets a mail of a Maildir.
 * Tests: t/system/ingest.t
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "analyzer/intake.h"

#include <stdio.h>
#include <sys/stat.h>

#define SOURCE_SETTLED_S 2 /* a file this old is written to its end */

enum source_after { SOURCE_KEEP, SOURCE_DELETE, SOURCE_MOVE };

/* What is the same for all sources of a run. */
struct source_run {
	struct intake *in;
	bool again; /* positions are not looked at */
	enum source_after after;
	const char *move_to;   /* a directory, or a Maildir */
	bool settle;           /* leave files of a directory that are fresh */
	bool unsettled;        /* there were some */
	const char *recipient; /* that the delivery told, for a pipe */
	/* Called now and then; total 0: not known. May be NULL. */
	void (*progress)(void *arg, size_t done, size_t total);
	void *arg;
	bool (*stopped)(void); /* ends between two mails; or NULL */
	/* Says what went wrong with one mail, which is left for later. */
	void (*complain)(void *arg, const char *text);
	unsigned complaints;
};

struct source_kind {
	const char *name;
	/* Whether path is one; st is its stat(2). */
	bool (*fits)(const char *path, const struct stat *st);
	/* Takes in what is new, not yet committed at the end. */
	int (*ingest)(struct source_run *run, const char *path,
	    struct err *e) MUST_CHECK;
	/* Calls add() for each directory whose changes mean mail; or NULL. */
	void (*watch)(const char *path,
	    void (*add)(void *arg, const char *directory), void *arg);
};

extern const struct source_kind source_maildir, source_mbox, source_directory,
    source_file, source_pipe;

/*
 * The kind that path is ("-": a pipe on standard input). NULL and e: NOENT or
 * SYS when it cannot be read.
 */
const struct source_kind *source_find(const char *path,
    struct err *e) MUST_CHECK;

/* ---- for the kinds ---- */

/* A file's octets. */
struct source_octets {
	const char *data;
	size_t n;
	bool too_long; /* cut at INTAKE_MAIL_MAX */
	struct stat st;
	void *map;
	size_t map_len;
	struct buf small; /* kept from file to file */
};

/* Makes an empty one. */
void source_octets_init(struct source_octets *o);

/*
 * Reads name in directory at; NOENT when it is gone, PERM when it is no file
 * and SYS when it cannot be read.
 */
int source_octets_read(struct source_octets *o, int at, const char *name,
    struct err *e) MUST_CHECK;

/* Lets go of the octets, keeps memory for the next. */
void source_octets_drop(struct source_octets *o);

/* Frees all. */
void source_octets_clear(struct source_octets *o);

/* Deletes or moves the file at path behind the next commit, if asked to. */
void source_away(struct source_run *run, const char *path);

/* Whether the run is to end. */
bool source_stopped(const struct source_run *run);

/* Says what went wrong with one mail. */
void source_complain(struct source_run *run, const struct err *e);

/* Tells how far it is. */
void source_progress(struct source_run *run, size_t done, size_t total);

#endif
