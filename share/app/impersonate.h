/*
 * impersonate: does something as another user and in a jail, in a child.
 *
 * To find out what a Postfix process may reach one has to be what it is: the
 * user, that user's primary group alone (Postfix keeps no other ones), and
 * the queue directory as root.
 *
 * Thread safety: forks, so call it before threads are started.
 * Tests: t/system/jail.t
 */
#ifndef IMPERSONATE_H
#define IMPERSONATE_H

#include "share/base/err.h"

#include <stdbool.h>

/* What the child does: 0, or -1 and e. */
typedef int impersonate_job(void *arg, struct err *e);

/*
 * Runs job in a child that became user, in jail when that is not NULL.
 * Returns what job returned, with e's text. Not started as root it stays
 * who it is and can't enter a jail (PERM); *switched says which.
 */
int impersonate_run(const char *user, const char *jail, impersonate_job *job,
    void *arg, bool *switched, struct err *e) MUST_CHECK;

#endif
