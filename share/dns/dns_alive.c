/* dns_alive: whether any name server answers at all - see dns_alive.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/dns/dns_alive.h"
#include "share/dns/udp_ask.h"

#include <stdlib.h>

struct one {
	struct dns_alive *all;
	struct udp_ask *ask; /* NULL when it ended */
};

struct dns_alive {
	struct one server[DNS_SERVERS_MAX];
	size_t n;
	dns_alive_callback *cb;
	void *arg;
};

static void
on_reply(void *arg, const uint8_t *reply, size_t len)
{
	struct one *o = arg;
	struct dns_alive *a = o->all;
	dns_alive_callback *cb = a->cb;
	void *cb_arg = a->arg;

	(void)len;
	o->ask = NULL;
	if (reply == NULL)
		for (size_t i = 0; i < a->n; i++)
			if (a->server[i].ask != NULL)
				return;
	dns_alive_cancel(a);
	cb(cb_arg, reply != NULL);
}

struct dns_alive *
dns_alive_start(struct event_base *base, const struct dns_server *servers,
    size_t n, unsigned timeout_ms, dns_alive_callback *cb, void *arg,
    struct err *e)
{
	struct dns_alive *a = xcalloc(1, sizeof(*a));

	a->cb = cb;
	a->arg = arg;
	if (n == 0)
		err_set(e, ERR_NOENT, "no name server to ask");
	for (size_t i = 0; i < n && a->n < DNS_SERVERS_MAX; i++) {
		struct one *o = &a->server[a->n];

		o->all = a;
		o->ask = udp_ask_start(base, &servers[i], ".", DNS_SOA,
		    timeout_ms, on_reply, o, e);
		if (o->ask != NULL)
			a->n++;
	}
	if (a->n > 0)
		return a;
	free(a);
	return NULL;
}

void
dns_alive_cancel(struct dns_alive *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++)
		udp_ask_cancel(a->server[i].ask);
	free(a);
}
