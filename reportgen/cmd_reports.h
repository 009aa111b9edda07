/*
 * cmd_reports: the commands that show reports and send nothing: preview, build
 * and list.
 *
 * They open report.db themselves and change nothing in it.
 *
 * Thread safety: of one thread; build starts others. Tests:
 * t/system/build.t
 */
#ifndef CMD_REPORTS_H
#define CMD_REPORTS_H

#include "share/conf/conf.h"

/*
 * "preview DAY DOMAIN [--json]": what would be reported on a domain, and what
 * was already. Exit status.
 */
int cmd_preview(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/*
 * "build --day D --dir DIR [--json]": all reports of a day as files and mails,
 * those that were made already too.
 */
int cmd_build(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/*
 * "list [--from DAY] [--to DAY] [--domain D] [--state S] [--json]": reports and
 * what became of them, and those that are to come.
 */
int cmd_list(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
