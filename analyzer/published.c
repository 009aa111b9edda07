/* published: what a domain has published - see published.h */
#include "config.h"

#include "analyzer/published.h"

#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/dns/resolver_ub.h"
#include "share/net/http_curl.h"
#include "share/net/loop.h"
#include "share/net/timer_ev.h"
#include "share/policy/env.h"

#include <stdlib.h>
#include <string.h>

#define HTTPS_PORT 443
#define SMTP_PORT 25
#define FETCH_MS 30000
#define CA_FILE "/etc/ssl/certs/ca-certificates.crt"

/* Questions under way; the loop ends with the last one. */
struct learning {
	const struct conf *conf;
	struct published *out;
	struct loop *loop;
	struct resolver_ub *resolver;
	const struct dns_resolver *dns;
	struct http_curl *http;
	struct sts_gate *gate;
	struct env env;
	struct sts_fetch_with with;
	size_t under_way;
};

/* A question about one MX host. */
struct host_question {
	struct learning *l;
	struct published_mx *mx;
};

static void
done(struct learning *l)
{
	if (--l->under_way == 0)
		loop_stop(l->loop);
}

static void
ask(struct learning *l, const char *name, enum dns_type type, dns_callback *cb,
    void *arg)
{
	l->under_way++;
	(void)l->dns->ask(l->dns->ctx, name, type, cb, arg);
}

static bool
is_known(const struct dns_answer *a)
{
	return a->security == DNS_SECURE || a->security == DNS_INSECURE;
}

/* ---- MX hosts ---- */

static void
on_address(void *arg, const struct dns_answer *a)
{
	struct host_question *q = arg;
	struct published_mx *mx = q->mx;

	for (size_t i = 0;
	     is_known(a) && i < a->n && mx->naddresses < PUBLISHED_ADDRESSES;
	     i++)
		(void)text_copy(mx->address[mx->naddresses++],
		    sizeof(mx->address[0]), a->u.addr[i]);
	done(q->l);
	free(q);
}

static void
on_tlsa(void *arg, const struct dns_answer *a)
{
	struct host_question *q = arg;
	struct published_mx *mx = q->mx;

	mx->tlsa_security = a->security;
	for (size_t i = 0;
	     is_known(a) && i < a->n && mx->ntlsa < PUBLISHED_TLSA; i++) {
		struct dns_tlsa *t = &mx->tlsa[mx->ntlsa++];

		*t = a->u.tlsa[i];
		t->data = xmalloc((size_t)t->len + 1);
		memcpy(t->data, a->u.tlsa[i].data, t->len);
	}
	done(q->l);
	free(q);
}

static void
ask_host(struct learning *l, struct published_mx *mx, const char *name,
    enum dns_type type, dns_callback *cb)
{
	struct host_question *q = xcalloc(1, sizeof(*q));

	q->l = l;
	q->mx = mx;
	ask(l, name, type, cb, q);
}

static void
ask_hosts(struct learning *l)
{
	for (size_t i = 0; i < l->out->nmx; i++) {
		struct published_mx *mx = &l->out->mx[i];
		char name[HOSTNAME_SIZE + 16];

		mx->tlsa_security = DNS_UNKNOWN;
		(void)snprintf(name, sizeof(name), "_25._tcp.%s", mx->host);
		ask_host(l, mx, mx->host, DNS_A, on_address);
		ask_host(l, mx, mx->host, DNS_AAAA, on_address);
		ask_host(l, mx, name, DNS_TLSA, on_tlsa);
	}
}

static int
by_preference(const void *pa, const void *pb)
{
	const struct published_mx *a = pa, *b = pb;

	if (a->preference != b->preference)
		return a->preference < b->preference ? -1 : 1;
	return strcmp(a->host, b->host);
}

static void
on_mx(void *arg, const struct dns_answer *a)
{
	struct learning *l = arg;
	struct published *p = l->out;

	p->mx_security = a->security;
	p->mx = xcalloc(PUBLISHED_MX, sizeof(*p->mx));
	for (size_t i = 0; is_known(a) && i < a->n; i++) {
		struct published_mx *mx = &p->mx[p->nmx];

		if (a->u.mx[i].host[0] == '\0' && a->n == 1)
			p->no_mail = true;
		if (!hostname_is_normal(a->u.mx[i].host) ||
		    p->nmx == PUBLISHED_MX)
			continue;
		(void)text_copy(mx->host, sizeof(mx->host), a->u.mx[i].host);
		mx->preference = a->u.mx[i].preference;
		p->nmx++;
	}
	/* RFC 5321 section 5.1: without MX the domain itself */
	if (is_known(a) && a->n == 0 && a->rcode == DNS_NOERROR) {
		p->implicit = true;
		(void)text_copy(p->mx[0].host, sizeof(p->mx[0].host),
		    p->domain);
		p->nmx = 1;
	}
	if (p->nmx > 1)
		qsort(p->mx, p->nmx, sizeof(*p->mx), by_preference);
	ask_hosts(l);
	done(l);
}

/* ---- MTA-STS and TLSRPT ---- */

