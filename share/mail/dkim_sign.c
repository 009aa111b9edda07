/* dkim_sign: makes the DKIM-Signature fields of a message - see dkim_sign.h */
#include "config.h"

#include "share/base/hostname.h"
#include "share/mail/base64.h"
#include "share/mail/dkim_hash.h"
#include "share/mail/dkim_sign.h"

#include <inttypes.h>
#include <string.h>

#define LINE 76

/*
 * What is signed, after RFC 6376 section 5.4.1 and RFC 8460 section 3. Fields
 * that lists and relays add or repeat by right are not oversigned.
 */
static const struct {
	const char *name;
	bool oversign;
} signed_fields[] = {
	{ "From", true },
	{ "Sender", true },
	{ "Reply-To", true },
	{ "To", true },
	{ "Cc", true },
	{ "Subject", true },
	{ "Date", true },
	{ "Message-ID", true },
	{ "In-Reply-To", true },
	{ "References", true },
	{ "MIME-Version", true },
	{ "Content-Type", true },
	{ "Content-Transfer-Encoding", true },
	{ "Content-Disposition", true },
	{ "Auto-Submitted", false },
	{ "TLS-Required", false },
	{ "TLS-Report-Domain", true },
	{ "TLS-Report-Submitter", true },
};

/* A field that grows by what has to stand together on a line. */
struct fold {
	struct buf *b;
	size_t column;
};

static void
fold_add(struct fold *f, const char *s, size_t n)
{
	if (f->column + n > LINE && f->column > 1) {
		buf_puts(f->b, "\r\n\t");
		f->column = 8;
	}
	buf_add(f->b, s, n);
	f->column += n;
}

/* A whole tag, after a blank unless it begins a line. */
static void
fold_tag(struct fold *f, const char *name, const char *value)
{
	struct buf tag;

	buf_init(&tag, DKIM_SIGN_MAX);
	buf_printf(&tag, " %s=%s;", name, value);
	fold_add(f, buf_str(&tag), tag.len);
	buf_clear(&tag);
}

/* The value of h=: each name as often as it is there, and once more. */
static void
name_fields(const struct fields *f, struct buf *h)
{
	size_t rows = sizeof(signed_fields) / sizeof(signed_fields[0]);

	for (size_t i = 0; i < rows; i++) {
		const char *name = signed_fields[i].name;
		size_t n =
		    fields_count(f, name) + (signed_fields[i].oversign ? 1 : 0);

		for (; n > 0; n--)
			buf_printf(h, "%s%s", h->len > 0 ? ":" : "", name);
	}
}

/* h=, with line breaks after its colons. */
static void
fold_names(struct fold *f, const char *h)
{
	fold_add(f, " h=", strlen(" h="));
	while (*h != '\0') {
		size_t n = strcspn(h, ":");

		n += h[n] == ':';
		fold_add(f, h, n);
		h += n;
	}
	fold_add(f, ";", 1);
}

/* Text that has no place where it must be cut. */
static void
fold_base64(struct fold *f, const unsigned char *data, size_t n)
{
	struct buf text;

	buf_init(&text, BASE64_LEN(DKIM_SIG_MAX));
	base64_encode(&text, data, n);
	for (size_t i = 0, take; i < text.len; i += take) {
		take = LINE > f->column ? LINE - f->column : LINE - 8;
		if (take > text.len - i)
			take = text.len - i;
		fold_add(f, text.data + i, take);
	}
	buf_clear(&text);
}

/* Everything before the value of b=. */
static void
write_tags(struct fold *f, const struct dkim_signer *s, const char *h,
    const unsigned char *body, int64_t now, int64_t expires)
{
	char canon[32], number[32];

	(void)snprintf(canon, sizeof(canon), "%s/%s",
	    dkim_canon_name(s->header), dkim_canon_name(s->body));
	buf_puts(f->b, DKIM_FIELD ":");
	f->column = strlen(DKIM_FIELD ":");
	fold_tag(f, "v", "1");
	fold_tag(f, "a", dkim_algorithm_name(dkim_key_algorithm(s->key)));
	fold_tag(f, "c", canon);
	fold_tag(f, "d", s->domain);
	fold_tag(f, "s", s->selector);
	if (now > 0) {
		(void)snprintf(number, sizeof(number), "%" PRId64, now);
		fold_tag(f, "t", number);
	}
	if (expires > 0) {
		(void)snprintf(number, sizeof(number), "%" PRId64, expires);
		fold_tag(f, "x", number);
	}
	fold_names(f, h);
	fold_add(f, " bh=", strlen(" bh="));
	fold_base64(f, body, DKIM_SHA256_LEN);
	fold_add(f, ";", 1);
	fold_add(f, " b=", strlen(" b="));
}

