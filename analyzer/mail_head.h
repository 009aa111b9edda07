/*
 * mail_head: what the header of a mail says about the TLS report in it. (RFC
 * 8460 section 5.3)
 *
 * TLS-Report-Domain and TLS-Report-Submitter, the Subject where they are
 * absent, who sent it and to whom, and when. All of it is a stranger's word.
 *
 * Thread safety: none. Limits: those of fields.h; MAIL_HEAD_ADDRESSES_MAX
 * addresses are looked at. Tests: t/system/quirks.t, t/fuzz/fuzz_reading.c
 */
#ifndef MAIL_HEAD_H
#define MAIL_HEAD_H

#include "share/base/hostname.h"
#include "share/conf/conf.h"
#include "share/mail/fields.h"

#include <stdint.h>

#define MAIL_HEAD_ADDRESSES_MAX 200

struct mail_head {
	struct fields fields;          /* borrowed from the mail */
	char domain[HOSTNAME_SIZE];    /* the report is about; "" unknown */
	char submitter[HOSTNAME_SIZE]; /* TLS-Report-Submitter, or "" */
	char from[HOSTNAME_SIZE];      /* domain of From, or "" */
	int64_t date;                  /* seconds, 0 where it cannot be read */
	bool claims;                   /* it says that it is a TLS report */
	bool is_signed;                /* there is a DKIM-Signature */
};

/* Reads a mail, which is borrowed. ERR_LIMIT with too many fields. */
int mail_head_read(struct mail_head *h, const char *mail, size_t n,
    struct err *e) MUST_CHECK;

/* Frees what it holds; also after it failed. */
void mail_head_clear(struct mail_head *h);

/*
 * Whether one of its recipients is among the globs; true as well when there
 * are no globs, or when the mail names no recipient at all. extra (may be
 * NULL) is one that the delivery told.
 */
bool mail_head_is_to(const struct mail_head *h, const struct conf_list *globs,
    const char *extra);

#endif
