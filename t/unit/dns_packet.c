/* dns_packet: records, names, CNAMEs, TTLs, limits, hostile packets */
#include "config.h"

#include "share/base/buf.h"
#include "share/base/xmem.h"
#include "share/dns/dns_packet.h"
#include "t/unit/fake_dns.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>

/* Decodes what a server with those sections says of (name, type). */
static int
decode(const char *name, enum dns_type type, struct fake_rule rule,
    struct dns_answer *a, struct err *e)
{
	size_t len;
	uint8_t *wire = fake_dns_wire(&rule, name, (int)type, 7, &len);
	int rc = dns_packet_decode(wire, len, name, type, a, e);

	free(wire);
	return rc;
}

/* The same for NOERROR with an answer section that decodes. */
static struct dns_answer
good(const char *name, enum dns_type type, const char *answer)
{
	struct dns_answer a;
	struct err e = { 0 };
	struct fake_rule rule = { .answer = answer };

	is_int(decode(name, type, rule, &a, &e), 0, "%s %s decodes %s", name,
	    dns_type_name(type), e.text);
	return a;
}

static void
test_mx(void)
{
	struct dns_answer a = good("Example.org", DNS_MX,
	    "example.ORG. 300 IN MX 10 Mail.Example.org.\n"
	    "example.org. 200 IN MX 20 .\n"
	    "example.org. 300 IN MX 30 under_score.example.org.\n"
	    "example.org. 300 IN MX 40 192.0.2.1.\n"
	    "example.org. 300 IN MX 50 a\\.b.example.org.\n"
	    "example.org. 300 IN MX 60 a\\000b.example.org.\n"
	    "example.org. 300 IN MX 70 -x.example.org.\n"
	    "example.org. 300 IN MX 80 xn--bcher-kva.example.\n"
	    "example.org. 300 IN A 192.0.2.1\n"
	    "other.org. 10 IN MX 1 mail.other.org.\n"
	    "example.org. 10 CH MX 1 mail.other.org.\n");
	static const char *const want[] = { "mail.example.org", "", "!", "!",
		"!", "!", "!", "xn--bcher-kva.example" };

	is_int(a.n, 8, "eight records of class IN at the name");
	for (size_t i = 0; i < a.n && i < 8; i++) {
		is_str(a.u.mx[i].host, want[i], "host %zu", i);
		is_int(a.u.mx[i].preference, (i + 1) * 10, "preference");
	}
	is_int(a.ttl, 200, "the smallest TTL of those");
	ok(a.canonical == NULL && a.ncnames == 0, "no CNAME");
	ok(!a.truncated, "whole");
	dns_answer_clear(&a);
	ok(a.u.mx == NULL && a.n == 0, "cleared");
}

static void
test_addresses(void)
{
	struct dns_answer a = good("a.example", DNS_A,
	    "a.example. 300 IN A 192.0.2.1\na.example. 300 IN A 192.0.2.2\n");

	is_int(a.n, 2, "two addresses");
	is_str(a.u.addr[0], "192.0.2.1", "the first");
	is_str(a.u.addr[1], "192.0.2.2", "the second");
	dns_answer_clear(&a);
	a = good("a.example", DNS_AAAA,
	    "a.example. 300 IN AAAA 2001:db8:0:0:0:0:0:1\n");
	is_str(a.u.addr[0], "2001:db8::1", "IPv6");
	dns_answer_clear(&a);
}

static void
test_txt(void)
{
	struct dns_answer a = good("_mta-sts.Example.org", DNS_TXT,
	    "_MTA-STS.example.org. 300 IN TXT \"v=STSv1; \" \"id=1;\"\n"
	    "_mta-sts.example.org. 300 IN TXT \"\"\n"
	    "_mta-sts.example.org. 300 IN TXT \"a\\000b\\200\"\n");

	is_int(a.n, 3, "three TXT records");
	is_str(a.u.txt[0].text, "v=STSv1; id=1;", "strings are joined");
	is_int(a.u.txt[0].len, 14, "their length");
	is_str(a.u.txt[1].text, "", "an empty one");
	is_int(a.u.txt[2].len, 4, "NUL counts");
	is_mem(a.u.txt[2].text, "a\0b\310", 5, "octets stay, NUL at the end");
	dns_answer_clear(&a);
}

