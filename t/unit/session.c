/* session: keys of Sendmail's lookups, as they are and as nobody should */
#include "config.h"

#include "share/policy/session.h"
#include "t/unit/tap.h"

#include <string.h>

static struct session s;
static struct err e;

static void
test_policy(void)
{
	is_int(session_parse_policy("6ALM8SkA015044/Good.Test/mx.good.test./"
				    "127.1.0.1/OK/TLSv1.3/256/SAN",
		   &s, &e),
	    0, "a key of tlspol");
	is_str(s.queue_id, "6ALM8SkA015044", "queue id as it is");
	is_str(s.domain, "good.test", "domain in normal form");
	is_str(s.mx, "mx.good.test", "host in normal form");
	is_str(s.address, "127.1.0.1", "address");
	is_int(s.verify, VERIFY_OK, "verify");
	ok(s.tls && s.san && session_encrypted(&s), "encrypted, for this host");

	is_int(session_parse_policy("Q/[127.1.0.1]/[127.1.0.1]/127.1.0.1/NONE/"
				    "//NOSAN",
		   &s, &e),
	    0, "an address literal");
	is_str(s.domain, "[127.1.0.1]", "stays one");
	is_str(s.mx, "", "and is no host");
	ok(!s.tls && !s.san && !session_encrypted(&s), "in plaintext");

	is_int(session_parse_policy("Q/x.test/mx.x.test/IPv6:2001:DB8:0::1/"
				    "FAIL/TLSv1.2/128/NOSAN",
		   &s, &e),
	    0, "IPv6");
	is_str(s.address, "2001:db8::1", "in RFC 5952's form");
	ok(session_encrypted(&s), "untrusted is encrypted all the same");

	is_int(session_parse_policy("Q/a_b.test/-/junk/OK//0/SAN", &s, &e), 0,
	    "a domain that is no host name");
	is_str(s.domain, "a_b.test", "is kept");
	is_str(s.address, "", "what is no address is none");
	ok(!session_encrypted(&s), "OK without a version is not encrypted");
}

static void
test_report(void)
{
	is_int(session_parse_report("Q1/mx.x.test/127.1.0.9/SOFTWARE///x.test./"
				    "127.0.0.1",
		   &s, &e),
	    0, "a key of tlsrep");
	is_str(s.domain, "x.test", "next hop without its dot");
	is_str(s.sender, "127.0.0.1", "the sending address");
	is_int(s.verify, VERIFY_BROKEN, "SOFTWARE: no handshake");
	is_int(session_parse_report("Q1/mx.x.test/127.1.0.9/NONE////127.0.0.1",
		   &s, &e),
	    -1, "no next hop");
}

static void
test_words(void)
{
	static const struct {
		const char *word;
		enum session_verify verify;
	} cases[] = {
		{ "OK", VERIFY_OK },
		{ "TRUSTED", VERIFY_TRUSTED },
		{ "FAIL", VERIFY_FAIL },
		{ "NO", VERIFY_FAIL },
		{ "NOT", VERIFY_FAIL },
		{ "NONE", VERIFY_NONE },
		{ "TEMP", VERIFY_REFUSED },
		{ "SOFTWARE", VERIFY_BROKEN },
		{ "PROTOCOL", VERIFY_BROKEN },
		{ "CONFIG", VERIFY_BROKEN },
		{ "DANE_FAIL", VERIFY_DANE_FAIL },
		{ "DANE_NOTLS", VERIFY_DANE_NOTLS },
		{ "DANE_TEMP", VERIFY_DANE_TEMP },
		{ "ok", VERIFY_OTHER },
		{ "OKAY", VERIFY_OTHER },
		{ "", VERIFY_OTHER },
	};
	char key[100];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(key, sizeof(key),
		    "Q/x.test/mx.x.test/127.1.0.1/%s/TLSv1.3/256/SAN",
		    cases[i].word);
		is_int(session_parse_policy(key, &s, &e), 0, "%s",
		    cases[i].word);
		is_int(s.verify, cases[i].verify, "means what op.me says");
	}
}

static void
test_junk(void)
{
	static const char *const keys[] = { "", "/", "Q", "x.test",
		"Q/x.test/mx/1.2.3.4/OK/TLSv1.3/256",
		"Q/x.test/mx/1.2.3.4/OK/TLSv1.3/256/SAN/more",
		"/x.test/mx/1.2.3.4/OK/TLSv1.3/256/SAN",
		"Q//mx/1.2.3.4/OK/TLSv1.3/256/SAN",
		"Q/./mx/1.2.3.4/OK/TLSv1.3/256/SAN",
		"Q Q/x.test/mx/1.2.3.4/OK/TLSv1.3/256/SAN",
		"Q\n/x.test/mx/1.2.3.4/OK/TLSv1.3/256/SAN", "////////" };
	char key[1000];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		err_clear(&e);
		is_int(session_parse_policy(keys[i], &s, &e), -1, "\"%s\"",
		    keys[i]);
		is_int(e.code, ERR_SYNTAX, "is told");
	}
	memset(key, 'a', sizeof(key));
	memcpy(key + sizeof(key) - 30, "/mx/1.2.3.4/OK/TLSv1.3/256/SAN", 30);
	key[1] = '/';
	key[sizeof(key) - 1] = '\0';
	is_int(session_parse_policy(key, &s, &e), -1, "a domain of 900 octets");
}

int
main(void)
{
	test_policy();
	test_report();
	test_words();
	test_junk();
	return done_testing();
}
