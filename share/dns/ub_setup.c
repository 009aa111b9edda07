/* ub_setup: libunbound contexts from the settings of [dns] - see ub_setup.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/dns/anchors.h"
#include "share/dns/ub_setup.h"

#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>

struct option {
	const char *name;
	const char *value;
};

static const struct option options[] = {
	/* servers on this host are what most sites have */
	{ "do-not-query-localhost:", "no" },
	{ "edns-buffer-size:", "1232" },
	/* modest caches: what matters is cached as decisions, for an hour */
	{ "msg-cache-size:", "1m" },
	{ "rrset-cache-size:", "2m" },
	{ "key-cache-size:", "512k" },
	{ "neg-cache-size:", "256k" },
	{ "infra-cache-numhosts:", "2000" },
	{ "cache-max-ttl:", "3600" },
	{ "cache-max-negative-ttl:", "3600" },
	/* bogus answers are asked again soon: their owners repair them */
	{ "val-bogus-ttl:", "30" },
	/*
	 * As a library it has 16 ports and so 16 questions on their way;
	 * RESOLVER_UB_IN_ALL of resolver_ub.h.
	 */
	{ "outgoing-range:", "512" },
	{ "outgoing-num-tcp:", "10" },
	/* what is known of a server's silence is forgotten soon */
	{ "infra-host-ttl:", "10" },
	{ "infra-keep-probing:", "yes" },
	/* nothing is sent that nobody asked for */
	{ "trust-anchor-signaling:", "no" },
	{ "prefetch:", "no" },
	{ "prefetch-key:", "no" },
};

/*
 * The zones that libunbound answers by itself (RFC 6761 and others), but for
 * the reverse zones of private addresses: unblock-lan-zones is for those.
 */
