/*
 * mime_write: writes a multipart/report as TLS reports are sent in. (RFC 6522,
 * RFC 8460 section 5.3)
 *
 * The parts are appended to the caller's buffer as they come: text in UTF-8 as
 * 7bit where it is plain, else quoted-printable (RFC 2045 section 6.7); data as
 * base64 in lines of 76, in pieces of any size. Every line is ASCII of at most
 * 76 columns, but a header's that has no blank, and ends with CRLF.
 * The boundary begins with "=_", which quoted-printable and base64 cannot hold
 * and plain text with it is not sent as 7bit: it is never in the content.
 *
 * Thread safety: one writer, one thread. Limits: the buffer's, MIME_TAG_MAX.
 * Tests: t/unit/mime_write.c
 */
#ifndef MIME_WRITE_H
#define MIME_WRITE_H

#include "share/base/buf.h"
#include "share/base/err.h"

#include <stddef.h>

#define MIME_TAG_MAX 40
#define MIME_BOUNDARY_SIZE (sizeof("=_tlsherald_") + MIME_TAG_MAX)

struct mime_writer {
	struct buf *out; /* borrowed */
	char boundary[MIME_BOUNDARY_SIZE];
	unsigned char rest[57]; /* of data, until it fills a line of base64 */
	size_t nrest;
};

/*
 * Begins: appends MIME-Version and Content-Type with the report type (RFC 6522
 * section 3: "tlsrpt") and the blank line; other header fields were appended
 * before. tag makes the boundary this message's own (letters and digits).
 * Borrows out until mime_write_end().
 */
int mime_write_begin(struct mime_writer *w, struct buf *out,
    const char *report_type, const char *tag, struct err *e) MUST_CHECK;

/* Appends a part text/plain; its line ends may be LF or CRLF. */
int mime_write_text(struct mime_writer *w, const char *text, size_t n,
    struct err *e) MUST_CHECK;

/*
 * Begins a part of data: type is a media type ("application/tlsrpt+gzip"), file
 * its name, printable ASCII. mime_write_data() gives what is in it.
 */
int mime_write_data_begin(struct mime_writer *w, const char *type,
    const char *file, struct err *e) MUST_CHECK;

/* Appends the next n octets of the part. */
void mime_write_data(struct mime_writer *w, const void *data, size_t n);

/* Ends part and message; ERR_LIMIT when the buffer was too small. */
int mime_write_end(struct mime_writer *w, struct err *e) MUST_CHECK;

#endif
