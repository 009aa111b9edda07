/*
 * report_name: what a report is called: report-id, file name, Subject (RFC
 * 8460 sections 4.4, 5.1, 5.3), written and read.
 *
 * Written names follow from domain, submitter, range and part alone, so that a
 * repeat after a crash is the same report. Reading is lenient: it serves where
 * a report itself does not say its domain.
 *
 * Thread safety: no state. Limits: struct report_name. Tests:
 * t/unit/report_name.c
 */
#ifndef REPORT_NAME_H
#define REPORT_NAME_H

#include "share/base/buf.h"
#include "share/base/hostname.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_NAME_ID_MAX 512

/* What reports about a domain and a range are called by. */
struct report_key {
	const char *submitter; /* domain of contact-info */
	const char *domain;    /* policy domain */
	int64_t begin, end; /* seconds of 1970; end: the next range's begin */
	unsigned part;      /* 1 ... of a report in parts, 0: it is whole */
};

/* Appends the report-id, an msg-id without < >, of dot-atoms. */
void report_name_write_id(const struct report_key *k, struct buf *out);

/* Appends the file name, ".json" or ".json.gz" at its end. */
void report_name_write_file(const struct report_key *k, bool gzip,
    struct buf *out);

/* Appends the Subject, not folded. */
void report_name_write_subject(const struct report_key *k, struct buf *out);

/* What was read of a name; "" or 0 where it does not say. */
struct report_name {
	char submitter[HOSTNAME_SIZE]; /* normal form */
	char domain[HOSTNAME_SIZE];    /* normal form */
	char id[REPORT_NAME_ID_MAX];   /* of a Subject, without < > */
	int64_t begin, end;            /* of a file name */
};

/* Reads n octets of a file name; false when it is none of a report. */
bool report_name_read_file(const char *s, size_t n, struct report_name *out);

/* Reads n octets of an unfolded Subject; false when it is none of a report. */
bool report_name_read_subject(const char *s, size_t n, struct report_name *out);

#endif
