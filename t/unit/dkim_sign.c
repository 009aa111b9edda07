/* dkim_sign: what is signed and how it is written, and that it verifies in
 * every canonical form and with every kind of key */
#include "config.h"

#include "share/base/xmem.h"
#include "share/mail/dkim_sign.h"
#include "share/mail/dkim_verify.h"
#include "t/unit/dkim_samples.h"
#include "t/unit/tap.h"

#include <stdlib.h>

#define NOW 1795299633

static const char message[] =
    "Received: by mx.example; Sat, 21 Nov 2026 22:20:33 +0000\r\n"
    "From: TLS Report <noreply-tls@example.org>\r\n"
    "To: tlsrpt@recipient.example\r\n"
    "Subject: Report Domain: recipient.example Submitter: example.org\r\n"
    " Report-ID: <1@example.org>\r\n"
    "Date: Sat, 21 Nov 2026 22:20:33 +0000\r\n"
    "Message-ID: <1@example.org>\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain\r\n"
    "TLS-Report-Domain: recipient.example\r\n"
    "TLS-Report-Submitter: example.org\r\n"
    "TLS-Required: No\r\n"
    "Auto-Submitted: auto-generated\r\n"
    "\r\n"
    "  Two  blanks \t and a tab\t\r\n"
    "\r\n"
    "end  \r\n"
    "\r\n"
    "\r\n";

static struct dkim_key *
read_key(const char *pem, enum dkim_algorithm a)
{
	struct err e;
	struct dkim_key *key = dkim_key_parse(pem, strlen(pem), a, &e);

	if (key == NULL) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return key;
}

/* The key record of a signer, whatever name is asked for. */
static enum dkim_lookup
lookup(void *ctx, const char *name, struct buf *record)
{
	const struct dkim_signer *s = ctx;
	char want[HOSTNAME_SIZE];

	(void)snprintf(want, sizeof(want), "%s._domainkey.%s", s->selector,
	    s->domain);
	is_str(name, want, "the key's name");
	if (dkim_sign_record(s->key, NULL, record, NULL) == -1)
		abort();
	return DKIM_LOOKUP_FOUND;
}

static struct dkim_verdict
verify_one(const struct dkim_signer *s, const char *msg, size_t len,
    const char *name)
{
	struct dkim_verifier v = { .lookup = lookup,
		.ctx = (void *)(uintptr_t)s,
		.now = NOW,
		.services = DKIM_SERVICE_EMAIL };
	struct dkim_verdict verdicts[DKIM_VERIFY_MAX];

	is_int(dkim_verify(&v, msg, len, verdicts, NULL), 1, "%s: a signature",
	    name);
	return verdicts[0];
}

/* Replaces the first part found; NULL for a line end: CRLF becomes LF. */
static char *
changed(const struct buf *b, const char *from, const char *to)
{
	const char *at = strstr(buf_str(b), from);

	if (at == NULL)
		abort();
	return xasprintf("%.*s%s%s", (int)(at - buf_str(b)), buf_str(b), to,
	    at + strlen(from));
}

/* A change of the signed message, and whether each form allows it. */
static const struct {
	const char *from, *to;
	bool header[2], body[2]; /* by enum dkim_canon: still passes */
	const char *name;
} changes[] = {
	{ "Received: by", "Received: for", { true, true }, { true, true },
	    "a field not signed" },
	{ "From: TLS", "From: tls", { false, false }, { true, true },
	    "another From" },
	{ "From: TLS", "From:  TLS", { false, true }, { true, true },
	    "a blank in From" },
	{ "Subject: R", "SUBJECT: R", { false, true }, { true, true },
	    "a name in upper case" },
	{ "\r\n Report-ID", "\r\n\tReport-ID", { false, true }, { true, true },
	    "another folding" },
	{ "To: ", "Subject: again\r\nTo: ", { false, false }, { true, true },
	    "a second Subject" },
	{ "To: ", "From: x@y.example\r\nTo: ", { false, false }, { true, true },
	    "a second From" },
	{ "To: ", "Cc: x@y.example\r\nTo: ", { false, false }, { true, true },
	    "a Cc where none was" },
	{ "To: ", "X-New: 1\r\nTo: ", { true, true }, { true, true },
	    "a new field" },
	{ "TLS-Report-Domain: r", "TLS-Report-Domain: x", { false, false },
	    { true, true }, "another report domain" },
	{ "Submitter: example.org\r\n ", "Submitter: example.net\r\n ",
	    { false, false }, { true, true }, "another submitter" },
	{ "  Two", " Two", { true, true }, { false, true },
	    "a blank in the body" },
	{ "tab\t", "tab", { true, true }, { false, true },
	    "a blank at a line's end" },
	{ "\r\n\r\n\r\n", "\r\n", { true, true }, { true, true },
	    "empty lines at the end" },
	{ "Two", "two", { true, true }, { false, false }, "another body" },
	{ "end  ", "end  \r\nmore", { true, true }, { false, false },
	    "a line more" },
};