static int
sign_one(const struct dkim_signer *s, const struct fields *f, const char *h,
    int64_t now, int64_t expires, struct buf *out, struct err *e)
{
	const struct dkim_tag names = { .value = h, .len = strlen(h) };
	unsigned char sum[DKIM_SHA256_LEN], sig[DKIM_SIG_MAX];
	struct buf text;
	struct fold fold = { .b = &text };
	size_t n;
	int rc = -1;

	buf_init(&text, DKIM_SIGN_MAX);
	dkim_hash_body(s->body, UINT64_MAX, f->body, f->body_len, sum);
	write_tags(&fold, s, h, sum, now, expires);
	dkim_hash_header(s->header, f, &names, buf_str(&text), text.len, sum);
	if (dkim_key_sign(s->key, sum, sig, &n, e) == -1)
		goto out;
	fold_base64(&fold, sig, n);
	buf_puts(&text, "\r\n");
	if (buf_full(&text)) {
		err_set(e, ERR_LIMIT, "a signature of over %d octets",
		    DKIM_SIGN_MAX);
		goto out;
	}
	buf_add(out, text.data, text.len);
	rc = 0;
out:
	buf_clear(&text);
	return rc;
}

static int
check_signer(const struct dkim_signer *s, struct err *e)
{
	if (!hostname_is_normal(s->domain))
		return err_set(e, ERR_SYNTAX, "signing domain \"%s\"",
		    s->domain);
	if (!hostname_is_normal(s->selector))
		return err_set(e, ERR_SYNTAX, "selector \"%s\"", s->selector);
	if (strlen(s->domain) + strlen(s->selector) + strlen("._domainkey.") >
	    HOSTNAME_MAX)
		return err_set(e, ERR_SYNTAX,
		    "selector and domain are too long for a name");
	return 0;
}

int
dkim_sign(const struct dkim_signer *signers, size_t n, const char *msg,
    size_t len, int64_t now, int64_t expires, struct buf *out, struct err *e)
{
	struct fields f;
	struct buf h;
	int rc = -1;

	buf_init(&h, DKIM_SIGN_MAX);
	if (fields_parse(msg, len, &f, e) == -1)
		goto out;
	/* it would continue the signature */
	if (len > 0 && (msg[0] == ' ' || msg[0] == '\t')) {
		err_set(e, ERR_SYNTAX, "a message that begins with a blank");
		goto out;
	}
	if (fields_count(&f, "From") != 1) {
		err_set(e, ERR_SYNTAX, "a message with %zu From fields",
		    fields_count(&f, "From"));
		goto out;
	}
	if (expires > 0 && expires <= now) {
		err_set(e, ERR_BUG, "a signature that has expired");
		goto out;
	}
	name_fields(&f, &h);
	if (buf_full(&h)) {
		err_set(e, ERR_LIMIT, "too many fields to sign");
		goto out;
	}
	for (size_t i = 0; i < n; i++)
		if (check_signer(&signers[i], e) == -1 ||
		    sign_one(&signers[i], &f, buf_str(&h), now, expires, out,
			e) == -1)
			goto out;
	rc = 0;
out:
	fields_clear(&f);
	buf_clear(&h);
	return rc;
}

int
dkim_sign_record(struct dkim_key *key, const char *service, struct buf *out,
    struct err *e)
{
	bool rsa = dkim_key_algorithm(key) == DKIM_RSA_SHA256;

	buf_printf(out, "v=DKIM1; k=%s; ", rsa ? "rsa" : "ed25519");
	if (service != NULL)
		buf_printf(out, "s=%s; ", service);
	buf_puts(out, "p=");
	return dkim_key_public(key, out, e);
}
