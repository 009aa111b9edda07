/*
 * copies: mails with the reports of a day to an operator: "send --to".
 *
 * They are the mails that the domains get, or would get if they were made now,
 * but for the recipient. Nothing counts as sent.
 *
 * Thread safety: of one thread. Tests: t/system/deliver.t
 */
#ifndef COPIES_H
#define COPIES_H

#include "share/conf/conf.h"

#include <stdint.h>

/*
 * Sends copies of the reports on a day about domain (NULL: all) to an address,
 * one after the other; an exit status.
 */
int copies_send(const struct conf *c, const char *to, int64_t day_s,
    const char *domain, bool json);

#endif
