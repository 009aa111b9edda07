/* report_mail: whole mails by RFC 8460 section 5.3, the same every time, and
 * what they say to people */
#include "config.h"

#include "reportgen/report_mail.h"
#include "reportgen/report_text.h"
#include "share/base/xmem.h"
#include "share/mail/base64.h"
#include "share/mail/dkim_verify.h"
#include "share/rpt/gz.h"
#include "share/rpt/report_name.h"
#include "share/rpt/report_read.h"
#include "share/rpt/report_write.h"
#include "t/unit/dkim_samples.h"
#include "t/unit/tap.h"

#include <regex.h>
#include <stdlib.h>

#define BEGIN INT64_C(1795132800) /* 2026-11-20 */
#define END (BEGIN + 86400)
#define MADE (END + 4711)
#define MAIL_MAX (1u << 20)
#define LABEL "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
#define DOMAIN_NAME LABEL "(\\." LABEL ")*"
#define ATEXT "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
#define DOT_ATOM ATEXT "(\\." ATEXT ")*"

static struct conf conf = {
	.report_from_address = (char[]){ "noreply-tls@example.org" },
	.report = { .from_name = (char[]){ "B\xc3\xbc"
					   "cher, Report" },
	    .subject = (char[]){ "" } },
};
static struct keyring keys;
static struct buf packed;
static struct outbox_report outbox;

/* A report with what is hard in it. */
static void
make_report(struct report *r)
{
	struct report_policy *p;
	struct report_failure *f;

	report_init(r, REPORT_POOL_MAX);
	r->organization = "B\xc3\xbc"
			  "cher";
	r->contact = "jane@example.org";
	r->id = "x.1@example.org";
	r->begin = BEGIN;
	r->end = END - 1;
	p = report_add_policy(r);
	p->type = REPORT_POLICY_STS;
	p->domain = "recipient.example";
	p->success = 5326;
	p->failure = 303;
	f = report_add_failure(r, p);
	f->result = REPORT_CERTIFICATE_EXPIRED;
	f->mx = "mx1.recipient.example";
	f->receiving_ip = "192.0.2.1";
	f->sending_ip = "2001:db8::1";
	f->sessions = 300;
	f = report_add_failure(r, p);
	f->result = REPORT_VALIDATION_FAILURE;
	f->reason = "bad\r\n\r\nFrom: evil\x1b[31m";
	f->sessions = 3;
	p = report_add_policy(r);
	p->type = REPORT_POLICY_TLSA;
	p->domain = "mx2.recipient.example";
	p->success = 1234567;
}

static void
set_up(void)
{
	struct report r;
	struct buf json;
	struct err e;

	keys.n = 2;
	keys.signer[0] = (struct dkim_signer){ dkim_key_parse(rsa2048_pkcs8,
						   strlen(rsa2048_pkcs8),
						   DKIM_RSA_SHA256, &e),
		"example.org", "mail", DKIM_RELAXED, DKIM_RELAXED };
	keys.signer[1] = (struct dkim_signer){ dkim_key_parse(ed25519_pkcs8,
						   strlen(ed25519_pkcs8),
						   DKIM_ED25519_SHA256, &e),
		"example.org", "ed", DKIM_RELAXED, DKIM_RELAXED };
	make_report(&r);
	buf_init(&json, MAIL_MAX);
	buf_init(&packed, MAIL_MAX);
	if (keys.signer[0].key == NULL || keys.signer[1].key == NULL ||
	    report_write(&r, &json, &e) == -1 ||
	    gz_write(json.data, json.len, &packed, &e) == -1) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	buf_clear(&json);
	report_clear(&r);
	outbox = (struct outbox_report){ .id = "20261120.1@example.org",
		.domain = "recipient.example",
		.submitter = "example.org",
		.begin = BEGIN,
		.end = END,
		.made_s = MADE,
		.missing = "",
		.packed = packed.data,
		.packed_len = packed.len };
}

static int
write_mail(const char *to, int64_t now, struct buf *out, struct err *e)
{
	buf_init(out, MAIL_MAX);
	return report_mail_write(&conf, &keys, &outbox, to, now, out, e);
}

/* The unfolded value of the only field of that name, freed; NULL: not one. */
static char *
field(const struct buf *mail, const char *name)
{
	const char *at = buf_str(mail), *end = strstr(at, "\r\n\r\n");
	char *value = NULL;
	size_t n = strlen(name), found = 0;

	for (; at != NULL && at < end; at = strstr(at, "\r\n") + 2) {
		if (strncmp(at, name, n) != 0 || at[n] != ':')
			continue;
		free(value);
		found++;
		value = xcalloc((size_t)(end - at) + 1, 1);
		for (size_t i = 0, k = n + 2; strncmp(at + k, "\r\n", 2) != 0 ||
		     at[k + 2] == ' ' || at[k + 2] == '\t';
		     k++)
			if (at[k] != '\r' && at[k] != '\n')
				value[i++] = at[k];
	}
	if (found == 1)
		return value;
	free(value);
	return NULL;
}