static void
test_changes(const struct dkim_signer *s, const struct buf *all,
    const char *name)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char *msg = changed(all, changes[i].from, changes[i].to);
		bool want =
		    changes[i].header[s->header] && changes[i].body[s->body];
		struct dkim_verdict d = verify_one(s, msg, strlen(msg), name);

		is_str(dkim_result_name(d.result), want ? "pass" : "fail",
		    "%s: %s", name, changes[i].name);
		free(msg);
	}
}

/* Line ends of a Maildir. */
static void
test_lf(const struct dkim_signer *s, const struct buf *all, const char *name)
{
	struct buf lf;
	struct dkim_verdict d;

	buf_init(&lf, all->len);
	for (size_t i = 0; i < all->len; i++)
		if (all->data[i] != '\r')
			buf_add(&lf, all->data + i, 1);
	d = verify_one(s, lf.data, lf.len, name);
	is_str(dkim_result_name(d.result), "pass", "%s: with LF", name);
	buf_clear(&lf);
}

static void
test_round(struct dkim_key *key, enum dkim_canon header, enum dkim_canon body)
{
	const struct dkim_signer s = { .key = key,
		.domain = "example.org",
		.selector = "sel.a-1",
		.header = header,
		.body = body };
	struct dkim_verdict d;
	struct buf all;
	struct err e;
	char name[100];

	(void)snprintf(name, sizeof(name), "%s %d %s/%s",
	    dkim_algorithm_name(dkim_key_algorithm(key)), dkim_key_bits(key),
	    dkim_canon_name(header), dkim_canon_name(body));
	buf_init(&all, 100000);
	is_int(dkim_sign(&s, 1, message, strlen(message), NOW, NOW + 60, &all,
		   &e),
	    0, "%s", name);
	buf_puts(&all, message);
	d = verify_one(&s, all.data, all.len, name);
	is_str(dkim_result_name(d.result), "pass", "%s: passes (%s)", name,
	    d.reason);
	is_str(d.domain, "example.org", "%s: d=", name);
	is_str(d.selector, "sel.a-1", "%s: s=", name);
	is_int(d.bits, dkim_key_bits(key), "%s: bits", name);
	is_int(d.time, NOW, "%s: t=", name);
	is_int(d.expires, NOW + 60, "%s: x=", name);
	ok(!d.has_length && !d.partial, "%s: no l=", name);
	test_changes(&s, &all, name);
	test_lf(&s, &all, name);
	buf_clear(&all);
}

static void
test_rounds(void)
{
	static const struct {
		const char *pem;
		enum dkim_algorithm algorithm;
	} keys[] = { { rsa1024_pkcs1, DKIM_RSA_SHA256 },
		{ rsa2048_pkcs8, DKIM_RSA_SHA256 },
		{ rsa4096_pkcs8, DKIM_RSA_SHA256 },
		{ ed25519_pkcs8, DKIM_ED25519_SHA256 } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct dkim_key *key = read_key(keys[i].pem, keys[i].algorithm);

		for (int c = 0; c < 4; c++)
			test_round(key, (enum dkim_canon)(c >> 1),
			    (enum dkim_canon)(c & 1));
		dkim_key_free(key);
	}
}

/* How the field is written: each line of it, and its h=. */
static void
test_form(void)
{
	struct dkim_key *key = read_key(rsa4096_pkcs8, DKIM_RSA_SHA256);
	struct dkim_signer s = { .key = key,
		.domain = "example.org",
		.selector = "mail",
		.header = DKIM_RELAXED,
		.body = DKIM_SIMPLE };
	struct buf b, flat;
	const char *h;
	bool good = true;

	buf_init(&b, 100000);
	buf_init(&flat, 100000);
	is_int(dkim_sign(&s, 1, message, strlen(message), NOW, 0, &b, NULL), 0,
	    "sign");
	has_str(buf_str(&b),
	    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; "
	    "d=example.org; s=mail;\r\n\t t=1795299633; h=From:From:",
	    "it begins so");
	for (const char *p = buf_str(&b); *p != '\0'; p += strcspn(p, "\n") + 1)
		good = good && strcspn(p, "\r") <= 78 &&
		    (p == buf_str(&b) || *p == '\t');
	ok(good, "its lines are short and continue it");
	for (const char *p = buf_str(&b); *p != '\0'; p++)
		if (strchr("\r\n\t ", *p) == NULL)
			buf_add(&flat, p, 1);
	h = strstr(buf_str(&flat), ";h=");
	has_str(h != NULL ? h : "",
	    ";h=From:From:Sender:Reply-To:To:To:Cc:Subject:Subject:Date:Date:"
	    "Message-ID:Message-ID:In-Reply-To:References:MIME-Version:"
	    "MIME-Version:Content-Type:Content-Type:Content-Transfer-Encoding:"
	    "Content-Disposition:Auto-Submitted:TLS-Required:"
	    "TLS-Report-Domain:TLS-Report-Domain:TLS-Report-Submitter:"
	    "TLS-Report-Submitter;bh=",
	    "what is there once is named twice, what isn't once");
	ok(strstr(buf_str(&flat), ";l=") == NULL, "no l=");
	ok(strstr(buf_str(&flat), ";x=") == NULL, "no x= unless asked for");
	buf_clear(&b);
	buf_clear(&flat);
	dkim_key_free(key);
}

