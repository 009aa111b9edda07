/* dkim_verify: the RFCs' own messages, then each tag of signature and key.
 * A signature made here is right whatever its tags say, so that the tags alone
 * decide. */
#include "config.h"

#include "share/mail/base64.h"
#include "share/mail/dkim_hash.h"
#include "share/mail/dkim_key.h"
#include "share/mail/dkim_verify.h"
#include "t/unit/dkim_rfc.h"
#include "t/unit/dkim_samples.h"
#include "t/unit/tap.h"

#include <stdlib.h>

#define NOW 1795299633
#define FIELDS "From: a@example.org\r\nSubject: b\r\n"
#define BODY "Hello\r\n"
#define RECORD "v=DKIM1; k=ed25519; p="
#define TAGS "v=1; a=ed25519-sha256; d=example.org; s=sel; h=from; "

/* A name server of a few names; what is not there is answered as said. */
struct names {
	struct {
		const char *name, *text;
	} row[3];
	enum dkim_lookup otherwise;
	int asked;
	char last[HOSTNAME_SIZE];
};

static enum dkim_lookup
lookup(void *ctx, const char *name, struct buf *record)
{
	struct names *n = ctx;

	n->asked++;
	(void)snprintf(n->last, sizeof(n->last), "%s", name);
	for (size_t i = 0; i < 3 && n->row[i].name != NULL; i++)
		if (strcmp(n->row[i].name, name) == 0) {
			buf_puts(record, n->row[i].text);
			return DKIM_LOOKUP_FOUND;
		}
	return n->otherwise;
}

static int
verify(struct names *n, const char *msg, struct dkim_verdict *d)
{
	const struct dkim_verifier v = { .lookup = lookup,
		.ctx = n,
		.now = NOW,
		.services = DKIM_SERVICE_EMAIL };

	return dkim_verify(&v, msg, strlen(msg), d, NULL);
}

/* Appends a signature field with these tags, then bh= and b= that are right. */
static void
make_field(struct buf *out, const char *tags, uint64_t limit)
{
	static const char rest[] = FIELDS "\r\n" BODY;
	struct dkim_key *key = dkim_key_parse(ed25519_pkcs8,
	    strlen(ed25519_pkcs8), DKIM_ED25519_SHA256, NULL);
	unsigned char sum[DKIM_SHA256_LEN], sig[DKIM_SIG_MAX];
	struct dkim_tag h = { .value = "from", .len = 4 };
	enum dkim_canon header = DKIM_SIMPLE, body = DKIM_SIMPLE;
	struct fields f;
	size_t n, begin = out->len;

	if (key == NULL || fields_parse(rest, strlen(rest), &f, NULL) == -1)
		abort();
	if (strstr(tags, "c=relaxed") != NULL)
		header = DKIM_RELAXED;
	if (strstr(tags, "/relaxed") != NULL)
		body = DKIM_RELAXED;
	dkim_hash_body(body, limit, f.body, f.body_len, sum);
	buf_printf(out, "DKIM-Signature: %s bh=", tags);
	base64_encode(out, sum, sizeof(sum));
	buf_puts(out, "; b=");
	dkim_hash_header(header, &f, &h, out->data + begin, out->len - begin,
	    sum);
	if (dkim_key_sign(key, sum, sig, &n, NULL) == -1)
		abort();
	base64_encode(out, sig, n);
	buf_puts(out, "\r\n");
	fields_clear(&f);
	dkim_key_free(key);
}

/* What becomes of a message with these tags and this key record. */
static struct dkim_verdict
run(const char *tags, const char *record, uint64_t limit)
{
	struct names n = { .row = { { "sel._domainkey.example.org", record } },
		.otherwise = DKIM_LOOKUP_NONE };
	struct dkim_verdict d[DKIM_VERIFY_MAX];
	struct buf msg;

	buf_init(&msg, 100000);
	make_field(&msg, tags, limit);
	buf_puts(&msg, FIELDS "\r\n" BODY);
	is_int(verify(&n, buf_str(&msg), d), 1, "a signature");
	buf_clear(&msg);
	return d[0];
}

static void
is_verdict(const struct dkim_verdict *d, enum dkim_result want,
    const char *reason, const char *name)
{
	is_str(dkim_result_name(d->result), dkim_result_name(want), "%s", name);
	if (reason[0] == '\0')
		is_str(d->reason, "", "%s: no reason", name);
	else
		has_str(d->reason, reason, "%s: reason", name);
}

static const char good_record[] = RECORD "%s";

static const char *
good(void)
{
	static char text[200];

	(void)snprintf(text, sizeof(text), good_record, ed25519_public);
	return text;
}