static void
check_field(const struct buf *mail, const char *name, const char *want)
{
	char *value = field(mail, name);

	is_str(value, want, "%s", name);
	free(value);
}

static void
check_regex(const char *text, const char *pattern, const char *name)
{
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		abort();
	ok(text != NULL && regexec(&re, text, 0, NULL, 0) == 0, "%s", name);
	if (text != NULL)
		diag("%s", text);
	regfree(&re);
}

static enum dkim_lookup
lookup(void *ctx, const char *name, struct buf *record)
{
	bool ed = strcmp(name, "ed._domainkey.example.org") == 0;
	const char *service = ctx;

	if (dkim_sign_record(keys.signer[ed ? 1 : 0].key, service, record,
		NULL) == -1)
		abort();
	return DKIM_LOOKUP_FOUND;
}

static void
check_signatures(const struct buf *mail)
{
	struct dkim_verdict v[DKIM_VERIFY_MAX];
	char service[] = "tlsrpt";
	struct dkim_verifier how = { lookup, service, MADE + 30 * 86400,
		DKIM_SERVICE_TLSRPT };

	is_int(dkim_verify(&how, mail->data, mail->len, v, NULL), 2,
	    "two signatures");
	for (int i = 0; i < 2; i++) {
		is_int(v[i].result, DKIM_PASS, "%s passes a month later",
		    v[i].selector);
		ok(!v[i].has_length, "without l=");
	}
	is_str(v[0].selector, "mail", "the first of sign is on top");
	has_str(buf_str(mail), "TLS-Report-Domain", "signed by name");
}

static void
test_header(void)
{
	struct buf mail;
	struct err e;
	char *value;

	is_int(write_mail("tlsrpt@recipient.example", MADE, &mail, &e), 0,
	    "a mail");
	check_field(&mail, "From",
	    "=?UTF-8?Q?B=C3=BCcher=2C_Report?= <noreply-tls@example.org>");
	check_field(&mail, "To", "tlsrpt@recipient.example");
	check_field(&mail, "Date", "Sat, 21 Nov 2026 01:18:31 +0000");
	check_field(&mail, "TLS-Report-Domain", "recipient.example");
	check_field(&mail, "TLS-Report-Submitter", "example.org");
	check_field(&mail, "TLS-Required", "No");
	check_field(&mail, "Auto-Submitted", "auto-generated");
	check_field(&mail, "MIME-Version", "1.0");
	value = field(&mail, "Subject");
	check_regex(value,
	    "^Report Domain: " DOMAIN_NAME " Submitter: " DOMAIN_NAME
	    " Report-ID: <" DOT_ATOM "@" DOT_ATOM ">$",
	    "Subject is of the RFC's form: no colon in the report-id");
	free(value);
	value = field(&mail, "Message-ID");
	check_regex(value, "^<20261120\\.1\\.[0-9a-f]{16}@example\\.org>$",
	    "Message-ID is made of the report-id");
	free(value);
	value = field(&mail, "Content-Type");
	check_regex(value, "^multipart/report; .*report-type=\"?tlsrpt\"?",
	    "Content-Type");
	free(value);
	check_signatures(&mail);
	buf_clear(&mail);
}

/* "Report-ID in the Subject ... equals the one in the JSON", for the id that
 * report_name writes. */
static void
test_id(void)
{
	const struct report_key k = { "example.org", "recipient.example", BEGIN,
		END, 2 };
	struct outbox_report kept = outbox;
	struct report_name name;
	struct buf mail, id;
	char *value;

	buf_init(&id, 1000);
	report_name_write_id(&k, &id);
	outbox.id = buf_str(&id);
	outbox.part = 2;
	if (write_mail("a@b.example", MADE, &mail, NULL) == -1)
		fail("a mail of part 2");
	value = field(&mail, "Subject");
	ok(value != NULL &&
		report_name_read_subject(value, strlen(value), &name),
	    "the Subject is read");
	is_str(name.id, buf_str(&id), "the Report-ID is the JSON's");
	ok(strchr(name.id, ':') == NULL, "and has no colon");
	has_str(buf_str(&mail), "This is part 2", "the part is told");
	free(value);
	outbox = kept;
	buf_clear(&mail);
	buf_clear(&id);
}

