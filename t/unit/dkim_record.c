/* dkim_record: key records of RFC 6376 section 3.6.1, and of daily life */
#include "config.h"

#include "share/mail/dkim_record.h"
#include "t/unit/tap.h"

#define P "p=Zm9v"

static const struct {
	const char *text;
	bool good;
	unsigned services;
	bool sha256, revoked, testing, same_domain;
} cases[] = {
	{ P, true, DKIM_SERVICE_ANY, true, false, false, false },
	{ "v=DKIM1; k=rsa; " P ";", true, DKIM_SERVICE_ANY, true, false, false,
	    false },
	{ "k=rsa;" P "; v=DKIM1", false, 0, false, false, false, false },
	{ "v=DKIM2; " P, false, 0, false, false, false, false },
	{ "v=dkim1; " P, false, 0, false, false, false, false },
	{ "v=spf1 -all", false, 0, false, false, false, false },
	{ "k=dsa; " P, false, 0, false, false, false, false },
	{ "v=DKIM1; k=rsa", false, 0, false, false, false, false },
	{ "v=DKIM1; p=", true, DKIM_SERVICE_ANY, true, true, false, false },
	{ "v=DKIM1; p= ;", true, DKIM_SERVICE_ANY, true, true, false, false },
	{ "v=DKIM1; p=Zm9", true, DKIM_SERVICE_ANY, true, false, false, false },
	{ "v=DKIM1; p=Zm9v!", false, 0, false, false, false, false },
	{ "v=DKIM1; p=Zm 9v", true, DKIM_SERVICE_ANY, true, false, false,
	    false },
	{ "s=*; " P, true, DKIM_SERVICE_ANY, true, false, false, false },
	{ "s=email; " P, true, DKIM_SERVICE_EMAIL, true, false, false, false },
	{ "s=tlsrpt; " P, true, DKIM_SERVICE_TLSRPT, true, false, false,
	    false },
	{ "s=email : tlsrpt; " P, true,
	    DKIM_SERVICE_EMAIL | DKIM_SERVICE_TLSRPT, true, false, false,
	    false },
	{ "s=other; " P, true, 0, true, false, false, false },
	{ "s=emailx; " P, true, 0, true, false, false, false },
	{ "h=sha1; " P, true, DKIM_SERVICE_ANY, false, false, false, false },
	{ "h=sha1:sha256; " P, true, DKIM_SERVICE_ANY, true, false, false,
	    false },
	{ "t=y; " P, true, DKIM_SERVICE_ANY, true, false, true, false },
	{ "t=s; " P, true, DKIM_SERVICE_ANY, true, false, false, true },
	{ "t=y : s; " P, true, DKIM_SERVICE_ANY, true, false, true, true },
	{ "n=a note; g=*; x=y; " P, true, DKIM_SERVICE_ANY, true, false, false,
	    false },
	{ "", false, 0, false, false, false, false },
	{ P ";" P, false, 0, false, false, false, false },
};

static void
test_long(void)
{
	char text[BUFSIZ];
	struct dkim_record r;
	struct err e;
	int n = snprintf(text, sizeof(text), "p=%0*d",
	    DKIM_RECORD_KEY_MAX / 3 * 4, 0);

	is_int(dkim_record_parse(text, (size_t)n, &r, &e), 0, "the longest");
	is_int(r.key_len, DKIM_RECORD_KEY_MAX / 3 * 3, "all of it");
	n = snprintf(text, sizeof(text), "p=%0*d",
	    DKIM_RECORD_KEY_MAX / 3 * 4 + 8, 0);
	is_int(dkim_record_parse(text, (size_t)n, &r, &e), -1, "too long");
	is_int(e.code, ERR_LIMIT, "is the limit");
}

int
main(void)
{
	struct dkim_record r;
	struct err e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = dkim_record_parse(cases[i].text, strlen(cases[i].text),
		    &r, &e);

		is_int(rc, cases[i].good ? 0 : -1, "%zu: %s", i, cases[i].text);
		if (rc == -1)
			continue;
		is_int(r.services, cases[i].services, "services");
		is_int(r.sha256, cases[i].sha256, "sha256");
		is_int(r.revoked, cases[i].revoked, "revoked");
		is_int(r.testing, cases[i].testing, "testing");
		is_int(r.same_domain, cases[i].same_domain, "same domain");
	}
	is_int(dkim_record_parse("k=ed25519; p=Zm9v", 17, &r, &e), 0,
	    "ed25519");
	is_int(r.algorithm, DKIM_ED25519_SHA256, "is its type");
	is_int(r.key_len, 3, "the key's length");
	is_mem(r.key, "foo", 3, "the key");
	test_long();
	return done_testing();
}
