/* dkim_verify: checks the signatures of a message - see dkim_verify.h */
#include "config.h"

#include "share/mail/base64.h"
#include "share/mail/dkim_hash.h"
#include "share/mail/dkim_public.h"
#include "share/mail/dkim_signature.h"
#include "share/mail/dkim_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
dkim_result_name(enum dkim_result r)
{
	static const char *const names[] = {
		[DKIM_PASS] = "pass",
		[DKIM_FAIL] = "fail",
		[DKIM_TEMPERROR] = "temperror",
		[DKIM_PERMERROR] = "permerror",
	};

	return names[r];
}

/* Sets result and reason; false, so that a check ends with it. */
static bool
say(struct dkim_verdict *d, enum dkim_result result, const char *reason)
{
	d->result = result;
	(void)snprintf(d->reason, sizeof(d->reason), "%s", reason);
	return false;
}

/* What the tags alone say, before anything is looked up. */
static bool
check_signature(const struct dkim_verifier *v, const struct dkim_signature *s,
    struct dkim_verdict *d)
{
	(void)snprintf(d->domain, sizeof(d->domain), "%s", s->domain);
	(void)snprintf(d->selector, sizeof(d->selector), "%s", s->selector);
	d->algorithm = s->algorithm;
	d->time = s->time;
	d->expires = s->expires;
	d->has_length = s->has_length;
	if (s->expires != 0 && v->now > s->expires + DKIM_CLOCK_SKEW)
		return say(d, DKIM_PERMERROR, "the signature has expired");
	if (s->time > v->now + DKIM_CLOCK_SKEW)
		return say(d, DKIM_PERMERROR, "the signature is of the future");
	return true;
}

static bool
check_record(const struct dkim_verifier *v, const struct dkim_signature *s,
    const struct dkim_record *r, struct dkim_verdict *d)
{
	d->testing = r->testing;
	d->services = r->services;
	if (r->revoked)
		return say(d, DKIM_PERMERROR, "the key is revoked");
	if (r->algorithm != s->algorithm)
		return say(d, DKIM_PERMERROR, "the key is of another type");
	if (!r->sha256)
		return say(d, DKIM_PERMERROR, "the key is not for SHA-256");
	if ((r->services & (v->services | DKIM_SERVICE_ANY)) == 0)
		return say(d, DKIM_PERMERROR, "the key is for another service");
	if (r->same_domain && !s->same_domain)
		return say(d, DKIM_PERMERROR,
		    "the key is not for subdomains in i=");
	return true;
}

/* Looks the key up. (section 6.1.2) */
static bool
find_key(const struct dkim_verifier *v, const struct dkim_signature *s,
    struct dkim_record *r, struct dkim_verdict *d)
{
	char name[HOSTNAME_SIZE];
	struct buf text;
	struct err e;
	bool good = false;
	int n = snprintf(name, sizeof(name), "%s._domainkey.%s", s->selector,
	    s->domain);

	if (n < 0 || (size_t)n >= sizeof(name))
		return say(d, DKIM_PERMERROR, "the key's name is too long");
	buf_init(&text, DKIM_RECORD_MAX);
	switch (v->lookup(v->ctx, name, &text)) {
	case DKIM_LOOKUP_FOUND:
		if (buf_full(&text))
			say(d, DKIM_PERMERROR, "the key record is too long");
		else if (dkim_record_parse(buf_str(&text), text.len, r, &e) ==
		    -1)
			say(d, DKIM_PERMERROR, e.text);
		else
			good = check_record(v, s, r, d);
		break;
	case DKIM_LOOKUP_NONE:
		say(d, DKIM_PERMERROR, "there is no key");
		break;
	case DKIM_LOOKUP_TEMP:
		say(d, DKIM_TEMPERROR, "the key cannot be looked up now");
		break;
	}
	buf_clear(&text);
	return good;
}

static bool
check_body(const struct dkim_signature *s, const struct fields *f,
    struct dkim_verdict *d)
{
	unsigned char sum[DKIM_SHA256_LEN];
	uint64_t octets =
	    dkim_hash_body(s->body, s->length, f->body, f->body_len, sum);

	if (s->has_length && s->length > octets)
		return say(d, DKIM_PERMERROR, "l= is more than the body has");
	d->partial = s->has_length && s->length < octets;
	if (memcmp(sum, s->body_hash, sizeof(sum)) != 0)
		return say(d, DKIM_FAIL, "the body has changed");
	return true;
}

/* Hashes the header with an empty b= and asks the key. (section 3.7) */
static void
check_header(const struct dkim_signature *s, const struct fields *f,
    const struct field *field, const struct dkim_record *r,
    struct dkim_verdict *d)
{
	unsigned char sum[DKIM_SHA256_LEN];
	size_t before = (size_t)(s->b->raw - field->text);
	const char *after = s->b->raw + s->b->raw_len;
	struct buf text;

	buf_init(&text, field->len);
	buf_add(&text, field->text, before);
	buf_add(&text, after, field->len - before - s->b->raw_len);
	dkim_hash_header(s->header, f, s->h, buf_str(&text), text.len, sum);
	buf_clear(&text);
	switch (dkim_public_verify(r->algorithm, r->key, r->key_len, sum,
	    s->sig, s->sig_len, &d->bits)) {
	case DKIM_PUBLIC_GOOD:
		d->result = DKIM_PASS;
		break;
	case DKIM_PUBLIC_BAD:
		say(d, DKIM_FAIL, "the signature is not of this key or header");
		break;
	case DKIM_PUBLIC_UNUSABLE:
		say(d, DKIM_PERMERROR, "the key is none");
		break;
	case DKIM_PUBLIC_WEAK:
		say(d, DKIM_PERMERROR, "the key is too short");
		break;
	case DKIM_PUBLIC_LONG:
		say(d, DKIM_PERMERROR, "the key is too long");
		break;
	}
}

static void
verify_one(const struct dkim_verifier *v, const struct fields *f,
    const struct field *field, struct dkim_verdict *d)
{
	struct dkim_signature s;
	struct dkim_record r;
	struct err e;

	memset(d, 0, sizeof(*d));
	if (dkim_signature_parse(field->text + field->value,
		field->len - field->value, &s, &e) == -1) {
		say(d, DKIM_PERMERROR, e.text);
		return;
	}
	if (check_signature(v, &s, d) && find_key(v, &s, &r, d) &&
	    check_body(&s, f, d))
		check_header(&s, f, field, &r, d);
}

int
dkim_verify(const struct dkim_verifier *v, const char *msg, size_t len,
    struct dkim_verdict verdicts[DKIM_VERIFY_MAX], struct err *e)
{
	struct fields f;
	int n = -1;

	if (fields_parse(msg, len, &f, e) == 0) {
		n = 0;
		for (size_t i = 0; i < f.n && n < DKIM_VERIFY_MAX; i++)
			if (field_is(&f.field[i], DKIM_FIELD,
				strlen(DKIM_FIELD)))
				verify_one(v, &f, &f.field[i], &verdicts[n++]);
	}
	fields_clear(&f);
	return n;
}
