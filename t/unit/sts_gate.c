/* sts_gate: limits, turns, and who goes before let in - sts_gate.h */
#include "config.h"

#include "share/policy/sts_gate.h"
#include "t/unit/tap.h"

#include <stdio.h>

#define MANY 200

/* One who wants in. */
struct guest {
	struct sts_pass *pass;
	int turn; /* of being let in, from 1; 0: not yet */
	bool crowded;
};

static int turns;

static void
on_open(void *arg, bool crowded)
{
	struct guest *g = arg;

	g->turn = ++turns;
	g->crowded = crowded;
}

static void
enter(struct sts_gate *gate, struct guest *g, const char *address)
{
	g->turn = 0;
	g->crowded = false;
	g->pass = sts_gate_enter(gate, address, on_open, g);
}

static void
leave(struct guest *g)
{
	sts_gate_leave(g->pass);
	g->pass = NULL;
}

static void
leave_all(struct guest *g, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (g[i].pass != NULL)
			leave(&g[i]);
}

static void
test_per_host(void)
{
	struct sts_gate *gate = sts_gate_new();
	struct guest g[MANY], other;

	turns = 0;
	for (size_t i = 0; i < MANY; i++)
		enter(gate, &g[i], "192.0.2.1");
	is_int(sts_gate_inside(gate), STS_GATE_PER_HOST, "no more to one host");
	is_int(sts_gate_waiting(gate), MANY - STS_GATE_PER_HOST,
	    "the others wait");
	enter(gate, &other, "192.0.2.2");
	ok(other.turn > 0, "who goes elsewhere does not");
	ok(!other.crowded, "nor has to hurry");
	ok(!g[0].crowded, "who came first need not");
	ok(!g[STS_GATE_PER_HOST / 2 - 1].crowded, "nor who fills the half");
	ok(g[STS_GATE_PER_HOST / 2].crowded, "who comes then has");
	leave(&g[3]);
	ok(g[STS_GATE_PER_HOST].turn > 0, "in the order of coming");
	ok(g[STS_GATE_PER_HOST].crowded, "and has to hurry");
	ok(g[STS_GATE_PER_HOST + 1].turn == 0, "one for one");
	leave(&g[MANY - 1]);
	ok(g[STS_GATE_PER_HOST + 1].turn == 0,
	    "who goes without having been in makes no room");
	leave(&other);
	leave_all(g, MANY);
	is_int(sts_gate_inside(gate), 0, "all have left");
	is_int(sts_gate_waiting(gate), 0, "and nobody waits");
	sts_gate_free(gate);
}

/* A host with 1000 waiters takes no longer than one with one. */
static void
test_turns(void)
{
	struct sts_gate *gate = sts_gate_new();
	struct guest full[STS_GATE_TOTAL], big[40], small;
	char address[32];

	turns = 0;
	for (int i = 0; i < STS_GATE_TOTAL; i++) {
		snprintf(address, sizeof(address), "198.51.100.%d", i);
		enter(gate, &full[i], address);
	}
	is_int(sts_gate_inside(gate), STS_GATE_TOTAL, "full");
	for (int i = 0; i < 40; i++)
		enter(gate, &big[i], "192.0.2.1");
	enter(gate, &small, "192.0.2.2");
	is_int(sts_gate_waiting(gate), 41, "all of these wait");
	leave(&full[0]);
	leave(&full[1]);
	ok(big[0].turn > 0 && small.turn > 0, "one of each host");
	ok(big[1].turn == 0, "before a second of one");
	leave(&full[2]);
	ok(big[1].turn > 0, "then that");
	leave_all(full, STS_GATE_TOTAL);
	is_int(sts_gate_inside(gate), STS_GATE_PER_HOST + 1,
	    "an empty house lets in what one host may have");
	leave_all(big, 40);
	leave(&small);
	sts_gate_free(gate);
}

/* The last leaves of a host whose waiters all went: it is forgotten. */
static void
test_gone(void)
{
	struct sts_gate *gate = sts_gate_new();
	struct guest g[STS_GATE_TOTAL], late;
	char address[32];

	turns = 0;
	for (int i = 0; i < STS_GATE_TOTAL; i++) {
		snprintf(address, sizeof(address), "198.51.100.%d", i);
		enter(gate, &g[i], address);
	}
	enter(gate, &late, "192.0.2.1");
	leave(&late);
	is_int(sts_gate_waiting(gate), 0, "gone");
	leave(&g[0]);
	is_int(sts_gate_inside(gate), STS_GATE_TOTAL - 1, "nobody came for it");
	enter(gate, &late, "192.0.2.1");
	ok(late.turn > 0, "the host is met anew");
	leave(&late);
	leave_all(g, STS_GATE_TOTAL);
	sts_gate_free(gate);
}

static void
test_close(void)
{
	struct sts_gate *gate = sts_gate_new();
	struct guest g[STS_GATE_PER_HOST + 1];

	for (int i = 0; i <= STS_GATE_PER_HOST; i++)
		enter(gate, &g[i], "192.0.2.1");
	sts_gate_close(gate);
	leave(&g[0]);
	ok(g[STS_GATE_PER_HOST].turn == 0, "closed");
	leave_all(g, STS_GATE_PER_HOST + 1);
	sts_gate_free(gate);
}

int
main(void)
{
	test_per_host();
	test_turns();
	test_gone();
	test_close();
	return done_testing();
}
