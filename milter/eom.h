/*
 * eom: carries out the plan at the end of a message.
 *
 * Sets the reply, or removes headers that are ours by name, adds ours, binds
 * the requirements to the queue id and logs a line per requirement. Waits
 * for no lookup: what is not resolved yet is "pending". Where a binding has
 * to outlive a restart of ours, it waits for the disk, a second at most.
 *
 * Thread safety: any thread of libmilter's, one at a time per session.
 * Limits: EOM_LOG_MAX lines per message, then one that counts the rest.
 * Tests: t/system/milter_protocol.t
 */
#ifndef EOM_H
#define EOM_H

#include "milter/filter.h"

#include <libmilter/mfapi.h>

#define EOM_LOG_MAX 20

/* Ends the message of s; queue_id is "-" when there is none. */
sfsistat eom_run(struct filter *f, SMFICTX *ctx, const struct filter_session *s,
    const char *queue_id);

#endif
