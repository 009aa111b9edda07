/* resolver_ub: security states, dead servers, cancel, drain, free */
#include "config.h"

#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "share/dns/resolver_ub.h"
#include "share/dns/ub_setup.h"
#include "t/unit/fake_dns.h"
#include "t/unit/tap.h"

#include <err.h>
#include <event2/event.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <unistd.h>

#define GUARD_S 20 /* ends a test that hangs; nothing waits for it */
#define SOA "signed.test. 900 IN SOA ns.signed.test. h.signed.test. 1 2 3 4 60"

struct got {
	bool called;
	int security;
	int rcode;
	bool no_server;
	size_t n;
	uint32_t ttl;
	char why[400];
	char first[64];          /* the first address */
	struct resolver_ub *end; /* drained or freed by the callback */
	bool drain;
};

static struct event_base *base;
static ldns_key_list *keys;
static char anchor_file[] = "/tmp/tlsherald-anchor.XXXXXX";

static void
on_answer(void *arg, const struct dns_answer *a)
{
	struct got *g = arg;

	g->called = true;
	g->security = a->security;
	g->rcode = a->rcode;
	g->no_server = a->no_server;
	g->n = a->n;
	g->ttl = a->ttl;
	snprintf(g->why, sizeof(g->why), "%s", a->why != NULL ? a->why : "");
	if (a->type == DNS_A && a->n > 0)
		snprintf(g->first, sizeof(g->first), "%s", a->u.addr[0]);
	if (g->end != NULL && g->drain)
		resolver_ub_drain(g->end);
	else if (g->end != NULL)
		resolver_ub_free(g->end);
}

static void
on_guard(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	errx(1, "no answer within %d s", GUARD_S);
}

/* Runs the loop until flag is set. */
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

/* Lets the loop have some time. */
static void
run_for_ms(int ms)
{
	struct timeval tv = { 0, ms * 1000 };

	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
}

/* One question, and its outcome. */
static struct got
ask(struct resolver_ub *r, const char *name, enum dns_type type)
{
	const struct dns_resolver *i = resolver_ub_iface(r);
	struct got g = { 0 };

	(void)i->ask(i->ctx, name, type, on_answer, &g);
	run_until(&g.called);
	return g;
}

/* A key for signed.test, its DNSKEY record into the trust anchor file. */
static char *
make_key(void)
{
	ldns_key *key =
	    ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256, 0);
	ldns_rr *rr;
	char *text;
	FILE *f;

	ldns_key_set_pubkey_owner(key, ldns_dname_new_frm_str("signed.test."));
	ldns_key_set_flags(key, LDNS_KEY_ZONE_KEY | LDNS_KEY_SEP_KEY);
	rr = ldns_key2rr(key);
	ldns_key_set_keytag(key, ldns_calc_keytag(rr));
	keys = ldns_key_list_new();
	ldns_key_list_push_key(keys, key);
	text = ldns_rr2str(rr);
	ldns_rr_free(rr);
	if ((f = fdopen(mkstemp(anchor_file), "w")) == NULL)
		err(1, "%s", anchor_file);
	fputs(text, f);
	fclose(f);
	return text;
}

/* The record, and its signature: lines for a rule; malloced. */
static char *
sign(const char *text)
{
	ldns_rr_list *set = ldns_rr_list_new(), *sigs;
	ldns_rr *rr = NULL;
	char *sig, *lines;

	if (ldns_rr_new_frm_str(&rr, text, 3600, NULL, NULL) != LDNS_STATUS_OK)
		errx(1, "bad record: %s", text);
	ldns_rr_list_push_rr(set, rr);
	sigs = ldns_sign_public(set, keys);
	sig = ldns_rr_list2str(sigs);
	lines = xasprintf("%s\n%s\n", text, sig);
	free(sig);
	ldns_rr_list_deep_free(sigs);
	ldns_rr_list_deep_free(set);
	return lines;
}

static struct resolver_ub *
resolver_of(uint16_t port, struct conf_nta *nta)
{
	char *server = xasprintf("127.0.0.1@%d", port);
	struct conf c = { 0 };
	struct resolver_ub *r;
	struct err e = { 0 };

	c.dns.servers.item = &server;
	c.dns.servers.n = 1;
	c.dns.trust_anchors = anchor_file;
	c.dns.ntas = nta;
	c.dns.nntas = nta != NULL ? 1 : 0;
	if ((r = resolver_ub_new(base, &c, &e)) == NULL)
		errx(1, "%s", e.text);
	free(server);
	return r;
}