static const char *const local_zones[] = {
	"localhost.",
	"test.",
	"invalid.",
	"onion.",
	"home.arpa.",
	"127.in-addr.arpa.",
	("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	 "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa."),
};

/* a, k and m.root-servers.net, asked whether anything answers. */
static const char *const root_servers[] = {
	"198.41.0.4",
	"193.0.14.129",
	"202.12.27.33",
	"2001:7fd::1",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int
add_server(struct ub_setup *s, const char *text, struct err *e)
{
	if (s->nservers == DNS_SERVERS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d name servers",
		    DNS_SERVERS_MAX);
	if (dns_server_parse(text, &s->server[s->nservers], e) == -1)
		return -1;
	s->nservers++;
	return 0;
}

static int
init_servers(struct ub_setup *s, const struct conf_list *list,
    const char *resolv_conf, struct err *e)
{
	const char *first = list->n > 0 ? list->item[0] : "system";

	if (strcmp(first, "system") == 0) {
		s->nservers = dns_server_read_system(resolv_conf, s->server, e);
		return s->nservers > 0 ? 0 : -1;
	}
	if (strcmp(first, "iterate") == 0) {
		s->iterate = true;
		for (size_t i = 0; i < COUNT(root_servers); i++)
			if (add_server(s, root_servers[i], e) == -1)
				return -1;
		return 0;
	}
	for (size_t i = 0; i < list->n; i++)
		if (add_server(s, list->item[i], e) == -1)
			return -1;
	return 0;
}

int
ub_setup_init(struct ub_setup *s, const struct conf *c, const char *resolv_conf,
    struct err *e)
{
	char name[HOSTNAME_SIZE];

	memset(s, 0, sizeof(*s));
	if (init_servers(s, &c->dns.servers, resolv_conf, e) == -1 ||
	    anchors_read(c->dns.trust_anchors, name, e) == -1)
		return -1;
	s->trust_anchors = xstrdup(c->dns.trust_anchors);
	s->nta = xcalloc(c->dns.nntas, sizeof(*s->nta));
	for (size_t i = 0; i < c->dns.nntas; i++) {
		s->nta[i].name = xstrdup(c->dns.ntas[i].name);
		s->nta[i].until_s = c->dns.ntas[i].until_s;
	}
	s->nntas = c->dns.nntas;
	return 0;
}

void
ub_setup_clear(struct ub_setup *s)
{
	for (size_t i = 0; i < s->nntas; i++)
		free(s->nta[i].name);
	free(s->nta);
	free(s->trust_anchors);
	memset(s, 0, sizeof(*s));
}

/* rc as an error that says what was being set; 0 stays 0. */
static int
check(int rc, const char *name, const char *value, struct err *e)
{
	if (rc == 0)
		return 0;
	return err_set(e, ERR_PERM, "libunbound refuses %s %s: %s", name, value,
	    ub_strerror(rc));
}

static int
set_option(struct ub_ctx *ctx, const char *name, const char *value,
    struct err *e)
{
	return check(ub_ctx_set_option(ctx, name, value), name, value, e);
}

static bool
nta_ended(const struct conf_nta *nta, int64_t now_s)
{
	return nta->until_s != 0 && nta->until_s <= now_s;
}

static int
set_options(const struct ub_setup *s, struct ub_ctx *ctx, int64_t now_s,
    struct err *e)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (set_option(ctx, options[i].name, options[i].value, e) == -1)
			return -1;
	if (!s->iterate &&
	    set_option(ctx, "unblock-lan-zones:", "yes", e) == -1)
		return -1;
	for (size_t i = 0; i < s->nntas; i++)
		if (!nta_ended(&s->nta[i], now_s) &&
		    set_option(ctx, "domain-insecure:", s->nta[i].name, e) ==
			-1)
			return -1;
	return 0;
}

static int
set_forwarders(const struct ub_setup *s, struct ub_ctx *ctx, struct err *e)
{
	for (size_t i = 0; i < s->nservers; i++)
		if (check(ub_ctx_set_fwd(ctx, s->server[i].text), "server",
			s->server[i].text, e) == -1)
			return -1;
	return 0;
}

/*
 * Taking a local zone out finalises the context: errors of the settings come
 * here, and later settings would be refused.
 */
static int
finalize(const struct ub_setup *s, struct ub_ctx *ctx, struct err *e)
{
	int rc;

	if (s->iterate) {
		/* the same, without a change: there is no such data */
		rc = ub_ctx_data_remove(ctx, "finalize.invalid.");
		return check(rc, "trust anchors", s->trust_anchors, e);
	}
	for (size_t i = 0; i < COUNT(local_zones); i++) {
		rc = ub_ctx_zone_remove(ctx, local_zones[i]);
		if (check(rc, "to ask for", local_zones[i], e) == -1)
			return -1;
	}
	return 0;
}

struct ub_ctx *
ub_setup_context(const struct ub_setup *s, struct event_base *base,
    int64_t now_s, struct err *e)
{
	struct ub_ctx *ctx = ub_ctx_create_event(base);

	if (ctx == NULL) {
		err_set(e, ERR_SYS, "libunbound cannot be started");
		return NULL;
	}
	/* it would write to stderr */
	(void)ub_ctx_debugout(ctx, NULL);
	if (set_options(s, ctx, now_s, e) == -1 ||
	    (!s->iterate && set_forwarders(s, ctx, e) == -1) ||
	    check(ub_ctx_add_ta_file(ctx, s->trust_anchors), "trust anchors",
		s->trust_anchors, e) == -1 ||
	    finalize(s, ctx, e) == -1) {
		ub_ctx_delete(ctx);
		return NULL;
	}
	return ctx;
}

int64_t
ub_setup_next_end(const struct ub_setup *s, int64_t now_s)
{
	int64_t next = 0;

	for (size_t i = 0; i < s->nntas; i++) {
		int64_t t = s->nta[i].until_s;

		if (t > now_s && (next == 0 || t < next))
			next = t;
	}
	return next;
}
