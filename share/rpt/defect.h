/*
 * defect: what is wrong with a report that a stranger sent, by name and place.
 *
 * A defect has a name for machines ("json-utf8"), a text for people and a
 * weight. Every one is counted; of each kind the first place is kept, as an
 * offset into the JSON text and a path ("policies[0].policy.mx-host[2]").
 * Absent optional fields are no defects.
 *
 * Thread safety: none. Limits: DEFECT_PATH_MAX octets of path. A new defect is
 * a row of the table in defect.c. Tests: t/unit/defect.c, t/unit/report_read.c
 */
#ifndef DEFECT_H
#define DEFECT_H

#include "share/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEFECT_PATH_MAX 120

enum defect {
	/* of the JSON text (RFC 8259, I-JSON: RFC 7493) */
	DEFECT_JSON_EMPTY,
	DEFECT_JSON_BOM,
	DEFECT_JSON_TRAILING,
	DEFECT_JSON_TRUNCATED,
	DEFECT_JSON_UTF8,
	DEFECT_JSON_NONCHAR,
	DEFECT_JSON_SURROGATE,
	DEFECT_JSON_NUL,
	DEFECT_JSON_CONTROL,
	DEFECT_JSON_ESCAPE,
	DEFECT_JSON_QUOTE,
	DEFECT_JSON_KEY,
	DEFECT_JSON_COMMA,
	DEFECT_JSON_COLON,
	DEFECT_JSON_VALUE,
	DEFECT_JSON_STRAY,
	DEFECT_JSON_BRACKET,
	DEFECT_JSON_COMMENT,
	DEFECT_JSON_WORD,
	DEFECT_JSON_NAN,
	DEFECT_JSON_NUMBER,
	DEFECT_JSON_DUPLICATE,
	DEFECT_JSON_MANY_KEYS,
	DEFECT_JSON_LONG_TEXT,
	DEFECT_JSON_DEEP,
	DEFECT_JSON_LONG,
	DEFECT_JSON_HOPELESS,
	/* of the packing (RFC 1952) */
	DEFECT_GZIP_MEMBERS,
	DEFECT_GZIP_TRAILING,
	DEFECT_GZIP_TRUNCATED,
	DEFECT_GZIP_CHECK,
	DEFECT_GZIP_DATA,
	DEFECT_GZIP_SIZE,
	DEFECT_GZIP_RATIO,
	/* of a zip file */
	DEFECT_ZIP_CUT,
	DEFECT_ZIP_CHECK,
	DEFECT_ZIP_DATA,
	DEFECT_ZIP_SIZE,
	DEFECT_ZIP_RATIO,
	DEFECT_ZIP_MANY,
	/* of the mail around it (RFC 2045, RFC 8460 section 5.3) */
	DEFECT_MAIL_HEADER,
	DEFECT_MAIL_BOUNDARY,
	DEFECT_MAIL_UNCLOSED,
	DEFECT_MAIL_DEEP,
	DEFECT_MAIL_PARTS,
	DEFECT_MAIL_ENCODING,
	DEFECT_MAIL_BASE64,
	DEFECT_MAIL_QUOTED,
	DEFECT_MAIL_SIZE,
	DEFECT_MAIL_TYPE,
	DEFECT_MAIL_FILENAME,
	DEFECT_MAIL_REPORTS,
	/* of the report as it is taken in */
	DEFECT_SENDER_CAP,
	/* of the report (RFC 8460 section 4) */
	DEFECT_NOT_OBJECT,
	DEFECT_NO_POLICIES,
	DEFECT_EMPTY_POLICIES,
	DEFECT_NULL,
	DEFECT_WRONG_TYPE,
	DEFECT_NOT_ARRAY,
	DEFECT_OLD_NAME,
	DEFECT_ORG_ABSENT,
	DEFECT_CONTACT_ABSENT,
	DEFECT_ID_ABSENT,
	DEFECT_RANGE_ABSENT,
	DEFECT_RANGE_ODD,
	DEFECT_RANGE_BACKWARDS,
	DEFECT_DATE_NO_ZONE,
	DEFECT_DATE_FORM,
	DEFECT_DATE_BAD,
	DEFECT_POLICY_ABSENT,
	DEFECT_TYPE_ABSENT,
	DEFECT_TYPE_CASE,
	DEFECT_TYPE_UNKNOWN,
	DEFECT_DOMAIN_ABSENT,
	DEFECT_DOMAIN_FORM,
	DEFECT_STRING_NESTED,
	DEFECT_MX_PREFIX,
	DEFECT_SUMMARY_ABSENT,
	DEFECT_COUNT_ABSENT,
	DEFECT_COUNT_TEXT,
	DEFECT_COUNT_NEGATIVE,
	DEFECT_COUNT_HUGE,
	DEFECT_COUNT_FRACTION,
	DEFECT_SUM_DIFFERS,
	DEFECT_RESULT_ABSENT,
	DEFECT_RESULT_CASE,
	DEFECT_RESULT_UNKNOWN,
	DEFECT_IP_FORM,
	DEFECT_TOO_MANY,
	DEFECT_N
};

enum defect_weight {
	DEFECT_NOTED,    /* worth a note; RFC 8460 allows it */
	DEFECT_SALVAGED, /* against the RFCs; what was meant is clear */
	DEFECT_REJECTED  /* nothing trustworthy is left */
};

struct defect_place {
	uint64_t offset; /* octets from the begin of the JSON text */
	char path[DEFECT_PATH_MAX];
};

struct defects {
	uint32_t count[DEFECT_N];            /* how often each was met */
	struct defect_place first[DEFECT_N]; /* valid where count > 0 */
	size_t kinds;                        /* how many counts are not 0 */
	enum defect found[DEFECT_N];         /* kinds, in order of discovery */
	enum defect_weight worst;
};

/* Makes an empty list. */
void defects_init(struct defects *d);

/*
 * Counts a defect; path is kept where it is the first of its kind, and may be
 * NULL then (the whole text).
 */
void defects_note(struct defects *d, enum defect what, uint64_t offset,
    const char *path);

/* Adds the counts of b to a; places of a stay. */
void defects_add(struct defects *a, const struct defects *b);

/* Whether a defect was met. */
bool defects_has(const struct defects *d, enum defect what);

/* Its name for machines, such as "json-utf8". */
const char *defect_name(enum defect what);

/* What it means, for people. */
const char *defect_text(enum defect what);

/* Its weight. */
enum defect_weight defect_weight(enum defect what);

/* The defect of that name; DEFECT_N when there is none. */
enum defect defect_from_name(const char *name);

/* Appends the names in order of discovery, each with a blank between. */
void defects_write_names(const struct defects *d, struct buf *out);

#endif