/* The record of the selector that is asked for. */
static enum dkim_lookup
lookup_two(void *ctx, const char *name, struct buf *record)
{
	struct dkim_key *const *keys = ctx;
	bool first = strncmp(name, "mail.", 5) == 0;

	if (dkim_sign_record(keys[!first], first ? NULL : "tlsrpt", record,
		NULL) == -1)
		abort();
	return DKIM_LOOKUP_FOUND;
}

/* Two selectors, one for the service tlsrpt: the first is on top. */
static void
test_several(void)
{
	struct dkim_key *keys[2] = { read_key(rsa2048_pkcs8, DKIM_RSA_SHA256),
		read_key(ed25519_pkcs8, DKIM_ED25519_SHA256) };
	const struct dkim_signer s[2] = {
		{ keys[0], "example.org", "mail", DKIM_RELAXED, DKIM_RELAXED },
		{ keys[1], "example.org", "tlsrpt", DKIM_RELAXED, DKIM_SIMPLE },
	};
	struct dkim_verifier v = { .lookup = lookup_two,
		.ctx = keys,
		.now = NOW,
		.services = DKIM_SERVICE_EMAIL };
	struct dkim_verdict d[DKIM_VERIFY_MAX];
	struct buf all;

	buf_init(&all, 100000);
	is_int(dkim_sign(s, 2, message, strlen(message), NOW, 0, &all, NULL), 0,
	    "two signatures");
	buf_puts(&all, message);
	is_int(dkim_verify(&v, all.data, all.len, d, NULL), 2, "are there");
	is_str(d[0].selector, "mail", "the first is on top");
	is_str(dkim_result_name(d[0].result), "pass", "and passes");
	is_str(dkim_result_name(d[1].result), "permerror",
	    "s=tlsrpt is not for mail");
	has_str(d[1].reason, "service", "and why");
	v.services |= DKIM_SERVICE_TLSRPT;
	is_int(dkim_verify(&v, all.data, all.len, d, NULL), 2, "for reports");
	is_str(dkim_result_name(d[0].result), "pass", "the general one passes");
	is_int(d[0].services, DKIM_SERVICE_ANY, "for any service");
	is_str(dkim_result_name(d[1].result), "pass", "the other one too");
	is_int(d[1].services, DKIM_SERVICE_TLSRPT, "for tlsrpt only");
	buf_clear(&all);
	dkim_key_free(keys[0]);
	dkim_key_free(keys[1]);
}

static void
refuse(const struct dkim_signer *s, const char *msg, int64_t expires,
    const char *name)
{
	struct buf b;
	struct err e;

	err_clear(&e);
	buf_init(&b, 10000);
	is_int(dkim_sign(s, 1, msg, strlen(msg), NOW, expires, &b, &e), -1,
	    "%s is refused: %s", name, e.text);
	is_int(b.len, 0, "nothing is written");
	buf_clear(&b);
}

static void
test_refused(void)
{
	struct dkim_key *key = read_key(ed25519_pkcs8, DKIM_ED25519_SHA256);
	struct dkim_signer s = { .key = key, .domain = "a.b", .selector = "s" };
	char longest[HOSTNAME_SIZE];

	refuse(&s, "To: a@b.c\r\n\r\nx\r\n", 0, "no From");
	refuse(&s, "From: a@b.c\r\nFrom: d@e.f\r\n\r\nx\r\n", 0, "two of them");
	refuse(&s, " x\r\nFrom: a@b.c\r\n\r\nx\r\n", 0, "a blank first");
	refuse(&s, "", 0, "nothing");
	refuse(&s, message, NOW, "a signature that has expired");
	s.domain = "a.b; l=0";
	refuse(&s, message, 0, "a tag in the domain");
	s.domain = "a.b";
	s.selector = "s\r\nBcc: x";
	refuse(&s, message, 0, "a line in the selector");
	s.selector = "";
	refuse(&s, message, 0, "no selector");
	memset(longest, 'a', HOSTNAME_MAX);
	longest[HOSTNAME_MAX] = '\0';
	for (size_t i = 50; i < HOSTNAME_MAX; i += 51)
		longest[i] = '.';
	s.selector = longest;
	refuse(&s, message, 0, "a selector too long for a name");
	dkim_key_free(key);
}

int
main(void)
{
	test_rounds();
	test_form();
	test_several();
	test_refused();
	return done_testing();
}
