/* report_mail: the mail that a report is sent in - see report_mail.h */
#include "config.h"

#include "reportgen/report_mail.h"
#include "share/base/text.h"
#include "share/mail/dkim_hash.h"
#include "share/mail/header.h"
#include "share/mail/mime_write.h"
#include "share/rpt/report_name.h"
#include "share/rpt/report_read.h"

#include <string.h>

#define ID_MAX (REPORT_NAME_ID_MAX + 2 * HOSTNAME_SIZE)
#define TAG_HEX 16

/* What the parts of one mail are made of. */
struct mail {
	const struct conf *c;
	const struct outbox_report *r;
	struct report_key key;
	struct address to;
	char tag[TAG_HEX + 1]; /* of this report to this address */
	struct buf text, name, message;
};

int
report_mail_submitter(const struct conf *c, char submitter[HOSTNAME_SIZE],
    struct err *e)
{
	const char *s = c->report.submitter;
	struct address a;

	if (s[0] != '\0')
		return hostname_normalize(s, strlen(s), submitter, e);
	s = c->report.contact_info;
	if (address_parse(s, strlen(s), &a, e) == -1)
		return -1;
	memcpy(submitter, a.domain, HOSTNAME_SIZE);
	return 0;
}

const char *
report_mail_obstacle(const struct conf *c)
{
	const char *from = c->report_from_address;
	char submitter[HOSTNAME_SIZE];
	struct address a;

	if (from[0] == '\0')
		return "[report.tls.aggregate] from-address is not set";
	if (address_parse(from, strlen(from), &a, NULL) == -1)
		return "[report.tls.aggregate] from-address is no address";
	/* RFC 8460 section 4.4 */
	if (c->report.contact_info[0] == '\0')
		return "[report.tls.aggregate] contact-info is not set";
	if (c->report.org_name[0] == '\0')
		return "[report.tls.aggregate] org-name is not set";
	if (report_mail_submitter(c, submitter, NULL) == -1)
		return "[report] submitter, or the domain of contact-info, is "
		       "no domain";
	/* RFC 8460 section 3 */
	if (c->report.sign.n == 0)
		return "[report.tls.aggregate] sign names no signature";
	return NULL;
}

/* Hex digits that follow from report-id and address alone. */
static void
make_tag(struct mail *m, const char *to)
{
	unsigned char sum[DKIM_SHA256_LEN];
	struct dkim_hash *h = dkim_hash_new();

	dkim_hash_add(h, m->r->id, strlen(m->r->id) + 1);
	dkim_hash_add(h, to, strlen(to));
	dkim_hash_end(h, sum);
	for (size_t i = 0; i < TAG_HEX / 2; i++)
		snprintf(m->tag + 2 * i, 3, "%02x", sum[i]);
}

static int
add_subject(struct mail *m, struct err *e)
{
	if (m->c->report.subject[0] != '\0')
		return header_add_text(&m->message, "Subject",
		    m->c->report.subject, e);
	buf_reset(&m->name);
	report_name_write_subject(&m->key, &m->name);
	return header_add_text(&m->message, "Subject", buf_str(&m->name), e);
}

/* The left side of the report-id, made the address's own. */
static int
add_message_id(struct mail *m, const struct address *from, struct err *e)
{
	buf_reset(&m->name);
	buf_add(&m->name, m->r->id, strcspn(m->r->id, "@"));
	buf_printf(&m->name, ".%s", m->tag);
	return header_add_message_id(&m->message, buf_str(&m->name),
	    from->domain, e);
}

static int
add_header(struct mail *m, struct err *e)
{
	const char *from = m->c->report_from_address;
	struct buf *b = &m->message;
	struct address a;

	if (address_parse(from, strlen(from), &a, e) == -1)
		return err_wrap(e, "from-address");
	if (header_add_mailbox(b, "From", m->c->report.from_name, &a, e) ==
		-1 ||
	    header_add_mailbox(b, "To", NULL, &m->to, e) == -1 ||
	    add_subject(m, e) == -1 ||
	    header_add_date(b, (time_t)m->r->made_s, e) == -1 ||
	    add_message_id(m, &a, e) == -1 ||
	    /* RFC 8460 section 5.3 */
	    header_add_tokens(b, "TLS-Report-Domain", m->key.domain, e) == -1 ||
	    header_add_tokens(b, "TLS-Report-Submitter", m->key.submitter, e) ==
		-1 ||
	    /* RFC 8460 section 3 by RFC 8689 section 3 */
	    header_add_tokens(b, "TLS-Required", "No", e) == -1)
		return -1;
	return header_add_tokens(b, "Auto-Submitted", "auto-generated", e);
}

