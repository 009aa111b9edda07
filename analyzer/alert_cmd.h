/*
 * alert_cmd: the command alert, run by a timer: finds what is new or over and
 * tells it.
 *
 *	alert [--dry-run] [--json]
 *
 * --dry-run prints what would be told, and keeps no state. Nothing is lost
 * when a way fails: exit 75, and the next run tells it again, by every way.
 *
 * Exit status: 0, 64 usage, 69 no store, 75 try again.
 * Thread safety: a command of its own. Tests: t/system/alert.t
 */
#ifndef ALERT_CMD_H
#define ALERT_CMD_H

#include "share/conf/conf.h"

/* A row of the table in main.c. */
int alert_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