static void
test_repeat(void)
{
	struct buf a, b;
	char *first, *second;
	const char *from_a, *from_b;

	if (write_mail("a@b.example", MADE, &a, NULL) == -1 ||
	    write_mail("a@b.example", MADE + 7200, &b, NULL) == -1)
		abort();
	from_a = strstr(buf_str(&a), "\r\nFrom: ");
	from_b = strstr(buf_str(&b), "\r\nFrom: ");
	is_str(from_a, from_b, "a repeat is the same but for its signatures");
	buf_reset(&b);
	if (report_mail_write(&conf, &keys, &outbox, "c@b.example", MADE, &b,
		NULL) == -1)
		abort();
	first = field(&a, "Message-ID");
	second = field(&b, "Message-ID");
	ok(first != NULL && second != NULL && strcmp(first, second) != 0,
	    "a mail to another address has another Message-ID");
	free(first);
	free(second);
	buf_clear(&a);
	buf_clear(&b);
}

/* Finds the attachment and reads it back. */
static void
test_attachment(void)
{
	struct report_reader *rr = report_reader_new();
	struct report r;
	struct defects d;
	struct buf mail, data;
	const char *at, *end;
	char *file;

	if (write_mail("a@b.example", MADE, &mail, NULL) == -1)
		abort();
	at = strstr(buf_str(&mail), "application/tlsrpt+gzip");
	ok(at != NULL, "the attachment's type");
	file = at != NULL ? strstr(at, "filename=") : NULL;
	ok(file != NULL, "it has a name");
	if (file == NULL)
		return;
	file += strlen("filename=");
	file += *file == '"';
	end = file + strcspn(file, "\"\r\n;");
	file = xstrndup(file, (size_t)(end - file));
	check_regex(file,
	    "^" DOMAIN_NAME "!" DOMAIN_NAME
	    "![0-9]+![0-9]+(![A-Za-z0-9]+)?\\.json(\\.gz)?$",
	    "the file name is of the RFC's form");
	is_str(file,
	    "example.org!recipient.example!1795132800!1795219200"
	    ".json.gz",
	    "and the right one");
	free(file);
	at = strstr(at, "\r\n\r\n") + 4;
	end = strstr(at, "\r\n--");
	buf_init(&data, MAIL_MAX);
	is_int(base64_decode(&data, at, (size_t)(end - at), NULL), 0,
	    "it is base64");
	report_init(&r, REPORT_POOL_MAX);
	is_int(report_read_packed(rr, data.data, data.len, &r, &d), REPORT_OK,
	    "and a report by RFC 8460 and I-JSON");
	is_int(report_totals(&r).failure, 303, "with its failures");
	report_clear(&r);
	report_reader_free(rr);
	buf_clear(&data);
	buf_clear(&mail);
}

static void
test_text(void)
{
	struct report r;
	struct buf text;

	make_report(&r);
	buf_init(&text, REPORT_MAIL_TEXT_MAX);
	report_mail_text(&r, &text);
	for (char *line = text.data, *next; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		diag("%s", line);
		if (next != NULL)
			next[-1] = '\n';
	}
	has_str(buf_str(&text),
	    "From: B\xc3\xbc"
	    "cher\n",
	    "who reports");
	has_str(buf_str(&text),
	    "Sessions: 1,239,893 good, 303 failed (less than 0.1 %)", "totals");
	has_str(buf_str(&text),
	    "  recipient.example, MTA-STS: 5,326 good, 303 failed (5.4 %)\n"
	    "  mx2.recipient.example, DANE: 1,234,567 good, 0 failed\n",
	    "the worst policy first");
	has_str(buf_str(&text),
	    "  300 x certificate-expired at mx1.recipient.example [192.0.2.1], "
	    "from 2001:db8::1\n    The server's certificate has expired",
	    "the worst failure in plain words");
	has_str(buf_str(&text),
	    "Reason: bad\\x0d\\x0a\\x0d\\x0aFrom: evil\\x1b[31m",
	    "a stranger's text is escaped");
	for (size_t i = 0; i < text.len; i++)
		if ((text.data[i] < ' ' || text.data[i] == 0x7f) &&
		    text.data[i] != '\n' && !(text.data[i] & 0x80))
			fail("octet %zu is a control character", i);
	r.npolicies = 0;
	buf_reset(&text);
	report_mail_text(&r, &text);
	has_str(buf_str(&text), "Nothing went wrong", "an empty report");
	r.npolicies = 2;
	report_clear(&r);
	buf_clear(&text);
}

