/*
 * gz: gzip (RFC 1952) and bare deflate (RFC 1951) data that strangers sent,
 * inflated within limits; and gzip written.
 *
 * Inflated data comes in pieces, so that a scanner may read it without the
 * whole ever being in memory. Several members count as one text. A member's
 * checksum is verified at its end. Octets after the last member that begin no
 * other are noted and left.
 *
 * A bomb is stopped by the size limit or, earlier, by the ratio: deflate's
 * best is about 1030 to 1, reports stay far below 200.
 *
 * Thread safety: one thread per struct gz. Limits: struct gz_limits; the ratio
 * counts from GZ_RATIO_FROM octets on. Tests: t/unit/gz.c, t/fuzz/fuzz_gz.c
 */
#ifndef GZ_H
#define GZ_H

#include "share/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GZ_RATIO_MAX 250
#define GZ_RATIO_FROM (256u * 1024)
#define GZ_MEMBERS_MAX 1000

enum gz_format {
	GZ_GZIP,
	GZ_RAW /* as in a zip file; the caller checks the CRC */
};

enum gz_status {
	GZ_GOING,     /* not at the end yet */
	GZ_DONE,      /* all inflated, checksums right */
	GZ_TRUNCATED, /* the data ends too early */
	GZ_BAD_CHECK, /* checksum or length differs */
	GZ_BAD_DATA,  /* not deflate, not gzip */
	GZ_TOO_LONG,  /* beyond the size limit */
	GZ_TOO_DENSE  /* beyond the ratio */
};

struct gz_limits {
	uint64_t octets; /* inflated */
	uint64_t ratio;  /* inflated to packed */
};

struct gz;

/* Gives an inflater that may be used for one text after another. */
struct gz *gz_new(void);

/* Frees it; NULL is fine. */
void gz_free(struct gz *z);

/* Begins on n packed octets, which are borrowed until the end. */
void gz_start(struct gz *z, enum gz_format format, const char *data, size_t n,
    const struct gz_limits *limits);

/*
 * Points *data at the next inflated octets, valid until the next call, and
 * returns their number; 0 at the end, good or bad: gz_status() says.
 */
size_t gz_next(struct gz *z, const char **data);

/* How it stands. */
enum gz_status gz_status(const struct gz *z);

/* How many members were inflated to their end. */
unsigned gz_members(const struct gz *z);

/* Whether octets after the last member were left. */
bool gz_trailing(const struct gz *z);

/* How many packed octets were used. */
size_t gz_used(const struct gz *z);

/* What a status means, for people. */
const char *gz_status_text(enum gz_status s);

/* Inflates all of it and appends it to out; out's maximum is a limit too. */
enum gz_status gz_inflate(struct gz *z, enum gz_format format, const char *data,
    size_t n, const struct gz_limits *limits, struct buf *out);

/*
 * Appends n octets as one gzip member to out, the same for the same octets
 * (no time, no name). -1 and ERR_LIMIT when out is full.
 */
int gz_write(const char *data, size_t n, struct buf *out,
    struct err *e) MUST_CHECK;

/* CRC-32 of n more octets; crc is that of those before, 0 at the beginning. */
uint32_t gz_crc32(uint32_t crc, const void *data, size_t n);

#endif
