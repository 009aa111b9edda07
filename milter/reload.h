/*
 * reload: puts a changed config file in force, for SIGHUP and "reload".
 *
 * Thread safety: the admin loop's thread. Tests: t/system/milter_protocol.t,
 * t/system/control.t
 */
#ifndef RELOAD_H
#define RELOAD_H

#include "share/base/log.h"
#include "share/conf/conf.h"
#include "share/policy/service.h"

#include <stdbool.h>

/* What came of it; clear with conf_mistakes_clear(). */
struct reload_report {
	bool in_force; /* else the config that was in force stays */
	struct conf_mistakes mistakes;
	struct conf_mistakes notices; /* with what only a restart changes */
};

/*
 * Reads path and puts it in force in s; *c is the conf in force before and
 * after, a reference. A file with mistakes changes nothing. Everything is
 * logged as well as reported.
 */
void reload_conf(struct service *s, const char *path, struct conf **c,
    struct log *log, struct reload_report *report);

#endif