/* The text of the largest report fits. */
static void
test_long_text(void)
{
	static char domain[HOSTNAME_SIZE], reason[1000], ip[20][1000];
	struct report r;
	struct buf text;

	memset(domain, 'd', HOSTNAME_MAX);
	memset(reason, 0x1b, sizeof(reason) - 1);
	report_init(&r, REPORT_POOL_MAX);
	r.begin = BEGIN;
	r.end = END - 1;
	for (int i = 0; i < 100; i++) {
		struct report_policy *p = report_add_policy(&r);

		p->domain = domain;
		p->success = p->failure = REPORT_COUNT_MAX;
		for (int k = 0; k < 20; k++) {
			struct report_failure *f = report_add_failure(&r, p);

			memset(ip[k], 0x1b, sizeof(ip[k]) - 1);
			ip[k][0] = (char)('a' + k);
			*f = (struct report_failure){
				REPORT_CERTIFICATE_NOT_TRUSTED, NULL, ip[k],
				domain, domain, reason, reason, reason,
				REPORT_COUNT_MAX
			};
		}
	}
	buf_init(&text, REPORT_MAIL_TEXT_MAX);
	report_mail_text(&r, &text);
	ok(!buf_full(&text), "the longest text fits (%zu)", text.len);
	has_str(buf_str(&text), "and 10 more kinds",
	    "what failed alike under several policies is one kind");
	has_str(buf_str(&text), "and 90 more\n", "of policies too");
	report_clear(&r);
	buf_clear(&text);
}

static void
test_variants(void)
{
	struct outbox_report kept = outbox;
	char subject[] = "TLS\r\nBcc: x@y.example";
	char none[] = "";
	struct buf mail;
	struct err e;
	char *value;

	conf.report.subject = subject;
	outbox.missing = "mx2.example.org";
	if (write_mail("a@b.example", MADE, &mail, &e) == -1)
		fail("%s", e.text);
	check_field(&mail, "Subject", "TLS Bcc: x@y.example");
	value = field(&mail, "Bcc");
	ok(value == NULL, "a subject adds no field");
	has_str(buf_str(&mail), "not in it yet: mx2.example.org",
	    "missing hosts are named");
	buf_clear(&mail);
	conf.report.subject = none;
	outbox.packed = "rubbish";
	outbox.packed_len = 7;
	is_int(write_mail("a@b.example", MADE, &mail, &e), 0,
	    "an unreadable report is sent nonetheless");
	has_str(buf_str(&mail), "for programs", "with a general text");
	buf_clear(&mail);
	outbox = kept;
}

static void
test_refusals(void)
{
	struct outbox_report kept = outbox;
	struct buf mail;
	struct err e;
	size_t n = keys.n;

	is_int(write_mail("no address", MADE, &mail, &e), -1, "no address");
	is_int(e.code, ERR_SYNTAX, "is a syntax fault");
	is_int(mail.len, 0, "nothing is written");
	is_int(write_mail("a@b.example>\r\nBcc: <c@d.example", MADE, &mail, &e),
	    -1, "an address cannot add a field");
	keys.n = 0;
	is_int(write_mail("a@b.example", MADE, &mail, &e), -1, "no key");
	is_int(e.code, ERR_PERM, "is for good");
	keys.n = n;
	outbox.packed = NULL;
	is_int(write_mail("a@b.example", MADE, &mail, &e), -1, "no octets");
	is_int(e.code, ERR_NOENT, "they are gone");
	outbox = kept;
	buf_init(&mail, 3000);
	is_int(report_mail_write(&conf, &keys, &outbox, "a@b.example", MADE,
		   &mail, &e),
	    -1, "a small buffer");
	is_int(e.code, ERR_LIMIT, "is a limit");
	buf_clear(&mail);
}

static void
test_words(void)
{
	struct buf b;

	buf_init(&b, 1000);
	for (int i = 0; i < REPORT_RESULT_N; i++)
		ok(report_text_advice((enum report_result)i) != NULL,
		    "advice for \"%s\"",
		    report_result_name((enum report_result)i));
	report_text_count(0, &b);
	buf_puts(&b, " ");
	report_text_count(999, &b);
	buf_puts(&b, " ");
	report_text_count(1000, &b);
	buf_puts(&b, " ");
	report_text_count(REPORT_COUNT_MAX, &b);
	is_str(buf_str(&b), "0 999 1,000 9,007,199,254,740,991", "counts");
	buf_clear(&b);
}

int
main(void)
{
	set_up();
	test_header();
	test_id();
	test_repeat();
	test_attachment();
	test_text();
	test_long_text();
	test_variants();
	test_refusals();
	test_words();
	for (size_t i = 0; i < keys.n; i++)
		dkim_key_free(keys.signer[i].key);
	buf_clear(&packed);
	return done_testing();
}