/* A TXT record of DNS_TXT_MAX octets, and one of more. */
static void
test_txt_limit(void)
{
	for (int more = 0; more < 2; more++) {
		struct buf b;
		struct dns_answer a;

		buf_init(&b, 10000);
		buf_puts(&b, "x.example. 60 IN TXT");
		for (int i = 0; i < DNS_TXT_MAX / 64; i++)
			buf_printf(&b, " \"%064d\"", i);
		buf_puts(&b, more ? " \"!\"" : "");
		a = good("x.example", DNS_TXT, buf_str(&b));
		is_int(a.u.txt[0].len, DNS_TXT_MAX, "the limit");
		is_int(a.truncated, more, "truncated beyond it");
		dns_answer_clear(&a);
		buf_clear(&b);
	}
}

static void
test_tlsa(void)
{
	struct dns_answer a = good("_25._tcp.mx.example", DNS_TLSA,
	    "_25._tcp.mx.example. 3600 IN CNAME _dane.example.\n"
	    "_dane.example. 60 IN TLSA 3 1 1 00ff\n"
	    "_dane.example. 300 IN TLSA 255 254 253 ab\n");

	is_int(a.n, 2, "two TLSA records");
	is_int(a.u.tlsa[0].usage, 3, "usage");
	is_int(a.u.tlsa[0].selector, 1, "selector");
	is_int(a.u.tlsa[0].mtype, 1, "matching type");
	is_int(a.u.tlsa[0].len, 2, "length");
	is_mem(a.u.tlsa[0].data, "\0\377", 2, "data");
	is_int(a.u.tlsa[1].mtype, 253, "numbers nobody knows");
	is_str(a.canonical, "_dane.example", "the name they stand at");
	is_int(a.ttl, 60, "the smallest TTL, the chain's too");
	dns_answer_clear(&a);
}

static void
test_cnames(void)
{
	struct dns_answer a = good("www.example", DNS_A,
	    "b.example. 100 IN CNAME C.example.\n"
	    "c.example. 300 IN A 192.0.2.3\n"
	    "b.example. 300 IN A 192.0.2.9\n"
	    "www.example. 200 IN CNAME b.example.\n");

	is_int(a.ncnames, 2, "two CNAMEs, in any order");
	is_str(a.canonical, "c.example", "their end, lower case");
	is_int(a.n, 1, "records of the end alone");
	is_str(a.u.addr[0], "192.0.2.3", "its address");
	is_int(a.ttl, 100, "the smallest TTL");
	dns_answer_clear(&a);
	a = good("www.example", DNS_CNAME,
	    "www.example. 200 IN CNAME b.example.\n"
	    "b.example. 100 IN CNAME c.example.\n");
	is_int(a.n, 1, "asked for CNAME: the one");
	is_str(a.canonical, "b.example", "its target");
	is_int(a.ttl, 200, "its TTL");
	dns_answer_clear(&a);
	a = good("x.d.example", DNS_A,
	    "d.example. 50 IN DNAME e.example.\n"
	    "x.d.example. 50 IN CNAME x.e.example.\n"
	    "x.e.example. 300 IN A 192.0.2.3\n");
	is_str(a.canonical, "x.e.example", "DNAME with its CNAME");
	dns_answer_clear(&a);
	a = good("dot.example", DNS_A,
	    "dot.example. 50 IN CNAME A\\.b\\\\.example.\n");
	is_str(a.canonical, "a\\.b\\\\.example", "odd octets are escaped");
	dns_answer_clear(&a);
}

/* n CNAMEs in a row, then an address. */
static int
chain(int n, struct dns_answer *a, struct err *e)
{
	struct fake_rule rule = { 0 };
	struct buf b;
	int rc;

	buf_init(&b, 10000);
	for (int i = 0; i < n; i++)
		buf_printf(&b, "n%d.example. 60 IN CNAME n%d.example.\n", i,
		    i + 1);
	buf_printf(&b, "n%d.example. 60 IN A 192.0.2.1\n", n);
	rule.answer = buf_str(&b);
	rc = decode("n0.example", DNS_A, rule, a, e);
	buf_clear(&b);
	return rc;
}

