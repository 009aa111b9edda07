/*
 * report_mail: the mail that a report is sent in. (RFC 8460 section 5.3)
 *
 * Everything in it follows from config and outbox, the Message-ID too, so that
 * a repeat after a crash is the same mail; only the DKIM signatures' time may
 * differ. "TLS-Required: No" (RFC 8689) asks every server on the way to
 * deliver although TLS fails, as RFC 8460 section 3 wants it; "Auto-Submitted:
 * auto-generated" (RFC 3834) keeps answering machines quiet.
 *
 * Thread safety: as keyring.h. Limits: REPORT_MAIL_TEXT_MAX. Tests: t/unit/report_mail.c, t/system/dkim.t
 */
#ifndef REPORT_MAIL_H
#define REPORT_MAIL_H

#include "reportgen/keyring.h"
#include "share/base/buf.h"
#include "share/base/hostname.h"
#include "share/conf/conf.h"
#include "share/rpt/report.h"
#include "share/store/report_outbox.h"

/* The part for people never takes more, nor do a mail's other fields. */
#define REPORT_MAIL_TEXT_MAX 32768

/*
 * The domain that reports by this config, as mails name it (RFC 8460 section
 * 5.3: that of contact-info). -1 when it is none.
 */
int report_mail_submitter(const struct conf *c, char submitter[HOSTNAME_SIZE],
    struct err *e) MUST_CHECK;

/*
 * Why no mail can be written by this config ("contact-info is not set"): a text
 * of ours, or NULL when it can. Keys are not looked at.
 */
const char *report_mail_obstacle(const struct conf *c);

/*
 * Appends the signed mail for a report (packed included) to one recipient's
 * address, with CRLF. now_s is the time of the signatures. ERR_PERM without a
 * key, ERR_NOENT when the report's octets were forgotten, ERR_SYNTAX when an
 * address is none, ERR_LIMIT when out is too small.
 */
int report_mail_write(const struct conf *c, struct keyring *keys,
    const struct outbox_report *r, const char *to, int64_t now_s,
    struct buf *out, struct err *e) MUST_CHECK;

/*
 * Appends the part for people: what it is, totals, the worst failures in plain
 * words. UTF-8 with LF; texts of strangers are escaped.
 */
void report_mail_text(const struct report *r, struct buf *out);

#endif