static void
test_states(struct resolver_ub *r)
{
	struct got g = ask(r, "good.signed.test", DNS_A);

	is_int(g.security, DNS_SECURE, "a signed answer is secure");
	is_str(g.first, "192.0.2.1", "its record");
	ok(g.ttl > 0 && g.ttl <= 300, "its TTL");
	g = ask(r, "forged.signed.test", DNS_A);
	is_int(g.security, DNS_BOGUS, "a forged answer is bogus");
	is_int(g.n, 0, "it has no records");
	ok(g.why[0] != '\0', "and says why: %s", g.why);
	g = ask(r, "none.signed.test", DNS_MX);
	is_int(g.security, DNS_SECURE, "a signed denial is secure");
	is_int(g.rcode, DNS_NOERROR, "NODATA is no error");
	ok(g.n == 0 && g.ttl > 0 && g.ttl <= 60, "its TTL is the SOA's");
	g = ask(r, "unsigned.signed.test", DNS_A);
	is_int(g.security, DNS_BOGUS, "no signature below an anchor: bogus");
	g = ask(r, "plain.test", DNS_A);
	is_int(g.security, DNS_INSECURE, "no anchor above: insecure");
	is_str(g.first, "192.0.2.2", "its record");
	g = ask(r, "gone.test", DNS_A);
	is_int(g.security, DNS_INSECURE, "insecure denial");
	is_int(g.rcode, DNS_NXDOMAIN, "NXDOMAIN is seen");
	g = ask(r, "fails.test", DNS_A);
	is_int(g.security, DNS_UNKNOWN, "SERVFAIL is unknown");
	ok(!g.no_server, "but a server answers");
	is_str(g.why, "SERVFAIL", "why");
	g = ask(r, "fails.signed.test", DNS_A);
	is_int(g.security, DNS_UNKNOWN, "SERVFAIL below an anchor too");
	g = ask(r, "loop.test", DNS_A);
	is_int(g.security, DNS_UNKNOWN, "a loop of CNAMEs is unknown");
	g = ask(r, "10.in-addr.arpa", DNS_SOA);
	is_int(g.n, 1, "a private reverse zone is asked for");
	g = ask(r, "home.arpa", DNS_A);
	is_str(g.first, "192.0.2.3", "home.arpa too");
}

static void
test_nta(uint16_t port)
{
	int64_t now = clock_wall_ms(clock_system()) / 1000;
	char name[] = "forged.signed.test";
	struct conf_nta nta = { name, 0, NULL };
	struct resolver_ub *r = resolver_of(port, &nta);
	struct got g = ask(r, "forged.signed.test", DNS_A);

	is_int(g.security, DNS_INSECURE, "negative trust anchor: insecure");
	resolver_ub_free(r);
	nta.until_s = now - 1;
	r = resolver_of(port, &nta);
	g = ask(r, "forged.signed.test", DNS_A);
	is_int(g.security, DNS_BOGUS, "one that ended does not count");
	resolver_ub_free(r);
	nta.until_s = clock_wall_ms(clock_system()) / 1000 + 4;
	r = resolver_of(port, &nta);
	g = ask(r, "forged.signed.test", DNS_A);
	is_int(g.security, DNS_INSECURE, "one that ends soon does");
	while (g.security == DNS_INSECURE) {
		run_for_ms(50);
		g = ask(r, "forged.signed.test", DNS_A);
	}
	is_int(g.security, DNS_BOGUS, "until it ends");
	ok(clock_wall_ms(clock_system()) / 1000 >= nta.until_s, "not before");
	resolver_ub_free(r);
}

/* More questions than libunbound gets at a time. */
struct many {
	size_t told, unknown, no_server, wanted;
	bool all;
};

static void
on_one_of_many(void *arg, const struct dns_answer *a)
{
	struct many *m = arg;

	m->unknown += a->security == DNS_UNKNOWN ? 1 : 0;
	m->no_server += a->no_server ? 1 : 0;
	if (++m->told == m->wanted)
		m->all = true;
}

