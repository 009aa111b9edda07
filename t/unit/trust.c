/* trust: mails signed here, judged with keys from a scripted resolver */
#include "config.h"

#include "analyzer/trust.h"
#include "share/base/xmem.h"
#include "share/mail/dkim_sign.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1795299633)

static struct dkim_key *key;
static char *record; /* its record, without s= */

/* ---- a resolver that knows three selectors and answers at once or later */

struct scripted {
	struct dns_resolver iface;
	struct loop *loop;
	int asked;
};

struct question {
	dns_callback *cb;
	void *arg;
	char name[300];
};

static void
answer(void *arg)
{
	struct question *q = arg;
	struct dns_answer a = { .security = DNS_INSECURE,
		.rcode = DNS_NOERROR,
		.ttl = 300,
		.type = DNS_TXT };
	struct dns_txt txt = { 0 };
	char *mail = xasprintf("v=DKIM1; s=email;%s", record + 8);
	char *tlsrpt = xasprintf("v=DKIM1; s=tlsrpt;%s", record + 8);

	a.u.txt = &txt;
	a.n = 1;
	if (strncmp(q->name, "any.", 4) == 0)
		txt.text = record;
	else if (strncmp(q->name, "email.", 6) == 0)
		txt.text = mail;
	else if (strncmp(q->name, "tlsrpt.", 7) == 0)
		txt.text = tlsrpt;
	else if (strncmp(q->name, "down.", 5) == 0)
		a.security = DNS_UNKNOWN;
	else
		a.rcode = DNS_NXDOMAIN, a.n = 0;
	if (txt.text != NULL)
		txt.len = strlen(txt.text);
	q->cb(q->arg, &a);
	free(mail);
	free(tlsrpt);
	free(q);
}

static struct dns_query *
ask(void *ctx, const char *name, enum dns_type type, dns_callback *cb,
    void *arg)
{
	struct scripted *s = ctx;
	struct question *q = xcalloc(1, sizeof(*q));

	(void)type;
	s->asked++;
	q->cb = cb;
	q->arg = arg;
	(void)snprintf(q->name, sizeof(q->name), "%s", name);
	/* at once, or when the loop comes round */
	if (strncmp(name, "tlsrpt.", 7) == 0)
		answer(q);
	else
		loop_post(s->loop, answer, q);
	return NULL;
}

static void
cancel(void *ctx, struct dns_query *q)
{
	(void)ctx;
	(void)q;
}

/* A mail with n signatures of these selectors; freed. */
static char *
mail(const char *domain, const char *const *selectors, size_t n)
{
	static const char text[] = "From: a@example.org\r\nSubject: b\r\n"
				   "\r\nHello\r\n";
	struct dkim_signer s[4];
	struct buf out;
	struct err e;

	buf_init(&out, 100000);
	for (size_t i = 0; i < n; i++)
		s[i] = (struct dkim_signer){ key, domain, selectors[i],
			DKIM_RELAXED, DKIM_SIMPLE };
	if (n > 0 &&
	    dkim_sign(s, n, text, strlen(text), NOW, 0, &out, &e) == -1)
		abort();
	buf_puts(&out, text);
	return buf_take(&out);
}

static void
check(struct trust *t, const char *domain, const char *selector,
    const char *submitter, enum analysis_trust want, const char *why)
{
	char *m = mail(domain, &selector, selector != NULL);
	struct trust_result r;

	trust_submit(t, m, strlen(m), submitter, NOW, 7);
	ok(trust_next(t, &r, true), "a result");
	is_int(r.trust, want, "%s by %s for %s: %s", analysis_trust_name(want),
	    selector != NULL ? selector : "nobody", submitter, r.why);
	has_str(r.why, why, "it says why");
	is_int(r.token, 7, "its token");
	free(m);
}

static void
test_each(struct trust *t)
{
	check(t, "example.org", "any", "example.org", ANALYSIS_VERIFIED, "");
	check(t, "example.org", "tlsrpt", "example.org", ANALYSIS_VERIFIED, "");
	check(t, "example.org", "any", "mail.example.org", ANALYSIS_VERIFIED,
	    "");
	check(t, "mail.example.org", "any", "example.org", ANALYSIS_VERIFIED,
	    "");
	check(t, "example.org", "email", "example.org", ANALYSIS_SIGNED,
	    "not for TLS reports");
	check(t, "example.org", "any", "example.net", ANALYSIS_SIGNED,
	    "not of the submitter");
	check(t, "example.org", "any", "", ANALYSIS_SIGNED, "submitter");
	check(t, "org", "any", "example.org", ANALYSIS_SIGNED, "submitter");
	check(t, "example.org", "gone", "example.org", ANALYSIS_UNSIGNED, "");
	check(t, "example.org", NULL, "example.org", ANALYSIS_UNSIGNED,
	    "no signature");
	check(t, "example.org", "down", "example.org", ANALYSIS_UNKNOWN,
	    "could not be looked up");
}

static void
test_several(struct trust *t)
{
	static const char *const best[] = { "email", "tlsrpt" };
	static const char *const half[] = { "any", "down" };
	static const char *const worse[] = { "email", "down" };
	struct trust_result r;
	char *m = mail("example.org", best, 2);

	trust_submit(t, m, strlen(m), "example.org", NOW, 1);
	(void)trust_next(t, &r, true);
	is_int(r.trust, ANALYSIS_VERIFIED, "the best signature counts");
	m[strlen(m) - 4] ^= 1;
	trust_submit(t, m, strlen(m), "example.org", NOW, 2);
	(void)trust_next(t, &r, true);
	is_int(r.trust, ANALYSIS_UNSIGNED, "a mail that was changed");
	free(m);
	m = mail("example.org", half, 2);
	trust_submit(t, m, strlen(m), "example.org", NOW, 3);
	(void)trust_next(t, &r, true);
	is_int(r.trust, ANALYSIS_VERIFIED, "one that passes is enough");
	free(m);
	m = mail("example.org", worse, 2);
	trust_submit(t, m, strlen(m), "example.org", NOW, 4);
	(void)trust_next(t, &r, true);
	is_int(r.trust, ANALYSIS_UNKNOWN, "what is not known may be better");
	free(m);
}

static void
test_many(struct trust *t, const struct scripted *s)
{
	static const char *const any[] = { "any" };
	char *m = mail("example.com", any, 1);
	struct trust_result r;
	int asked = s->asked, n = 0, good = 0;

	for (uint64_t i = 0; i < 500; i++)
		trust_submit(t, m, strlen(m), "example.com", NOW, i);
	while (trust_next(t, &r, true)) {
		n++;
		good += r.trust == ANALYSIS_VERIFIED;
	}
	is_int(n, 500, "every mail comes out once");
	is_int(good, 500, "verified");
	is_int(s->asked - asked, 1, "by one question");
	ok(!trust_next(t, &r, true), "then there is nothing to wait for");
	free(m);
}

int
main(void)
{
	struct scripted s = { .iface = { ask, cancel, NULL } };
	struct trust *t;
	struct buf b;
	struct err e = { 0 };

	key = dkim_key_generate(DKIM_ED25519_SHA256, 0, &e);
	buf_init(&b, 4096);
	if (key == NULL || dkim_sign_record(key, NULL, &b, &e) == -1) {
		diag("%s", e.text);
		return 1;
	}
	record = buf_take(&b);
	s.iface.ctx = &s;
	s.loop = loop_new(&e);
	t = trust_new_with(s.loop, &s.iface, &e);
	test_each(t);
	test_several(t);
	test_many(t, &s);
	trust_free(t);
	free(record);
	dkim_key_free(key);
	return done_testing();
}
