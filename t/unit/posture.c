/* posture: published states and what is thought of them */
#include "config.h"

#include "analyzer/posture.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1795299633)

static struct published p;
static struct published_mx mx[2];
static char names[1][CERT_INFO_TEXT] = { "*.example.org" };
static unsigned char hash[32];

/* A domain that does everything right. */
static void
good(const char *mode)
{
	char *text = xasprintf("version: STSv1\nmode: %s\nmx: "
			       "*.example.org\nmax_age: 604800\n",
	    mode);

	memset(&p, 0, sizeof(p));
	memset(mx, 0, sizeof(mx));
	memset(hash, 7, sizeof(hash));
	(void)snprintf(p.domain, sizeof(p.domain), "example.org");
	p.mx_security = DNS_SECURE;
	p.mx = mx;
	p.nmx = 1;
	(void)snprintf(mx[0].host, sizeof(mx[0].host), "mx.example.org");
	mx[0].naddresses = 1;
	mx[0].tlsa_security = DNS_SECURE;
	mx[0].ntlsa = 1;
	mx[0].tlsa[0] = (struct dns_tlsa){ .usage = 3,
		.selector = 1,
		.mtype = 1,
		.len = 32,
		.data = hash };
	mx[0].probed = true;
	mx[0].probe.stage = SMTP_PROBE_DONE;
	mx[0].probe.trusted = true;
	mx[0].probe.ncerts = 1;
	mx[0].probe.cert[0].info = (struct cert_info){ .names = names,
		.nnames = 1,
		.not_after = NOW + INT64_C(90) * 86400 };
	memcpy(mx[0].probe.cert[0].info.spki_sha256, hash, 32);
	p.sts_known = p.fetched = p.tlsrpt_known = true;
	p.sts = STS_RECORD_OK;
	p.tlsrpt = TLSRPT_OK;
	p.policy = sts_policy_parse(text, strlen(text), NULL);
	free(text);
}

/* What is said under an id, "" when nothing is: the worst of it. */
static void
check(const char *id, enum finding_severity severity, const char *text)
{
	struct findings f = { 0 };
	const struct finding *found = NULL;

	posture_judge(&p, NOW, &f);
	for (size_t i = 0; i < f.n; i++)
		if (strcmp(f.at[i].id, id) == 0 &&
		    (found == NULL || f.at[i].severity > found->severity))
			found = &f.at[i];
	ok(found != NULL, "%s is looked at", id);
	if (found != NULL) {
		is_int(found->severity, severity, "%s: %s", id, found->what);
		has_str(found->what, text, "... %s", text);
	}
	findings_clear(&f);
	sts_policy_unref(p.policy);
}

static void
test_good(void)
{
	struct findings f = { 0 };

	good("enforce");
	posture_judge(&p, NOW, &f);
	is_int(findings_count(&f, FINDING_ERROR), 0, "nothing wrong");
	is_int(findings_count(&f, FINDING_WARN), 0, "nothing doubtful");
	ok(findings_count(&f, FINDING_OK) > 6, "and it says what was seen");
	findings_clear(&f);
	sts_policy_unref(p.policy);
}

static void
test_hosts(void)
{
	good("enforce");
	hash[0] ^= 1;
	check("tlsa", FINDING_ERROR, "no TLSA record matches");
	good("enforce");
	mx[0].tlsa[0].usage = 1;
	check("tlsa", FINDING_ERROR, "none of its 1 TLSA records is usable");
	good("enforce");
	mx[0].tlsa_security = DNS_INSECURE;
	check("tlsa", FINDING_WARN, "not signed");
	good("enforce");
	mx[0].tlsa_security = DNS_UNKNOWN;
	check("tlsa", FINDING_WARN, "could not be looked up");
	good("enforce");
	mx[0].probe.cert[0].info.not_after = NOW - 1;
	check("expiry", FINDING_ERROR, "expired 2026-11-21");
	good("enforce");
	mx[0].probe.cert[0].info.not_after = NOW + 86400;
	check("expiry", FINDING_WARN, "expires 2026-11-22");
	good("enforce");
	(void)snprintf(mx[0].host, sizeof(mx[0].host), "mx.example.net");
	check("name", FINDING_ERROR, "does not name it");
	good("enforce");
	mx[0].probe.trusted = false;
	check("chain", FINDING_ERROR, "not trusted");
	good("none");
	mx[0].probe.trusted = false;
	check("chain", FINDING_WARN, "not trusted");
	good("enforce");
	mx[0].probe.stage = SMTP_PROBE_OFFER;
	mx[0].probe.ncerts = 0;
	check("starttls", FINDING_ERROR, "no TLS");
	good("enforce");
	mx[0].probe.stage = SMTP_PROBE_CONNECT;
	mx[0].probe.ncerts = 0;
	check("starttls", FINDING_WARN, "from here");
}

