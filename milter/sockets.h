/*
 * sockets: the daemon's listening sockets: bound, or handed over.
 *
 * A supervisor may hand over sockets named "policy", "control" and "metrics"
 * (share/net/activation.h), or sockets of other names that are bound to
 * addresses of the config. Whatever the config names beyond them is bound
 * here. libmilter's socket can't be handed over (milter/filter.h).
 *
 * Thread safety: before any thread is made. Tests: t/system/restart.t
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include "share/app/privilege.h"
#include "share/base/log.h"
#include "share/conf/conf.h"
#include "share/net/activation.h"

#define SOCKETS_POLICY_MAX (ACTIVATION_MAX + 64)

struct sockets {
	int control; /* -1: none, or handed on */
	int metrics;
	int policy[SOCKETS_POLICY_MAX];
	size_t npolicy;
};

/* Makes s empty. */
void sockets_init(struct sockets *s);

/* Makes the directories of c's Unix sockets, libmilter's too, for who. */
int sockets_make_dirs(const struct conf *c, const struct privilege *who,
    struct err *e) MUST_CHECK;

/*
 * Takes what is handed over in a and binds the rest of c, as who. What was
 * handed over and is for nothing here is closed and logged.
 */
int sockets_open(struct sockets *s, const struct conf *c,
    const struct privilege *who, struct activation *a, const struct log *log,
    struct err *e) MUST_CHECK;

/* Closes what is still here. */
void sockets_close(struct sockets *s);

#endif