static const struct {
	const char *tags;
	enum dkim_result result;
	const char *reason;
} tag_cases[] = {
	{ TAGS, DKIM_PASS, "" },
	{ TAGS "c=simple;", DKIM_PASS, "" },
	{ TAGS "c=relaxed;", DKIM_PASS, "" },
	{ TAGS "c=relaxed/relaxed;", DKIM_PASS, "" },
	{ TAGS "c=simple/relaxed;", DKIM_PASS, "" },
	{ TAGS "c=;", DKIM_PERMERROR, "c= is unknown" },
	{ TAGS "c=relaxed/;", DKIM_PERMERROR, "c= is unknown" },
	{ TAGS "c=nowsp;", DKIM_PERMERROR, "c= is unknown" },
	{ TAGS "c=Relaxed;", DKIM_PERMERROR, "c= is unknown" },
	{ TAGS "zz=unknown tag;", DKIM_PASS, "" },
	{ TAGS "d=example.org;", DKIM_PERMERROR, "twice" },
	{ "a=ed25519-sha256; d=example.org; s=sel; h=from;", DKIM_PERMERROR,
	    "v= is missing" },
	{ "v=2; a=ed25519-sha256; d=example.org; s=sel; h=from;",
	    DKIM_PERMERROR, "v= is not 1" },
	{ "v=1; d=example.org; s=sel; h=from;", DKIM_PERMERROR,
	    "a= is missing" },
	{ "v=1; a=rsa-sha1; d=example.org; s=sel; h=from;", DKIM_PERMERROR,
	    "rsa-sha1" },
	{ "v=1; a=rsa-sha512; d=example.org; s=sel; h=from;", DKIM_PERMERROR,
	    "a= is unknown" },
	{ "v=1; a=rsa-sha256; d=example.org; s=sel; h=from;", DKIM_PERMERROR,
	    "another type" },
	{ "v=1; a=ed25519-sha256; s=sel; h=from;", DKIM_PERMERROR,
	    "d= is missing" },
	{ "v=1; a=ed25519-sha256; d=; s=sel; h=from;", DKIM_PERMERROR,
	    "d= is missing" },
	{ "v=1; a=ed25519-sha256; d=EXAMPLE.org; s=Sel; h=from;", DKIM_PASS,
	    "" },
	{ "v=1; a=ed25519-sha256; d=exa mple.org; s=sel; h=from;",
	    DKIM_PERMERROR, "d= is no domain" },
	{ "v=1; a=ed25519-sha256; d=192.0.2.1; s=sel; h=from;", DKIM_PERMERROR,
	    "d= is no domain" },
	{ "v=1; a=ed25519-sha256; d=example.org; h=from;", DKIM_PERMERROR,
	    "s= is missing" },
	{ "v=1; a=ed25519-sha256; d=example.org; s=a..b; h=from;",
	    DKIM_PERMERROR, "s= is no selector" },
	{ "v=1; a=ed25519-sha256; d=example.org; s=a/b; h=from;",
	    DKIM_PERMERROR, "s= is no selector" },
	{ "v=1; a=ed25519-sha256; d=example.org; s=a_1; h=from;",
	    DKIM_PERMERROR, "there is no key" },
	{ "v=1; a=ed25519-sha256; d=example.org; s=sel;", DKIM_PERMERROR,
	    "h= is missing" },
	{ "v=1; a=ed25519-sha256; d=example.org; s=sel; h=subject;",
	    DKIM_PERMERROR, "without From" },
	{ "v=1; a=ed25519-sha256; d=example.org; s=sel; h=fromx:xfrom;",
	    DKIM_PERMERROR, "without From" },
	{ "v=1; a=ed25519-sha256; d=example.org; s=sel; h= FROM ;", DKIM_PASS,
	    "" },
	{ TAGS "i=@example.org;", DKIM_PASS, "" },
	{ TAGS "i=a@Example.Org;", DKIM_PASS, "" },
	{ TAGS "i=a@sub.example.org;", DKIM_PASS, "" },
	{ TAGS "i=a=20b=40c@example.org;", DKIM_PASS, "" },
	{ TAGS "i=a@example.net;", DKIM_PERMERROR, "i= is not in" },
	{ TAGS "i=a@badexample.org;", DKIM_PERMERROR, "i= is not in" },
	{ TAGS "i=a@org;", DKIM_PERMERROR, "i= is not in" },
	{ TAGS "i=example.org;", DKIM_PERMERROR, "i= has no domain" },
	{ TAGS "i=;", DKIM_PERMERROR, "i= has no domain" },
	{ TAGS "i=a=2;", DKIM_PERMERROR, "i= is damaged" },
	{ TAGS "i=a=2g@example.org;", DKIM_PERMERROR, "i= is damaged" },
	{ TAGS "q=dns/txt;", DKIM_PASS, "" },
	{ TAGS "q=x:dns/txt;", DKIM_PASS, "" },
	{ TAGS "q=dns;", DKIM_PERMERROR, "q= is without" },
	{ TAGS "t=1795299633;", DKIM_PASS, "" },
	{ TAGS "t=1795299933;", DKIM_PASS, "" },
	{ TAGS "t=1795299934;", DKIM_PERMERROR, "future" },
	{ TAGS "t=-1;", DKIM_PERMERROR, "t= is no number" },
	{ TAGS "t=1x;", DKIM_PERMERROR, "t= is no number" },
	{ TAGS "t=;", DKIM_PERMERROR, "t= is no number" },
	{ TAGS "t=1234567890123;", DKIM_PERMERROR, "t= is no number" },
	{ TAGS "x=1795299334;", DKIM_PASS, "" },
	{ TAGS "x=1795299333;", DKIM_PASS, "" },
	{ TAGS "x=1795299332;", DKIM_PERMERROR, "expired" },
	{ TAGS "x=0;", DKIM_PERMERROR, "x= is not after" },
	{ TAGS "t=1795299600; x=1795299600;", DKIM_PERMERROR,
	    "x= is not after" },
	{ TAGS "t=1795299600; x=1795299601;", DKIM_PASS, "" },
	{ TAGS "l=8;", DKIM_PERMERROR, "l= is more" },
	{ TAGS "l=x;", DKIM_PERMERROR, "l= is no number" },
	{ TAGS "l=1234567890123456789;", DKIM_PERMERROR, "l= is no number" },
	{ TAGS "bh=x;", DKIM_PERMERROR, "twice" },
	{ TAGS "=x;", DKIM_PERMERROR, "name" },
	{ TAGS ";", DKIM_PERMERROR, "=" },
};

