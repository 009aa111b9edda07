/* report_check_keys: keys and their records - see report_check.h */
#include "config.h"

#include "reportgen/keygen.h"
#include "reportgen/report_check.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/mail/dkim_key.h"
#include "share/mail/dkim_public.h"
#include "share/mail/dkim_record.h"
#include "share/mail/dkim_sign.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ID "signature"
#define RSA_BITS_GOOD 2048 /* RFC 8301 section 3.2: SHOULD */

/* One signature while it is looked at. */
struct look {
	struct report_check *k;
	const struct conf_signature *s;
	enum dkim_algorithm algorithm;
	struct dkim_key *key;
	char *name; /* of the record */
	/* what the DNS said */
	enum dns_security security;
	char *why; /* or NULL */
	size_t records;
	bool parsed;
	struct dkim_record record; /* when parsed */
	struct err fault;          /* when not */
	bool good;                 /* usable by somebody */
};

static const struct conf_signature *
find(const struct conf *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->nsignatures; i++)
		if (strcmp(c->signatures[i].id, id) == 0)
			return &c->signatures[i];
	return NULL;
}

/* A file that is there is only to be closed to others: keygen spares it. */
static void
fix_file(const struct look *l, struct finding *f)
{
	const char *path = l->s->private_key + strlen("file:");
	struct stat st;

	if (strncmp(l->s->private_key, "file:", strlen("file:")) != 0)
		return;
	if (stat(path, &st) == -1)
		finding_fix(f, "tlsherald-reportgen keygen %s --domain %s",
		    l->s->selector, l->s->domain);
	else if ((st.st_mode & 077) != 0)
		finding_fix(f, "chmod 600 %s", path);
}

static bool
load(struct look *l)
{
	struct finding *f;
	struct err e;

	l->key = dkim_key_load(l->s->private_key, l->algorithm, &e);
	if (l->key != NULL)
		return true;
	f = findings_add(&l->k->out, ID, FINDING_ERROR,
	    "[signature.%s] private-key can't be used: %s.", l->s->id, e.text);
	finding_why(f, "No report is sent without all of its signatures.");
	fix_file(l, f);
	return false;
}

/* Shows the record that should be there. */
static void
fix_record(struct look *l, struct finding *f, const char *service)
{
	struct keygen g = { .selector = l->s->selector,
		.domain = l->s->domain };
	struct buf record, line;

	buf_init(&record, 8192);
	buf_init(&line, 16384);
	if (dkim_sign_record(l->key, service, &record, NULL) == 0) {
		keygen_zone_line(&g, buf_str(&record), &line);
		finding_fix(f, "%s", buf_str(&line));
	}
	buf_clear(&record);
	buf_clear(&line);
}

static void
on_txt(void *arg, const struct dns_answer *a)
{
	struct look *l = arg;
	size_t i;

	l->security = a->security;
	if (a->why != NULL)
		l->why = xstrdup(a->why);
	if (a->security == DNS_BOGUS || a->security == DNS_UNKNOWN ||
	    a->type != DNS_TXT)
		return;
	l->records = a->n;
	for (i = 0; i < a->n && !l->parsed; i++)
		l->parsed = dkim_record_parse(a->u.txt[i].text, a->u.txt[i].len,
				&l->record, &l->fault) == 0;
}

/* Whether there is one record that can be read. */
static bool
look_up(struct look *l)
{
	struct report_check *k = l->k;
	struct finding *f;

	k->host->txt(k->host->ctx, l->name, on_txt, l);
	if (l->security == DNS_UNKNOWN || l->security == DNS_BOGUS) {
		f = findings_add(&k->out, ID, FINDING_WARN,
		    "%s could not be looked up: %s.", l->name,
		    l->why != NULL ? l->why : dns_security_name(l->security));
		finding_why(f, "Receivers may fail to find the key too.");
		return false;
	}
	if (l->records == 0) {
		f = findings_add(&k->out, ID, FINDING_ERROR,
		    "There is no key record at %s.", l->name);
	} else if (!l->parsed) {
		f = findings_add(&k->out, ID, FINDING_ERROR,
		    "What is at %s is no key record: %s.", l->name,
		    l->fault.text);
	} else if (l->records > 1) {
		f = findings_add(&k->out, ID, FINDING_ERROR,
		    "There are %zu TXT records at %s.", l->records, l->name);
	} else {
		return true;
	}
	finding_why(f,
	    "Nobody can verify the signature, and receivers drop reports "
	    "without one (RFC 8460 section 3).");
	fix_record(l, f, NULL);
	return false;
}

