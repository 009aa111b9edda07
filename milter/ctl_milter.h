/*
 * ctl_milter: the milter's sub-commands that ask its daemon over [control]
 * socket (share/app/ctl.h).
 *
 * Thread safety: commands of their own. Tests: t/system/control.t
 */
#ifndef CTL_MILTER_H
#define CTL_MILTER_H

#include "share/app/ctl.h"
#include "share/conf/conf.h"

/* ctl_ask() of the daemon that c tells of. */
json_t *ctl_milter_ask(const struct conf *c, const char *command,
    const char *arg, char **refused, int *status);

/* ctl_list() of the daemon that c tells of. */
int ctl_milter_list(const struct conf *c, const char *command, bool json,
    ctl_item *show, size_t *n);

/* Prints "usage: tlsherald-milter " and text on stderr; gives 64. */
int ctl_milter_usage(const char *text);

/* The sub-commands, rows of the table in main.c. */
int ctl_dump(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* MTA-STS policies held. */
int ctl_policies(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* The same, for import. */
int ctl_export(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* What domains lost. */
int ctl_downgrades(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* override add, list, remove. */
int ctl_override(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* Forgets a domain's verdicts, and its policy if told to. */
int ctl_purge(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* Policies from a file. */
int ctl_import(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* The config file once more; 78 when it is refused. */
int ctl_reload(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