static void
test_chain_limit(void)
{
	struct dns_answer a;
	struct err e = { 0 };
	struct fake_rule self = { .answer =
				      "a.example. 60 IN CNAME a.example." };
	struct fake_rule two = { .answer = "a.example. 60 IN CNAME b.example.\n"
					   "b.example. 60 IN CNAME a.example.\n"
					   "a.example. 60 IN A 192.0.2.1" };

	is_int(chain(DNS_CNAMES_MAX, &a, &e), 0, "the longest chain");
	is_int(a.n, 1, "has its address");
	dns_answer_clear(&a);
	is_int(chain(DNS_CNAMES_MAX + 1, &a, &e), -1, "one too many");
	is_int(e.code, ERR_LIMIT, "is a limit");
	is_int(decode("a.example", DNS_A, self, &a, &e), -1, "itself");
	is_int(decode("a.example", DNS_A, two, &a, &e), -1, "two in a ring");
	is_int(a.n, 0, "nothing is kept");
}

static void
test_denial(void)
{
	static const struct {
		int rcode;
		const char *answer, *authority;
		unsigned ttl;
		const char *what;
	} c[] = {
		{ 0, NULL, "example. 300 IN SOA a. b. 1 2 3 4 60", 60,
		    "the SOA's minimum" },
		{ 0, NULL, "example. 30 IN SOA a. b. 1 2 3 4 60", 30,
		    "the SOA's TTL" },
		{ 3, NULL,
		    "x.example. 9 IN NS a.\n"
		    "EXAMPLE. 300 IN SOA a. b. 1 2 3 4 61",
		    61, "NXDOMAIN, SOA after others" },
		{ 3, NULL, ". 300 IN SOA a. b. 1 2 3 4 62", 62, "root's SOA" },
		{ 0, NULL, NULL, 0, "no SOA" },
		{ 0, NULL, "other. 300 IN SOA a. b. 1 2 3 4 60", 0,
		    "another zone's SOA" },
		{ 0, "n.x.example. 20 IN CNAME m.x.example.",
		    "x.example. 300 IN SOA a. b. 1 2 3 4 60", 20,
		    "the CNAME's TTL" },
		{ 3, "n.x.example. 300 IN CNAME m.z.\n",
		    "z. 300 IN SOA a. b. 1 2 3 4 25", 25,
		    "the SOA of the CNAME's target" },
		{ 0, NULL, "example. 300 IN SOA a. b. 1 2 3 4 4294967295", 0,
		    "2^32-1 means zero" },
		{ 3, "n.x.example. 300 IN A 192.0.2.1\n",
		    "example. 300 IN SOA a. b. 1 2 3 4 60", 60,
		    "records beside NXDOMAIN don't count" },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct fake_rule rule = { .rcode = c[i].rcode,
			.answer = c[i].answer,
			.authority = c[i].authority };
		struct dns_answer a;
		struct err e = { 0 };

		is_int(decode("n.x.example", DNS_A, rule, &a, &e), 0,
		    "denial: %s", c[i].what);
		is_int(a.n, 0, "no record");
		is_int(a.rcode, c[i].rcode, "rcode");
		is_int(a.ttl, c[i].ttl, "TTL");
		dns_answer_clear(&a);
	}
}

static void
test_referral(void)
{
	struct fake_rule rule = { .authority =
				      "x.example. 9 IN NS ns.x.example." };
	struct dns_answer a;
	struct err e = { 0 };

	is_int(decode("n.x.example", DNS_A, rule, &a, &e), -1,
	    "a referral denies nothing");
	is_int(e.code, ERR_TEMP, "error code");
	rule.authority = "x.example. 9 IN NS ns.x.example.\n"
			 "x.example. 9 IN SOA a. b. 1 2 3 4 5";
	is_int(decode("n.x.example", DNS_A, rule, &a, &e), 0, "an SOA does");
	is_int(a.ttl, 5, "for its time");
	dns_answer_clear(&a);
}

/* n addresses of one name. */
static void
addresses(struct buf *b, int n)
{
	buf_init(b, 100000);
	for (int i = 0; i < n; i++)
		buf_printf(b, "a.example. 60 IN A 10.0.%d.%d\n", i / 256,
		    i % 256);
}