/* Whether the record's key verifies what ours signs. */
static bool
same_key(struct look *l)
{
	unsigned char sum[DKIM_SHA256_LEN] = { 0 }, sig[DKIM_SIG_MAX];
	struct err e;
	size_t n;
	int bits;

	return dkim_key_sign(l->key, sum, sig, &n, &e) == 0 &&
	    dkim_public_verify(l->algorithm, l->record.key, l->record.key_len,
		sum, sig, n, &bits) == DKIM_PUBLIC_GOOD;
}

/* A fault that makes the signature worthless, or NULL. */
static const char *
fault(struct look *l)
{
	const struct dkim_record *r = &l->record;

	if (r->revoked)
		return "has an empty p=: the key is revoked";
	if (r->algorithm != l->algorithm)
		return "is for another type of key (k=)";
	if (!r->sha256)
		return "does not allow sha256 (h=)";
	if (r->services == 0)
		return "allows neither mail nor reports (s=)";
	if (!same_key(l))
		return "has another public key (p=)";
	return NULL;
}

/* What works, but could be better; false when there is nothing. */
static bool
doubts(struct look *l)
{
	struct findings *out = &l->k->out;
	struct finding *f;

	if (l->record.services == (DKIM_SERVICE_EMAIL | DKIM_SERVICE_TLSRPT)) {
		f = findings_add(out, ID, FINDING_WARN,
		    "%s lists two services in s=.", l->name);
		finding_why(f,
		    "dkimpy does not read lists and refuses the key for "
		    "everything: use two keys, one of them with s=tlsrpt.");
		return true;
	}
	if (l->record.testing) {
		f = findings_add(out, ID, FINDING_WARN,
		    "%s says t=y: the domain is only testing DKIM.", l->name);
		finding_why(f,
		    "A receiver must treat the report as if it had no "
		    "signature (RFC 6376 section 3.6.1).");
		return true;
	}
	if (l->algorithm == DKIM_RSA_SHA256 &&
	    dkim_key_bits(l->key) < RSA_BITS_GOOD) {
		f = findings_add(out, ID, FINDING_WARN,
		    "[signature.%s] has a key of %d bits.", l->s->id,
		    dkim_key_bits(l->key));
		finding_why(f, "RFC 8301 section 3.2 asks for at least 2048.");
		finding_fix(f, "tlsherald-reportgen keygen %s2 --domain %s",
		    l->s->selector, l->s->domain);
		return true;
	}
	return false;
}

static void
judge(struct look *l)
{
	const char *bad = fault(l);
	struct finding *f;

	if (bad != NULL) {
		f = findings_add(&l->k->out, ID, FINDING_ERROR, "%s %s.",
		    l->name, bad);
		finding_why(f,
		    "The signature fails at every receiver that looks.");
		fix_record(l, f,
		    l->record.services == DKIM_SERVICE_TLSRPT ? "tlsrpt"
							      : NULL);
		return;
	}
	l->good = true;
	if (!doubts(l))
		findings_add(&l->k->out, ID, FINDING_OK,
		    "[signature.%s]: the record at %s has its key.", l->s->id,
		    l->name);
}

/* d= beside the From address: DMARC wants them aligned (RFC 7489, 3.1.1). */
static void
alignment(struct look *l)
{
	const char *at = strrchr(l->k->c->report_from_address, '@');
	const char *from = at != NULL ? at + 1 : "";
	char *below, *above;
	struct finding *f;

	if (from[0] == '\0')
		return;
	below = xasprintf(".%s", l->s->domain);
	above = xasprintf(".%s", from);
	if (!text_equal_nocase(from, l->s->domain) &&
	    !text_ends_nocase(from, below) &&
	    !text_ends_nocase(l->s->domain, above)) {
		f = findings_add(&l->k->out, ID, FINDING_WARN,
		    "[signature.%s] signs for %s, but reports are from %s.",
		    l->s->id, l->s->domain, from);
		finding_why(f,
		    "The signature has to be the reporting domain's (RFC 8460 "
		    "section 3), and DMARC fails.");
	}
	free(below);
	free(above);
}

