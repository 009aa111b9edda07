/*
 * cmd_outbox: the commands that send reports and say what is not sent: send,
 * resend, suppress, hold, release and bounce.
 *
 * They change report.db themselves. Where the daemon runs it is asked to look,
 * and watched; else the reports go out from here, with the rights of [server]
 * user.
 *
 * Thread safety: of one thread. Tests: t/system/deliver.t
 */
#ifndef CMD_OUTBOX_H
#define CMD_OUTBOX_H

#include "share/conf/conf.h"

/*
 * "send [DAY [DOMAIN]] [--to ADDRESS] [--json]": makes and sends the reports of
 * a day now, or all that is due; with --to sends copies there and counts
 * nothing as sent. Exit status.
 */
int cmd_send(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/*
 * "resend DAY|REPORT-ID [DOMAIN] [--all] [--json]": sends reports again to the
 * destinations that did not accept them, with --all to each.
 */
int cmd_resend(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/*
 * "suppress [ADDRESS|HOST...] [--days N] [--why TEXT] [--remove] [--json]":
 * what gets nothing; without arguments lists it.
 */
int cmd_suppress(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* "hold [DOMAIN...|all] [--json]": holds reports back; lists without any. */
int cmd_hold(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* "release DOMAIN...|all [--json]": does not hold them back any more. */
int cmd_release(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/*
 * "bounce [--json]": reads a mail on standard input and suppresses the
 * addresses that it says to have failed, of those that reports went to.
 */
int cmd_bounce(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
