/* facts: what is known of a next hop - see facts.h */
#include "config.h"

#include "share/policy/facts.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

/* Enough for MX hosts in plenty; what comes after is left out. */
#define LINKS_MAX 512

void
facts_init(struct facts *f, const struct nexthop *n)
{
	memset(f, 0, sizeof(*f));
	f->nexthop = *n;
	f->mx_security = DNS_UNKNOWN;
	f->ttl_s = FACTS_TTL_MAX;
}

void
facts_clear(struct facts *f)
{
	for (size_t i = 0; i < f->nlinks; i++) {
		free(f->links[i].name);
		free(f->links[i].data);
		free(f->links[i].why);
	}
	free(f->links);
	free(f->hosts);
	sts_policy_unref(f->policy);
	memset(f, 0, sizeof(*f));
}

struct facts_host *
facts_add_host(struct facts *f, const char *name, uint16_t preference)
{
	struct facts_host *h;
	size_t at = f->nhosts;

	f->hosts = xreallocarray(f->hosts, f->nhosts + 1, sizeof(*h));
	while (at > 0 && f->hosts[at - 1].preference > preference)
		at--;
	h = &f->hosts[at];
	memmove(h + 1, h, (f->nhosts - at) * sizeof(*h));
	memset(h, 0, sizeof(*h));
	(void)text_copy(h->name, sizeof(h->name), name);
	h->preference = preference;
	f->nhosts++;
	return h;
}

void
facts_add_link(struct facts *f, const struct facts_link *link)
{
	struct facts_link *l;

	if (!f->trail || f->nlinks == LINKS_MAX)
		return;
	f->links = xreallocarray(f->links, f->nlinks + 1, sizeof(*l));
	l = &f->links[f->nlinks++];
	*l = *link;
	l->name = xstrdup(link->name);
	l->data = xstrdup(link->data != NULL ? link->data : "");
	l->why = xstrdup(link->why != NULL ? link->why : "");
}

void
facts_limit_ttl(struct facts *f, uint32_t ttl)
{
	if (ttl < f->ttl_s)
		f->ttl_s = ttl;
}

bool
facts_host_failed(const struct facts_host *h)
{
	if (h->addr == FACTS_ADDR_UNKNOWN)
		return !h->zone_insecure;
	return h->tlsa == FACTS_TLSA_UNKNOWN;
}