/* Asks n names that nobody asked for before; every tenth is cancelled. */
static struct many
ask_many(struct resolver_ub *r, const char *prefix, size_t n)
{
	const struct dns_resolver *i = resolver_ub_iface(r);
	struct many m = { .wanted = n - n / 10 };
	struct dns_query **q = xcalloc(n, sizeof(struct dns_query *));

	for (size_t k = 0; k < n; k++) {
		char *name = xasprintf("%s%zu.test", prefix, k);

		q[k] = i->ask(i->ctx, name, DNS_AAAA, on_one_of_many, &m);
		free(name);
	}
	for (size_t k = 9; k < n; k += 10)
		i->cancel(i->ctx, q[k]);
	free(q);
	run_until(&m.all);
	run_for_ms(10);
	return m;
}

static void
test_many(struct resolver_ub *r)
{
	const size_t n = (size_t)RESOLVER_UB_AT_ONCE * 4;
	struct many m = ask_many(r, "many", n);

	is_int(m.told, m.wanted, "%zu questions at once: each told once", n);
	is_int(m.unknown, 0, "and known");
}

/* More names of a dead provider than may be asked at a time. */
static void
test_dead_provider(uint16_t port)
{
	const size_t n = (size_t)RESOLVER_UB_IN_ALL * 2;
	struct resolver_ub *r = resolver_of(port, NULL);
	const struct dns_resolver *i = resolver_ub_iface(r);
	struct many m = { .wanted = n };
	int64_t start, took;
	struct got g;

	for (size_t k = 0; k < n; k++) {
		char *name = xasprintf("mute%zu.test", k);

		(void)i->ask(i->ctx, name, DNS_TLSA, on_one_of_many, &m);
		free(name);
	}
	start = clock_mono_ms(clock_system());
	g = ask(r, "other.test", DNS_A);
	took = clock_mono_ms(clock_system()) - start;
	is_int(g.security, DNS_INSECURE,
	    "beside %zu dead names one is answered", n);
	ok(took < RESOLVER_UB_TIMEOUT_MS, "after %lld ms, %zu of them ended",
	    (long long)took, m.told);
	run_until(&m.all);
	took = clock_mono_ms(clock_system()) - start;
	is_int(m.unknown, n, "they all end");
	ok(took < 3 * RESOLVER_UB_TIMEOUT_MS, "after %lld ms", (long long)took);
	resolver_ub_free(r);
}

static void
test_dead(struct fake_dns *f, struct resolver_ub *r)
{
	int64_t start = clock_mono_ms(clock_system()), took;
	struct many m;
	struct got g;

	fake_dns_silence(f, true);
	g = ask(r, "new1.test", DNS_A);
	took = clock_mono_ms(clock_system()) - start;
	is_int(g.security, DNS_UNKNOWN, "silent server: unknown");
	ok(g.no_server, "and no server answers");
	ok(took < 2500, "told within 2.5 s: %lld ms", (long long)took);
	g = ask(r, "plain.test", DNS_A);
	is_int(g.security, DNS_INSECURE, "what is cached is still told");
	m = ask_many(r, "dead", (size_t)RESOLVER_UB_AT_ONCE * 2);
	is_int(m.no_server, m.wanted, "those that wait for their turn end too");
	g = ask(r, "new2.test", DNS_A);
	ok(g.no_server, "still dead");
	fake_dns_silence(f, false);
	start = clock_mono_ms(clock_system());
	g = ask(r, "new1.test", DNS_A);
	took = clock_mono_ms(clock_system()) - start;
	is_int(g.security, DNS_INSECURE, "back: the next question is answered");
	ok(took < 2500, "within 2.5 s: %lld ms", (long long)took);
	g = ask(r, "good.signed.test", DNS_A);
	is_int(g.security, DNS_SECURE, "and validated");
}

/* Nobody listens: the kernel says so. */
static void
test_refused(void)
{
	struct fake_dns *f = fake_dns_new(base, NULL, 0, 0);
	struct resolver_ub *r = resolver_of(fake_dns_port(f), NULL);
	struct got g;

	fake_dns_free(f);
	g = ask(r, "any.test", DNS_A);
	is_int(g.security, DNS_UNKNOWN, "closed port: unknown");
	ok(g.no_server, "and no server");
	is_str(g.why, "no name server answers", "why");
	resolver_ub_free(r);
}

