/* dns_server: server addresses and resolv.conf */
#include "config.h"

#include "share/base/xmem.h"
#include "share/dns/dns_server.h"
#include "t/unit/tap.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

static void
good(const char *text, int family, int port, const char *written)
{
	struct dns_server s = { 0 };
	struct err e = { 0 };
	const struct sockaddr_in *in = (struct sockaddr_in *)&s.addr;
	const struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&s.addr;

	is_int(dns_server_parse(text, &s, &e), 0, "%s%s", text, e.text);
	is_int(s.addr.ss_family, family, "its family");
	is_int(ntohs(family == AF_INET ? in->sin_port : in6->sin6_port), port,
	    "its port");
	is_str(s.text, written, "as libunbound takes it");
}

static void
bad(const char *text)
{
	struct dns_server s;
	struct err e = { 0 };

	is_int(dns_server_parse(text, &s, &e), -1, "bad: \"%.20s\"", text);
	is_int(e.code, ERR_SYNTAX, "a syntax error");
}

/* The number of servers that such a file names; the first in s[0]. */
static size_t
read_conf(const char *content, struct dns_server *s, struct err *e)
{
	char path[] = "/tmp/tlsherald-resolv.XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	size_t n;

	if (f == NULL)
		err(1, "%s", path);
	fputs(content, f);
	fclose(f);
	n = dns_server_read_system(path, s, e);
	unlink(path);
	return n;
}

static void
test_resolv_conf(void)
{
	struct dns_server s[DNS_SERVERS_SYSTEM];
	struct err e = { 0 };

	is_int(read_conf("nameserver 192.0.2.1\nnameserver ::1\n", s, &e), 2,
	    "two servers");
	is_str(s[0].text, "192.0.2.1", "the first");
	is_str(s[1].text, "::1", "the second");
	is_int(read_conf("nameserver 192.0.2.1\nnameserver 192.0.2.2\n"
			 "nameserver 192.0.2.3\nnameserver 192.0.2.4\n",
		   s, &e),
	    3, "three of four");
	is_int(read_conf("", s, &e), 1, "an empty file");
	is_str(s[0].text, "127.0.0.1", "means this host");
	is_int(read_conf("domain nameserver\n nameserver 192.0.2.1\n"
			 "nameservers 192.0.2.1\nnameserver192.0.2.1\n",
		   s, &e),
	    1, "words that only look like it");
	is_str(s[0].text, "127.0.0.1", "mean this host too");
	is_int(dns_server_read_system("/nonexistent/resolv.conf", s, &e), 1,
	    "no file");
	is_str(s[0].text, "127.0.0.1", "means this host");
	is_int(read_conf("nameserver one.one.one.one\n", s, &e), 0,
	    "a name is no address");
	has_str(e.text, "one.one.one.one", "it is told");
	is_int(read_conf("nameserver x\nnameserver 192.0.2.7", s, &e), 1,
	    "the usable one is used");
	is_str(s[0].text, "192.0.2.7", "also without a final newline");
}

int
main(void)
{
	good("127.0.0.1", AF_INET, 53, "127.0.0.1");
	good("127.0.0.1@5353", AF_INET, 5353, "127.0.0.1@5353");
	good("192.0.2.1@53", AF_INET, 53, "192.0.2.1");
	good("::1", AF_INET6, 53, "::1");
	good("2001:db8::53@853", AF_INET6, 853, "2001:db8::53@853");
	good("fe80::1%lo", AF_INET6, 53, "fe80::1%lo");
	bad("");
	bad("localhost");
	bad("127.0.0.1@");
	bad("127.0.0.1@0");
	bad("127.0.0.1@65536");
	bad("127.0.0.1@53x");
	bad("127.0.0.1@-1");
	bad("127.0.0.1@dns");
	bad("127.0.0.1:53");
	bad("127.1");
	bad("1");
	bad("[::1]");
	bad("@53");
	bad("fe80::1%nosuchif0");
	bad("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	test_resolv_conf();
	return done_testing();
}
