/* resolve: the addresses of a host - see resolve.h */
#include "config.h"

#include "reportgen/resolve.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

struct resolve {
	const struct dns_resolver *dns;
	struct dns_query *query[2];
	int open;      /* questions without an answer */
	bool starting; /* resolve_start() is still at work */
	size_t n;
	char address[RESOLVE_MAX][INET6_ADDRSTRLEN];
	char why[160];
	resolve_callback *cb;
	void *arg;
};

static void
finish(struct resolve *r)
{
	const char *addresses[RESOLVE_MAX];

	for (size_t i = 0; i < r->n; i++)
		addresses[i] = r->address[i];
	r->cb(r->arg, addresses, r->n, r->why);
	free(r);
}

/* Notes why there is no address; the worst of both answers. */
static void
note_why(struct resolve *r, const struct dns_answer *a)
{
	const char *why = "the host has no address";

	if (a->security == DNS_BOGUS || a->security == DNS_UNKNOWN)
		why = a->why != NULL ? a->why : "its addresses are not known";
	else if (a->rcode == DNS_NXDOMAIN)
		why = "there is no such host";
	else if (r->why[0] != '\0')
		return;
	(void)snprintf(r->why, sizeof(r->why), "%s", why);
}

static void
take(struct resolve *r, int which, const struct dns_answer *a)
{
	r->query[which] = NULL;
	if (a->security == DNS_BOGUS || a->security == DNS_UNKNOWN || a->n == 0)
		note_why(r, a);
	else
		for (size_t i = 0; i < a->n && r->n < RESOLVE_MAX; i++)
			if (text_copy(r->address[r->n], INET6_ADDRSTRLEN,
				a->u.addr[i]) == 0)
				r->n++;
	if (--r->open == 0 && !r->starting)
		finish(r);
}

static void
take_aaaa(void *arg, const struct dns_answer *a)
{
	take(arg, 0, a);
}

static void
take_a(void *arg, const struct dns_answer *a)
{
	take(arg, 1, a);
}

struct resolve *
resolve_start(const struct dns_resolver *dns, const char *host,
    resolve_callback *cb, void *arg)
{
	struct resolve *r = xcalloc(1, sizeof(*r));

	r->dns = dns;
	r->cb = cb;
	r->arg = arg;
	r->open = 2;
	r->starting = true;
	r->query[0] = dns->ask(dns->ctx, host, DNS_AAAA, take_aaaa, r);
	r->query[1] = dns->ask(dns->ctx, host, DNS_A, take_a, r);
	r->starting = false;
	if (r->open > 0)
		return r;
	finish(r);
	return NULL;
}

void
resolve_cancel(struct resolve *r)
{
	for (int i = 0; i < 2; i++)
		if (r->query[i] != NULL)
			r->dns->cancel(r->dns->ctx, r->query[i]);
	free(r);
}
