/*
 * header: writes header fields of mail that we make. (RFC 5322 section 2.2)
 *
 * A field is appended whole, with CRLF, folded at 78 columns where a blank
 * allows it and never over 998 (section 2.1.1). A value cannot add a line: in
 * text (subjects, display names) control characters become a blank and octets
 * that are not UTF-8 become U+FFFD, in all other values they are ERR_SYNTAX.
 * Text beyond ASCII is written as encoded words (RFC 2047). Runs of blanks
 * become one. Whether all fields fitted into the buffer is asked of the buffer
 * (buf_full).
 *
 * Thread safety: no state. Limits: HEADER_VALUE_MAX octets of value.
 * Tests: t/unit/header.c, t/fuzz/fuzz_header.c
 */
#ifndef HEADER_H
#define HEADER_H

#include "share/base/buf.h"
#include "share/base/err.h"
#include "share/mail/address.h"

#include <time.h>

#define HEADER_LINE 78
#define HEADER_LINE_MAX 998
#define HEADER_VALUE_MAX 16384

/* Appends an unstructured field (Subject) with a text in UTF-8. */
int header_add_text(struct buf *out, const char *name, const char *text,
    struct err *e) MUST_CHECK;

/* Appends a field of one mailbox; display is UTF-8, NULL or "" for none. */
int header_add_mailbox(struct buf *out, const char *name, const char *display,
    const struct address *a, struct err *e) MUST_CHECK;

/*
 * Appends a structured field (MIME-Version, Content-Type, TLS-Report-Domain),
 * printable ASCII that may be folded at each of its blanks.
 */
int header_add_tokens(struct buf *out, const char *name, const char *value,
    struct err *e) MUST_CHECK;

/* Appends "Date: Sat, 21 Nov 2026 22:20:33 +0000". */
int header_add_date(struct buf *out, time_t t, struct err *e) MUST_CHECK;

/*
 * Appends "Message-ID: <left@domain>"; left must be a dot-atom, domain a host
 * name in normal form. (RFC 5322 section 3.6.4)
 */
int header_add_message_id(struct buf *out, const char *left, const char *domain,
    struct err *e) MUST_CHECK;

#endif
