/*
 * check_host: the host itself, behind check.h's struct check_host.
 *
 * Thread safety: none; forks, so call it before threads are started.
 * Limits: files of CHECK_HOST_FILE_MAX octets, 5 s for an answer of the map.
 * Tests: t/system/commands.t, t/system/jail.t
 */
#ifndef CHECK_HOST_H
#define CHECK_HOST_H

#include "milter/check.h"

#define CHECK_HOST_FILE_MAX 65536

/*
 * Fills host with functions that look at the running system; postfix_dir is
 * passed to postmap(1), NULL for the default (borrowed as long as host).
 */
void check_host_system(struct check_host *host, const char *postfix_dir);

#endif