static void
test_tags(void)
{
	for (size_t i = 0; i < sizeof(tag_cases) / sizeof(tag_cases[0]); i++) {
		struct dkim_verdict d =
		    run(tag_cases[i].tags, good(), UINT64_MAX);

		is_verdict(&d, tag_cases[i].result, tag_cases[i].reason,
		    tag_cases[i].tags);
	}
}

static void
test_length(void)
{
	struct dkim_verdict d = run(TAGS "l=7;", good(), UINT64_MAX);

	is_verdict(&d, DKIM_PASS, "", "l= is all of the body");
	ok(d.has_length && !d.partial, "and is told");
	d = run(TAGS "l=3;", good(), 3);
	is_verdict(&d, DKIM_PASS, "", "l= is a part");
	ok(d.has_length && d.partial, "and is told");
	d = run(TAGS "l=0;", good(), 0);
	is_verdict(&d, DKIM_PASS, "", "l= is nothing");
	ok(d.has_length && d.partial, "and is told");
	d = run(TAGS "l=2;", good(), 3);
	is_verdict(&d, DKIM_FAIL, "body", "l= is not what was hashed");
}

static void
test_records(void)
{
	static const struct {
		const char *format;
		enum dkim_result result;
		const char *reason;
	} cases[] = {
		{ "k=ed25519; p=%s", DKIM_PASS, "" },
		{ "k=ed25519; t=y; p=%s", DKIM_PASS, "" },
		{ "k=ed25519; t=s; p=%s", DKIM_PASS, "" },
		{ "k=ed25519; h=sha256; p=%s", DKIM_PASS, "" },
		{ "k=ed25519; h=sha1; p=%s", DKIM_PERMERROR, "SHA-256" },
		{ "k=ed25519; s=email; p=%s", DKIM_PASS, "" },
		{ "k=ed25519; s=tlsrpt:email; p=%s", DKIM_PASS, "" },
		{ "k=ed25519; s=tlsrpt; p=%s", DKIM_PERMERROR, "service" },
		{ "k=ed25519; s=; p=%s", DKIM_PERMERROR, "service" },
		{ "k=ed25519; p=; n=%s", DKIM_PERMERROR, "revoked" },
		{ "k=rsa; p=%s", DKIM_PERMERROR, "another type" },
		{ "p=%s", DKIM_PERMERROR, "another type" },
		{ "k=ed448; p=%s", DKIM_PERMERROR, "unknown type" },
		{ "v=DKIM2; k=ed25519; p=%s", DKIM_PERMERROR, "not DKIM1" },
		{ "k=ed25519; p=!%s", DKIM_PERMERROR, "not base64" },
		{ "k=ed25519; p=AAAA; n=%s", DKIM_PERMERROR, "key is none" },
		{ "k=ed25519; n=%s", DKIM_PERMERROR, "no p=" },
		{ "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=; "
		  "n=%s",
		    DKIM_FAIL, "not of this key" },
		{ "%s", DKIM_PERMERROR, "key record" },
	};
	char text[300];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dkim_verdict d;
		const char *at = strstr(cases[i].format, "%s");

		(void)snprintf(text, sizeof(text), "%.*s%s%s",
		    (int)(at - cases[i].format), cases[i].format,
		    ed25519_public, at + 2);
		d = run(TAGS, text, UINT64_MAX);
		is_verdict(&d, cases[i].result, cases[i].reason,
		    cases[i].format);
		is_int(d.testing, strstr(text, "t=y") != NULL, "t=y is told");
	}
}

