/*
 * collector: the socket that MTAs send outcomes to.
 *
 * [report.collect] socket, mode, owner, group, queue. A socket that systemd
 * hands over under the name "collector" (or at that path) is used as it is;
 * else it is bound under a temporary name with its final mode and owner, and
 * renamed over what an earlier process left there.
 *
 * Thread safety: before any thread is made. Tests: t/system/collect.t
 */
#ifndef COLLECTOR_H
#define COLLECTOR_H

#include "reportgen/shared.h"
#include "share/app/privilege.h"
#include "share/base/log.h"
#include "share/conf/conf.h"
#include "share/net/activation.h"

/*
 * Gives the bound socket, or -1 and e. What is doubtful (a queue that is too
 * short, a group that is not there) goes to the log; s gets the queue length.
 */
int collector_open(const struct conf *c, const struct privilege *who,
    struct activation *handed, struct shared *s, const struct log *log,
    struct err *e) MUST_CHECK;

#endif