static void
test_records(void)
{
	good("enforce");
	(void)snprintf(mx[0].host, sizeof(mx[0].host), "mx.example.net");
	check("sts-mx", FINDING_ERROR, "outside the MTA-STS policy");
	good("testing");
	(void)snprintf(mx[0].host, sizeof(mx[0].host), "mx.example.net");
	check("sts-mx", FINDING_WARN, "outside the MTA-STS policy");
	good("enforce");
	sts_policy_unref(p.policy);
	p.policy = NULL;
	p.fetch = STS_FETCH_WEBPKI;
	check("sts", FINDING_ERROR, "sts-webpki-invalid");
	good("enforce");
	p.tlsrpt = TLSRPT_NONE;
	check("tlsrpt", FINDING_WARN, "nobody reports");
	good("enforce");
	p.tlsrpt = TLSRPT_SEVERAL;
	check("tlsrpt", FINDING_ERROR, "of no use");
	good("enforce");
	p.mx_security = DNS_BOGUS;
	p.nmx = 0;
	check("mx", FINDING_ERROR, "bogus");
	good("enforce");
	p.mx_security = DNS_UNKNOWN;
	p.nmx = 0;
	check("mx", FINDING_WARN, "could not be looked up");
}

static void
step(const struct posture_reports *r, enum posture_step want, const char *why,
    const char *publish)
{
	struct findings f = { 0 };
	struct buf w, b;

	buf_init(&w, 10000);
	buf_init(&b, 10000);
	posture_judge(&p, NOW, &f);
	is_int(posture_rollout(&p, &f, r, NOW, &w, &b), want, "%s",
	    posture_step_name(want));
	has_str(buf_str(&w), why, "... %s", why);
	has_str(buf_str(&b), publish, "... what to publish");
	buf_clear(&w);
	buf_clear(&b);
	findings_clear(&f);
	sts_policy_unref(p.policy);
}

static void
test_rollout(void)
{
	struct posture_reports r = { .days = 21,
		.senders = 9,
		.sessions = 1000 };

	good("testing");
	step(&r, POSTURE_ENFORCE,
	    "21 days, 9 senders, 1000 sessions, 0 failures; enforce is safe",
	    "mode: enforce\nmx: mx.example.org\nmax_age: 2419200\n");
	good("testing");
	step(&r, POSTURE_ENFORCE, "",
	    "_mta-sts.example.org. IN TXT \"v=STSv1; id=20261121T");
	good("testing");
	hash[0] ^= 1;
	step(&r, POSTURE_MEND, "1 error in what is published", "");
	r.failures = 1;
	good("testing");
	step(&r, POSTURE_MEND, "1 failure;", "");
	r.failures = 0;
	r.days = 3;
	good("testing");
	step(&r, POSTURE_WAIT, "wait for 14 days", "");
	good("enforce");
	step(&r, POSTURE_DONE, "mode enforce", "");
	good("testing");
	sts_policy_unref(p.policy);
	p.policy = NULL;
	p.sts = STS_RECORD_NONE;
	step(&r, POSTURE_PUBLISH_TESTING, "no policy", "mode: testing\n");
}

int
main(void)
{
	test_good();
	test_hosts();
	test_records();
	test_rollout();
	return done_testing();
}
