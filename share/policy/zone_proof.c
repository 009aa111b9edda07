/* zone_proof: names whose zones are proven to be unsigned - zone_proof.h */
#include "config.h"

#include "share/policy/zone_proof.h"
#include "share/base/map.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

struct proof {
	struct map_node node;
	int64_t until_ms; /* of the clock that never jumps */
	char name[];
};

struct zone_proof {
	const struct env *env;
	struct map map;
	char **anchors;
	size_t nanchors;
};

struct zone_probe {
	struct zone_proof *z;
	struct dns_query *query;
	const struct dns_resolver *dns; /* who was asked */
	const char *at;                 /* the name asked now, a tail of name */
	bool asking; /* inside ask(): the callback must not free us */
	bool done;
	bool insecure;
	zone_probe_callback *cb;
	void *arg;
	char name[HOSTNAME_SIZE];
};

struct zone_proof *
zone_proof_new(const struct env *env)
{
	struct zone_proof *z = xcalloc(1, sizeof(*z));

	z->env = env;
	map_init(&z->map);
	return z;
}

static void
free_proof(void *arg, struct map_node *node)
{
	(void)arg;
	free(MAP_ENTRY(node, struct proof, node));
}

static void
drop_anchors(struct zone_proof *z)
{
	for (size_t i = 0; i < z->nanchors; i++)
		free(z->anchors[i]);
	free(z->anchors);
	z->anchors = NULL;
	z->nanchors = 0;
}

static void
drop_proofs(struct zone_proof *z)
{
	map_each(&z->map, free_proof, NULL);
	map_clear(&z->map);
}

void
zone_proof_free(struct zone_proof *z)
{
	if (z == NULL)
		return;
	drop_anchors(z);
	drop_proofs(z);
	free(z);
}

void
zone_proof_anchors(struct zone_proof *z, const char *const *names, size_t n)
{
	drop_anchors(z);
	drop_proofs(z);
	z->anchors = xcalloc(n, sizeof(*z->anchors));
	for (size_t i = 0; i < n; i++)
		z->anchors[i] = xstrdup(names[i]);
	z->nanchors = n;
}

static struct proof *
find(struct zone_proof *z, const char *name)
{
	uint64_t hash = map_hash(&z->map, name, strlen(name));
	struct map_node *node = map_first(&z->map, hash);

	for (; node != NULL; node = map_next(node)) {
		struct proof *p = MAP_ENTRY(node, struct proof, node);

		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

void
zone_proof_learn(struct zone_proof *z, const char *name,
    const struct dns_answer *a)
{
	struct proof *p;
	int64_t until;

	/* Behind a CNAME the target may be what is unsigned. */
	if (a->security != DNS_INSECURE || a->ncnames > 0 ||
	    (a->rcode != DNS_NOERROR && a->rcode != DNS_NXDOMAIN))
		return;
	until = clock_mono_ms(z->env->clock) + (int64_t)a->ttl * 1000;
	p = find(z, name);
	if (p == NULL) {
		if (z->map.n >= ZONE_PROOF_MAX)
			drop_proofs(z);
		p = xcalloc(1, sizeof(*p) + strlen(name) + 1);
		memcpy(p->name, name, strlen(name) + 1);
		map_insert(&z->map, &p->node,
		    map_hash(&z->map, name, strlen(name)));
	}
	if (until > p->until_ms)
		p->until_ms = until;
}

/* Whether a is b or lies below it; "" is the root. */
static bool
at_or_below(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);

	if (nb == 0)
		return true;
	return na >= nb && strcmp(a + na - nb, b) == 0 &&
	    (na == nb || a[na - nb - 1] == '.');
}

/* Whether an anchor lies at or below ancestor on the way to name. */
static bool
anchored(const struct zone_proof *z, const char *ancestor, const char *name)
{
	for (size_t i = 0; i < z->nanchors; i++)
		if (at_or_below(z->anchors[i], ancestor) &&
		    at_or_below(name, z->anchors[i]))
			return true;
	return false;
}

static const char *
parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL ? dot + 1 : NULL;
}

bool
zone_proof_has(struct zone_proof *z, const char *name)
{
	int64_t now = clock_mono_ms(z->env->clock);

	for (const char *at = name; at != NULL; at = parent(at)) {
		struct proof *p = find(z, at);

		if (p == NULL || p->until_ms < now)
			continue;
		if (at == name || !anchored(z, at, name))
			return true;
	}
	return false;
}

static bool probe_next(struct zone_probe *p);

static void
probe_end(struct zone_probe *p, bool insecure)
{
	p->done = true;
	p->insecure = insecure;
	if (p->asking)
		return;
	p->cb(p->arg, insecure);
	free(p);
}

/* An answer ends the search; a failure goes on to the parent. */
static void
probe_answer(void *arg, const struct dns_answer *a)
{
	struct zone_probe *p = arg;

	p->query = NULL;
	zone_proof_learn(p->z, p->at, a);
	if (a->security == DNS_SECURE || a->security == DNS_BOGUS)
		probe_end(p, false);
	else if (a->security == DNS_INSECURE)
		probe_end(p, zone_proof_has(p->z, p->name));
	else if (a->no_server || parent(p->at) == NULL)
		probe_end(p, false);
	else {
		p->at = parent(p->at);
		if (!p->asking)
			(void)probe_next(p);
	}
}

/* Asks until a question stays open (false) or the search has ended. */
static bool
probe_next(struct zone_probe *p)
{
	p->dns = p->z->env->dns;
	p->asking = true;
	while (!p->done && p->query == NULL) {
		struct dns_query *q =
		    p->dns->ask(p->dns->ctx, p->at, DNS_SOA, probe_answer, p);

		if (q != NULL)
			p->query = q;
	}
	p->asking = false;
	if (!p->done)
		return false;
	probe_end(p, p->insecure);
	return true;
}

struct zone_probe *
zone_probe_start(struct zone_proof *z, const char *name,
    zone_probe_callback *cb, void *arg)
{
	struct zone_probe *p;

	if (zone_proof_has(z, name)) {
		cb(arg, true);
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->z = z;
	p->cb = cb;
	p->arg = arg;
	(void)text_copy(p->name, sizeof(p->name), name);
	p->at = p->name;
	return probe_next(p) ? NULL : p;
}

void
zone_probe_cancel(struct zone_probe *p)
{
	if (p == NULL)
		return;
	if (p->query != NULL)
		p->dns->cancel(p->dns->ctx, p->query);
	free(p);
}
