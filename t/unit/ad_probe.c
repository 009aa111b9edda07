/* ad_probe: what answers prove, order of servers, anchors to probe by */
#include "config.h"

#include "share/base/xmem.h"
#include "share/dns/ad_probe.h"
#include "share/dns/dns.h"
#include "share/dns/udp_ask.h"
#include "t/unit/fake_dns.h"
#include "t/unit/tap.h"

#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#define GUARD_S 20
#define ROOT_SOA ". 60 IN SOA a. b. 1 2 3 4 5"

struct got {
	bool called;
	enum ad_probe_result result;
	char server[DNS_SERVER_TEXT_SIZE];
};

static struct event_base *base;

/* A file that is removed at the end of a test; its name is malloced. */
static char *
file_of(const char *content)
{
	char *path = xstrdup("/tmp/tlsherald-probe.XXXXXX");
	FILE *f = fdopen(mkstemp(path), "w");

	if (f == NULL)
		err(1, "%s", path);
	fputs(content, f);
	fclose(f);
	return path;
}

static void
remove_file(char *path)
{
	unlink(path);
	free(path);
}

static void
on_probe(void *arg, enum ad_probe_result result, const char *server)
{
	struct got *g = arg;

	g->called = true;
	g->result = result;
	snprintf(g->server, sizeof(g->server), "%s", server);
}

static void
on_guard(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	errx(1, "no outcome within %d s", GUARD_S);
}

static void
run_until(const bool *flag)
{
	struct timeval tv = { GUARD_S, 0 };
	struct event *guard = evtimer_new(base, on_guard, NULL);

	evtimer_add(guard, &tv);
	while (!*flag)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(guard);
}

/* The outcome of a probe with such a resolv.conf. */
static struct got
probe(const char *resolv_conf)
{
	char *path = file_of(resolv_conf);
	struct got g = { 0 };
	struct err e = { 0 };

	if (ad_probe_start(base, path, ".", on_probe, &g, &e) == NULL)
		errx(1, "%s", e.text);
	ok(!g.called, "not told before it returns");
	run_until(&g.called);
	remove_file(path);
	return g;
}

/* The outcome with one server that has one rule. */
static struct got
probe_rule(struct fake_rule rule)
{
	struct fake_dns *f = fake_dns_new(base, &rule, 1, 0);
	char *conf = xasprintf("nameserver 127.0.0.1@%d\n", fake_dns_port(f));
	struct got g = probe(conf);

	ok(fake_dns_asked(f, ".", DNS_SOA) > 0, "the server was asked");
	free(conf);
	fake_dns_free(f);
	return g;
}

static void
test_answers(void)
{
	struct fake_rule rule = { .ad = true, .answer = ROOT_SOA };
	struct got g = probe_rule(rule);

	is_int(g.result, AD_PROBE_YES, "NOERROR with AD: yes");
	has_str(g.server, "127.0.0.1@", "the server is told");
	rule.ad = false;
	is_int(probe_rule(rule).result, AD_PROBE_NO, "without AD: no");
	rule.answer = NULL;
	rule.rcode = DNS_SERVFAIL;
	g = probe_rule(rule);
	is_int(g.result, AD_PROBE_NOTHING, "SERVFAIL proves nothing");
	is_str(g.server, "", "nobody told it");
	rule.rcode = DNS_NXDOMAIN;
	g = probe_rule(rule);
	is_int(g.result, AD_PROBE_NOTHING, "NXDOMAIN proves nothing");
	rule.rcode = 5;
	g = probe_rule(rule);
	is_int(g.result, AD_PROBE_NOTHING, "REFUSED proves nothing");
}

/* A silent one, a refusing port, one with AD. */
static void
test_order(void)
{
	struct fake_rule silent = { .silent = true };
	struct fake_rule yes = { .ad = true, .answer = ROOT_SOA };
	struct fake_rule no = { .answer = ROOT_SOA };
	struct fake_dns *a = fake_dns_new(base, &silent, 1, 0);
	struct fake_dns *b = fake_dns_new(base, &yes, 1, 0);
	struct fake_dns *c = fake_dns_new(base, &no, 1, 0);
	struct fake_dns *d = fake_dns_new(base, &yes, 1, 0);
	char *conf, *want;
	uint16_t closed = fake_dns_port(d);
	struct got g;

	fake_dns_free(d);
	want = xasprintf("127.0.0.1@%d", fake_dns_port(b));
	conf = xasprintf("# nameserver 192.0.2.1\nsearch example.org\n"
			 "nameserver 127.0.0.1@%d\n"
			 "nameserver nonsense\n"
			 "nameserver\t127.0.0.1@%d # closed\n"
			 "nameserver %s\n"
			 "nameserver 127.0.0.1@%d\n",
	    fake_dns_port(a), closed, want, fake_dns_port(c));
	g = probe(conf);
	is_int(g.result, AD_PROBE_YES, "the first that answers decides");
	is_str(g.server, want, "the third");
	is_int(fake_dns_asked(a, ".", DNS_SOA), 2, "the silent one twice");
	is_int(fake_dns_asked(c, ".", DNS_SOA), 0, "the fourth was not asked");
	free(conf);
	free(want);
	fake_dns_free(a);
	fake_dns_free(b);
	fake_dns_free(c);
}