static void
test_cancel(struct fake_dns *f, struct resolver_ub *r)
{
	const struct dns_resolver *i = resolver_ub_iface(r);
	struct got g[3] = { 0 };
	struct dns_query *q[3];

	fake_dns_silence(f, true);
	q[0] = i->ask(i->ctx, "cancel.test", DNS_A, on_answer, &g[0]);
	q[1] = i->ask(i->ctx, "plain.test", DNS_A, on_answer, &g[1]);
	q[2] = i->ask(i->ctx, "plain.test", DNS_A, on_answer, &g[2]);
	ok(q[0] != NULL && q[1] != NULL && q[2] != NULL, "three questions");
	ok(!g[1].called, "a cached answer is not told by ask()");
	i->cancel(i->ctx, q[0]);
	i->cancel(i->ctx, q[1]);
	fake_dns_silence(f, false);
	run_until(&g[2].called);
	g[2] = ask(r, "other.test", DNS_A);
	ok(!g[0].called && !g[1].called, "cancelled ones are not told");
	is_int(g[2].security, DNS_INSECURE, "others are");
}

static void
test_end(uint16_t port)
{
	struct resolver_ub *r = resolver_of(port, NULL);
	const struct dns_resolver *i = resolver_ub_iface(r);
	struct got g[3] = { 0 };

	(void)i->ask(i->ctx, "plain.test", DNS_A, on_answer, &g[0]);
	(void)i->ask(i->ctx, "good.signed.test", DNS_A, on_answer, &g[1]);
	resolver_ub_drain(r);
	(void)i->ask(i->ctx, "other.test", DNS_A, on_answer, &g[2]);
	run_until(&g[2].called);
	is_int(g[2].security, DNS_UNKNOWN, "draining: nothing new");
	run_until(&g[0].called);
	run_until(&g[1].called);
	is_int(g[1].security, DNS_SECURE, "draining: what is pending comes");

	r = resolver_of(port, NULL);
	i = resolver_ub_iface(r);
	memset(g, 0, sizeof(g));
	g[0].end = r;
	(void)i->ask(i->ctx, "plain.test", DNS_A, on_answer, &g[0]);
	(void)i->ask(i->ctx, "silent.test", DNS_A, on_answer, &g[1]);
	run_until(&g[0].called);
	ok(!g[1].called, "freed by a callback: the others are not told");

	r = resolver_of(port, NULL);
	i = resolver_ub_iface(r);
	memset(g, 0, sizeof(g));
	g[0].end = r;
	g[0].drain = true;
	(void)i->ask(i->ctx, "plain.test", DNS_A, on_answer, &g[0]);
	run_until(&g[0].called);
	pass("drained by the last callback");

	r = resolver_of(port, NULL);
	i = resolver_ub_iface(r);
	(void)i->ask(i->ctx, "silent.test", DNS_A, on_answer, &g[1]);
	event_base_loop(base, EVLOOP_NONBLOCK);
	resolver_ub_free(r);
	r = resolver_of(port, NULL);
	resolver_ub_drain(r);
	pass("freed with a question on its way, drained while idle");
}

static void
test_mistakes(void)
{
	char *servers[] = { (char[]){ "127.0.0.1@x" } };
	struct conf c = { 0 };
	struct err e = { 0 };

	c.dns.servers.item = servers;
	c.dns.servers.n = 1;
	c.dns.trust_anchors = anchor_file;
	ok(resolver_ub_new(base, &c, &e) == NULL, "a bad server");
	has_str(e.text, "127.0.0.1@x", "is named");
	c.dns.servers.n = 0;
	c.dns.trust_anchors = (char[]){ "/nonexistent/root.key" };
	ok(resolver_ub_new(base, &c, &e) == NULL, "no trust anchor file");
	has_str(e.text, "dns-root-data", "the package is named");
	c.dns.trust_anchors = (char[]){ "/dev/null" };
	ok(resolver_ub_new(base, &c, &e) == NULL, "an empty one");
	has_str(e.text, "no DS or DNSKEY", "is called so");
}

/* libunbound must know every option, also for "iterate". */
static void
test_iterate(void)
{
	char *servers[] = { (char[]){ "iterate" } };
	struct conf c = { 0 };
	struct err e = { 0 };
	struct resolver_ub *r;
	struct got g;

	c.dns.servers.item = servers;
	c.dns.servers.n = 1;
	c.dns.trust_anchors = anchor_file;
	r = resolver_ub_new(base, &c, &e);
	ok(r != NULL, "iterating resolver: %s", e.text);
	g = ask(r, "test", DNS_SOA);
	is_int(g.n, 1, "it keeps test. to itself");
	resolver_ub_free(r);
}

