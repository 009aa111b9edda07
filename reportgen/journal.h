/*
 * journal: what was received and is not in report.db yet, in files
 * STATE/journal.N.
 *
 * Records are gathered in memory and appended with one write() per batch, so
 * that what a killed process loses is one batch. Each begins with its length
 * and a checksum over the rest: what a crash of the host left half-written is
 * found and cut off. A new file is begun for each checkpoint; one whose number
 * report.db has is done with.
 *
 *	offset	octets	in the order of the host's octets
 *	0	4	length of what follows the checksum
 *	4	4	CRC-32 of that
 *	8	8	wall clock, milliseconds since 1970
 *	16	1	kind
 *	17	...	text
 *
 * A disk that takes nothing does not stop the receiver: journal_write() says
 * so, cuts the file to what is whole, and the next batch is tried again.
 *
 * Thread safety: journal_sync() may be called while another thread writes.
 * Limits: JOURNAL_RECORD_MAX octets of a text. Tests: t/unit/journal.c,
 * t/fuzz/fuzz_journal.c, t/system/collect.t
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "share/base/buf.h"
#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define JOURNAL_RECORD_MAX (300u * 1024)
#define JOURNAL_BATCH_MAX (32u << 20)

enum journal_kind {
	JOURNAL_DATAGRAM = 'd', /* as the MTA sent it */
	JOURNAL_SIDE = 's',     /* as side.h has it */
};

struct journal {
	int fd; /* -1: none is open */
	uint64_t number;
	off_t size; /* of whole batches in the file */
	bool dirty; /* the file has more than size */
	struct buf batch;
};

/* Makes a closed one. */
void journal_init(struct journal *j);

/* Closes; what was not written is forgotten. */
void journal_clear(struct journal *j);

/* Begins file number in the directory, closing the one before. */
int journal_begin(struct journal *j, const char *dir, uint64_t number,
    struct err *e) MUST_CHECK;

/* Adds a record to the batch; too long ones are left out: false. */
bool journal_add(struct journal *j, enum journal_kind kind, int64_t ms,
    const void *text, size_t n);

/* Appends the batch to the file and empties it, also when that fails. */
int journal_write(struct journal *j, struct err *e) MUST_CHECK;

/* A descriptor of its own for journal_sync(), which the caller closes. */
int journal_dup(const struct journal *j);

/* The numbers of the files in a directory, ascending; freed by the caller. */
int journal_list(const char *dir, uint64_t **numbers, size_t *n,
    struct err *e) MUST_CHECK;

/* One record of a file. */
struct journal_record {
	enum journal_kind kind;
	int64_t ms;
	const char *text; /* borrowed */
	size_t len;
};

/*
 * Calls each() for every whole record of a file, in order; *torn becomes how
 * many octets behind the last one are none. each() may say -1, which ends it.
 */
int journal_replay(const char *dir, uint64_t number,
    int (*each)(void *arg, const struct journal_record *r, struct err *e),
    void *arg, off_t *torn, struct err *e) MUST_CHECK;

/* The same for the n octets of a file. */
int journal_scan(const char *data, size_t n,
    int (*each)(void *arg, const struct journal_record *r, struct err *e),
    void *arg, size_t *whole, struct err *e) MUST_CHECK;

/* Removes the files with numbers up to last. */
void journal_remove(const char *dir, uint64_t last);

#endif
