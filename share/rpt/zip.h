/*
 * zip: the files in a zip file that a stranger sent, inflated within limits.
 * (PKWARE APPNOTE 6.3: sections 4.3.7, 4.3.12, 4.3.16)
 *
 * Files come in the order of the central directory; where there is none that
 * can be used, as in a file that was cut, from the front by their local headers.
 * Stored and deflated files only; no encryption, no zip64, no parts: reports are
 * small. A file comes in pieces (zip_more() fits struct jscan_source), so that
 * it is never in memory as a whole.
 *
 * Thread safety: one thread per struct zip. Limits: ZIP_FILES_MAX files,
 * struct gz_limits of each. Tests: t/unit/zip.c, t/fuzz/fuzz_zip.c
 */
#ifndef ZIP_H
#define ZIP_H

#include "share/rpt/defect.h"
#include "share/rpt/gz.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZIP_FILES_MAX 32

struct zip {
	struct gz *gz;
	const char *data;
	size_t n;
	size_t at; /* of the next directory entry, or local header */
	bool directory;
	unsigned left; /* files that the directory has still */
	unsigned files;
	struct defects *defects;
	/* the file */
	const char *packed;
	size_t packed_len, given;
	unsigned method;
	bool sized; /* packed_len and what is below are known */
	uint32_t crc, want_crc;
	uint64_t len, want_len;
	struct gz_limits limits;
};

/* Makes one; gz_new() within. */
void zip_init(struct zip *z);

/* Frees what it holds. */
void zip_clear(struct zip *z);

/* Begins on n octets, borrowed until the end; defects go to d. */
void zip_begin(struct zip *z, const char *data, size_t n,
    const struct gz_limits *limits, struct defects *d);

/*
 * The next file: true with its name (octets as they came, not terminated), or
 * false at the end. Directories and empty files are passed over.
 */
bool zip_next(struct zip *z, const char **name, size_t *len);

/*
 * Points *data at the next octets of the file and returns their number; 0 at
 * its end, when checksum and limits have been noted. ctx is the struct zip.
 */
size_t zip_more(void *ctx, const char **data);

#endif