int
main(void)
{
	char *dnskey, *keyset, *good, *nsec, *soa, *denial;
	struct got slow = { 0 };
	int64_t start, took;

	base = event_base_new();
	dnskey = make_key();
	dnskey[strcspn(dnskey, "\n")] = '\0';
	keyset = sign(dnskey);
	good = sign("good.signed.test. 300 IN A 192.0.2.1");
	nsec = sign("none.signed.test. 60 IN NSEC x.signed.test. A RRSIG NSEC");
	soa = sign(SOA);
	denial = xasprintf("%s%s", soa, nsec);
	char *forged = xasprintf("%s", good);
	struct fake_rule rules[] = {
		{ .name = "signed.test", .type = 48, .answer = keyset },
		{ .name = "good.signed.test", .type = DNS_A, .answer = good },
		{ .name = "none.signed.test", .authority = denial },
		{ .name = "forged.signed.test", .type = DNS_A },
		{ .name = "unsigned.signed.test",
		    .type = DNS_A,
		    .answer = "unsigned.signed.test. 60 IN A 192.0.2.9" },
		{ .name = "plain.test",
		    .answer = "plain.test. 300 IN A 192.0.2.2" },
		{ .name = "new1.test",
		    .answer = "new1.test. 300 IN A 192.0.2.2" },
		{ .name = "other.test",
		    .answer = "other.test. 300 IN A 192.0.2.2" },
		{ .name = "home.arpa",
		    .answer = "home.arpa. 300 IN A 192.0.2.3" },
		{ .name = "10.in-addr.arpa",
		    .answer = "10.in-addr.arpa. 300 IN SOA a. b. 1 2 3 4 5" },
		{ .name = "gone.test",
		    .rcode = DNS_NXDOMAIN,
		    .authority = "test. 300 IN SOA a. b. 1 2 3 4 5" },
		{ .name = "loop.test",
		    .answer = "loop.test. 300 IN CNAME loop.test." },
		{ .name = "silent.test", .silent = true },
		{ .type = DNS_TLSA, .silent = true },
		{ .type = DNS_AAAA,
		    .authority = "test. 300 IN SOA a. b. 1 2 3 4 5" },
		{ .rcode = DNS_SERVFAIL },
	};

	free(forged);
	forged = sign("forged.signed.test. 300 IN A 192.0.2.1");
	/* the signature stays, the address changes */
	memcpy(strstr(forged, "192.0.2.1"), "192.0.2.7", 9);
	rules[3].answer = forged;

	struct fake_dns *f =
	    fake_dns_new(base, rules, sizeof(rules) / sizeof(rules[0]), 0);
	struct resolver_ub *r = resolver_of(fake_dns_port(f), NULL);
	struct resolver_ub *patient = resolver_of(fake_dns_port(f), NULL);
	const struct dns_resolver *i = resolver_ub_iface(patient);

	test_states(r);
	test_cancel(f, r);
	test_many(r);
	start = clock_mono_ms(clock_system());
	(void)i->ask(i->ctx, "silent.test", DNS_A, on_answer, &slow);
	test_nta(fake_dns_port(f));
	test_end(fake_dns_port(f));
	test_refused();
	test_mistakes();
	test_iterate();
	run_until(&slow.called);
	took = clock_mono_ms(clock_system()) - start;
	is_int(slow.security, DNS_UNKNOWN, "a name nobody answers for");
	ok(!slow.no_server, "while the server answers other questions");
	ok(took <= RESOLVER_UB_TIMEOUT_MS + RESOLVER_UB_ALIVE_MS + 500,
	    "ends in time: %lld ms", (long long)took);
	test_dead_provider(fake_dns_port(f));
	test_dead(f, r);

	resolver_ub_free(r);
	resolver_ub_free(patient);
	fake_dns_free(f);
	event_base_free(base);
	ldns_key_list_free(keys);
	unlink(anchor_file);
	free(dnskey);
	free(keyset);
	free(good);
	free(nsec);
	free(soa);
	free(denial);
	free(forged);
	return done_testing();
}