/* What the usable keys serve, in the order of sign. */
struct kinds {
	size_t n;
	bool first_general, general, general_rsa, tlsrpt;
};

static void
count(const struct look *l, struct kinds *kinds)
{
	bool general =
	    (l->record.services & (DKIM_SERVICE_ANY | DKIM_SERVICE_EMAIL)) != 0;

	if (!l->good)
		return;
	if (kinds->n++ == 0)
		kinds->first_general = general;
	kinds->general = kinds->general || general;
	kinds->general_rsa =
	    kinds->general_rsa || (general && l->algorithm == DKIM_RSA_SHA256);
	kinds->tlsrpt =
	    kinds->tlsrpt || (l->record.services & DKIM_SERVICE_TLSRPT) != 0;
}

static void
look_at(struct report_check *k, const struct conf_signature *s,
    struct kinds *kinds)
{
	struct look l = { .k = k, .s = s };

	l.algorithm = s->algorithm == CONF_ED25519_SHA256 ? DKIM_ED25519_SHA256
							  : DKIM_RSA_SHA256;
	l.name = xasprintf("%s._domainkey.%s", s->selector, s->domain);
	if (load(&l) && look_up(&l))
		judge(&l);
	alignment(&l);
	count(&l, kinds);
	dkim_key_free(l.key);
	free(l.name);
	free(l.why);
}

static void
judge_kinds(struct report_check *k, const struct kinds *kinds)
{
	static const char id[] = "signature-services";
	struct finding *f;

	if (kinds->n == 0)
		return;
	if (!kinds->general) {
		f = findings_add(&k->out, id, FINDING_WARN,
		    "Every key record says s=tlsrpt.");
		finding_why(f,
		    "Most verifiers refuse such a key for ordinary mail, so "
		    "DMARC fails. Sign with a general key too, on top.");
		finding_fix(f, "tlsherald-reportgen keygen mail");
		finding_fix(f, "# sign = [\"mail\", ...]");
	} else if (!kinds->tlsrpt) {
		f = findings_add(&k->out, id, FINDING_WARN,
		    "No key record says s=tlsrpt.");
		finding_why(f,
		    "RFC 8460 section 3 wants it, and receivers may ignore "
		    "reports without. Sign with a second key.");
		finding_fix(f,
		    "tlsherald-reportgen keygen tlsrpt --service tlsrpt");
		finding_fix(f, "# sign = [..., \"tlsrpt\"]");
	} else if (!kinds->first_general) {
		f = findings_add(&k->out, id, FINDING_WARN,
		    "The first signature of sign has a key for s=tlsrpt.");
		finding_why(f,
		    "Some verifiers look at the topmost signature only: put "
		    "the general one first.");
	} else if (!kinds->general_rsa) {
		f = findings_add(&k->out, id, FINDING_WARN,
		    "The only general keys are Ed25519.");
		finding_why(f, "Many verifiers know RSA only.");
		finding_fix(f, "tlsherald-reportgen keygen rsa");
	} else {
		findings_add(&k->out, id, FINDING_OK,
		    "A general key signs on top, and one says s=tlsrpt.");
	}
}

void
report_check_keys(struct report_check *k)
{
	const struct conf_signature *s;
	struct kinds kinds = { 0 };
	size_t i;

	if (k->c->report.sign.n == 0) {
		findings_add(&k->out, ID, FINDING_OK,
		    "[report.tls.aggregate] sign names no signature.");
		return;
	}
	for (i = 0; i < k->c->report.sign.n; i++) {
		s = find(k->c, k->c->report.sign.item[i]);
		if (s != NULL)
			look_at(k, s, &kinds);
	}
	judge_kinds(k, &kinds);
}
