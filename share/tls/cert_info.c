/* cert_info: what a certificate says of itself - see cert_info.h */
#include "config.h"

#include <wolfssl/options.h>

#include "share/tls/cert_info.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/tls/x509.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/sha256.h>
#include <wolfssl/wolfcrypt/sha512.h>

#define DER_SEQUENCE 0x30
#define DER_INTEGER 0x02
#define DER_VERSION 0xa0

/* What is left of a DER text. */
struct der {
	const unsigned char *at;
	size_t left;
};

/*
 * Takes one element with this tag (0: any); body and whole may be NULL. False
 * where there is none.
 */
static bool
take(struct der *d, int tag, struct der *body, struct der *whole)
{
	size_t head = 2, n;

	if (d->left < 2 || (tag != 0 && d->at[0] != tag))
		return false;
	n = d->at[1];
	if (n >= 0x80) {
		size_t octets = n & 0x7f;

		if (octets < 1 || octets > 3 || d->left < 2 + octets)
			return false;
		for (n = 0; head < 2 + octets; head++)
			n = n << 8 | d->at[head];
	}
	if (n > d->left - head)
		return false;
	if (body != NULL)
		*body = (struct der){ d->at + head, n };
	if (whole != NULL)
		*whole = (struct der){ d->at, head + n };
	d->at += head + n;
	d->left -= head + n;
	return true;
}

/* SubjectPublicKeyInfo within a certificate (RFC 5280 section 4.1). */
static bool
find_spki(const unsigned char *der, size_t len, struct der *spki)
{
	struct der all = { der, len }, cert, tbs;

	if (!take(&all, DER_SEQUENCE, &cert, NULL) ||
	    !take(&cert, DER_SEQUENCE, &tbs, NULL))
		return false;
	(void)take(&tbs, DER_VERSION, NULL, NULL);
	return take(&tbs, DER_INTEGER, NULL, NULL) && /* serial number */
	    take(&tbs, DER_SEQUENCE, NULL, NULL) &&   /* signature */
	    take(&tbs, DER_SEQUENCE, NULL, NULL) &&   /* issuer */
	    take(&tbs, DER_SEQUENCE, NULL, NULL) &&   /* validity */
	    take(&tbs, DER_SEQUENCE, NULL, NULL) &&   /* subject */
	    take(&tbs, DER_SEQUENCE, NULL, spki);
}

static int64_t
date(const unsigned char *text, int n)
{
	struct tm tm;

	/* tag and length stand before it */
	if (text == NULL || n < 3 ||
	    wc_GetDateAsCalendarTime(text + 2, n - 2, text[0], &tm) != 0)
		return 0;
	return (int64_t)timegm(&tm);
}

static void
copy_name(char dst[CERT_INFO_TEXT], const char *s, int n)
{
	size_t len = s == NULL || n < 0 ? 0 : (size_t)n;

	if (len >= CERT_INFO_TEXT)
		len = CERT_INFO_TEXT - 1;
	if (len > 0)
		memcpy(dst, s, len);
	dst[len] = '\0';
	/* a NUL within it cuts a name short, it must not match the rest */
	if (strlen(dst) != len)
		dst[0] = '\0';
}

static void
read_names(const DecodedCert *cert, struct cert_info *out)
{
	size_t n = 0;

	for (const DNS_entry *d = cert->altNames; d != NULL; d = d->next)
		n += d->type == ASN_DNS_TYPE;
	if (n > CERT_INFO_NAMES)
		n = CERT_INFO_NAMES;
	out->names = xcalloc(n + 1, sizeof(*out->names));
	for (const DNS_entry *d = cert->altNames; d != NULL && out->nnames < n;
	     d = d->next) {
		if (d->type != ASN_DNS_TYPE)
			continue;
		copy_name(out->names[out->nnames], d->name, d->len);
		text_lower(out->names[out->nnames++]);
	}
}

static void
hash(const unsigned char *data, size_t n, unsigned char sha256[32],
    unsigned char sha512[64])
{
	if (wc_Sha256Hash(data, (word32)n, sha256) != 0 ||
	    wc_Sha512Hash(data, (word32)n, sha512) != 0)
		abort();
}

int
cert_info_read(const unsigned char *der, size_t len, struct cert_info *out,
    struct err *e)
{
	DecodedCert cert;
	struct der spki;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (!x509_cert_parses(der, len) || !find_spki(der, len, &spki))
		return err_set(e, ERR_SYNTAX, "this is no certificate");
	wc_InitDecodedCert(&cert, der, (word32)len, NULL);
	if (wc_ParseCert(&cert, CERT_TYPE, NO_VERIFY, NULL) != 0) {
		(void)err_set(e, ERR_SYNTAX, "this is no certificate");
		goto out;
	}
	copy_name(out->subject, cert.subjectCN, cert.subjectCNLen);
	copy_name(out->issuer, cert.issuerCN, cert.issuerCNLen);
	read_names(&cert, out);
	out->not_before = date(cert.beforeDate, cert.beforeDateLen);
	out->not_after = date(cert.afterDate, cert.afterDateLen);
	out->self_signed = cert.selfSigned;
	out->spki = spki.at;
	out->spki_len = spki.left;
	hash(der, len, out->cert_sha256, out->cert_sha512);
	hash(spki.at, spki.left, out->spki_sha256, out->spki_sha512);
	rc = 0;
out:
	wc_FreeDecodedCert(&cert);
	return rc;
}

void
cert_info_clear(struct cert_info *c)
{
	free(c->names);
	c->names = NULL;
	c->nnames = 0;
}

bool
cert_info_has_name(const struct cert_info *c, const char *host)
{
	const char *rest = strchr(host, '.');

	for (size_t i = 0; i < c->nnames; i++) {
		const char *name = c->names[i];

		if (strcmp(name, host) == 0)
			return true;
		if (rest != NULL && name[0] == '*' &&
		    strcmp(name + 1, rest) == 0)
			return true;
	}
	return false;
}

bool
cert_info_matches(const struct cert_info *c, const unsigned char *der,
    size_t len, unsigned selector, unsigned mtype, const unsigned char *data,
    size_t n)
{
	switch (mtype) {
	case 0:
		if (selector == 0)
			return n == len && memcmp(data, der, n) == 0;
		return n == c->spki_len && memcmp(data, c->spki, n) == 0;
	case 1:
		return n == 32 &&
		    memcmp(data,
			selector == 0 ? c->cert_sha256 : c->spki_sha256,
			32) == 0;
	case 2:
		return n == 64 &&
		    memcmp(data,
			selector == 0 ? c->cert_sha512 : c->spki_sha512,
			64) == 0;
	}
	return false;
}
