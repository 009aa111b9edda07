/*
 * stats: the sub-command "tlsherald-milter stats [--json]".
 *
 * Asks the running daemon over [control] socket and prints its counters.
 *
 * Thread safety: a command of its own. Tests: t/system/milter_protocol.t
 */
#ifndef STATS_H
#define STATS_H

#include "share/conf/conf.h"

/* Runs it; returns the exit status (64 usage, 69 no daemon, 75 no answer). */
int stats_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