/* The part for people; of a report we cannot read, what the outbox knows. */
static void
make_text(struct mail *m)
{
	struct report_reader *rr = report_reader_new();
	struct report report;
	struct defects d;

	report_init(&report, REPORT_POOL_MAX);
	if (report_read_packed(rr, m->r->packed, m->r->packed_len, &report,
		&d) == REPORT_REJECTED)
		buf_puts(&m->text,
		    "This is a report on TLS by RFC 8460, for programs.\n");
	else
		report_mail_text(&report, &m->text);
	if (m->r->part > 0)
		buf_printf(&m->text,
		    "\nThis is part %u; there are others on the same period.\n",
		    m->r->part);
	if (m->r->missing != NULL && m->r->missing[0] != '\0') {
		char names[1000];

		buf_printf(&m->text,
		    "\nWhat these of our servers saw is not in it yet: %s\n",
		    text_escape(names, sizeof(names), m->r->missing,
			strlen(m->r->missing)));
	}
	report_clear(&report);
	report_reader_free(rr);
}

static int
add_parts(struct mail *m, struct err *e)
{
	struct mime_writer w;

	make_text(m);
	buf_reset(&m->name);
	report_name_write_file(&m->key, true, &m->name);
	if (mime_write_begin(&w, &m->message, "tlsrpt", m->tag, e) == -1 ||
	    mime_write_text(&w, buf_str(&m->text), m->text.len, e) == -1 ||
	    mime_write_data_begin(&w, "application/tlsrpt+gzip",
		buf_str(&m->name), e) == -1)
		return -1;
	mime_write_data(&w, m->r->packed, m->r->packed_len);
	return mime_write_end(&w, e);
}

static int
sign(struct mail *m, struct keyring *keys, int64_t now_s, struct buf *out,
    struct err *e)
{
	struct buf fields;
	int rc;

	buf_init(&fields, (size_t)KEYRING_MAX * DKIM_SIGN_MAX);
	/* no x=: an archived report is to be verified later too */
	rc = dkim_sign(keys->signer, keys->n, m->message.data, m->message.len,
	    now_s, 0, &fields, e);
	if (rc == 0) {
		buf_add(out, fields.data, fields.len);
		buf_add(out, m->message.data, m->message.len);
		if (buf_full(out))
			rc = err_set(e, ERR_LIMIT, "the mail is too large");
	}
	buf_clear(&fields);
	return rc;
}

int
report_mail_write(const struct conf *c, struct keyring *keys,
    const struct outbox_report *r, const char *to, int64_t now_s,
    struct buf *out, struct err *e)
{
	struct mail m = { .c = c,
		.r = r,
		.key = { r->submitter, r->domain, r->begin, r->end, r->part } };
	int rc = -1;

	if (keys->n == 0)
		/* RFC 8460 section 3: never without a signature */
		return err_set(e, ERR_PERM, "there is no key to sign with");
	if (r->packed == NULL)
		return err_set(e, ERR_NOENT,
		    "the report %s is not kept any more", r->id);
	buf_init(&m.text, REPORT_MAIL_TEXT_MAX);
	buf_init(&m.name, ID_MAX);
	buf_init(&m.message, out->max);
	make_tag(&m, to);
	if (address_parse(to, strlen(to), &m.to, e) == -1 ||
	    add_header(&m, e) == -1 || add_parts(&m, e) == -1 ||
	    sign(&m, keys, now_s, out, e) == -1)
		goto out;
	rc = 0;
out:
	buf_clear(&m.text);
	buf_clear(&m.name);
	buf_clear(&m.message);
	return rc;
}
