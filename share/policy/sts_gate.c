/* sts_gate: how many policy files are fetched at a time - see sts_gate.h */
#include "config.h"

#include "share/policy/sts_gate.h"
#include "share/base/map.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

/* One address with somebody inside or waiting. */
struct host {
	struct map_node node;
	struct sts_gate *gate;
	size_t inside;
	struct sts_pass *first, **last; /* who waits, in order */
	struct host *next;              /* in the round of those with waiters */
	bool in_round;
	char address[];
};

struct sts_pass {
	struct sts_pass *next;
	struct host *host;
	sts_gate_open *open;
	void *arg;
	bool inside;
};

struct sts_gate {
	struct map hosts;
	size_t inside, waiting;
	struct host *round, **round_end;
	bool letting_in; /* or closed */
};

struct sts_gate *
sts_gate_new(void)
{
	struct sts_gate *g = xcalloc(1, sizeof(*g));

	map_init(&g->hosts);
	g->round_end = &g->round;
	return g;
}

/* One that was in the round when the gate was closed. */
static void
free_host(void *arg, struct map_node *node)
{
	struct sts_gate *g = arg;

	map_remove(&g->hosts, node);
	free(MAP_ENTRY(node, struct host, node));
}

void
sts_gate_close(struct sts_gate *g)
{
	g->letting_in = true;
}

void
sts_gate_free(struct sts_gate *g)
{
	if (g == NULL)
		return;
	map_each(&g->hosts, free_host, g);
	map_clear(&g->hosts);
	free(g);
}

/* ---- hosts ---- */

static struct host *
host_of(struct sts_gate *g, const char *address)
{
	uint64_t hash = map_hash(&g->hosts, address, strlen(address));
	struct map_node *node = map_first(&g->hosts, hash);
	size_t size = strlen(address) + 1;
	struct host *h;

	for (; node != NULL; node = map_next(node)) {
		h = MAP_ENTRY(node, struct host, node);
		if (strcmp(h->address, address) == 0)
			return h;
	}
	h = xcalloc(1, sizeof(*h) + size);
	h->gate = g;
	h->last = &h->first;
	memcpy(h->address, address, size);
	map_insert(&g->hosts, &h->node, hash);
	return h;
}

static void
tidy(struct host *h)
{
	if (h->inside > 0 || h->first != NULL || h->in_round)
		return;
	map_remove(&h->gate->hosts, &h->node);
	free(h);
}

/* ---- the round ---- */

static void
join_round(struct host *h)
{
	struct sts_gate *g = h->gate;

	if (h->in_round || h->first == NULL)
		return;
	h->in_round = true;
	h->next = NULL;
	*g->round_end = h;
	g->round_end = &h->next;
}

static struct host *
leave_round(struct sts_gate *g)
{
	struct host *h = g->round;

	g->round = h->next;
	if (g->round == NULL)
		g->round_end = &g->round;
	h->in_round = false;
	return h;
}

static struct sts_pass *
take_first(struct host *h)
{
	struct sts_pass *p = h->first;

	h->first = p->next;
	if (h->first == NULL)
		h->last = &h->first;
	h->gate->waiting--;
	return p;
}

/*
 * Lets in whom there is room for. A host that is full leaves the round; who
 * leaves it brings it back.
 */
static void
let_in(struct sts_gate *g)
{
	if (g->letting_in)
		return; /* called from open(): the loop below goes on */
	g->letting_in = true;
	while (g->round != NULL && g->inside < STS_GATE_TOTAL) {
		struct host *h = leave_round(g);
		struct sts_pass *p;
		bool crowded;

		if (h->first == NULL || h->inside >= STS_GATE_PER_HOST) {
			tidy(h);
			continue;
		}
		p = take_first(h);
		p->inside = true;
		h->inside++;
		g->inside++;
		if (h->inside < STS_GATE_PER_HOST)
			join_round(h);
		crowded = h->first != NULL || h->inside > STS_GATE_PER_HOST / 2;
		p->open(p->arg, crowded);
	}
	g->letting_in = false;
}

/* ---- the interface ---- */

struct sts_pass *
sts_gate_enter(struct sts_gate *g, const char *address, sts_gate_open *open,
    void *arg)
{
	struct sts_pass *p = xcalloc(1, sizeof(*p));
	struct host *h = host_of(g, address);

	p->host = h;
	p->open = open;
	p->arg = arg;
	*h->last = p;
	h->last = &p->next;
	g->waiting++;
	if (h->inside < STS_GATE_PER_HOST)
		join_round(h);
	let_in(g);
	return p;
}

static void
stop_waiting(struct sts_pass *p)
{
	struct host *h = p->host;
	struct sts_pass **at = &h->first;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	if (*at == NULL)
		h->last = at;
	h->gate->waiting--;
}

void
sts_gate_leave(struct sts_pass *p)
{
	struct host *h = p->host;
	struct sts_gate *g = h->gate;

	if (p->inside) {
		h->inside--;
		g->inside--;
		join_round(h);
	} else {
		stop_waiting(p);
	}
	free(p);
	tidy(h);
	let_in(g);
}

size_t
sts_gate_inside(const struct sts_gate *g)
{
	return g->inside;
}

size_t
sts_gate_waiting(const struct sts_gate *g)
{
	return g->waiting;
}