/* t=s: i= is d= itself. */
static void
test_same_domain(void)
{
	char text[200];
	struct dkim_verdict d;

	(void)snprintf(text, sizeof(text), "k=ed25519; t=s; p=%s",
	    ed25519_public);
	d = run(TAGS "i=@example.org;", text, UINT64_MAX);
	is_verdict(&d, DKIM_PASS, "", "t=s, i= in d=");
	d = run(TAGS "i=@sub.example.org;", text, UINT64_MAX);
	is_verdict(&d, DKIM_PERMERROR, "subdomains", "t=s, i= below it");
}

static void
test_lookup(void)
{
	static char many[DKIM_RECORD_MAX + 10];
	struct names n = { .otherwise = DKIM_LOOKUP_TEMP };
	struct dkim_verdict d[DKIM_VERIFY_MAX];
	struct buf msg;

	buf_init(&msg, 100000);
	make_field(&msg, TAGS, UINT64_MAX);
	buf_puts(&msg, FIELDS "\r\n" BODY);
	is_int(verify(&n, buf_str(&msg), d), 1, "a signature");
	is_verdict(&d[0], DKIM_TEMPERROR, "looked up", "no answer");
	is_str(n.last, "sel._domainkey.example.org", "the name asked for");
	is_str(d[0].domain, "example.org", "what is known is told");
	n.otherwise = DKIM_LOOKUP_NONE;
	is_int(verify(&n, buf_str(&msg), d), 1, "a signature");
	is_verdict(&d[0], DKIM_PERMERROR, "no key", "no such name");
	memset(many, 'x', sizeof(many) - 1);
	n.row[0].name = "sel._domainkey.example.org";
	n.row[0].text = many;
	is_int(verify(&n, buf_str(&msg), d), 1, "a signature");
	is_verdict(&d[0], DKIM_PERMERROR, "too long", "an endless record");
	buf_clear(&msg);
}

/* bh= and b= that are none. */
static void
test_hashes(void)
{
	static const struct {
		const char *rest, *reason;
	} cases[] = {
		{ "b=AAAA", "bh= is missing" },
		{ "bh=; b=AAAA", "bh= is missing" },
		{ "bh=AAAA; b=AAAA", "bh= is no SHA-256" },
		{ "bh=!; b=AAAA", "bh= is no base64" },
		{ "bh=" RFC_BODY_HASH RFC_BODY_HASH "; b=AAAA", "bh= is no" },
		{ "bh=" RFC_BODY_HASH, "b= is missing" },
		{ "bh=" RFC_BODY_HASH "; b=", "b= is missing" },
		{ "bh=" RFC_BODY_HASH "; b=A", "b= is no base64" },
	};
	struct names n = { .otherwise = DKIM_LOOKUP_TEMP };
	struct dkim_verdict d[DKIM_VERIFY_MAX];
	char msg[1000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(msg, sizeof(msg), "%s" TAGS "%s\r\n%s",
		    "DKIM-Signature: ", cases[i].rest, FIELDS "\r\n" BODY);
		is_int(verify(&n, msg, d), 1, "a signature");
		is_verdict(&d[0], DKIM_PERMERROR, cases[i].reason,
		    cases[i].rest);
	}
	is_int(n.asked, 0, "no key is asked for");
}

