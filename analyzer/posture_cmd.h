/*
 * posture_cmd: the commands posture and rollout.
 *
 *	posture DOMAIN [--offline] [--json | --csv]	every finding
 *	posture --all [--offline] [--json | --csv]	a line per own domain
 *	rollout DOMAIN [--json | --csv]		the next step of MTA-STS
 *
 * --offline leaves the MX hosts alone. Own domains are those of [server]
 * domains that are names, else those that reports in the store are about.
 *
 * Exit status: 0, 1 where something is wrong (posture) or the next step is to
 * wait or to mend (rollout), 64 usage, 69 we cannot ask, 75 try again.
 *
 * Thread safety: commands of their own. Tests: t/system/posture.t
 */
#ifndef POSTURE_CMD_H
#define POSTURE_CMD_H

#include "share/conf/conf.h"

/* Rows of the table in main.c. */
int posture_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* The same: whether testing -> enforce is safe now. */
int rollout_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
