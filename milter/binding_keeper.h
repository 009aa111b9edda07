/*
 * binding_keeper: bindings that outlive the process.
 *
 * A thread of its own writes them into the state directory's policy.db, all
 * that came together in one transaction. Who puts some waits until they are
 * durable, or for a bounded time: a message is not accepted before what its
 * delivery requires would survive a kill. Kept is only what a lookup by the
 * recipient's domain would not find out; most messages need nothing.
 *
 * Thread safety: binding_keeper_put() from every thread, the rest from one.
 * Limits: BINDING_KEEPER_MAX waiting; what is more is kept in memory alone.
 * Tests: t/unit/binding_keeper.c
 */
#ifndef BINDING_KEEPER_H
#define BINDING_KEEPER_H

#include "milter/binding.h"
#include "share/base/log.h"
#include "share/store/store.h"

#define BINDING_KEEPER_MAX 20000
#define BINDING_KEEPER_WAIT_MS 1000

struct binding_keeper;

/*
 * Opens path, loads what has not ended into t and starts the thread; log is
 * borrowed. clock is of the wall. NULL and e: the file or the thread cannot
 * be had.
 */
struct binding_keeper *binding_keeper_new(const char *path,
    struct binding_table *t, const struct clock *clock, const struct log *log,
    struct err *e) MUST_CHECK;

/*
 * Keeps n bindings, copied; waits at most wait_ms until they are on disk.
 * -1: they are not (yet), which is logged once a minute. k may be NULL: 0.
 */
int binding_keeper_put(struct binding_keeper *k, const struct store_binding *b,
    size_t n, int64_t wait_ms);

/* Writes what waits, ends the thread and frees; NULL is fine. */
void binding_keeper_free(struct binding_keeper *k);

#endif