static void
test_many(void)
{
	struct names n = { .row = { { "sel._domainkey.example.org", good() } },
		.otherwise = DKIM_LOOKUP_NONE };
	struct dkim_verdict d[DKIM_VERIFY_MAX];
	struct buf msg;

	buf_init(&msg, 100000);
	for (int i = 0; i < DKIM_VERIFY_MAX + 5; i++)
		make_field(&msg, i == 1 ? "v=7; a=rsa-sha256;" : TAGS,
		    UINT64_MAX);
	buf_puts(&msg, FIELDS "\r\n" BODY);
	is_int(verify(&n, buf_str(&msg), d), DKIM_VERIFY_MAX,
	    "many signatures: the first are verified");
	is_int(n.asked, DKIM_VERIFY_MAX - 1, "one lookup each");
	is_verdict(&d[0], DKIM_PASS, "", "the first");
	is_verdict(&d[1], DKIM_PERMERROR, "v=", "a bad one between");
	is_verdict(&d[DKIM_VERIFY_MAX - 1], DKIM_PASS, "", "the last");
	is_int(verify(&n, FIELDS "\r\n" BODY, d), 0, "none");
	is_int(verify(&n, "", d), 0, "no message");
	buf_clear(&msg);
}

static void
test_rfc(void)
{
	struct names n = { .row = {
		{ "brisbane._domainkey.example.com", rfc6376_record },
		{ "brisbane._domainkey.football.example.com",
		    rfc8463_ed25519_record },
		{ "test._domainkey.football.example.com", rfc8463_rsa_record },
	    }, .otherwise = DKIM_LOOKUP_NONE };
	struct dkim_verdict d[DKIM_VERIFY_MAX];

	is_int(verify(&n, rfc6376_message, d), 1, "RFC 6376 appendix A.2");
	is_verdict(&d[0], DKIM_PASS, "", "passes");
	is_str(d[0].domain, "example.com", "d=");
	is_str(d[0].selector, "brisbane", "s=");
	is_int(d[0].bits, 1024, "bits");
	is_int(verify(&n, rfc8463_message, d), 2, "RFC 8463 appendix A.3");
	is_verdict(&d[0], DKIM_PASS, "", "Ed25519 passes");
	is_int(d[0].bits, 256, "bits");
	is_int(d[0].time, 1528637909, "t=");
	is_verdict(&d[1], DKIM_PASS, "", "RSA passes");
	is_int(d[1].bits, 1024, "bits");
	is_int(d[1].algorithm, DKIM_RSA_SHA256, "algorithm");
}

/* Each octet of the RFC's message, changed: nothing that is signed passes. */
static void
test_each_octet(void)
{
	struct names n = { .row = {
		{ "brisbane._domainkey.example.com", rfc6376_record },
	    }, .otherwise = DKIM_LOOKUP_NONE };
	struct dkim_verdict d[DKIM_VERIFY_MAX];
	char msg[sizeof(rfc6376_message)];
	const char *received = strstr(rfc6376_message, "Received:");
	int passed = 0;

	for (size_t i = (size_t)(received - rfc6376_message);
	     i < sizeof(msg) - 1; i++) {
		int found;

		/* a line end may be one octet or two, and is not content */
		if (rfc6376_message[i] == '\r' || rfc6376_message[i] == '\n')
			continue;
		memcpy(msg, rfc6376_message, sizeof(msg));
		/* the case of a name counts too in simple form */
		msg[i] ^= 0x20;
		if (msg[i] == '\0')
			msg[i] = 'x';
		found = verify(&n, msg, d);
		if (found > 0 && d[0].result == DKIM_PASS) {
			printf("# octet %zu\n", i);
			passed++;
		}
	}
	is_int(passed, 0, "a change of any octet is seen");
}

static void
test_weak(void)
{
	char text[1000];
	struct dkim_verdict d[DKIM_VERIFY_MAX];
	struct names n = { .row = {
			       { "brisbane._domainkey.example.com", text } } };

	(void)snprintf(text, sizeof(text), "p=%s", rsa768_public);
	is_int(verify(&n, rfc6376_message, d), 1, "a key of 768 bits");
	is_verdict(&d[0], DKIM_PERMERROR, "too short", "is refused");
	is_int(d[0].bits, 768, "its bits");
	(void)snprintf(text, sizeof(text), "p=%s", rsa4608_public);
	is_int(verify(&n, rfc6376_message, d), 1, "a key of 4608 bits");
	is_verdict(&d[0], DKIM_PERMERROR, "too long", "is refused");
	(void)snprintf(text, sizeof(text), "p=%s", rsa1024_public_pkcs1);
	is_int(verify(&n, rfc6376_message, d), 1, "a key of PKCS#1, another");
	is_verdict(&d[0], DKIM_FAIL, "not of this key", "is understood");
}

int
main(void)
{
	test_rfc();
	test_each_octet();
	test_tags();
	test_length();
	test_records();
	test_same_domain();
	test_lookup();
	test_hashes();
	test_many();
	test_weak();
	return done_testing();
}