static void
test_many(void)
{
	struct dns_answer a;
	struct err e = { 0 };
	struct fake_rule rule = { 0 };
	struct buf b;

	addresses(&b, DNS_RECORDS_MAX);
	a = good("a.example", DNS_A, buf_str(&b));
	is_int(a.n, DNS_RECORDS_MAX, "all");
	ok(!a.truncated, "whole");
	dns_answer_clear(&a);
	buf_clear(&b);
	addresses(&b, DNS_RECORDS_MAX + 1);
	a = good("a.example", DNS_A, buf_str(&b));
	is_int(a.n, DNS_RECORDS_MAX, "all but one");
	ok(a.truncated, "truncated");
	dns_answer_clear(&a);
	buf_clear(&b);
	addresses(&b, DNS_PACKET_RRS_MAX + 1);
	rule.answer = buf_str(&b);
	is_int(decode("a.example", DNS_A, rule, &a, &e), -1, "far too many");
	is_int(e.code, ERR_LIMIT, "is a limit");
	buf_clear(&b);
}

/* Changes octets of a good packet; -1 and the code are wanted. */
static void
patched(const char *what, size_t at, uint8_t value, enum err_code want)
{
	struct fake_rule rule = { .answer = "a.example. 60 IN A 192.0.2.1" };
	struct dns_answer a;
	struct err e = { 0 };
	size_t len;
	uint8_t *wire = fake_dns_wire(&rule, "a.example", DNS_A, 7, &len);

	wire[at] = value;
	is_int(dns_packet_decode(wire, len, "a.example", DNS_A, &a, &e), -1,
	    "%s", what);
	is_int(e.code, want, "error code");
	is_int(a.n, 0, "nothing is kept");
	free(wire);
}

static void
test_broken(void)
{
	struct fake_rule rule = { .answer =
				      "a.example. 60 IN CNAME b.example.\n"
				      "b.example. 60 IN A 192.0.2.1\n" };
	struct dns_answer a;
	size_t len, parsed = 0;
	uint8_t *wire = fake_dns_wire(&rule, "a.example", DNS_A, 7, &len);

	for (size_t n = 0; n < len; n++) {
		uint8_t *cut = xmalloc(n); /* so that ASan sees the end */

		memcpy(cut, wire, n);
		if (dns_packet_decode(cut, n, "a.example", DNS_A, &a, NULL) ==
		    0)
			parsed++;
		free(cut);
	}
	is_int(parsed, 0, "cut anywhere it does not decode");
	is_int(dns_packet_decode(wire, len, "b.example", DNS_A, &a, NULL), -1,
	    "another name");
	is_int(dns_packet_decode(wire, len, "a.example", DNS_AAAA, &a, NULL),
	    -1, "another type");
	is_int(dns_packet_decode(wire, len, "a..example", DNS_A, &a, NULL), -1,
	    "a name that cannot be");
	free(wire);
	patched("a query", 2, 0x01, ERR_SYNTAX);
	patched("another opcode", 2, 0xa1, ERR_SYNTAX);
	patched("cut by the server", 2, 0x83, ERR_TEMP);
	patched("no question", 5, 0, ERR_SYNTAX);
	patched("two questions", 5, 2, ERR_SYNTAX);
	patched("more records than there are", 7, 2, ERR_SYNTAX);
	patched("65535 records", 6, 0xff, ERR_LIMIT);
	patched("another class", 12 + 11 + 3, 3, ERR_SYNTAX);
	/* the owner's pointer (0xc0 0x0c) made to point at itself */
	patched("a name that points at itself", 12 + 11 + 4 + 1, 27,
	    ERR_SYNTAX);
	patched("an address of three octets", 12 + 11 + 4 + 11, 3, ERR_SYNTAX);
}

static void
test_names(void)
{
	is_str(dns_security_name(DNS_SECURE), "secure", "secure");
	is_str(dns_security_name(DNS_INSECURE), "insecure", "insecure");
	is_str(dns_security_name(DNS_BOGUS), "bogus", "bogus");
	is_str(dns_security_name(DNS_UNKNOWN), "unknown", "unknown");
	is_str(dns_type_name(DNS_TLSA), "TLSA", "TLSA");
	is_str(dns_type_name((enum dns_type)9999), "?", "a type unknown here");
}

int
main(void)
{
	test_mx();
	test_addresses();
	test_txt();
	test_txt_limit();
	test_tlsa();
	test_cnames();
	test_chain_limit();
	test_denial();
	test_referral();
	test_many();
	test_broken();
	test_names();
	return done_testing();
}
