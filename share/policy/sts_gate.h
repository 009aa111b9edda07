/*
 * sts_gate: how many policy files are fetched at a time, and from whom next.
 *
 * Thousands of policy domains share one provider's address. When that stalls,
 * it must not take every transfer there is: at most STS_GATE_PER_HOST at a
 * time go to one address, STS_GATE_TOTAL to all. Who has to wait is let in by
 * turns, one of each address; of one address in the order of coming. Who is
 * let in while more than half of its address's places are taken may stay no
 * longer than STS_GATE_CROWDED_MS.
 *
 * There is no memory of addresses that failed, only of policy hosts (see
 * share/policy/sts_cache.h): on a shared address a stranger's stalling site
 * would keep everybody else's first policy from being fetched.
 *
 * Thread safety: belongs to the resolver loop's thread.
 * Tests: t/unit/sts_gate.c, t/policy/gate.scn
 */
#ifndef STS_GATE_H
#define STS_GATE_H

#include <stdbool.h>
#include <stddef.h>

#define STS_GATE_TOTAL 64
#define STS_GATE_PER_HOST 16
#define STS_GATE_CROWDED_MS 10000

struct sts_gate;
struct sts_pass;

/* It may begin; crowded: it may stay for STS_GATE_CROWDED_MS. */
typedef void sts_gate_open(void *arg, bool crowded);

/* Makes a gate. */
struct sts_gate *sts_gate_new(void);

/* Lets nobody in any more. */
void sts_gate_close(struct sts_gate *g);

/* Frees; every pass must have left. NULL is fine. */
void sts_gate_free(struct sts_gate *g);

/*
 * Asks to fetch from address (any text that stands for it). open is called
 * once, possibly before this returns. The pass is the caller's until
 * sts_gate_leave().
 */
struct sts_pass *sts_gate_enter(struct sts_gate *g, const char *address,
    sts_gate_open *open, void *arg);

/* Ends and frees a pass, let in or not; others may be let in from inside. */
void sts_gate_leave(struct sts_pass *p);

/* How many are inside, and how many wait. */
size_t sts_gate_inside(const struct sts_gate *g);

/* See sts_gate_inside(). */
size_t sts_gate_waiting(const struct sts_gate *g);

#endif