static void
on_udp(void *arg, const uint8_t *reply, size_t len)
{
	bool *called = arg;

	*called = true;
	ok(reply != NULL && len >= 12 && (reply[3] & 0x20) != 0,
	    "the true answer is taken");
}

/* Answers with a wrong id, to another question, to none: all passed over. */
static void
test_spoofed(void)
{
	static const struct fake_rule rule = { .ad = true, .answer = ROOT_SOA };
	static const struct fake_rule other = { .answer = ROOT_SOA };
	struct dns_server s;
	struct sockaddr_storage from;
	socklen_t fromlen = sizeof(from);
	uint8_t query[512], *wire;
	struct fake_dns *f = fake_dns_new(base, NULL, 0, 0);
	char *text = xasprintf("127.0.0.1@%d", fake_dns_port(f));
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool called = false;
	uint16_t id;
	size_t len;

	fake_dns_free(f);
	if (dns_server_parse(text, &s, NULL) == -1 ||
	    bind(fd, (struct sockaddr *)&s.addr, s.addrlen) == -1)
		err(1, "%s", text);
	if (udp_ask_start(base, &s, "example.org", DNS_SOA, 2000, on_udp,
		&called, NULL) == NULL)
		errx(1, "cannot ask");
	if (recvfrom(fd, query, sizeof(query), 0, (struct sockaddr *)&from,
		&fromlen) < 12)
		err(1, "no question");
	id = (uint16_t)(query[0] << 8 | query[1]);
	ok((query[2] & 1) != 0 && (query[3] & 0x20) != 0, "RD and AD are set");
	for (int i = 0; i < 4; i++) {
		wire = fake_dns_wire(i < 3 ? &other : &rule,
		    i == 1 ? "example.net" : "EXAMPLE.org",
		    i == 2 ? DNS_MX : DNS_SOA, i == 0 ? (uint16_t)(id + 1) : id,
		    &len);
		sendto(fd, wire, len, 0, (struct sockaddr *)&from, fromlen);
		sendto(fd, wire, 5, 0, (struct sockaddr *)&from, fromlen);
		free(wire);
	}
	run_until(&called);
	close(fd);
	free(text);
}

static void
test_cancel(void)
{
	char *path = file_of("nameserver 127.0.0.1@9\n");
	struct got g = { 0 };
	struct ad_probe *p =
	    ad_probe_start(base, path, ".", on_probe, &g, NULL);

	ok(p != NULL, "started");
	ad_probe_cancel(p);
	ad_probe_cancel(NULL);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ok(!g.called, "cancelled: not told");
	remove_file(path);
}

static void
test_unusable(void)
{
	char *path = file_of("nameserver nonsense\n");
	struct err e = { 0 };
	struct got g = { 0 };

	ok(ad_probe_start(base, path, ".", on_probe, &g, &e) == NULL,
	    "no address in resolv.conf");
	has_str(e.text, path, "the file is named");
	ok(!g.called, "and nothing told");
	ok(ad_probe_start(base, "/", ".", on_probe, &g, &e) == NULL,
	    "a folder is no resolv.conf");
	remove_file(path);
}

static void
check_name(const char *content, const char *want)
{
	char name[HOSTNAME_SIZE];
	struct err e = { 0 };
	char *path = file_of(content);
	int rc = ad_probe_name(path, name, &e);

	if (want != NULL) {
		is_int(rc, 0, "anchors: %s", e.text);
		is_str(name, want, "probe by %s", want);
	} else {
		is_int(rc, -1, "no anchors");
		has_str(e.text, path, "the file is named");
	}
	remove_file(path);
}

#define KEY                                                        \
	"IN DNSKEY 257 3 13 "                                      \
	"mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+" \
	"KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==\n"

static void
test_name(void)
{
	check_name("; comment\n. " KEY, ".");
	check_name("$TTL 3600\nSigned.Test. 60 " KEY "other.test. " KEY,
	    "signed.test");
	check_name("signed.test. " KEY "\n. " KEY, ".");
	check_name("signed.test. IN DS 12345 13 2 "
		   "0123456789abcdef0123456789abcdef"
		   "0123456789abcdef0123456789abcdef",
	    "signed.test");
	check_name("", NULL);
	check_name("example.org. IN A 192.0.2.1\n", NULL);
	check_name("trusted-keys {\n", NULL);
}

int
main(void)
{
	base = event_base_new();
	test_answers();
	test_order();
	test_spoofed();
	test_cancel();
	test_unusable();
	test_name();
	event_base_free(base);
	return done_testing();
}
