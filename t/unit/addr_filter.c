/* addr_filter: which addresses HTTPS may reach - see share/net/addr_filter.h */
#include "config.h"

#include "share/net/addr_filter.h"
#include "t/unit/tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

static bool
passes(const struct addr_filter *f, const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return addr_filter_ok(f, (const struct sockaddr *)&v4);
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
		return addr_filter_ok(f, (const struct sockaddr *)&v6);
	fail("%s is an address", text);
	return false;
}

/* Both ends of every block, and their neighbours. */
static void
test_blocks(void)
{
	static const char *const refused[] = { "0.0.0.0", "0.255.255.255",
		"10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
		"127.0.0.0", "127.0.0.1", "127.255.255.255", "169.254.0.0",
		"169.254.169.254", "169.254.255.255", "172.16.0.0",
		"172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.0",
		"192.0.2.255", "192.88.99.0", "192.88.99.255", "192.168.0.0",
		"192.168.255.255", "198.18.0.0", "198.19.255.255",
		"198.51.100.0", "198.51.100.255", "203.0.113.0",
		"203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0",
		"255.255.255.255",
		/* IPv6 */
		"::", "::1", "::2", "::10.0.0.1", "::8.8.8.8", "64:ff9b:1::1",
		"100::1", "1fff:ffff::1", "2001::1", "2001:2::1", "2001:20::1",
		"2001:1ff:ffff::1", "2001:db8::1", "2001:db8:ffff::1",
		"3fff::1", "3fff:fff::1", "4000::", "5f00::1",
		"8000::", "fbff::1", "fc00::1", "fdff::1", "fe80::1", "febf::1",
		"fec0::1", "ff02::1", "ffff::1" };
	static const char *const allowed[] = { "1.0.0.0", "9.255.255.255",
		"11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
		"172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
		"192.88.98.255", "192.88.100.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255",
		"198.51.101.0", "203.0.112.255", "203.0.114.0",
		"223.255.255.255", "2000::1", "2001:200::1", "2001:db7:ffff::1",
		"2001:db9::1", "2003::1", "2606:4700::1111", "2a00::1",
		"3ffe::1", "3fff:1000::1" };
	struct addr_filter *f = addr_filter_new();

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		ok(!passes(f, refused[i]), "%s is refused", refused[i]);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		ok(passes(f, allowed[i]), "%s is allowed", allowed[i]);
	addr_filter_free(f);
}

/* Addresses that lead to an IPv4 host are judged by that host. */
static void
test_wrapped(void)
{
	static const char *const refused[] = { "::ffff:127.0.0.1",
		"::ffff:10.1.2.3", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
		"64:ff9b::192.168.0.1", "2002:7f00:1::1",
		"2002:a00:1::", "2002:c0a8:101:1:2:3:4:5" };
	static const char *const allowed[] = { "::ffff:8.8.8.8",
		"64:ff9b::8.8.8.8", "2002:808:808::1" };
	struct addr_filter *f = addr_filter_new();
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		ok(!passes(f, refused[i]), "%s is refused", refused[i]);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		ok(passes(f, allowed[i]), "%s is allowed", allowed[i]);
	is_int(addr_filter_allow(f, "10.0.0.0/8", &e), 0, "10/8 is listed");
	ok(passes(f, "::ffff:10.1.2.3"), "then also v4-mapped");
	ok(passes(f, "64:ff9b::10.1.2.3"), "and by NAT64");
	ok(passes(f, "2002:a01:203::1"), "and by 6to4");
	ok(!passes(f, "::ffff:11.0.0.1") == !passes(f, "11.0.0.1"),
	    "the neighbour is as without the list");
	ok(!passes(f, "::ffff:127.0.0.1"), "and nothing else");
	addr_filter_free(f);
}

static void
test_listed(void)
{
	struct addr_filter *f = addr_filter_new();
	struct err e = { 0 };

	is_int(addr_filter_allow(f, "127.0.0.1", &e), 0, "one address");
	ok(passes(f, "127.0.0.1") && !passes(f, "127.0.0.2"), "just that");
	is_int(addr_filter_allow(f, "172.20.0.0/14", &e), 0, "a block");
	ok(passes(f, "172.20.0.0") && passes(f, "172.23.255.255"), "all of it");
	ok(!passes(f, "172.19.255.255") && !passes(f, "172.24.0.0"),
	    "and no more");
	is_int(addr_filter_allow(f, "fd00:1::/32", &e), 0, "IPv6");
	ok(passes(f, "fd00:1:ffff::1") && !passes(f, "fd00:2::1"), "as well");
	is_int(addr_filter_allow(f, "::1", &e), 0, "::1");
	ok(passes(f, "::1") && !passes(f, "::2"), "just that");
	is_int(addr_filter_allow(f, "64:ff9b::/96", &e), 0, "NAT64 as such");
	ok(passes(f, "64:ff9b::10.0.0.1"), "allows its addresses");
	ok(!passes(f, "10.0.0.1"), "not the wrapped one itself");
	is_int(addr_filter_allow(f, "0.0.0.0/0", &e), 0, "all of IPv4");
	ok(passes(f, "10.0.0.1") && !passes(f, "::2"), "is not IPv6");
	is_int(addr_filter_allow(f, "::/0", &e), 0, "all of IPv6");
	ok(passes(f, "::2"), "is everything");
	addr_filter_free(f);
}

static void
test_wrong(void)
{
	static const char *const wrong[] = { "", "/8", "10", "10.0.0",
		"localhost", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/8x", "10.0.0.0/ 8", "10.0.0.1/8", "10.0.0.0/8/8",
		"::/129", "fd00::1/64", "[::1]", "::1%lo",
		"10.0.0.0/4294967304",
		"00000000000000000000000000000000000000000000000000/8" };
	struct addr_filter *f = addr_filter_new();
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct err e = { 0 };

		is_int(addr_filter_allow(f, wrong[i], &e), -1,
		    "\"%s\" is no CIDR", wrong[i]);
		ok(e.code == ERR_SYNTAX && e.text[0] != '\0', "and says so");
	}
	ok(!passes(f, "10.0.0.1") && !passes(f, "::1"), "nothing was listed");
	ok(!addr_filter_ok(f, (const struct sockaddr *)&un),
	    "no other family passes");
	addr_filter_free(f);
	addr_filter_free(NULL);
}

int
main(void)
{
	test_blocks();
	test_wrapped();
	test_listed();
	test_wrong();
	return done_testing();
}
