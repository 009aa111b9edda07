/* tlsa: what is usable (RFC 7672 section 3.1), and records as text */
#include "config.h"

#include "share/policy/tlsa.h"
#include "t/policy/samples.h"
#include "t/unit/tap.h"

static struct dns_tlsa
tlsa(int usage, int selector, int mtype, const char *word,
    uint8_t der[SAMPLES_DER_MAX])
{
	struct dns_tlsa t = { (uint8_t)usage, (uint8_t)selector, (uint8_t)mtype,
		0, der };

	t.len = (uint16_t)samples_tlsa(word, der);
	return t;
}

static bool
usable(int usage, int selector, int mtype, const char *word)
{
	uint8_t der[SAMPLES_DER_MAX];
	struct dns_tlsa t = tlsa(usage, selector, mtype, word, der);

	return tlsa_usable(&t);
}

/* Every usage, selector and matching type, with data that fits. */
static void
test_parameters(void)
{
	int wrong = 0;

	for (int u = 0; u < 256; u++)
		for (int s = 0; s < 256; s++)
			for (int m = 1; m < 256; m++) {
				bool want =
				    (u == 2 || u == 3) && s <= 1 && m <= 2;

				wrong +=
				    usable(u, s, m,
					m == 2 ? "sha512" : "sha256") != want;
			}
	is_int(wrong, 0, "each combination of parameters");
}

static void
test_data(void)
{
	ok(!usable(3, 1, 1, "sha512"), "64 octets are no SHA-256");
	ok(!usable(3, 1, 2, "sha256"), "32 octets are no SHA-512");
	ok(!usable(3, 1, 1, ""), "nothing is nothing");
	ok(usable(3, 0, 0, "cert") && usable(2, 0, 0, "ec-cert"),
	    "whole certificates");
	ok(usable(3, 1, 0, "spki") && usable(2, 1, 0, "ec-spki"), "whole keys");
	ok(!usable(3, 0, 0, "spki"), "a key is no certificate");
	ok(!usable(3, 1, 0, "cert"), "a certificate is no key");
	ok(!usable(3, 0, 0, "30820100"), "a broken one");
	ok(!usable(3, 0, 0, ""), "an empty one");
	ok(!usable(1, 0, 0, "cert") && !usable(0, 1, 0, "spki"),
	    "usage 0 and 1");
}

static void
test_text(void)
{
	uint8_t der[SAMPLES_DER_MAX];
	struct dns_tlsa t = tlsa(3, 1, 1, "00ff5a", der);
	char text[200], small[12];

	is_str(tlsa_text(text, sizeof(text), &t), "3 1 1 00FF5A", "text");
	is_str(tlsa_text(small, sizeof(small), &t), "3 1 1 00FF", "cut");
	t = tlsa(255, 255, 255, "sha512", der);
	is_int(strlen(tlsa_text(text, sizeof(text), &t)), 12 + 128, "long");
}

int
main(void)
{
	test_parameters();
	test_data();
	test_text();
	return done_testing();
}
