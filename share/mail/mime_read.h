/*
 * mime_read: the parts of a mail that a stranger sent. (RFC 2045, 2046)
 *
 * A walker for mail as it is found in mailboxes: lines end with CRLF or LF, a
 * final boundary may be missing, Content-Type may be misspelt or folded
 * anywhere. What no RFC allows is mended and named (enum mime_fault). Nothing is
 * copied but what is decoded. Parts that hold other parts (multipart/...,
 * message/rfc822) are opened; all others come as leaves, in their order,
 * whatever type they claim.
 *
 * Thread safety: no state. Limits: MIME_DEPTH_MAX levels, MIME_PARTS_MAX parts,
 * FIELDS_MAX header fields of each, MIME_DECODED_MAX octets of a decoded part;
 * what is beyond is passed over and named.
 * Tests: t/unit/mime_read.c, t/fuzz/fuzz_mime_read.c, t/system/mime-others.t
 */
#ifndef MIME_READ_H
#define MIME_READ_H

#include "share/mail/fields.h"

#include <stdbool.h>
#include <stddef.h>

#define MIME_DEPTH_MAX 8
#define MIME_PARTS_MAX 100
#define MIME_TYPE_MAX 128
#define MIME_NAME_MAX 512
#define MIME_DECODED_MAX (6u << 20)

/* Bits: what was wrong with a mail. */
enum mime_fault {
	MIME_FAULT_HEADER = 1,    /* a field's name is misspelt */
	MIME_FAULT_BOUNDARY = 2,  /* none is declared, or not the one used */
	MIME_FAULT_UNCLOSED = 4,  /* the final boundary is missing */
	MIME_FAULT_DEEP = 8,      /* nested beyond the limit */
	MIME_FAULT_PARTS = 16,    /* more parts than are looked at */
	MIME_FAULT_ENCODING = 32, /* an unknown transfer encoding */
	MIME_FAULT_BASE64 = 64,   /* characters that are not base64, or cut */
	MIME_FAULT_QUOTED = 128,  /* an "=" that means nothing */
	MIME_FAULT_SIZE = 256,    /* too long when decoded */
	MIME_FAULT_FIELDS = 512   /* more header fields than are looked at */
};

enum mime_encoding { MIME_PLAIN, MIME_BASE64, MIME_QUOTED };

/* A part that holds no others. */
struct mime_part {
	char type[MIME_TYPE_MAX]; /* lower case; "" when it does not say */
	/* of a file, or its description; octets as they came */
	char name[MIME_NAME_MAX];
	enum mime_encoding encoding;
	const char *body; /* borrowed, not decoded */
	size_t len;
	unsigned depth; /* 0: the mail itself */
};

/* Octets of a part, decoded. */
struct mime_data {
	const char *data;
	size_t len;
	char *memory; /* owned, where data is not the part's own */
};

/* What an attachment is by its look. */
enum mime_look {
	MIME_LOOK_OTHER,
	MIME_LOOK_EMPTY, /* blanks at most */
	MIME_LOOK_GZIP,
	MIME_LOOK_ZIP,
	MIME_LOOK_JSON, /* begins as an object, maybe after a BOM */
	MIME_LOOK_XML   /* or HTML */
};

/*
 * Calls each() for every leaf until it says false; the part is valid until it
 * returns. top holds the fields and the body of the mail. Returns the faults.
 */
unsigned mime_read(const struct fields *top,
    bool (*each)(void *arg, const struct mime_part *part), void *arg);

/* Decodes a part; adds to *faults. Clear it in any case. -1 beyond the limit. */
int mime_read_decode(const struct mime_part *part, struct mime_data *out,
    unsigned *faults) MUST_CHECK;

/* Frees what it holds. */
void mime_read_clear(struct mime_data *d);

/* What n octets look like. */
enum mime_look mime_read_look(const char *data, size_t n);

#endif
