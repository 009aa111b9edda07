/* nexthop: every form of the key, and its one canonical form */
#include "config.h"

#include "share/policy/nexthop.h"
#include "t/unit/tap.h"

#define L63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static const struct {
	const char *key;
	enum nexthop_kind kind;
	const char *name;
	int port;
	const char *canonical;
} cases[] = {
	{ "a.test", NEXTHOP_DOMAIN, "a.test", 25, "a.test" },
	{ "A.TEST.", NEXTHOP_DOMAIN, "a.test", 25, "a.test" },
	{ "a.test:25", NEXTHOP_DOMAIN, "a.test", 25, "a.test" },
	{ "a.test:smtp", NEXTHOP_DOMAIN, "a.test", 25, "a.test" },
	{ "a.test.:587", NEXTHOP_DOMAIN, "a.test", 587, "a.test:587" },
	{ "a.test:00587", NEXTHOP_DOMAIN, "a.test", 587, "a.test:587" },
	{ "a.test:65535", NEXTHOP_DOMAIN, "a.test", 65535, "a.test:65535" },
	{ "localhost", NEXTHOP_DOMAIN, "localhost", 25, "localhost" },
	{ "b\xc3\xbc"
	  "cher.test",
	    NEXTHOP_DOMAIN, "xn--bcher-kva.test", 25, "xn--bcher-kva.test" },
	{ "[h.a.test]", NEXTHOP_HOST, "h.a.test", 25, "[h.a.test]" },
	{ "[H.a.test.]", NEXTHOP_HOST, "h.a.test", 25, "[h.a.test]" },
	{ "[h.a.test].", NEXTHOP_HOST, "h.a.test", 25, "[h.a.test]" },
	{ "[h.a.test]:587", NEXTHOP_HOST, "h.a.test", 587, "[h.a.test]:587" },
	{ "[h.a.test]:smtp", NEXTHOP_HOST, "h.a.test", 25, "[h.a.test]" },
	{ "[192.0.2.1]", NEXTHOP_ADDRESS, "192.0.2.1", 25, "[192.0.2.1]" },
	{ "[192.0.2.1]:26", NEXTHOP_ADDRESS, "192.0.2.1", 26,
	    "[192.0.2.1]:26" },
	{ "[IPv6:2001:DB8::1]", NEXTHOP_ADDRESS, "2001:db8::1", 25,
	    "[2001:db8::1]" },
	{ "[ipv6:2001:db8:0::1]:25", NEXTHOP_ADDRESS, "2001:db8::1", 25,
	    "[2001:db8::1]" },
	{ "[2001:db8::1]", NEXTHOP_ADDRESS, "2001:db8::1", 25,
	    "[2001:db8::1]" },
	{ "[IPv6:192.0.2.1]", NEXTHOP_ADDRESS, "192.0.2.1", 25, "[192.0.2.1]" },
	{ "", NEXTHOP_NONE, "", 0, "" },
	{ ".", NEXTHOP_NONE, "", 0, "" },
	{ ".a.test", NEXTHOP_NONE, "", 0, "" },
	{ "192.0.2.1", NEXTHOP_NONE, "", 0, "" },
	{ "192.0.2.1.", NEXTHOP_NONE, "", 0, "" },
	{ "192.0.2.1:25", NEXTHOP_NONE, "", 0, "" },
	{ "::1", NEXTHOP_NONE, "", 0, "" },
	{ "2001:db8::1", NEXTHOP_NONE, "", 0, "" },
	{ "a.test:", NEXTHOP_NONE, "", 0, "" },
	{ "a.test:0", NEXTHOP_NONE, "", 0, "" },
	{ "a.test:65536", NEXTHOP_NONE, "", 0, "" },
	{ "a.test:99999999999999999999", NEXTHOP_NONE, "", 0, "" },
	{ "a.test:-1", NEXTHOP_NONE, "", 0, "" },
	{ "a.test:25x", NEXTHOP_NONE, "", 0, "" },
	{ "a.test:no-such-service-at-all", NEXTHOP_NONE, "", 0, "" },
	{ "a.test:25:25", NEXTHOP_NONE, "", 0, "" },
	{ "[]", NEXTHOP_NONE, "", 0, "" },
	{ "[", NEXTHOP_NONE, "", 0, "" },
	{ "[a.test", NEXTHOP_NONE, "", 0, "" },
	{ "a.test]", NEXTHOP_NONE, "", 0, "" },
	{ "[a.test]x", NEXTHOP_NONE, "", 0, "" },
	{ "[a.test]25", NEXTHOP_NONE, "", 0, "" },
	{ "[a.test]:", NEXTHOP_NONE, "", 0, "" },
	{ "[[a.test]]", NEXTHOP_NONE, "", 0, "" },
	{ "[IPv6:a.test]", NEXTHOP_NONE, "", 0, "" },
	{ "[IPv6:]", NEXTHOP_NONE, "", 0, "" },
	{ "[.a.test]", NEXTHOP_NONE, "", 0, "" },
	{ "a b.test", NEXTHOP_NONE, "", 0, "" },
	{ " a.test", NEXTHOP_NONE, "", 0, "" },
	{ "a_b.test", NEXTHOP_NONE, "", 0, "" },
	{ "user@a.test", NEXTHOP_NONE, "", 0, "" },
	{ L63 "x.test", NEXTHOP_NONE, "", 0, "" },
	{ L63 "." L63 "." L63 "." L63, NEXTHOP_NONE, "", 0, "" },
	{ "a.test\n", NEXTHOP_NONE, "", 0, "" },
	{ "a.test..", NEXTHOP_NONE, "", 0, "" },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nexthop n, again;
		bool good = nexthop_parse(cases[i].key, &n);

		is_int(n.kind, cases[i].kind, "case %zu: %s", i,
		    cases[i].canonical);
		is_int(good, cases[i].kind != NEXTHOP_NONE, "what is given");
		is_str(n.name, cases[i].name, "the name");
		is_int(n.port, cases[i].port, "the port");
		is_str(n.key, cases[i].canonical, "the canonical key");
		if (!good)
			continue;
		ok(nexthop_parse(n.key, &again) &&
			memcmp(&n, &again, sizeof(n)) == 0,
		    "which is read as the same");
	}
	return done_testing();
}
