/*
 * backend: the engine with its real resolver, HTTP client, store and probe.
 *
 * Everything that lives on the resolver loop, made from the config and
 * re-made where a reload changes what it was made from. What still has
 * questions or transfers under way is let finish.
 *
 * Thread safety: backend_new() before the loop's thread starts, the rest on
 * that thread, backend_free() after it ended. Tests: t/unit/service.c,
 * t/system
 */
#ifndef BACKEND_H
#define BACKEND_H

#include "share/base/log.h"
#include "share/conf/conf.h"
#include "share/net/loop.h"
#include "share/policy/engine.h"

#include <stdbool.h>

struct backend;

struct backend_options {
	const char *resolv_conf; /* of the AD probe; NULL: no probing */
	bool durable;            /* false: keep nothing on disk */
};

/* Makes a backend on loop; log, cache borrowed for its life. */
struct backend *backend_new(struct loop *loop, struct cache *cache,
    struct conf *c, const struct log *log,
    const struct backend_options *options, struct err *e) MUST_CHECK;

/* Has outcomes reported to sink (borrowed for b's life). */
void backend_set_outcomes(struct backend *b, const struct outcome_sink *sink);

/* Frees; who waits for an answer is told NULL. */
void backend_free(struct backend *b);

/* Starts probing the MTA's resolver, when it is to be probed. */
void backend_start(struct backend *b);

/* Puts c in force; -1 and e: nothing changed. */
int backend_reload(struct backend *b, struct conf *c, struct err *e) MUST_CHECK;

/* The engine, borrowed. */
struct engine *backend_engine(struct backend *b);

/* The store's policies, as its each(); see share/store/store.h. */
int backend_policies(struct backend *b, const char *after,
    bool (*each)(void *arg, const struct store_policy *p), void *arg,
    struct err *e) MUST_CHECK;

/* Whether the MTA's resolver is taken to give AD; from every thread. */
bool backend_mta_ad(const struct backend *b);

#endif
