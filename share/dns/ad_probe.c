/* ad_probe: whether the MTA's resolver gives the AD bit - see ad_probe.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/dns/ad_probe.h"
#include "share/dns/anchors.h"
#include "share/dns/udp_ask.h"

#include <ldns/ldns.h>
#include <stdlib.h>

struct ad_probe {
	struct event_base *base;
	struct dns_server server[DNS_SERVERS_SYSTEM];
	size_t n;
	size_t next; /* the server to be asked next */
	struct udp_ask *ask;
	char *name;
	ad_probe_callback *cb;
	void *arg;
};

static int ask_next(struct ad_probe *p, struct err *e);

/* Tells the outcome; server is the index of who answered, or p->n. */
static void
finish(struct ad_probe *p, enum ad_probe_result result, size_t server)
{
	const char *who = server < p->n ? p->server[server].text : "";

	p->cb(p->arg, result, who);
	ad_probe_cancel(p);
}

static void
on_reply(void *arg, const uint8_t *reply, size_t len)
{
	struct ad_probe *p = arg;

	(void)len;
	p->ask = NULL;
	if (reply != NULL && LDNS_RCODE_WIRE(reply) == LDNS_RCODE_NOERROR)
		finish(p, LDNS_AD_WIRE(reply) ? AD_PROBE_YES : AD_PROBE_NO,
		    p->next - 1);
	else if (ask_next(p, NULL) == -1)
		finish(p, AD_PROBE_NOTHING, p->n);
}

/* Asks the next server that can be asked; -1 when there is none left. */
static int
ask_next(struct ad_probe *p, struct err *e)
{
	while (p->ask == NULL && p->next < p->n)
		p->ask = udp_ask_start(p->base, &p->server[p->next++], p->name,
		    DNS_SOA, AD_PROBE_TIMEOUT_MS, on_reply, p, e);
	return p->ask != NULL ? 0 : -1;
}

struct ad_probe *
ad_probe_start(struct event_base *base, const char *resolv_conf,
    const char *name, ad_probe_callback *cb, void *arg, struct err *e)
{
	struct ad_probe *p = xcalloc(1, sizeof(*p));

	p->base = base;
	p->name = xstrdup(name);
	p->cb = cb;
	p->arg = arg;
	p->n = dns_server_read_system(resolv_conf, p->server, e);
	if (p->n > 0 && ask_next(p, e) == 0)
		return p;
	ad_probe_cancel(p);
	return NULL;
}

void
ad_probe_cancel(struct ad_probe *p)
{
	if (p == NULL)
		return;
	udp_ask_cancel(p->ask);
	free(p->name);
	free(p);
}

int
ad_probe_name(const char *trust_anchors, char name[HOSTNAME_SIZE],
    struct err *e)
{
	return anchors_read(trust_anchors, name, e);
}