static void
on_policy(void *arg, enum sts_fetch_result result, struct sts_policy *policy,
    const char *why)
{
	struct learning *l = arg;

	l->out->fetch = result;
	(void)text_copy(l->out->fetch_why, sizeof(l->out->fetch_why),
	    why != NULL ? why : "");
	l->out->policy = policy;
	done(l);
}

static void
on_sts(void *arg, const struct dns_answer *a)
{
	struct learning *l = arg;
	struct published *p = l->out;

	p->sts_known = is_known(a);
	p->sts = STS_RECORD_NONE;
	if (p->sts_known)
		p->sts = sts_record_choose(a, p->sts_id);
	if (p->sts == STS_RECORD_OK) {
		p->fetched = true;
		l->under_way++;
		(void)sts_fetch_start(&l->with, p->domain, FETCH_MS, on_policy,
		    l);
	}
	done(l);
}

static void
on_tlsrpt(void *arg, const struct dns_answer *a)
{
	struct learning *l = arg;
	struct published *p = l->out;
	struct tlsrpt_record r = { 0 };

	p->tlsrpt_known = is_known(a);
	p->tlsrpt = TLSRPT_NONE;
	if (p->tlsrpt_known)
		p->tlsrpt = tlsrpt_record_choose(a, &r);
	for (size_t i = 0; p->tlsrpt_known && i < a->n; i++)
		if (strncmp(a->u.txt[i].text, "v=TLSRPTv1", 10) == 0)
			(void)text_copy(p->tlsrpt_text, sizeof(p->tlsrpt_text),
			    a->u.txt[i].text);
	if (p->tlsrpt == TLSRPT_OK)
		tlsrpt_record_clear(&r);
	done(l);
}

/* ---- the whole ---- */

static int
make(struct learning *l, struct err *e)
{
	struct addr_filter *filter = addr_filter_new();
	const struct conf *c = l->conf;

	for (size_t i = 0; i < c->net_allow.n; i++)
		if (addr_filter_allow(filter, c->net_allow.item[i], e) == -1) {
			addr_filter_free(filter);
			return -1;
		}
	l->http = http_curl_new(loop_base(l->loop), c->sts_ca_file, filter,
	    HTTPS_PORT, e);
	if (l->http == NULL)
		return -1;
	l->resolver = resolver_ub_new(loop_base(l->loop), c, e);
	if (l->resolver == NULL)
		return -1;
	l->dns = resolver_ub_iface(l->resolver);
	l->gate = sts_gate_new();
	l->env = (struct env){ .clock = clock_system(),
		.dns = l->dns,
		.http = http_curl_iface(l->http) };
	timer_ev_init(&l->env.timers, loop_base(l->loop));
	l->with = (struct sts_fetch_with){ &l->env, l->gate };
	return 0;
}

static int
ask_all(struct learning *l, struct err *e)
{
	char name[HOSTNAME_SIZE + 16];
	const char *domain = l->out->domain;

	if (strlen(domain) > HOSTNAME_MAX - 12)
		return err_set(e, ERR_LIMIT, "%s is too long", domain);
	ask(l, domain, DNS_MX, on_mx, l);
	(void)snprintf(name, sizeof(name), "_mta-sts.%s", domain);
	ask(l, name, DNS_TXT, on_sts, l);
	(void)snprintf(name, sizeof(name), "_smtp._tls.%s", domain);
	ask(l, name, DNS_TXT, on_tlsrpt, l);
	loop_run(l->loop);
	return 0;
}

static int
probe_hosts(const struct conf *c, struct published *p, struct err *e)
{
	for (size_t i = 0; i < p->nmx; i++) {
		struct published_mx *mx = &p->mx[i];
		const struct smtp_probe_target t = {
			.address = mx->address[0],
			.port = SMTP_PORT,
			.sni = mx->host,
			.helo = c->server.hostname,
			.ca_file =
			    *c->sts_ca_file != '\0' ? c->sts_ca_file : CA_FILE,
			.timeout_ms = PUBLISHED_PROBE_MS,
		};

		if (mx->naddresses == 0)
			continue;
		if (smtp_probe_run(&t, &mx->probe, e) == -1)
			return -1;
		mx->probed = true;
	}
	return 0;
}

int
published_learn(const struct conf *c, const char *domain, bool connect,
    struct published *out, struct err *e)
{
	struct learning l = { .conf = c, .out = out };
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (hostname_normalize(domain, strlen(domain), out->domain, e) == -1)
		return -1;
	l.loop = loop_new(e);
	if (l.loop == NULL)
		return -1;
	if (make(&l, e) == 0)
		rc = ask_all(&l, e);
	if (l.gate != NULL) {
		sts_gate_close(l.gate);
		sts_gate_free(l.gate);
	}
	resolver_ub_free(l.resolver);
	http_curl_free(l.http);
	loop_free(l.loop);
	if (rc == 0 && connect)
		rc = probe_hosts(c, out, e);
	return rc;
}

void
published_clear(struct published *p)
{
	for (size_t i = 0; i < p->nmx; i++) {
		for (size_t j = 0; j < p->mx[i].ntlsa; j++)
			free(p->mx[i].tlsa[j].data);
		if (p->mx[i].probed)
			smtp_probe_clear(&p->mx[i].probe);
	}
	free(p->mx);
	sts_policy_unref(p->policy);
	memset(p, 0, sizeof(*p));
}
