/*
 * reload: SIGHUP, puts a changed config file in force.
 *
 * Thread safety: the front loop's thread. Tests: t/system/milter_protocol.t
 */
#ifndef RELOAD_H
#define RELOAD_H

#include "share/base/log.h"
#include "share/conf/conf.h"
#include "share/policy/service.h"

/*
 * Reads path and puts it in force in s; *c is the conf in force before and
 * after, a reference. A file with mistakes changes nothing: each is logged.
 * What only a restart can change is logged too.
 */
void reload_conf(struct service *s, const char *path, struct conf **c,
    struct log *log);

#endif
