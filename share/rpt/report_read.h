/*
 * report_read: reads the JSON of a TLS report (RFC 8460 section 4) as senders
 * really write it.
 *
 * What is there is kept, what is wrong is a named defect with its place
 * (defect.h), and only what holds nothing trustworthy is rejected. Absent
 * optional fields are no defects, unknown keys are passed over, of a key that
 * stands twice the first counts. Names of hosts and domains come out in lower
 * case without a final dot, addresses as inet_ntop(3) writes them.
 *
 * An absent policy-domain stays NULL: who has the mail takes it from
 * TLS-Report-Domain, the Subject or the file name (report_name.h).
 *
 * Thread safety: a reader belongs to one thread; it keeps memory for the next
 * report. Limits: those of jscan.h, report.h and gz.h; at most REPORT_READ_MAX
 * octets of JSON. Tests: t/unit/report_read.c with t/unit/quirks.txt,
 * t/fuzz/fuzz_report_read.c
 */
#ifndef REPORT_READ_H
#define REPORT_READ_H

#include "share/rpt/defect.h"
#include "share/rpt/jscan.h"
#include "share/rpt/report.h"

#define REPORT_READ_MAX (10u << 20)

enum report_verdict {
	REPORT_OK,       /* RFC 8460 and I-JSON to the letter */
	REPORT_SALVAGED, /* not so, but what was meant is there */
	REPORT_REJECTED  /* nothing of it may be used */
};

struct report_reader;

/* Gives a reader. */
struct report_reader *report_reader_new(void);

/* Frees a reader; NULL is fine. */
void report_reader_free(struct report_reader *rr);

/*
 * Reads n octets of JSON. r (from report_init()) is emptied and filled, d is
 * emptied and filled. Returns what is to be thought of it.
 */
enum report_verdict report_read(struct report_reader *rr, const char *text,
    size_t n, struct report *r, struct defects *d);

/* The same for n octets as they were attached: gzip or plain, by their look. */
enum report_verdict report_read_packed(struct report_reader *rr,
    const char *data, size_t n, struct report *r, struct defects *d);

/*
 * The same for JSON that comes in pieces. What the source itself has to say is
 * noted by the caller afterwards: then report_verdict() again, and at REJECTED
 * r must not be used.
 */
enum report_verdict report_read_source(struct report_reader *rr,
    struct jscan_source source, struct report *r, struct defects *d);

/* The verdict that defects amount to. */
enum report_verdict report_verdict(const struct defects *d);

/* "ok", "salvaged", "rejected". */
const char *report_verdict_name(enum report_verdict v);

#endif
