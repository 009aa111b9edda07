/*
 * reading: finds the TLS reports in a mail or a bare file and reads them.
 *
 * A mail's parts are looked at by what is in them, not by what they claim:
 * gzip, zip, JSON. DMARC reports and other XML are recognised and left alone.
 * Where a mail says that it is a TLS report and none can be read, that is
 * READING_BROKEN with the defects that say why; a mail that says nothing of the
 * kind and holds none is READING_NONE.
 *
 * Thread safety: a reader belongs to one thread. Limits: those of mime_read.h,
 * gz.h, zip.h, report_read.h; READING_REPORTS_MAX reports of one mail, and
 * READING_REFUSED_MAX that are none.
 * Tests: t/unit/reading.c, t/system/quirks.t, t/system/hostile.t, t/fuzz/fuzz_reading.c
 */
#ifndef READING_H
#define READING_H

#include "analyzer/mail_head.h"
#include "share/rpt/report_read.h"

#define READING_REPORTS_MAX 50
#define READING_REFUSED_MAX 50
#define READING_RAW_MAX (1u << 20) /* longer JSON is not kept */

enum reading_end {
	READING_NONE,
	READING_BROKEN,
	READING_FOUND /* at least one report was given */
};

/* One report that was read; all of it is valid until each() returns. */
struct reading_report {
	struct report *report;         /* as it was written */
	const struct defects *defects; /* of report, packing and mail */
	enum report_verdict verdict;   /* OK or SALVAGED */
	const char *organization;      /* stands in for an absent one */
	const char *submitter;         /* domain of who sent it, or "" */
	const char *domain; /* that it is about as the mail tells, or "" */
	int64_t begin, end; /* of the range, from the file's name if need be */
	const char *raw;    /* gzipped JSON; NULL unless it is wanted */
	size_t nraw;
};

struct reading;

/* Gives a reader; raw: the JSON of reports is wanted, too. */
struct reading *reading_new(bool raw);

/* Frees it; NULL is fine. */
void reading_free(struct reading *r);

/*
 * Reads a mail, calling each() for every report until it says false. *broken
 * (defects) is filled for READING_BROKEN; borrowed from the reader.
 */
enum reading_end reading_mail(struct reading *r, const struct mail_head *h,
    bool (*each)(void *arg, const struct reading_report *report), void *arg,
    const struct defects **broken);

/* The same for a bare file: gzip, zip or JSON of that name. */
enum reading_end reading_file(struct reading *r, const char *name,
    const char *data, size_t n,
    bool (*each)(void *arg, const struct reading_report *report), void *arg,
    const struct defects **broken);

/* Whether n octets look like a bare file and not like a mail. */
bool reading_is_bare(const char *data, size_t n);

#endif
