/*
 * verdict_reply: the replies of a verdict, built, shared and served.
 *
 * What observe mode hides is hidden here: a reply is what goes out. Every
 * reply was judged by reply_lint.h before it is kept.
 *
 * Thread safety: verdict_reply_get() and verdict_reply_has() by every thread
 * that holds a reference. Tests: t/policy
 */
#ifndef VERDICT_REPLY_H
#define VERDICT_REPLY_H

#include "share/policy/dialect_input.h"
#include "share/policy/session_judge.h"
#include "share/policy/verdict.h"

/*
 * Writes a whole reply. Gives text for verdict_reply_free(); a constant
 * where many domains have the same.
 */
const char *verdict_reply_write(const struct dialect_input *in,
    enum dialect_id id) MUST_CHECK;

/* A copy of text, or the constant equal to it; gives it likewise. */
const char *verdict_reply_keep(const char *text) MUST_CHECK;

/* Frees a reply unless it is a constant; NULL is fine. */
void verdict_reply_free(const char *reply);

/* Whether there is a reply in that dialect, or one can be built. */
bool verdict_reply_has(const struct verdict *v, enum dialect_id id);

/*
 * The whole reply, built now if it has to be, or NULL; borrowed from v. One
 * that is not kept is written by verdict_reply_session().
 */
const char *verdict_reply_get(struct verdict *v, enum dialect_id id);

/*
 * Appends the whole reply of a dialect that is not kept. s is the session
 * that asks (NULL for sts), r what holds for it; name is the next hop's.
 */
void verdict_reply_session(const struct verdict *v, enum dialect_id id,
    const char *name, const struct session *s, const struct session_rules *r,
    struct buf *out);

#endif
